// What clients are shown of the certificates' status, by whom it was verified, and when nothing.
#include <atomic>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "crypto/public_key/p256.h"
#include "crypto/public_key/rsa.h"
#include "crypto/testing/status_issuer.h"
#include "tls/record/record_stream.h"
#include "tls/testing/pair.h"
#include "tls/testing/peer.h"

namespace fastness::tls {
namespace {

using crypto::VerifiedStatus;
using crypto::testing::StatusIssuer;
using testing::Peer;
using testing::World;

constexpr auto kHour = std::chrono::hours(1);

class StapleTest : public ::testing::TestWithParam<int> {
 protected:
  StapleTest() {
    world_.clock.advance(now_ - world_.clock.now());
    reload(ecdsa_);
  }

  Credential certify(const crypto::PrivateKey& key, std::uint8_t serial) const {
    return {{issuer_.issue(key.public_key().to_spki(), serial), issuer_.certificate()},
            key.to_pkcs8()};
  }
  void reload(const Credential& credential) {
    std::vector<Credential> one;
    one.push_back(credential.clone());
    ASSERT_TRUE(world_.context->reload(one));
  }

  // What the issuer says of it, from an hour ago on.
  VerifiedStatus status_of(const Credential& credential,
                           std::chrono::hours until = std::chrono::hours(24)) const {
    const Bytes& leaf = credential.chain.front();
    const Bytes answer = issuer_.answer(leaf, {.from = now_ - kHour, .until = now_ + until});
    return VerifiedStatus::verify(answer, leaf, issuer_.certificate(), now_).value();
  }

  // What a client is shown that asks; absent if that is nothing.
  std::optional<Bytes> shown(const std::function<void(SSL_CTX&)>& set_up = nullptr) {
    Peer peer(world_, [&](SSL_CTX& context) {
      SSL_CTX_set_min_proto_version(&context, GetParam());
      SSL_CTX_set_max_proto_version(&context, GetParam());
      SSL_CTX_set_tlsext_status_type(&context, TLSEXT_STATUSTYPE_ocsp);
      if (set_up) set_up(context);
    });
    EXPECT_TRUE(peer.shake()) << peer.server().failure();
    return staple_of(peer);
  }
  static std::optional<Bytes> staple_of(Peer& peer) {
    const unsigned char* staple = nullptr;
    const long size = SSL_get_tlsext_status_ocsp_resp(peer.ssl(), &staple);
    if (size < 0) return std::nullopt;
    return Bytes(staple, staple + size);
  }

  const Timestamp now_ =
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 12 / 2)) + std::chrono::hours(9);
  const StatusIssuer issuer_{now_};
  const crypto::PrivateKey key_ = crypto::PrivateKey::generate();
  const Credential ecdsa_ = certify(key_, 1);
  World world_{{}};
};

TEST_P(StapleTest, AClientThatAsksIsShownIt) {
  EXPECT_EQ(shown(), std::nullopt);

  const VerifiedStatus status = status_of(ecdsa_);
  world_.context->staple({status});

  EXPECT_EQ(shown(), status.der());
}

TEST_P(StapleTest, AClientThatDoesNotAskIsNot) {
  world_.context->staple({status_of(ecdsa_)});

  Peer peer(world_, [&](SSL_CTX& context) {
    SSL_CTX_set_min_proto_version(&context, GetParam());
    SSL_CTX_set_max_proto_version(&context, GetParam());
  });

  ASSERT_TRUE(peer.shake()) << peer.server().failure();
  EXPECT_EQ(staple_of(peer), std::nullopt);
}

TEST_P(StapleTest, EachCertificateHasItsOwn) {
  crypto::RsaKeyPair pair = crypto::RsaKeyPair::generate();
  Credential rsa{{issuer_.issue(pair.spki, 2), issuer_.certificate()}, std::move(pair.pkcs8)};
  const VerifiedStatus of_ecdsa = status_of(ecdsa_);
  const VerifiedStatus of_rsa = status_of(rsa);
  std::vector<Credential> both;
  both.push_back(ecdsa_.clone());
  both.push_back(std::move(rsa));
  ASSERT_TRUE(world_.context->reload(both));
  const auto wants_rsa = [](SSL_CTX& context) {
    SSL_CTX_set1_sigalgs_list(&context, "rsa_pss_rsae_sha256");
    SSL_CTX_set_cipher_list(&context, "ECDHE-RSA-AES128-GCM-SHA256");
  };

  world_.context->staple({of_ecdsa, of_rsa});
  EXPECT_EQ(shown(), of_ecdsa.der());
  EXPECT_EQ(shown(wants_rsa), of_rsa.der());

  world_.context->staple({of_ecdsa});
  EXPECT_EQ(shown(wants_rsa), std::nullopt);
}

TEST_P(StapleTest, IsNotShownBesideAnotherCertificate) {
  world_.context->staple({status_of(ecdsa_)});

  reload(certify(key_, 3));

  EXPECT_EQ(shown(), std::nullopt);
}

TEST_P(StapleTest, WaitsForItsCertificate) {
  const Credential next = certify(crypto::PrivateKey::generate(), 3);
  const VerifiedStatus of_next = status_of(next);
  const VerifiedStatus of_this = status_of(ecdsa_);
  world_.context->staple({of_next, of_this});
  EXPECT_EQ(shown(), of_this.der());

  reload(next);

  EXPECT_EQ(shown(), of_next.der());
}

TEST_P(StapleTest, IsNotShownOnceItIsOver) {
  const VerifiedStatus status = status_of(ecdsa_, kHour);
  world_.context->staple({status});

  world_.clock.advance(kHour - std::chrono::microseconds(1));
  EXPECT_EQ(shown(), status.der());
  world_.clock.advance(std::chrono::microseconds(1));
  EXPECT_EQ(shown(), std::nullopt);
}

TEST_P(StapleTest, IsNotShownBeforeItBegins) {
  world_.context->staple({status_of(ecdsa_)});

  world_.clock.set_calendar_back(2 * kHour);

  EXPECT_EQ(shown(), std::nullopt);
}

TEST_P(StapleTest, TheNextTakesItsPlace) {
  world_.context->staple({status_of(ecdsa_)});
  const VerifiedStatus next = status_of(ecdsa_, std::chrono::hours(48));

  world_.context->staple({next});
  EXPECT_EQ(shown(), next.der());

  world_.context->staple({});
  EXPECT_EQ(shown(), std::nullopt);
}

TEST_P(StapleTest, WhoeverComesWhileItIsReplacedIsShownEitherWhole) {
  const std::vector<VerifiedStatus> two{status_of(ecdsa_),
                                        status_of(ecdsa_, std::chrono::hours(48))};
  world_.context->staple({two[0]});
  std::atomic<bool> is_over{false};
  std::thread owner([&] {
    for (std::size_t i = 0; !is_over; ++i) world_.context->staple({two[i % 2]});
  });

  for (int i = 0; i < 50; ++i) {
    const auto seen = shown();
    EXPECT_TRUE(seen == two[0].der() || seen == two[1].der());
  }

  is_over = true;
  owner.join();
}

TEST_P(StapleTest, AStreamThatLeavesOpensslWasShownItToo) {
  ServerContext::Options options;
  options.hand_over = true;
  std::vector<Credential> one;
  one.push_back(ecdsa_.clone());
  auto context = ServerContext::create(std::move(options), one, world_.clock, world_.random);
  ASSERT_TRUE(context);
  world_.context = *context;
  const VerifiedStatus status = status_of(ecdsa_);
  world_.context->staple({status});

  Peer peer(world_, [&](SSL_CTX& set_up) {
    SSL_CTX_set_min_proto_version(&set_up, GetParam());
    SSL_CTX_set_max_proto_version(&set_up, GetParam());
    SSL_CTX_set_tlsext_status_type(&set_up, TLSEXT_STATUSTYPE_ocsp);
  });

  ASSERT_TRUE(peer.shake()) << peer.server().failure();
  EXPECT_EQ(staple_of(peer), status.der());
  EXPECT_TRUE(peer.server().hand_over());
}

INSTANTIATE_TEST_SUITE_P(Versions, StapleTest, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) {
                           return version.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

}  // namespace
}  // namespace fastness::tls
