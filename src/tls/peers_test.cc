// Peers that our own client cannot imitate: boards with one suite, small buffers or RSA chains, and
// clients that ask for what nobody should have.

#include <algorithm>
#include <array>
#include <functional>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tls/testing/pair.h"
#include "tls/testing/peer.h"

namespace fastness::tls {
namespace {

using testing::Peer;
using testing::World;

class Peers : public ::testing::Test {
 protected:
  Peers() {
    std::vector<Credential> both;
    both.push_back(world_.servers.issue());
    both.push_back(world_.servers.issue({.key = testing::KeyKind::rsa}));
    EXPECT_TRUE(world_.context->reload(both));
  }

  World world_{{}};
};

TEST_F(Peers, ABoardWithOneSuiteIsServed) {
  Peer board(world_, [](SSL_CTX& context) {
    SSL_CTX_set_max_proto_version(&context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(&context, "ECDHE-ECDSA-AES128-GCM-SHA256");
    SSL_CTX_set1_groups_list(&context, "P-256");
    SSL_CTX_set1_sigalgs_list(&context, "ECDSA+SHA256");
  });

  ASSERT_TRUE(board.shake()) << board.server().failure();
  EXPECT_EQ(board.key_kind(), EVP_PKEY_EC);
}

// Clients of OpenSSL put AES-256 first.
TEST_F(Peers, Aes128ComesFirstInTls13) {
  Peer peer(world_, [](SSL_CTX& context) {
    SSL_CTX_set_ciphersuites(
        &context, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256");
  });

  ASSERT_TRUE(peer.shake()) << peer.server().failure();
  EXPECT_EQ(peer.cipher(), "TLS_AES_128_GCM_SHA256");
}

TEST_F(Peers, WhoHasNoAesInHardwareGetsChaCha20) {
  Peer peer(world_, [](SSL_CTX& context) {
    SSL_CTX_set_ciphersuites(
        &context, "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");
  });

  ASSERT_TRUE(peer.shake()) << peer.server().failure();
  EXPECT_EQ(peer.cipher(), "TLS_CHACHA20_POLY1305_SHA256");
}

TEST_F(Peers, ABoardThatNeedsRsaGetsTheRsaChain) {
  Peer board(world_, [](SSL_CTX& context) {
    SSL_CTX_set_max_proto_version(&context, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(&context, "ECDHE-RSA-AES128-GCM-SHA256");
  });

  ASSERT_TRUE(board.shake()) << board.server().failure();
  EXPECT_EQ(board.key_kind(), EVP_PKEY_RSA);
}

TEST_F(Peers, SuitesWithoutForwardSecrecyOrAeadAreRefused) {
  for (const char* suite :
       {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384",
        "DHE-RSA-AES128-GCM-SHA256", "NULL-SHA256", "AES128-SHA"}) {
    SCOPED_TRACE(suite);
    Peer peer(world_, [&](SSL_CTX& context) {
      SSL_CTX_set_max_proto_version(&context, TLS1_2_VERSION);
      SSL_CTX_set_cipher_list(&context, suite);
    });
    EXPECT_FALSE(peer.shake());
  }
}

TEST_F(Peers, OldVersionsAreRefused) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    Peer peer(world_, [&](SSL_CTX& context) {
      SSL_CTX_set_min_proto_version(&context, version);
      SSL_CTX_set_max_proto_version(&context, version);
      SSL_CTX_set_cipher_list(&context, "ALL:@SECLEVEL=0");
    });
    EXPECT_FALSE(peer.shake());
  }
}

TEST_F(Peers, ForeignGroupsAreRefused) {
  Peer peer(world_, [](SSL_CTX& context) { SSL_CTX_set1_groups_list(&context, "P-521"); });

  EXPECT_FALSE(peer.shake());
}

TEST_F(Peers, RenegotiationIsRefused) {
  Peer peer(world_,
            [](SSL_CTX& context) { SSL_CTX_set_max_proto_version(&context, TLS1_2_VERSION); });
  ASSERT_TRUE(peer.shake());

  ASSERT_EQ(SSL_renegotiate(peer.ssl()), 1);
  (void)SSL_do_handshake(peer.ssl());
  Progress last = Progress::done;
  (void)testing::read_all(peer.server(), &last);

  EXPECT_NE(SSL_do_handshake(peer.ssl()), 1);
}

TEST_F(Peers, AMaxFragmentLengthIsHonoured) {
  constexpr std::size_t kFragment = 1024;
  constexpr std::size_t kOverhead = 64;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SCOPED_TRACE(version);
    Peer board(world_, [&](SSL_CTX& context) {
      SSL_CTX_set_max_proto_version(&context, version);
      SSL_CTX_set_tlsext_max_fragment_length(&context, TLSEXT_max_fragment_length_1024);
    });
    ASSERT_TRUE(board.shake()) << board.server().failure();
    std::array<std::uint8_t, 64 * 1024> raw{};
    (void)::recv(board.wire(), raw.data(), raw.size(), 0);  // a ticket

    ASSERT_EQ(board.server().write(as_bytes(std::string(10'000, 'x'))).bytes, 10'000U);
    const ssize_t got = ::recv(board.wire(), raw.data(), raw.size(), 0);

    ASSERT_GT(got, 10'000);
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      const auto size = static_cast<std::size_t>(raw.at(at + 3) * 256 + raw.at(at + 4));
      EXPECT_LE(size, kFragment + kOverhead);
      at += 5 + size;
    }
  }
}

TEST_F(Peers, ABurstOfKeyUpdatesIsSurvived) {
  Peer peer(world_,
            [](SSL_CTX& context) { SSL_CTX_set_min_proto_version(&context, TLS1_3_VERSION); });
  ASSERT_TRUE(peer.shake());

  for (int i = 0; i < 200; ++i) {
    SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_REQUESTED);
    ASSERT_EQ(SSL_write(peer.ssl(), "x", 1), 1);
    EXPECT_EQ(testing::read_all(peer.server()), "x");
    std::array<char, 16> buffer{};
    (void)SSL_read(peer.ssl(), buffer.data(), static_cast<int>(buffer.size()));
  }
}

// The DER of the subject of a certificate.
Bytes subject_of(const Bytes& certificate_der) {
  const std::uint8_t* in = certificate_der.data();
  const X509Ptr certificate(d2i_X509(nullptr, &in, static_cast<long>(certificate_der.size())));
  const X509_NAME* name = X509_get_subject_name(certificate.get());
  Bytes der(static_cast<std::size_t>(i2d_X509_NAME(name, nullptr)));
  std::uint8_t* out = der.data();
  i2d_X509_NAME(name, &out);
  return der;
}

// What keeps a browser from asking its user: it has no certificate of that authority.
TEST(Authorities, ClientsAreToldWhoseCertificatesAreAskedFor) {
  const testing::Authority devices;
  ServerContext::Options options;
  options.client_certificate = ClientCertificate::request;
  options.acceptable_authorities = {subject_of(devices.anchor())};
  World world(std::move(options));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SCOPED_TRACE(version);
    Peer browser(world,
                 [&](SSL_CTX& context) { SSL_CTX_set_max_proto_version(&context, version); });

    ASSERT_TRUE(browser.shake()) << browser.server().failure();
    const STACK_OF(X509_NAME)* names = SSL_get0_peer_CA_list(browser.ssl());
    ASSERT_EQ(sk_X509_NAME_num(names), 1);
    const X509_NAME* name = sk_X509_NAME_value(names, 0);
    Bytes der(static_cast<std::size_t>(i2d_X509_NAME(name, nullptr)));
    std::uint8_t* out = der.data();
    i2d_X509_NAME(name, &out);
    EXPECT_EQ(der, subject_of(devices.anchor()));
    EXPECT_FALSE(browser.server().peer_digest());
  }
}

TEST(Authorities, ANameThatIsNoneIsAnError) {
  World world({});
  std::vector<Credential> credentials;
  credentials.push_back(world.servers.issue());
  ServerContext::Options options;
  options.client_certificate = ClientCertificate::request;
  options.admission = world.ledger.admission();
  options.acceptable_authorities = {{0x30, 0x05, 0x01}};

  const auto context =
      ServerContext::create(std::move(options), credentials, world.clock, world.random);

  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace fastness::tls
