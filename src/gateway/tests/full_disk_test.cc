// A disk that fills up under a gateway with a real journal: what is refused, what is kept, and that
// it goes on by itself.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gateway/testing/hub.h"
#include "gateway/tests/disk_test.h"
#include "journal/testing/open_journal.h"
#include "os/testing/faulty_file_system.h"

namespace fastness::gateway {
namespace {

using mqtt::Qos;
using mqtt::ReasonCode;
using testing::Client;
using testing::Hub;

class FullDisk : public ::testing::Test {
 protected:
  // So much that a few segments of the journal fit, and not one more.
  static constexpr std::uint64_t kCapacity = std::uint64_t{110} << 10U;
  static constexpr int kMoreThanFit = 100;

  FullDisk() {
    hub_.add_person(1, "ada");
    hub_.other_journal = [this](auto, std::vector<Bytes> payloads, Durability durability,
                                const std::function<void(Result<LogPosition>)>& done) {
      testing::append(*journal_, std::move(payloads), durability, done);
    };
    start();
  }
  ~FullDisk() override { hub_.gateway->stop(); }

  // Anew, with what the journal holds.
  void start() {
    hub_.gateway->stop();
    journal_.reset();
    auto opened =
        journal::testing::open_journal(disk_, hub_.registry.vault, hub_.registry.clock, "gateway");
    ASSERT_TRUE(opened) << opened.error().message;
    journal_ = std::move(opened).value();
    hub_.registry.clock.advance(std::chrono::seconds{1});
    hub_.make_gateway();
    ASSERT_TRUE(journal_->replay(1, [this](journal::Position, const journal::Record& record) {
      return hub_.gateway->replay(record.payload);
    }));
    hub_.gateway->start();
  }

  std::unique_ptr<Client> dial(std::string_view client_id) {
    mqtt::Connect packet = Hub::person_packet("ada", client_id);
    packet.version = mqtt::Version::v5;
    auto client = hub_.dial();
    const auto connack = client->connect(packet);
    EXPECT_TRUE(connack && connack->reason == ReasonCode::success);
    return client;
  }

  // One whose session outlives its connection.
  std::unique_ptr<Client> dial_sleeper() {
    mqtt::Connect packet = Hub::person_packet("ada", "sleeper");
    packet.clean_start = false;
    auto client = hub_.dial();
    EXPECT_TRUE(client->connect(packet));
    return client;
  }

  // The next message, large and numbered, was acknowledged; if not, its sender was told why.
  bool publish_next(Client& client) {
    const std::string payload = std::to_string(sent_++) + std::string(3'000, '.');
    client.publish("t", payload, Qos::at_least_once);
    const auto packet = client.next();
    if (packet && std::holds_alternative<mqtt::Acknowledgement>(*packet)) {
      acknowledged_.push_back("t=" + payload);
      return true;
    }
    const auto* farewell = packet ? std::get_if<mqtt::Disconnect>(&*packet) : nullptr;
    EXPECT_TRUE(farewell != nullptr && farewell->reason == ReasonCode::server_busy)
        << "neither an acknowledgement nor 0x89";
    EXPECT_TRUE(client.is_closed_by_server());
    return false;
  }

  // Publishes until the disk takes nothing more.
  void fill() {
    disk_.set_capacity(kCapacity);
    const auto client = dial("filler");
    while (publish_next(*client)) ASSERT_LT(sent_, kMoreThanFit);
    ASSERT_GT(acknowledged_.size(), 5U);
  }

  os::testing::FaultyFileSystem disk_{1};
  Hub hub_;
  std::unique_ptr<journal::Journal> journal_;
  int sent_ = 0;
  std::vector<std::string> acknowledged_;
};

TEST_F(FullDisk, RefusesPolitelyWhileItIsFullAndGoesOnWhenThereIsRoom) {
  auto watcher = dial("watcher");
  watcher->subscribe({"t"}, Qos::at_most_once);

  fill();

  EXPECT_TRUE(journal_->status().is_full);
  EXPECT_FALSE(publish_next(*dial("again"))) << "it is still full";
  for (const std::string& message : acknowledged_) ASSERT_EQ(watcher->next_message(), message);
  EXPECT_TRUE(watcher->has_nothing()) << "nobody is told what was not kept";

  disk_.set_capacity(std::nullopt);
  EXPECT_TRUE(publish_next(*dial("again")));
  EXPECT_EQ(watcher->next_message(), acknowledged_.back()) << "to whom was connected all along";
  EXPECT_FALSE(journal_->status().is_failing);
}

TEST_F(FullDisk, WhatNeedsNoDiskGoesOn) {
  fill();

  auto watcher = dial("watcher");
  watcher->subscribe({"t"}, Qos::at_most_once);
  const auto live = dial("live");
  live->publish("t", "live", Qos::at_most_once);
  EXPECT_EQ(watcher->next_message(), "t=live");
}

TEST_F(FullDisk, NothingThatWasAcknowledgedIsLost) {
  auto sleeper = dial_sleeper();
  sleeper->subscribe({"t"}, Qos::at_least_once);
  sleeper->vanish();

  fill();
  disk_.set_capacity(std::nullopt);
  ASSERT_TRUE(publish_next(*dial("again")));
  start();

  sleeper = dial_sleeper();
  for (const std::string& message : acknowledged_) ASSERT_EQ(sleeper->next_message(), message);
  EXPECT_TRUE(sleeper->has_nothing());
}

TEST_F(FullDisk, AServerThatStartsOnAFullDiskKnowsAllAndTakesNothing) {
  auto sleeper = dial_sleeper();
  sleeper->subscribe({"t"}, Qos::at_least_once);
  sleeper->vanish();
  fill();

  start();

  EXPECT_FALSE(publish_next(*dial("again")));
  disk_.set_capacity(std::nullopt);
  EXPECT_TRUE(publish_next(*dial("again")));
  sleeper = dial_sleeper();
  for (const std::string& message : acknowledged_) ASSERT_EQ(sleeper->next_message(), message);
}

}  // namespace
}  // namespace fastness::gateway
