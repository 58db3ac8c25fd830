// Peers that use the moment in which a connection leaves OpenSSL, and code that misses it.
#include <algorithm>
#include <array>
#include <optional>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/testing/settled.h"

namespace fastness::tls {
namespace {

using testing::handing_over;
using testing::Kind;
using testing::kTls12;
using testing::kTls13;
using testing::Peer;
using testing::Settled;
using testing::World;

void send_raw(int descriptor, ByteView bytes) {
  ASSERT_EQ(::write(descriptor, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
}

// What waits at a descriptor, which keeps it.
Bytes peek(int descriptor) {
  Bytes bytes(20'000);
  const ssize_t got = ::recv(descriptor, bytes.data(), bytes.size(), MSG_PEEK);
  bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return bytes;
}
Bytes take_all(int descriptor) {
  Bytes bytes = peek(descriptor);
  EXPECT_EQ(::recv(descriptor, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  return bytes;
}

class Moment : public ::testing::TestWithParam<Kind> {
 protected:
  static void set_up(SSL_CTX& context) { GetParam().set_up(context); }
  static void expect_both_ways(Peer& peer) {
    ASSERT_EQ(SSL_write(peer.ssl(), "as ever", 7), 7);
    EXPECT_EQ(testing::read_all(peer.server()), "as ever");
    ASSERT_EQ(peer.server().write(as_bytes("and back")).bytes, 8U);
    std::array<char, 20> buffer{};
    EXPECT_EQ(SSL_read(peer.ssl(), buffer.data(), static_cast<int>(buffer.size())), 8);
  }

  World world_{handing_over()};
};

TEST_P(Moment, ComesNotBeforeThePeerHasProvedAnything) {
  Peer peer(world_, set_up);
  SSL_connect(peer.ssl());
  ASSERT_EQ(peer.server().handshake(), Progress::want_read);

  EXPECT_FALSE(peer.server().hand_over());

  ASSERT_TRUE(peer.shake());
  EXPECT_TRUE(peer.server().hand_over());
}

TEST_P(Moment, IsOverWhenOpenSslHasReadMore) {
  Peer peer(world_, set_up);
  ASSERT_TRUE(peer.shake());
  ASSERT_EQ(SSL_write(peer.ssl(), "early", 5), 5);
  ASSERT_EQ(testing::read_all(peer.server()), "early");

  EXPECT_FALSE(peer.server().hand_over());

  expect_both_ways(peer);
}

// A nonce that OpenSSL has used must not come again: either ours go on behind it, or OpenSSL stays.
TEST_P(Moment, WhatOpenSslHasWrittenKeepsItsNonces) {
  Peer peer(world_, set_up);
  ASSERT_TRUE(peer.shake());
  ASSERT_EQ(peer.server().write(as_bytes("before ")).bytes, 7U);

  auto stream = peer.server().hand_over();

  if (GetParam().version == TLS1_2_VERSION) {
    EXPECT_FALSE(stream);
    return;
  }
  ASSERT_TRUE(stream);
  RecordCiphers ciphers;
  ASSERT_EQ(stream->write(ciphers, as_bytes("after")).bytes, 5U);
  std::array<char, 20> buffer{};
  EXPECT_EQ(SSL_read(peer.ssl(), buffer.data(), 7), 7);
  EXPECT_EQ(SSL_read(peer.ssl(), buffer.data(), 5), 5);
  EXPECT_EQ(std::string(buffer.data(), 5), "after");
}

TEST_P(Moment, IsUsedOnce) {
  Peer peer(world_, set_up);
  ASSERT_TRUE(peer.shake());
  ASSERT_TRUE(peer.server().hand_over());

  EXPECT_FALSE(peer.server().hand_over());
  EXPECT_EQ(peer.server().write(as_bytes("a second time under the same keys")).progress,
            Progress::failed);
  std::array<std::uint8_t, 8> buffer{};
  EXPECT_EQ(peer.server().read(buffer).progress, Progress::failed);
}

TEST_P(Moment, ARecordInTheClearBehindTheHandshakeIsRefused) {
  for (const Bytes& forged :
       {Bytes{SSL3_RT_ALERT, 3, 3, 0, 2, 1, 0}, Bytes{SSL3_RT_ALERT, 3, 3, 0, 2, 2, 40},
        Bytes{SSL3_RT_CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1},
        Bytes{SSL3_RT_HANDSHAKE, 3, 3, 0, 5, 24, 0, 0, 1, 0},
        Bytes{SSL3_RT_APPLICATION_DATA, 3, 3, 0, 1, 'x'}}) {
    SCOPED_TRACE(to_hex(forged));
    Settled both(world_, GetParam(), [&](Peer& peer) { send_raw(peer.wire(), forged); });
    ASSERT_TRUE(both.ok());
    Progress last{};
    EXPECT_EQ(both.hear(&last), "");
    EXPECT_EQ(last, Progress::failed);
    const bool is_clear =
        GetParam().version == TLS1_3_VERSION && forged[0] != SSL3_RT_APPLICATION_DATA;
    EXPECT_EQ(both.stream().failure(),
              is_clear ? "a record in the clear" : "a record is not authentic");
  }
}

TEST_P(Moment, ACutBehindTheHandshakeIsACut) {
  Settled both(world_, GetParam(), [](Peer& peer) {
    send_raw(peer.wire(), Bytes{SSL3_RT_APPLICATION_DATA, 3, 3, 1});
    ::shutdown(peer.wire(), SHUT_WR);
  });
  ASSERT_TRUE(both.ok());
  Progress last{};
  EXPECT_EQ(both.hear(&last), "");
  EXPECT_EQ(last, Progress::failed);
  EXPECT_EQ(both.stream().failure(), "connection cut");
}

// A record that was recorded in one direction, played back in the other.
TEST_P(Moment, WhatWeSaidIsNotBelievedWhenItComesBack) {
  Settled both(world_, GetParam());
  ASSERT_TRUE(both.ok());
  both.heard_by_client();  // a ticket
  ASSERT_EQ(both.stream().write(both.ciphers, as_bytes("an order")).bytes, 8U);
  send_raw(both.peer().wire(), take_all(both.peer().wire()));
  Progress last{};
  EXPECT_EQ(both.hear(&last), "");
  EXPECT_EQ(both.stream().failure(), "a record is not authentic");
}

// The client's last record of the handshake, once more: its keys or its number are gone.
TEST_P(Moment, TheHandshakeIsNotBelievedASecondTime) {
  Bytes flight;
  Settled both(world_, GetParam(), [&](Peer& peer) { flight = peek(peer.server_wire()); });
  ASSERT_TRUE(both.ok());
  std::size_t last_record = 0;
  for (std::size_t at = 0; at < flight.size();) {
    last_record = at;
    at += RecordLayer::kHeader + flight.at(at + 3) * 256U + flight.at(at + 4);
  }
  send_raw(both.peer().wire(), ByteView(flight).subspan(last_record));
  Progress last{};
  EXPECT_EQ(both.hear(&last), "");
  EXPECT_EQ(both.stream().failure(), "a record is not authentic");
}

INSTANTIATE_TEST_SUITE_P(All, Moment, ::testing::ValuesIn(testing::kEveryKind),
                         [](const auto& param) { return param.param.name; });

TEST(BehindTheHandshake, DataIsNotLost) {
  World world(handing_over());
  Settled both(world, kTls13, [](Peer& peer) { SSL_write(peer.ssl(), "CONNECT", 7); });
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both.hear(), "CONNECT");
  EXPECT_EQ(both.to_client("CONNACK"), "CONNACK");
}

TEST(BehindTheHandshake, AGoodbyeIsHeard) {
  World world(handing_over());
  Settled both(world, kTls13, [](Peer& peer) { SSL_shutdown(peer.ssl()); });
  ASSERT_TRUE(both.ok());
  Progress last{};
  EXPECT_EQ(both.hear(&last), "");
  EXPECT_EQ(last, Progress::closed);
}

TEST(BehindTheHandshake, NewKeysAreTaken) {
  World world(handing_over());
  Settled both(world, kTls13, [](Peer& peer) {
    SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_REQUESTED);
    SSL_write(peer.ssl(), "under new keys", 14);
  });
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both.hear(), "under new keys");
  EXPECT_EQ(both.to_client("both ways"), "both ways");
}

// OpenSSL asks for headers and bodies apart. Whatever the cuts are, it gets all of the handshake
// and nothing behind it.
TEST(BehindTheHandshake, ACutAnywhereLosesNothing) {
  World world(handing_over());
  for (std::size_t held = 1; held <= 60; ++held) {
    SCOPED_TRACE(held);
    Bytes rest;
    Settled both(world, kTls13, [&](Peer& peer) {
      SSL_write(peer.ssl(), "CONNECT", 7);
      Bytes flight = take_all(peer.server_wire());
      rest.assign(flight.end() - static_cast<std::ptrdiff_t>(held), flight.end());
      flight.resize(flight.size() - held);
      send_raw(peer.wire(), flight);
    });
    if (!both.ok()) {  // the handshake itself lacks its end
      ASSERT_GT(held, RecordLayer::kHeader + 7 + 1 + RecordCiphers::kTag);
      continue;
    }
    send_raw(both.peer().wire(), rest);
    EXPECT_EQ(both.hear() + both.hear(), "CONNECT");
  }
}

// A message in the record of Finished would need keys that come after it (RFC 8446, 5.1). OpenSSL
// must refuse it, since we would never see it.
class Coalesced {
 public:
  explicit Coalesced(SSL_CTX& context) {
    kTls13.set_up(context);
    SSL_CTX_set_app_data(&context, this);
    SSL_CTX_set_keylog_callback(&context, [](const SSL* ssl, const char* line) {
      auto& self = *static_cast<Coalesced*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
      self.note(line);
    });
  }

  // Puts `message` behind the Finished of `flight`, which is a change_cipher_spec and one record.
  void append(Bytes& flight, ByteView message) const {
    constexpr std::size_t kTag = RecordCiphers::kTag;
    constexpr std::size_t kChangeCipherSpec = RecordLayer::kHeader + 1;
    Bytes record(flight.begin() + kChangeCipherSpec, flight.end());
    flight.resize(kChangeCipherSpec);
    const TrafficKeys keys = derive_keys(Suite::aes128_gcm_sha256, secret_).value();
    RecordCiphers::Nonce nonce{};
    std::ranges::copy(keys.iv.reveal(), nonce.begin());
    RecordCiphers ciphers;
    const auto sealed = std::span(record);
    ASSERT_TRUE(ciphers.open(
        Suite::aes128_gcm_sha256, keys.key.reveal(), nonce, sealed.first(RecordLayer::kHeader),
        sealed.subspan(RecordLayer::kHeader, record.size() - RecordLayer::kHeader - kTag),
        sealed.last<kTag>()));
    const auto before_type = record.end() - kTag - 1;
    record.insert(before_type, message.begin(), message.end());
    record[4] = static_cast<std::uint8_t>(record.size() - RecordLayer::kHeader);
    const auto longer = std::span(record);
    ASSERT_TRUE(ciphers.seal(
        Suite::aes128_gcm_sha256, keys.key.reveal(), nonce, longer.first(RecordLayer::kHeader),
        longer.subspan(RecordLayer::kHeader, record.size() - RecordLayer::kHeader - kTag),
        longer.last<kTag>()));
    flight.insert(flight.end(), record.begin(), record.end());
  }

 private:
  void note(std::string_view line) {
    if (!line.starts_with("CLIENT_HANDSHAKE_TRAFFIC_SECRET ")) return;
    secret_.set(from_hex(line.substr(line.rfind(' ') + 1)).value());
  }

  TrafficSecret secret_;
};

TEST(BehindTheHandshake, AMessageInTheRecordOfFinishedIsRefused) {
  ServerContext::Options options;
  options.hand_over = true;
  World world(options);
  for (const Bytes& message : {Bytes{}, Bytes{24, 0, 0, 1, 0}, Bytes{24, 0}}) {
    SCOPED_TRACE(to_hex(message));
    std::optional<Coalesced> forger;
    Peer peer(world, [&](SSL_CTX& context) { forger.emplace(context); });
    const bool shook = peer.shake([&] {
      Bytes flight = take_all(peer.server_wire());
      forger->append(flight, message);
      send_raw(peer.wire(), flight);
    });
    EXPECT_EQ(shook, message.empty());
    EXPECT_EQ(peer.server().hand_over().has_value(), message.empty());
    ERR_clear_error();
  }
}

// RFC 5288, 3: the part of the nonce that is sent must not repeat, and OpenSSL has used one.
TEST(Handover12, NoncesGoOnBehindThatOfFinished) {
  World world(handing_over());
  for (const Kind& kind : testing::kEveryKind) {
    if (std::string_view(kind.suite).find("-GCM-") == std::string_view::npos) continue;
    SCOPED_TRACE(kind.name);
    Peer peer(world, [&](SSL_CTX& context) { kind.set_up(context); });
    SSL_connect(peer.ssl());
    ASSERT_EQ(peer.server().handshake(), Progress::want_read);
    SSL_connect(peer.ssl());
    ASSERT_EQ(peer.server().handshake(), Progress::done);
    constexpr std::size_t kFinished = 5 + 8 + 16 + RecordCiphers::kTag;
    const Bytes flight = peek(peer.wire());
    ASSERT_GT(flight.size(), kFinished);
    ByteReader finished(ByteView(flight).last(kFinished).subspan(RecordLayer::kHeader));
    const std::uint64_t used = finished.u64();

    auto stream = peer.server().hand_over();
    ASSERT_TRUE(stream);
    ASSERT_EQ(SSL_connect(peer.ssl()), 1);
    RecordCiphers ciphers;
    for (std::uint64_t i = 1; i <= 3; ++i) {
      ASSERT_EQ(stream->write(ciphers, as_bytes("x")).bytes, 1U);
      const Bytes record = take_all(peer.wire());
      ByteReader reader(ByteView(record).subspan(RecordLayer::kHeader));
      EXPECT_EQ(reader.u64(), used + i);
    }
  }
}

}  // namespace
}  // namespace fastness::tls
