// Shared subscriptions over a crash: a message belongs to one member of its group, before and
// after.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/testing/hub.h"
#include "gateway/tests/disk_test.h"

namespace fastness::gateway {
namespace {

using mqtt::PacketType;
using mqtt::Qos;
using testing::Client;
using testing::Disk;
using ::testing::ElementsAre;
using testing::Hub;

constexpr const char* kPool = "$share/pool/work";

// A member whose session outlives its connections.
std::unique_ptr<Client> member(Hub& hub, std::string_view client_id) {
  mqtt::Connect packet = Hub::person_packet("ada", client_id);
  packet.clean_start = false;
  auto client = hub.dial();
  EXPECT_TRUE(client->connect(packet));
  return client;
}

std::unique_ptr<Client> new_member(Hub& hub, std::string_view client_id) {
  auto client = member(hub, client_id);
  client->subscribe({kPool}, Qos::exactly_once);
  return client;
}

// Publishes and waits until it is acknowledged.
void give(Client& boss, std::string_view payload, Qos qos) {
  boss.publish("work", payload, qos);
  EXPECT_TRUE(boss.expect<mqtt::Acknowledgement>());
}

struct Received {
  std::string payload;
  std::uint16_t packet_id;
};

// The next so many messages, which are not acknowledged.
std::vector<Received> take(Client& client, std::size_t count) {
  std::vector<Received> received;
  while (received.size() < count) {
    const auto packet = client.expect<mqtt::Publish>();
    if (!packet) break;
    received.push_back({std::string(as_text(packet->payload)), packet->packet_id});
  }
  return received;
}

std::vector<std::string> payloads(const std::vector<Received>& received) {
  std::vector<std::string> all;
  for (const Received& each : received) all.push_back(each.payload);
  return all;
}

// Says that it has the message, and waits until that is known.
void acknowledge(Client& client, std::uint16_t packet_id, Qos qos) {
  const bool once = qos == Qos::exactly_once;
  client.send(mqtt::Acknowledgement{
      once ? PacketType::pubrec : PacketType::puback, packet_id, mqtt::ReasonCode::success, {}});
  if (once) {
    EXPECT_EQ(client.expect<mqtt::Acknowledgement>()->type, PacketType::pubrel);
  } else {
    EXPECT_TRUE(client.has_nothing());
  }
}

class SharedSubscriptions : public ::testing::TestWithParam<Qos> {
 protected:
  SharedSubscriptions() { hub_.add_person(1, "ada"); }

  Hub hub_;
};

INSTANTIATE_TEST_SUITE_P(Qos, SharedSubscriptions,
                         ::testing::Values(Qos::at_least_once, Qos::exactly_once));

TEST_P(SharedSubscriptions, AfterACrashAMessageIsOfTheMemberThatHadIt) {
  auto a = new_member(hub_, "a");
  auto b = new_member(hub_, "b");
  auto boss = hub_.person_client("ada", "boss");
  for (const char* text : {"0", "1", "2", "3", "4", "5"}) give(*boss, text, GetParam());
  const auto of_a = take(*a, 3);
  EXPECT_THAT(payloads(of_a), ElementsAre("0", "2", "4"));
  EXPECT_THAT(payloads(take(*b, 3)), ElementsAre("1", "3", "5"));
  acknowledge(*a, of_a[0].packet_id, GetParam());

  hub_.crash();

  b = member(hub_, "b");
  EXPECT_THAT(payloads(take(*b, 3)), ElementsAre("1", "3", "5"));
  EXPECT_TRUE(b->has_nothing()) << "it has what another member had";
  a = member(hub_, "a");
  if (GetParam() == Qos::exactly_once) {
    EXPECT_EQ(a->expect<mqtt::Acknowledgement>()->packet_id, of_a[0].packet_id);
  }
  EXPECT_THAT(payloads(take(*a, 2)), ElementsAre("2", "4"));
  EXPECT_TRUE(a->has_nothing()) << "it has what another member had";
}

// A session that ends with its connection ends with the process too (MQTT 5.0, 4.8.2): who asked
// for exactly once must not risk that it had the message.
TEST_P(SharedSubscriptions, AfterACrashAnotherMemberHasWhatWasASessionsThatIsGone) {
  auto gone = hub_.person_client("ada", "gone");
  gone->subscribe({kPool}, Qos::exactly_once);
  auto there = new_member(hub_, "there");
  auto boss = hub_.person_client("ada", "boss");
  for (const char* text : {"0", "1", "2"}) give(*boss, text, GetParam());
  EXPECT_THAT(payloads(take(*gone, 2)), ElementsAre("0", "2"));
  EXPECT_THAT(payloads(take(*there, 1)), ElementsAre("1"));

  hub_.crash();

  there = member(hub_, "there");
  if (GetParam() == Qos::at_least_once) {
    EXPECT_THAT(payloads(take(*there, 3)), ElementsAre("0", "1", "2"));
  } else {
    EXPECT_THAT(payloads(take(*there, 1)), ElementsAre("1"));
  }
  EXPECT_TRUE(there->has_nothing());
}

TEST_P(SharedSubscriptions, WhoLeavesWhileTheJournalWritesHasAnHeir) {
  auto leaver = new_member(hub_, "leaver");
  auto heir = new_member(hub_, "heir");
  auto boss = hub_.person_client("ada", "boss");
  hub_.journal.set_mode(testing::HeldJournal::Mode::held);
  boss->publish("work", "x", GetParam());
  ASSERT_TRUE(hub_.journal.wait_for_held(1));
  leaver->send(mqtt::Unsubscribe{9, {kPool}, {}});
  ASSERT_TRUE(hub_.journal.wait_for_held(2));
  hub_.journal.release();

  EXPECT_TRUE(boss->expect<mqtt::Acknowledgement>());
  EXPECT_TRUE(leaver->expect<mqtt::Unsuback>());
  EXPECT_TRUE(leaver->has_nothing());
  EXPECT_THAT(payloads(take(*heir, 1)), ElementsAre("x"));

  hub_.crash();

  heir = member(hub_, "heir");
  EXPECT_THAT(payloads(take(*heir, 1)), ElementsAre("x"));
  EXPECT_TRUE(heir->has_nothing());
  leaver = member(hub_, "leaver");
  EXPECT_TRUE(leaver->has_nothing()) << "it has what its heir has too";
}

TEST_P(SharedSubscriptions, WhoEndsWhileTheJournalWritesHasAnHeir) {
  auto ends = hub_.person_client("ada", "ends");
  ends->subscribe({kPool}, Qos::exactly_once);
  auto heir = new_member(hub_, "heir");
  auto boss = hub_.person_client("ada", "boss");
  hub_.journal.set_mode(testing::HeldJournal::Mode::held);
  boss->publish("work", "x", GetParam());
  ASSERT_TRUE(hub_.journal.wait_for_held(1));
  ends->send(mqtt::Disconnect{});
  ASSERT_TRUE(ends->is_closed_by_server());
  hub_.journal.release();

  EXPECT_TRUE(boss->expect<mqtt::Acknowledgement>());
  EXPECT_THAT(payloads(take(*heir, 1)), ElementsAre("x"));

  hub_.crash();

  heir = member(hub_, "heir");
  EXPECT_THAT(payloads(take(*heir, 1)), ElementsAre("x"));
  EXPECT_TRUE(heir->has_nothing());
}

// The group's copy is looked at first, since its filter has a wildcard.
TEST_P(SharedSubscriptions, AMemberThatSubscribedAloneAsWellHasACopyOfEach) {
  auto both = hub_.person_client("ada", "both");
  both->subscribe({"$share/pool/+"}, Qos::at_most_once);
  both->subscribe({"work"}, GetParam());
  auto boss = hub_.person_client("ada", "boss");

  give(*boss, "x", GetParam());

  EXPECT_THAT(payloads(take(*both, 2)), ElementsAre("x", "x"));
  EXPECT_TRUE(both->has_nothing());
}

TEST_P(SharedSubscriptions, AfterAPowerCutAMessageIsOfTheMemberThatHadIt) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Hub hub;
    hub.add_person(1, "ada");
    Disk disk(hub, seed);
    hub.restart();
    auto a = new_member(hub, "a");
    auto b = new_member(hub, "b");
    auto boss = hub.person_client("ada", "boss");
    for (const char* text : {"0", "1", "2", "3"}) give(*boss, text, GetParam());
    EXPECT_THAT(payloads(take(*a, 2)), ElementsAre("0", "2"));
    EXPECT_THAT(payloads(take(*b, 2)), ElementsAre("1", "3"));

    disk.cut_power();

    b = member(hub, "b");
    EXPECT_THAT(payloads(take(*b, 2)), ElementsAre("1", "3"));
    EXPECT_TRUE(b->has_nothing());
    a = member(hub, "a");
    EXPECT_THAT(payloads(take(*a, 2)), ElementsAre("0", "2"));
    EXPECT_TRUE(a->has_nothing());
  }
}

}  // namespace
}  // namespace fastness::gateway
