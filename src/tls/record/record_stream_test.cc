// Our record layer on a socket, and a peer that breaks off, hurries or does not listen.
#include "tls/record/record_stream.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls/testing/layer.h"
#include "tls/testing/loopback.h"
#include "tls/testing/settled.h"

namespace fastness::tls {
namespace {

using testing::origin;

class Streams : public ::testing::Test {
 protected:
  // What the peer says, as records.
  Bytes records(std::string_view text) {
    Bytes out;
    peer_.seal(ciphers_, as_bytes(text), out);
    return out;
  }
  void send(ByteView bytes) {
    ASSERT_EQ(::write(wire_.client(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  // What the peer hears, up to now.
  std::string heard() {
    Bytes bytes(200'000);
    const ssize_t got = ::recv(wire_.client(), bytes.data(), bytes.size(), 0);
    unheard_.insert(unheard_.end(), bytes.begin(), bytes.begin() + std::max<ssize_t>(got, 0));
    Bytes answers;
    const auto opened = peer_.open(ciphers_, unheard_, answers);
    std::string text(as_text(ByteView(unheard_).first(opened.plain)));
    unheard_.erase(unheard_.begin(), unheard_.begin() + static_cast<std::ptrdiff_t>(opened.used));
    return text;
  }
  // One step into a buffer of so many bytes; what was read.
  std::string read(Progress& progress, std::size_t room = RecordLayer::kFullWire) {
    Bytes buffer(room);
    const Step step = stream_.read(ciphers_, buffer);
    progress = step.progress;
    return std::string(as_text(ByteView(buffer).first(step.bytes)));
  }

  testing::SocketPair wire_{kSmallBuffer};
  RecordCiphers ciphers_;
  RecordLayer peer_{origin(Version::tls13, 2, 1)};
  RecordStream stream_{RecordLayer(origin(Version::tls13, 1, 2)), wire_.server(), {}, {}};
  Bytes unheard_;
  Progress progress_{};

 private:
  static constexpr int kSmallBuffer = 64 * 1024;
};

TEST_F(Streams, HalfARecordThenAnEndIsACut) {
  const Bytes record = records("never whole");
  send(ByteView(record).first(record.size() - 1));
  EXPECT_EQ(read(progress_), "");
  EXPECT_EQ(progress_, Progress::want_read);
  wire_.close_client();
  EXPECT_EQ(read(progress_), "");
  while (progress_ == Progress::want_read) (void)read(progress_);
  EXPECT_EQ(progress_, Progress::failed);
  EXPECT_EQ(stream_.failure(), "connection cut");
}

TEST_F(Streams, AnEndBehindAGoodbyeIsNoCut) {
  Bytes last = records("last");
  peer_.close(ciphers_, last);
  send(last);
  wire_.close_client();
  EXPECT_EQ(read(progress_), "last");
  (void)read(progress_);
  EXPECT_EQ(progress_, Progress::closed);
  EXPECT_EQ(stream_.failure(), "");
}

TEST_F(Streams, WhatCameBeforeABadRecordIsHeard) {
  Bytes both = records("good");
  Bytes bad = records("bad");
  bad.back() ^= 1U;
  both.insert(both.end(), bad.begin(), bad.end());
  send(both);
  EXPECT_EQ(read(progress_), "good");
  EXPECT_EQ(read(progress_), "");
  EXPECT_EQ(progress_, Progress::failed);
  EXPECT_EQ(stream_.failure(), "a record is not authentic");
}

// A caller may come with less room the second time, and what lies behind the end of a connection is
// the peer's choice.
TEST_F(Streams, WhatLiesBehindAnEndFitsInAnyBuffer) {
  for (const bool properly : {true, false}) {
    SCOPED_TRACE(properly);
    peer_ = RecordLayer(origin(Version::tls13, 2, 1));
    stream_ = RecordStream(RecordLayer(origin(Version::tls13, 1, 2)), wire_.server(), {}, {});
    Bytes all = records("last");
    if (properly) {
      peer_.close(ciphers_, all);
    } else {
      all.insert(all.end(), {SSL3_RT_APPLICATION_DATA, 3, 3, 0, 20});
    }
    all.resize(all.size() + 2 * RecordLayer::kFullWire);
    send(all);
    EXPECT_EQ(read(progress_, 4 * RecordLayer::kFullWire), "last");
    EXPECT_EQ(read(progress_), "");
    EXPECT_EQ(progress_, properly ? Progress::closed : Progress::failed);
  }
}

TEST_F(Streams, AfterOurGoodbyeNothingIsTakenButStillHeard) {
  const Bytes more = records("one more thing");
  EXPECT_EQ(stream_.close(ciphers_), Progress::done);
  EXPECT_EQ(stream_.write(ciphers_, as_bytes("more")).progress, Progress::failed);
  EXPECT_EQ(heard(), "");
  EXPECT_TRUE(peer_.is_closed());
  send(more);
  EXPECT_EQ(read(progress_), "one more thing");
}

TEST_F(Streams, AfterThePeersGoodbyeWeStillSayOurs) {
  Bytes goodbye;
  peer_.close(ciphers_, goodbye);
  send(goodbye);
  (void)read(progress_);
  EXPECT_EQ(progress_, Progress::closed);
  EXPECT_EQ(stream_.write(ciphers_, as_bytes("more")).progress, Progress::failed);
  EXPECT_EQ(stream_.close(ciphers_), Progress::done);
  EXPECT_EQ(heard(), "");
  EXPECT_TRUE(peer_.is_closed());
}

TEST_F(Streams, ASlowPeerHearsAllInOrder) {
  std::string said;
  for (int i = 0; said.size() < 1'000'000; ++i) said += std::to_string(i) + ' ';
  std::string all;
  std::size_t waits = 0;
  for (std::size_t at = 0; at < said.size() || stream_.has_output();) {
    const Step step = stream_.write(ciphers_, as_bytes(said).subspan(at));
    ASSERT_NE(step.progress, Progress::failed);
    at += step.bytes;
    if (!stream_.has_output()) continue;
    ++waits;
    all += heard();
    ASSERT_NE(stream_.flush(), Progress::failed);
  }
  EXPECT_EQ(all + heard(), said);
  EXPECT_GT(waits, 5U);
}

TEST_F(Streams, APeerThatDoesNotReadIsNotWrittenToForEver) {
  std::size_t taken = 0;
  Step step;
  do {
    step = stream_.write(ciphers_, Bytes(30'000, 'x'));
    taken += step.bytes;
  } while (step.progress == Progress::done && taken < 10'000'000);
  EXPECT_EQ(step.progress, Progress::want_write);
  EXPECT_LT(taken, 400'000U);
}

// Each request for new keys makes us answer, and data between them makes each of them legal.
TEST(Stream, AnswersThatNobodyReadsEndIt) {
  testing::World world(testing::handing_over());
  testing::Settled both(world, testing::kTls13);
  ASSERT_TRUE(both.ok());
  Progress last = Progress::want_read;
  int asked = 0;
  for (; asked < 20'000 && last == Progress::want_read; ++asked) {
    SSL_key_update(both.ssl(), SSL_KEY_UPDATE_REQUESTED);
    if (SSL_write(both.ssl(), "x", 1) != 1) break;
    (void)both.hear(&last);
  }
  EXPECT_EQ(last, Progress::failed);
  EXPECT_EQ(both.stream().failure(), "No buffer space available");
  EXPECT_LT(asked, 10'000);
}

}  // namespace
}  // namespace fastness::tls
