// Retained messages are sent as their client acknowledges them. Whatever ends the process
// meanwhile, each that is acknowledged comes, and none twice to who asked for exactly once.

#include <algorithm>
#include <future>
#include <set>
#include <stdexcept>

#include <gtest/gtest.h>

#include "gateway/store/session_store.h"
#include "gateway/testing/hub.h"
#include "gateway/tests/disk_test.h"

namespace fastness::gateway {
namespace {

using mqtt::PacketType;
using mqtt::Qos;
using testing::Client;
using testing::Disk;
using testing::Hub;

constexpr std::size_t kMany = 200;
constexpr std::uint16_t kWindow = 10;  // how many the client takes before it acknowledges

std::vector<std::string> all_topics() {
  std::vector<std::string> topics;
  for (std::size_t i = 0; i < kMany; ++i) topics.push_back("r/" + std::to_string(i));
  return topics;
}

// A client that keeps its half of the state over its connections.
class Reader {
 public:
  Reader(Hub& hub, Qos qos) : hub_(hub), qos_(qos) {}

  void connect() {
    mqtt::Connect packet = Hub::person_packet("ada", "reader");
    packet.version = mqtt::Version::v5;
    packet.clean_start = false;
    packet.properties.session_expiry = 1'000;
    packet.properties.receive_maximum = kWindow;
    client_ = hub_.dial();
    ASSERT_TRUE(client_->connect(packet));
  }
  void subscribe() { client_->subscribe({"r/#"}, qos_); }

  // Takes what comes until it has seen so many; then exchanges may be in their middle.
  void take(std::size_t count) {
    while (seen_.size() < count) take_next();
  }
  // Until it has seen all, and every exchange is over.
  void take_all() {
    while (seen_.size() < kMany || !unreleased_.empty()) take_next();
  }
  [[nodiscard]] const std::vector<std::string>& seen() const { return seen_; }
  [[nodiscard]] std::size_t repeated() const { return repeated_; }
  [[nodiscard]] bool has_nothing() { return client_->has_nothing(); }

 private:
  void take_next() {
    const auto packet = client_->next();
    if (!packet) throw std::runtime_error("nothing comes after " + std::to_string(seen_.size()));
    if (const auto* publish = std::get_if<mqtt::Publish>(&*packet)) return see(*publish);
    const auto id = std::get<mqtt::Acknowledgement>(*packet).packet_id;
    unreleased_.erase(id);
    answer(PacketType::pubcomp, id);
  }
  void see(const mqtt::Publish& publish) {
    EXPECT_EQ(publish.qos, qos_);
    const bool is_once = qos_ == Qos::exactly_once;
    const std::string topic(publish.topic);
    const bool is_again = is_once ? !unreleased_.insert(publish.packet_id).second
                                  : std::ranges::find(seen_, topic) != seen_.end();
    if (is_again) {
      ++repeated_;
    } else {
      seen_.push_back(topic);
    }
    answer(is_once ? PacketType::pubrec : PacketType::puback, publish.packet_id);
  }
  void answer(PacketType type, std::uint16_t packet_id) {
    client_->send(mqtt::Acknowledgement{type, packet_id, mqtt::ReasonCode::success, {}});
  }

  Hub& hub_;
  const Qos qos_;
  std::unique_ptr<Client> client_;
  std::vector<std::string> seen_;
  std::size_t repeated_ = 0;
  std::set<std::uint16_t> unreleased_;  // QoS 2 messages that it has and we have not released
};

class RetainedRestart : public ::testing::TestWithParam<Qos> {
 protected:
  void store(Hub& hub) {
    const Principal ada = hub.add_person(1, "ada");
    for (const std::string& topic : all_topics()) {
      ASSERT_TRUE(hub.gateway->publish(ada.organisation, topic, as_bytes("x"), GetParam(), true));
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Qos, RetainedRestart,
                         ::testing::Values(Qos::at_least_once, Qos::exactly_once));

TEST_P(RetainedRestart, ACrashGoesOnWhereItWas) {
  Hub hub;
  store(hub);
  Reader reader(hub, GetParam());
  reader.connect();
  reader.subscribe();
  const std::vector<std::size_t> crashes = {25, 26, 100};
  for (const std::size_t count : crashes) {
    reader.take(count);
    hub.crash();
    reader.connect();
  }
  reader.take_all();
  EXPECT_EQ(reader.seen(), all_topics());
  EXPECT_TRUE(reader.has_nothing());
  if (GetParam() == Qos::at_least_once) {
    EXPECT_LE(reader.repeated(), crashes.size() * kWindow)
        << "only acknowledgements that were on their way may be lost in a crash";
  }

  hub.crash();
  reader.connect();
  EXPECT_TRUE(reader.has_nothing()) << "they are over";
}

TEST_P(RetainedRestart, APowerCutGoesOnWhereItWas) {
  Hub hub;
  Disk disk(hub, 1);
  hub.restart();
  store(hub);
  Reader reader(hub, GetParam());
  reader.connect();
  reader.subscribe();
  for (const std::size_t count : {25U, 26U, 100U}) {
    reader.take(count);
    disk.cut_power();
    reader.connect();
  }
  reader.take_all();
  EXPECT_EQ(reader.seen(), all_topics());
}

TEST_P(RetainedRestart, ACheckpointKnowsHowFarTheyAre) {
  Hub hub;
  store(hub);
  const auto values =
      storage::KeyValueStore::open({.directory = hub.registry.directory / "gateway",
                                    .families = {std::string(SessionStore::kFamily)}})
          .value();
  SessionStore sessions(*values, *hub.registry.keys);
  Reader reader(hub, GetParam());
  reader.connect();
  reader.subscribe();
  reader.take(50);
  std::promise<Result<LogPosition>> done;
  hub.gateway->checkpoint(
      sessions, hub.journal.records().size() + 1, [](const std::function<void()>& work) { work(); },
      [&](Result<LogPosition> result) { done.set_value(std::move(result)); });
  const auto position = done.get_future().get();
  ASSERT_TRUE(position);
  reader.take(70);

  hub.gateway->stop();
  hub.make_gateway();
  ASSERT_TRUE(hub.gateway->restore(sessions));
  const auto records = hub.journal.records();
  for (std::size_t i = *position - 1; i < records.size(); ++i) {
    ASSERT_TRUE(hub.gateway->replay(records[i]));
  }
  hub.gateway->start();

  reader.connect();
  reader.take_all();
  EXPECT_EQ(reader.seen(), all_topics());
  EXPECT_TRUE(reader.has_nothing());
}

}  // namespace
}  // namespace fastness::gateway
