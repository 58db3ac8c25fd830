// Last messages across a crash of ours.

#include <thread>

#include <gtest/gtest.h>

#include "gateway/hosting/records.h"
#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using namespace std::chrono_literals;
using mqtt::Qos;
using testing::Client;
using testing::Hub;

// Silent for ten seconds at most, so given up after fifteen.
mqtt::Connect willed(std::string_view client_id) {
  mqtt::Connect packet = Hub::person_packet("ada", client_id);
  packet.keep_alive = 10;
  packet.will = mqtt::Will{};
  packet.will->topic = "will";
  packet.will->payload = "gone";
  packet.will->qos = Qos::at_least_once;
  return packet;
}

class Wills : public ::testing::Test {
 protected:
  Wills() { hub_.add_person(1, "ada"); }

  std::unique_ptr<Client> connect(const mqtt::Connect& packet) {
    auto client = hub_.dial();
    EXPECT_TRUE(client->connect(packet));
    return client;
  }
  std::unique_ptr<Client> watcher() {
    auto client = hub_.person_client("ada", "watcher");
    client->subscribe({"will"}, Qos::at_most_once);
    return client;
  }
  // What was due by now is published: the gateway has looked at the time since.
  void let_pass(std::chrono::seconds time) {
    mqtt::Connect marker = willed("marker");
    marker.keep_alive = 600;
    marker.version = mqtt::Version::v5;
    marker.properties.session_expiry = 3'600;
    marker.will->topic = "marker";
    marker.will->properties.will_delay = 1;
    auto seen = hub_.person_client("ada", "marker's watcher");
    seen->subscribe({"marker"}, Qos::at_most_once);
    const std::size_t before = delayed();
    connect(marker)->vanish();
    wait_for_delayed(before + 1);
    hub_.registry.clock.advance(time);
    EXPECT_EQ(seen->next_message(), "marker=gone");
  }
  // How many times the journal has heard when a delayed will is due.
  std::size_t delayed() const {
    std::size_t count = 0;
    for (const Bytes& record : hub_.journal.records()) {
      const auto decoded = records::decode(record);
      const auto* settled = std::get_if<records::WillSettled>(&*decoded);
      if (settled != nullptr && settled->due) ++count;
    }
    return count;
  }
  void wait_for_delayed(std::size_t count) const {
    const auto patience = std::chrono::steady_clock::now() + 10s;
    while (delayed() < count && std::chrono::steady_clock::now() < patience) {
      std::this_thread::yield();
    }
    EXPECT_EQ(delayed(), count);
  }

  Hub hub_;
};

TEST_F(Wills, OfAClientConnectedAtTheCrashComesOnceItsSilenceIsOver) {
  auto client = connect(willed("w"));
  hub_.crash();
  auto seen = watcher();
  let_pass(14s);
  EXPECT_TRUE(seen->has_nothing()) << "its keep-alive was not over";

  hub_.registry.clock.advance(2s);
  EXPECT_EQ(seen->next_message(), "will=gone");

  hub_.crash();
  auto later = watcher();
  let_pass(60s);
  EXPECT_TRUE(later->has_nothing()) << "it was published a second time";
}

TEST_F(Wills, OfAClientThatIsBackInTimeIsNotPublished) {
  mqtt::Connect packet = willed("w");
  packet.clean_start = false;
  auto client = connect(packet);
  hub_.crash();
  auto seen = watcher();
  packet.keep_alive = 600;
  auto back = connect(packet);

  let_pass(60s);

  EXPECT_TRUE(seen->has_nothing());
}

TEST_F(Wills, OfAClientThatSaidGoodbyeIsForgotten) {
  {
    auto client = connect(willed("w"));
    client->send(mqtt::Disconnect{});
    ASSERT_TRUE(client->is_closed_by_server());
  }
  hub_.crash();
  auto seen = watcher();

  let_pass(60s);

  EXPECT_TRUE(seen->has_nothing());
}

TEST_F(Wills, WithADelayGoOnAcrossTheCrash) {
  mqtt::Connect packet = willed("w");
  packet.version = mqtt::Version::v5;
  packet.properties.session_expiry = 3'600;
  packet.will->properties.will_delay = 300;
  connect(packet)->vanish();
  wait_for_delayed(1);
  hub_.crash();
  auto seen = watcher();
  hub_.registry.clock.advance(299s);
  EXPECT_TRUE(seen->has_nothing());

  hub_.registry.clock.advance(2s);

  EXPECT_EQ(seen->next_message(), "will=gone");
}

TEST_F(Wills, OfWhoeverIsNotAdmittedAnyMoreIsNeverPublished) {
  auto client = connect(willed("w"));
  mqtt::Connect lasting = willed("lasting");
  lasting.clean_start = false;
  auto other = connect(lasting);

  hub_.crash([](const Principal&) { return false; });
  auto seen = watcher();
  let_pass(60s);

  EXPECT_TRUE(seen->has_nothing());
  EXPECT_FALSE(hub_.dial()->connect(lasting)->session_present);
}

}  // namespace
}  // namespace fastness::gateway
