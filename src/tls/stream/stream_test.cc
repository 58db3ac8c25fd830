#include "tls/stream/stream.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tls/testing/pair.h"

namespace fastness::tls {
namespace {

using testing::Connection;
using testing::transfer;
using testing::World;

class StreamTest : public ::testing::TestWithParam<Version> {
 protected:
  World world_{{}};
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

// The lengths of the records that lie on the wire.
std::vector<std::size_t> record_sizes(int descriptor) {
  constexpr std::size_t kHeader = 5;
  std::string raw(1U << 20U, '\0');
  const ssize_t got = ::recv(descriptor, raw.data(), raw.size(), 0);
  std::vector<std::size_t> sizes;
  for (std::size_t at = 0; at + kHeader <= static_cast<std::size_t>(std::max<ssize_t>(0, got));) {
    const auto size = static_cast<std::size_t>(static_cast<std::uint8_t>(raw[at + 3]) * 256 +
                                               static_cast<std::uint8_t>(raw[at + 4]));
    sizes.push_back(size);
    at += kHeader + size;
  }
  return sizes;
}

TEST_P(StreamTest, MegabytesPassAWireThatHoldsKilobytes) {
  Connection connection = world_.connect(nullptr, GetParam(), std::nullopt, 8 * 1024);
  ASSERT_TRUE(connection.ok);
  const std::string text = pattern(3'000'000);

  EXPECT_EQ(transfer(connection.server, connection.client, text), text);
  EXPECT_EQ(transfer(connection.client, connection.server, text), text);
  EXPECT_FALSE(connection.server.has_output());
}

TEST_P(StreamTest, APeerThatDoesNotReadMeetsALimit) {
  Connection connection = world_.connect(nullptr, GetParam(), std::nullopt, 8 * 1024);
  ASSERT_TRUE(connection.ok);
  const std::string text = pattern(1'000'000);

  std::size_t taken = 0;
  Step step;
  while ((step = connection.server.write(as_bytes(text).subspan(taken))).progress ==
         Progress::done) {
    taken += step.bytes;
    ASSERT_LT(taken, text.size());
  }

  EXPECT_EQ(step.progress, Progress::want_write);
  EXPECT_TRUE(connection.server.has_output());
  EXPECT_EQ(connection.server.flush(), Progress::want_write);
}

TEST_P(StreamTest, QueuedRecordsLeaveTogether) {
  Connection connection = world_.connect(nullptr, GetParam());
  ASSERT_TRUE(connection.ok);
  (void)testing::read_all(connection.client);

  for (const char* frame : {"one", "two", "three"}) {
    EXPECT_EQ(connection.server.queue(as_bytes(frame)).progress, Progress::done);
  }
  std::array<char, 1> byte{};
  EXPECT_EQ(::recv(connection.wire->client(), byte.data(), 1, MSG_PEEK), -1) << "nothing yet";
  EXPECT_EQ(connection.server.flush(), Progress::done);

  EXPECT_EQ(record_sizes(connection.wire->client()).size(), 3U);
}

TEST_P(StreamTest, RecordsKeepToTheLimit) {
  Connection connection = world_.connect(nullptr, GetParam());
  ASSERT_TRUE(connection.ok);
  (void)testing::read_all(connection.client);
  const std::string text = pattern(40'000);
  constexpr std::size_t kOverhead = 64;

  ASSERT_EQ(connection.server.write(as_bytes(text)).bytes, text.size());
  auto sizes = record_sizes(connection.wire->client());
  const std::size_t by_default = GetParam() == Version::tls12 ? 4096 : 16384;
  ASSERT_FALSE(sizes.empty());
  EXPECT_LE(*std::ranges::max_element(sizes), by_default + kOverhead);
  EXPECT_GT(*std::ranges::max_element(sizes), by_default - 1);

  connection.server.limit_records(1024);
  ASSERT_EQ(connection.server.write(as_bytes(text)).bytes, text.size());
  sizes = record_sizes(connection.wire->client());
  EXPECT_LE(*std::ranges::max_element(sizes), 1024 + kOverhead);
}

TEST_P(StreamTest, AProperCloseArrivesAfterTheLastBytes) {
  Connection connection = world_.connect(nullptr, GetParam());
  ASSERT_TRUE(connection.ok);
  ASSERT_EQ(connection.client.write(as_bytes("last words")).progress, Progress::done);
  ASSERT_EQ(connection.client.close(), Progress::done);
  connection.wire->close_client();

  Progress last = Progress::done;
  EXPECT_EQ(testing::read_all(connection.server, &last), "last words");

  EXPECT_EQ(last, Progress::closed);
  EXPECT_TRUE(connection.server.failure().empty());
}

TEST_P(StreamTest, AHalfClosedPeerStillHears) {
  Connection connection = world_.connect(nullptr, GetParam());
  ASSERT_TRUE(connection.ok);
  ASSERT_EQ(connection.client.close(), Progress::done);
  Progress last = Progress::done;
  (void)testing::read_all(connection.server, &last);
  ASSERT_EQ(last, Progress::closed);

  ASSERT_EQ(connection.server.write(as_bytes("goodbye")).progress, Progress::done);

  EXPECT_EQ(testing::read_all(connection.client), "goodbye");
}

TEST_P(StreamTest, ACutIsNotAClose) {
  Connection connection = world_.connect(nullptr, GetParam());
  ASSERT_TRUE(connection.ok);
  connection.wire->close_client();

  Progress last = Progress::done;
  (void)testing::read_all(connection.server, &last);

  EXPECT_EQ(last, Progress::failed);
  EXPECT_FALSE(connection.server.failure().empty());
}

TEST_P(StreamTest, WritingToAClosedWireRaisesNoSignal) {
  Connection connection = world_.connect(nullptr, GetParam());
  ASSERT_TRUE(connection.ok);
  connection.wire->close_client();

  EXPECT_EQ(connection.server.write(as_bytes("anyone?")).progress, Progress::failed);
}

TEST_P(StreamTest, ATamperedRecordKillsTheStream) {
  Connection connection = world_.connect(nullptr, GetParam());
  ASSERT_TRUE(connection.ok);
  (void)testing::read_all(connection.client);
  const std::string junk = std::string("\x17\x03\x03\x00\x20", 5) + std::string(32, 'x');
  ASSERT_GT(::send(connection.wire->client(), junk.data(), junk.size(), 0), 0);

  Progress last = Progress::done;
  EXPECT_EQ(testing::read_all(connection.server, &last), "");

  EXPECT_EQ(last, Progress::failed);
}

INSTANTIATE_TEST_SUITE_P(BothVersions, StreamTest,
                         ::testing::Values(Version::tls12, Version::tls13), [](const auto& each) {
                           return each.param == Version::tls12 ? "Tls12" : "Tls13";
                         });

}  // namespace
}  // namespace fastness::tls
