// A connection that leaves OpenSSL after its handshake, against OpenSSL's own client.
#include "tls/record/handover.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/record/record_stream.h"
#include "tls/testing/pair.h"
#include "tls/testing/peer.h"

namespace fastness::tls {
namespace {

using testing::Peer;
using testing::World;

ServerContext::Options handing_over() {
  ServerContext::Options options;
  options.client_certificate = ClientCertificate::request;
  options.hand_over = true;
  return options;
}

// OpenSSL's client, and our side after the handover.
class Settled {
 public:
  Settled(World& world, const std::function<void(SSL_CTX&)>& set_up) : peer_(world, set_up) {
    if (!peer_.shake()) return;
    auto stream = peer_.server().hand_over();
    if (stream) stream_.emplace(std::move(*stream));
  }

  [[nodiscard]] bool ok() const { return stream_.has_value(); }
  [[nodiscard]] RecordStream& stream() { return *stream_; }
  [[nodiscard]] SSL* ssl() { return peer_.ssl(); }
  [[nodiscard]] const Peer& peer() const { return peer_; }

  // What the client sends comes out here; `last` is why it stopped.
  std::string hear(Progress* last = nullptr) {
    std::string text;
    while (true) {
      const Step step = stream_->read(ciphers_, buffer_);
      if (step.progress != Progress::done) {
        if (last != nullptr) *last = step.progress;
        return text;
      }
      text += as_text(ByteView(buffer_).first(step.bytes));
    }
  }

  // Sends from the client, in pieces that the pipe between them holds.
  std::string from_client(const std::string& text) {
    std::string heard;
    for (std::size_t at = 0; at < text.size();) {
      std::size_t sent = 0;
      const std::size_t piece = std::min<std::size_t>(text.size() - at, 30'000);
      if (SSL_write_ex(ssl(), text.data() + at, piece, &sent) != 1) break;
      at += sent;
      heard += hear();
    }
    return heard;
  }

  std::string to_client(const std::string& text) {
    std::string heard;
    std::size_t at = 0;
    while (at < text.size()) {
      const Step step = stream_->write(ciphers_, as_bytes(text).subspan(at));
      if (step.progress == Progress::failed) break;
      at += step.bytes;
      heard += heard_by_client();
    }
    while (stream_->has_output() && stream_->flush() != Progress::failed) {
      heard += heard_by_client();
    }
    return heard + heard_by_client();
  }

  std::string heard_by_client() {
    std::string text;
    std::array<char, 20'000> buffer{};
    std::size_t got = 0;
    while (SSL_read_ex(ssl(), buffer.data(), buffer.size(), &got) == 1) {
      text.append(buffer.data(), got);
    }
    return text;
  }

  RecordCiphers ciphers_;

 private:
  Peer peer_;
  std::optional<RecordStream> stream_;
  Bytes buffer_ = Bytes(RecordLayer::kFullWire);
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

struct Kind {
  const char* name;
  int version;
  const char* suite;
};

class Handovers : public ::testing::TestWithParam<Kind> {
 protected:
  static void set_up(SSL_CTX& context) {
    const Kind& kind = GetParam();
    SSL_CTX_set_min_proto_version(&context, kind.version);
    SSL_CTX_set_max_proto_version(&context, kind.version);
    if (kind.version == TLS1_3_VERSION) {
      SSL_CTX_set_ciphersuites(&context, kind.suite);
    } else {
      SSL_CTX_set_cipher_list(&context, kind.suite);
    }
  }
  World world_{handing_over()};
};

TEST_P(Handovers, AMegabyteEitherWay) {
  Settled both(world_, set_up);
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both.peer().cipher(), GetParam().suite);
  const std::string text = pattern(1'000'000);
  EXPECT_EQ(both.from_client(text), text);
  EXPECT_EQ(both.to_client(text), text);
  EXPECT_EQ(both.from_client("still"), "still");
}

TEST_P(Handovers, AGoodbyeEitherWay) {
  Settled first(world_, set_up);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first.stream().close(first.ciphers_), Progress::done);
  EXPECT_EQ(first.heard_by_client(), "");
  EXPECT_EQ(SSL_get_shutdown(first.ssl()), SSL_RECEIVED_SHUTDOWN);

  Settled second(world_, set_up);
  ASSERT_TRUE(second.ok());
  SSL_write(second.ssl(), "last", 4);
  SSL_shutdown(second.ssl());
  Progress last{};
  EXPECT_EQ(second.hear(&last), "last");
  EXPECT_EQ(last, Progress::closed);
}

TEST_P(Handovers, ADamagedRecordEndsItWithAnAlert) {
  Settled both(world_, set_up);
  ASSERT_TRUE(both.ok());
  Bytes forged(60, 'x');
  forged[0] = SSL3_RT_APPLICATION_DATA;
  forged[1] = forged[2] = 3;
  forged[3] = 0;
  forged[4] = static_cast<std::uint8_t>(forged.size() - 5);
  ASSERT_EQ(::write(both.peer().wire(), forged.data(), forged.size()),
            static_cast<ssize_t>(forged.size()));
  Progress last{};
  EXPECT_EQ(both.hear(&last), "");
  EXPECT_EQ(last, Progress::failed);
  EXPECT_EQ(both.stream().failure(), "a record is not authentic");
  both.heard_by_client();
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), SSL_AD_REASON_OFFSET + SSL_AD_BAD_RECORD_MAC);
  ERR_clear_error();
}

TEST_P(Handovers, ACutIsNoGoodbye) {
  Settled both(world_, set_up);
  ASSERT_TRUE(both.ok());
  ::shutdown(both.peer().wire(), SHUT_WR);
  Progress last{};
  both.hear(&last);
  EXPECT_EQ(last, Progress::failed);
  EXPECT_EQ(both.stream().failure(), "connection cut");
}

INSTANTIATE_TEST_SUITE_P(
    All, Handovers,
    ::testing::Values(Kind{"Tls13Aes128", TLS1_3_VERSION, "TLS_AES_128_GCM_SHA256"},
                      Kind{"Tls13Aes256", TLS1_3_VERSION, "TLS_AES_256_GCM_SHA384"},
                      Kind{"Tls13ChaCha", TLS1_3_VERSION, "TLS_CHACHA20_POLY1305_SHA256"},
                      Kind{"Tls12Aes128", TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"},
                      Kind{"Tls12Aes256", TLS1_2_VERSION, "ECDHE-ECDSA-AES256-GCM-SHA384"},
                      Kind{"Tls12ChaCha", TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305"}),
    [](const auto& param) { return param.param.name; });

void only13(SSL_CTX& context) {
  SSL_CTX_set_min_proto_version(&context, TLS1_3_VERSION);
}
void only12(SSL_CTX& context) {
  SSL_CTX_set_max_proto_version(&context, TLS1_2_VERSION);
}

TEST(Handover, NewKeysWheneverTheClientWantsThem) {
  World world(handing_over());
  Settled both(world, only13);
  ASSERT_TRUE(both.ok());
  for (const int kind :
       {SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED}) {
    ASSERT_EQ(SSL_key_update(both.ssl(), kind), 1);
    EXPECT_EQ(both.from_client("new keys"), "new keys");
    EXPECT_EQ(both.to_client("understood"), "understood");
  }
}

TEST(Handover, RenegotiationIsRefusedAndTheConnectionGoesOn) {
  World world(handing_over());
  Settled both(world, only12);
  ASSERT_TRUE(both.ok());
  ASSERT_EQ(SSL_renegotiate(both.ssl()), 1);
  (void)SSL_do_handshake(both.ssl());
  Progress last{};
  both.hear(&last);
  EXPECT_EQ(last, Progress::want_read);
  std::array<char, 10> buffer{};
  std::size_t got = 0;
  EXPECT_NE(SSL_read_ex(both.ssl(), buffer.data(), buffer.size(), &got), 1);
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_NO_RENEGOTIATION);
  ERR_clear_error();
}

TEST(Handover, TicketsOfConnectionsThatLeftResume) {
  for (const Version version : {Version::tls12, Version::tls13}) {
    World world(handing_over());
    RecordCiphers ciphers;
    const auto connect = [&](const std::optional<Session>& session) {
      auto made = world.connect(nullptr, version, session);
      EXPECT_TRUE(made.ok);
      return made;
    };
    auto first = connect(std::nullopt);
    auto settled = first.server.hand_over();
    ASSERT_TRUE(settled);
    ASSERT_EQ(settled->write(ciphers, as_bytes("hello")).bytes, 5U);
    EXPECT_EQ(testing::read_all(first.client), "hello");

    auto second = connect(first.client.session());
    EXPECT_TRUE(second.server.is_resumed());
    auto again = second.server.hand_over();
    ASSERT_TRUE(again);
    ASSERT_EQ(again->write(ciphers, as_bytes("again")).bytes, 5U);
    EXPECT_EQ(testing::read_all(second.client), "again");
  }
}

TEST(Handover, WhatCameRightBehindTheHandshakeIsNotLost) {
  World world(handing_over());
  Peer peer(world, only13);
  SSL_connect(peer.ssl());
  ASSERT_EQ(peer.server().handshake(), Progress::want_read);
  ASSERT_EQ(SSL_connect(peer.ssl()), 1);
  ASSERT_EQ(SSL_write(peer.ssl(), "CONNECT", 7), 7);  // in the same read as the client's Finished
  ASSERT_EQ(peer.server().handshake(), Progress::done);
  auto stream = peer.server().hand_over();
  ASSERT_TRUE(stream);
  RecordCiphers ciphers;
  Bytes buffer(RecordLayer::kFullWire);
  const Step step = stream->read(ciphers, buffer);
  EXPECT_EQ(step.progress, Progress::done);
  EXPECT_EQ(as_text(ByteView(buffer).first(step.bytes)), "CONNECT");
}

TEST(Handover, SmallBuffersAreRespected) {
  World world(handing_over());
  Settled both(world, [](SSL_CTX& context) {
    SSL_CTX_set_tlsext_max_fragment_length(&context, TLSEXT_max_fragment_length_512);
  });
  ASSERT_TRUE(both.ok());
  ASSERT_EQ(both.stream().write(both.ciphers_, Bytes(2'000, 'x')).bytes, 2'000U);
  std::array<std::uint8_t, 5> header{};
  ASSERT_EQ(::recv(both.peer().wire(), header.data(), header.size(), MSG_PEEK), 5);
  // A ticket may come first; none is larger either.
  EXPECT_LE(header[3] * 256 + header[4], 512 + 256);
  EXPECT_EQ(both.heard_by_client(), std::string(2'000, 'x'));
}

TEST(Handover, IsOnlyForThoseWhoAskedForIt) {
  World world{ServerContext::Options{}};
  auto connection = world.connect(nullptr, Version::tls13);
  ASSERT_TRUE(connection.ok);
  EXPECT_FALSE(connection.server.hand_over());
  EXPECT_EQ(testing::transfer(connection.client, connection.server, "as ever"), "as ever");
}

}  // namespace
}  // namespace fastness::tls
