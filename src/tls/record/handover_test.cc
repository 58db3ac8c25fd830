// A connection that leaves OpenSSL after its handshake, against OpenSSL's own client.
#include "tls/record/handover.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/testing/settled.h"

namespace fastness::tls {
namespace {

using testing::handing_over;
using testing::Kind;
using testing::Settled;
using testing::World;

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

class Handovers : public ::testing::TestWithParam<Kind> {
 protected:
  World world_{handing_over()};
};

TEST_P(Handovers, AMegabyteEitherWay) {
  Settled both(world_, GetParam());
  ASSERT_TRUE(both.ok());
  EXPECT_EQ(both.peer().cipher(), GetParam().suite);
  const std::string text = pattern(1'000'000);
  EXPECT_EQ(both.from_client(text), text);
  EXPECT_EQ(both.to_client(text), text);
  EXPECT_EQ(both.from_client("still"), "still");
}

TEST_P(Handovers, AGoodbyeEitherWay) {
  Settled first(world_, GetParam());
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first.stream().close(first.ciphers), Progress::done);
  EXPECT_EQ(first.heard_by_client(), "");
  EXPECT_EQ(SSL_get_shutdown(first.ssl()), SSL_RECEIVED_SHUTDOWN);

  Settled second(world_, GetParam());
  ASSERT_TRUE(second.ok());
  SSL_write(second.ssl(), "last", 4);
  SSL_shutdown(second.ssl());
  Progress last{};
  EXPECT_EQ(second.hear(&last), "last");
  EXPECT_EQ(last, Progress::closed);
}

TEST_P(Handovers, ADamagedRecordEndsItWithAnAlert) {
  Settled both(world_, GetParam());
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
  Settled both(world_, GetParam());
  ASSERT_TRUE(both.ok());
  ::shutdown(both.peer().wire(), SHUT_WR);
  Progress last{};
  both.hear(&last);
  EXPECT_EQ(last, Progress::failed);
  EXPECT_EQ(both.stream().failure(), "connection cut");
}

INSTANTIATE_TEST_SUITE_P(All, Handovers, ::testing::ValuesIn(testing::kEveryKind),
                         [](const auto& param) { return param.param.name; });

TEST(Handover, NewKeysWheneverTheClientWantsThem) {
  World world(handing_over());
  Settled both(world, testing::kTls13);
  ASSERT_TRUE(both.ok());
  for (const int kind :
       {SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED}) {
    ASSERT_EQ(SSL_key_update(both.ssl(), kind), 1);
    EXPECT_EQ(both.from_client("new keys"), "new keys");
    EXPECT_EQ(both.to_client("understood"), "understood");
  }
}

TEST(Handover, OurOwnNewKeysAreFollowed) {
  ServerContext::Options options = handing_over();
  options.max_key_blocks = 2'000;
  World world(options);
  std::size_t updates = 0;
  Settled both(world, [&updates](SSL_CTX& context) {
    testing::kTls13.set_up(context);
    testing::count_key_updates(context, updates);
  });
  ASSERT_TRUE(both.ok());
  const std::string text = pattern(500'000);
  EXPECT_EQ(both.to_client(text), text);
  EXPECT_EQ(updates, 500'000U / 16 / 2'000);
  EXPECT_EQ(both.from_client(text), text);
}

TEST(Handover, WornKeysOfTls12EndItWithAGoodbye) {
  ServerContext::Options options = handing_over();
  options.max_key_blocks = 2'000;
  World world(options);
  Settled both(world, testing::kTls12);
  ASSERT_TRUE(both.ok());
  const std::string heard = both.to_client(pattern(500'000));
  EXPECT_GE(heard.size(), 16U * 1'900);
  EXPECT_LE(heard.size(), 16U * 2'300) << "a record more at most";
  EXPECT_EQ(both.stream().failure(), "so much was sent that it needs new keys");
  EXPECT_EQ(SSL_get_shutdown(both.ssl()), SSL_RECEIVED_SHUTDOWN);
}

TEST(Handover, RenegotiationIsRefusedAndTheConnectionGoesOn) {
  World world(handing_over());
  Settled both(world, testing::kTls12);
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

TEST(Handover, SmallBuffersAreRespected) {
  World world(handing_over());
  Settled both(world, [](SSL_CTX& context) {
    SSL_CTX_set_tlsext_max_fragment_length(&context, TLSEXT_max_fragment_length_512);
  });
  ASSERT_TRUE(both.ok());
  ASSERT_EQ(both.stream().write(both.ciphers, Bytes(2'000, 'x')).bytes, 2'000U);
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
