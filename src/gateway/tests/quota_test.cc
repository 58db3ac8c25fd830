// What an organisation and its devices may take, each quota at it and one past it, and what their
// owner is shown of it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using mqtt::Qos;
using mqtt::ReasonCode;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Client;
using ::testing::ElementsAre;
using testing::Hub;

mqtt::Connect version_5(mqtt::Connect packet) {
  packet.version = mqtt::Version::v5;
  return packet;
}

std::unique_ptr<Client> dial_5(Hub& hub, const Hub::Board& board) {
  auto client = hub.dial_as(board);
  if (!client->connect(version_5(Hub::connect_packet(board.id)))) return nullptr;
  return client;
}

// How often `quota` bit the organisation, and whom last.
struct Bite {
  std::uint64_t count = 0;
  std::optional<DeviceId> device;
};

Bite bite(const Hub& hub, Quota quota, std::uint8_t organisation = 1) {
  for (const auto& row : hub.gateway->limits_reached(things::testing::organisation(organisation))) {
    if (row.quota == quota) return {row.count, row.device};
  }
  return {};
}

// Whether `quota` bites while `watcher` is sent nothing: what bites it has then been looked at.
bool bites_in_silence(const Hub& hub, Quota quota, Client& watcher) {
  constexpr int kRounds = 1'000;  // each there and back
  for (int i = 0; i < kRounds; ++i) {
    if (!watcher.has_nothing()) return false;
    if (bite(hub, quota).count != 0) return true;
  }
  return false;
}

TEST(Quota, ConnectsOfADevice) {
  Limits limits;
  limits.device_connects = {1, 2};
  Hub hub(limits);
  const auto board = hub.add_board(1);
  EXPECT_TRUE(dial_5(hub, board));
  EXPECT_TRUE(dial_5(hub, board));
  const auto refused = hub.dial_as(board)->connect(version_5(Hub::connect_packet(board.id)));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, ReasonCode::connection_rate_exceeded);
  EXPECT_EQ(bite(hub, Quota::device_connects).count, 1U);
  EXPECT_EQ(bite(hub, Quota::device_connects).device, board.device);
  EXPECT_TRUE(dial_5(hub, hub.add_board(1))) << "another's pace is its own";

  hub.registry.clock.advance(seconds{1});
  EXPECT_EQ(hub.dial_as(board)->connect(Hub::connect_packet(board.id))->reason,
            ReasonCode::success);
}

TEST(Quota, ConnectsOfAnOrganisation) {
  Limits limits;
  limits.organisation.connects = {1, 2};
  Hub hub(limits);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(dial_5(hub, hub.add_board(1)));
  const auto third = hub.add_board(1);
  EXPECT_EQ(hub.dial_as(third)->connect(version_5(Hub::connect_packet(third.id)))->reason,
            ReasonCode::connection_rate_exceeded);
  EXPECT_EQ(bite(hub, Quota::organisation_connects).device, third.device);
  const auto other = hub.add_board(2);
  EXPECT_EQ(hub.dial_as(other)->connect(Hub::connect_packet(other.id))->reason,
            ReasonCode::success);
}

TEST(Quota, ConnectionsOfAnOrganisation) {
  Limits limits;
  limits.organisation.max_connections = 2;
  Hub hub(limits);
  auto one = dial_5(hub, hub.add_board(1));
  auto two = dial_5(hub, hub.add_board(1));
  const auto third = hub.add_board(1);
  EXPECT_EQ(hub.dial_as(third)->connect(version_5(Hub::connect_packet(third.id)))->reason,
            ReasonCode::quota_exceeded);
  EXPECT_EQ(bite(hub, Quota::organisation_connections).count, 1U);
  EXPECT_EQ(bite(hub, Quota::organisation_connections, 2).count, 0U);
  one->send(mqtt::Disconnect{});
  ASSERT_TRUE(one->is_closed_by_server());
  EXPECT_EQ(hub.dial_as(third)->connect(Hub::connect_packet(third.id))->reason,
            ReasonCode::success);
}

TEST(Quota, WhoTakesASessionOverAddsNoConnection) {
  Limits limits;
  limits.organisation.max_connections = 1;
  Hub hub(limits);
  hub.add_person(1, "ada");
  const auto board = hub.add_board(1);
  auto first = dial_5(hub, board);
  EXPECT_EQ(hub.dial()->connect(Hub::person_packet("ada", "a"))->reason,
            ReasonCode::server_unavailable);

  auto second = hub.dial_as(board);
  EXPECT_EQ(second->connect(version_5(Hub::connect_packet(board.id)))->reason, ReasonCode::success)
      << "a board whose connection is half open could not come back";
  EXPECT_EQ(first->expect<mqtt::Disconnect>()->reason, ReasonCode::session_taken_over);
  EXPECT_EQ(hub.dial()->connect(Hub::person_packet("ada", "a"))->reason,
            ReasonCode::server_unavailable)
      << "there is room for one, as before";
}

TEST(Quota, SubscriptionsOfAnOrganisation) {
  Limits limits;
  limits.organisation.max_subscriptions = 2;
  Hub hub(limits);
  auto one = dial_5(hub, hub.add_board(1));
  auto two = dial_5(hub, hub.add_board(1));
  EXPECT_THAT(one->subscribe({"a", "b", "a"}, Qos::at_most_once),
              ElementsAre(ReasonCode::success, ReasonCode::success, ReasonCode::success));
  EXPECT_THAT(two->subscribe({"c"}, Qos::at_most_once), ElementsAre(ReasonCode::quota_exceeded));
  EXPECT_EQ(bite(hub, Quota::organisation_subscriptions).count, 1U);
  one->send(mqtt::Disconnect{});
  ASSERT_TRUE(one->is_closed_by_server());
  EXPECT_THAT(two->subscribe({"c"}, Qos::at_most_once), ElementsAre(ReasonCode::success));
}

TEST(Quota, BytesOfAConnectionAreReadLater) {
  Limits limits;
  limits.bytes_per_second = 1'000;
  Hub hub(limits);
  hub.add_person(1, "ada");
  auto watcher = hub.person_client("ada", "w");
  watcher->subscribe({"t"}, Qos::at_most_once);
  auto fast = hub.person_client("ada", "f");
  const std::string payload(1'500, 'x');
  fast->publish("t", payload);
  fast->publish("t", "second");
  EXPECT_EQ(watcher->next_message(), "t=" + payload);
  EXPECT_TRUE(bites_in_silence(hub, Quota::bytes_per_second, *watcher));
  hub.registry.clock.advance(seconds{1});
  EXPECT_EQ(watcher->next_message(), "t=second");
  EXPECT_EQ(bite(hub, Quota::bytes_per_second).device, std::nullopt) << "a person";
}

TEST(Quota, MessagesOfAnOrganisationAreReadLater) {
  Limits limits;
  limits.organisation.messages_per_second = 2;
  Hub hub(limits);
  hub.add_person(1, "ada");
  auto watcher = hub.person_client("ada", "w");
  watcher->subscribe({"t"}, Qos::at_most_once);  // counts as one
  auto one = hub.person_client("ada", "1");
  auto two = hub.person_client("ada", "2");
  one->publish("t", "1");
  EXPECT_EQ(watcher->next_message(), "t=1");
  two->publish("t", "2");
  EXPECT_TRUE(bites_in_silence(hub, Quota::organisation_messages_per_second, *watcher));
  hub.registry.clock.advance(milliseconds{500});
  EXPECT_EQ(watcher->next_message(), "t=2");
}

TEST(Quota, BytesOfAnOrganisationAreReadLater) {
  Limits limits;
  limits.organisation.bytes_per_second = 1'000;
  Hub hub(limits);
  hub.add_person(1, "ada");
  auto watcher = hub.person_client("ada", "w");
  watcher->subscribe({"t"}, Qos::at_most_once);
  auto one = hub.person_client("ada", "1");
  auto two = hub.person_client("ada", "2");
  const std::string payload(1'900, 'x');
  one->publish("t", payload);
  EXPECT_EQ(watcher->next_message(), "t=" + payload);
  two->publish("t", "2");
  EXPECT_TRUE(bites_in_silence(hub, Quota::organisation_bytes_per_second, *watcher));
  hub.registry.clock.advance(seconds{1});
  EXPECT_EQ(watcher->next_message(), "t=2");
}

TEST(Quota, WhatWaitsForAllSessionsOfAnOrganisation) {
  Limits limits;
  limits.organisation.max_queued_bytes = 5'000;
  Hub hub(limits);
  hub.add_person(1, "ada");
  const auto packet = [](const char* id) {
    mqtt::Connect connect = Hub::person_packet("ada", id);
    connect.clean_start = false;
    return connect;
  };
  for (const char* id : {"s1", "s2"}) {
    auto sleeper = hub.dial();
    ASSERT_TRUE(sleeper->connect(packet(id)));
    sleeper->subscribe({id}, Qos::at_least_once);
    sleeper->send(mqtt::Disconnect{});
    ASSERT_TRUE(sleeper->is_closed_by_server());
  }
  auto ada = hub.person_client("ada", "a");
  const std::string payload(3'000, 'x');
  for (const char* topic : {"s1", "s2"}) {
    ada->publish(topic, payload, Qos::at_least_once);
    ASSERT_TRUE(ada->expect<mqtt::Acknowledgement>());
  }
  EXPECT_EQ(bite(hub, Quota::organisation_queued_bytes).count, 1U);

  auto first = hub.dial();
  ASSERT_TRUE(first->connect(packet("s1")));
  EXPECT_EQ(first->next_message(), "s1=" + payload);
  ada->publish("s2", payload, Qos::at_least_once);
  ASSERT_TRUE(ada->expect<mqtt::Acknowledgement>()) << "there is room again";
  auto second = hub.dial();
  ASSERT_TRUE(second->connect(packet("s2")));
  EXPECT_EQ(second->next_message(), "s2=" + payload);
  EXPECT_TRUE(second->has_nothing());
  EXPECT_EQ(bite(hub, Quota::organisation_queued_bytes).count, 1U);
}

TEST(Quota, RetainedMessagesThatHaveNoRoomAreRefused) {
  Limits limits;
  limits.retained.max_messages = 1;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  auto client = dial_5(hub, board);
  client->subscribe({"b"}, Qos::at_most_once);
  client->publish("a", "kept", Qos::at_least_once, true);
  EXPECT_EQ(client->expect<mqtt::Acknowledgement>()->reason, ReasonCode::success);
  client->publish("b", "not kept", Qos::at_least_once, true);
  EXPECT_EQ(client->expect<mqtt::Acknowledgement>()->reason, ReasonCode::quota_exceeded);
  client->publish("b", "not kept", Qos::exactly_once, true);
  EXPECT_EQ(client->expect<mqtt::Acknowledgement>()->reason, ReasonCode::quota_exceeded);
  EXPECT_TRUE(client->has_nothing()) << "what is refused goes to nobody";
  client->publish("b", "passed on", Qos::at_most_once, true);
  EXPECT_EQ(client->next_message(), "b=passed on") << "its sender cannot be told";
  EXPECT_TRUE(client->has_nothing());
  EXPECT_EQ(bite(hub, Quota::retained_messages).count, 3U);
  EXPECT_EQ(bite(hub, Quota::retained_messages).device, board.device);
  client->publish("a", "again", Qos::at_least_once, true);
  EXPECT_EQ(client->expect<mqtt::Acknowledgement>()->reason, ReasonCode::success);
}

TEST(Quota, RetainedMessagesOfADevice) {
  Limits limits;
  limits.retained.max_messages_of_owner = 2;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  auto one = dial_5(hub, board);
  auto two = dial_5(hub, hub.add_board(1));
  const auto retain = [](Client& client, const char* topic, const char* payload) {
    client.publish(topic, payload, Qos::at_least_once, true);
    const auto answer = client.expect<mqtt::Acknowledgement>();
    return answer ? answer->reason : ReasonCode::unspecified_error;
  };
  EXPECT_EQ(retain(*one, "a", "1"), ReasonCode::success);
  EXPECT_EQ(retain(*one, "b", "1"), ReasonCode::success);
  EXPECT_EQ(retain(*one, "c", "1"), ReasonCode::quota_exceeded);
  EXPECT_EQ(bite(hub, Quota::device_retained_messages).count, 1U);
  EXPECT_EQ(bite(hub, Quota::device_retained_messages).device, board.device);
  EXPECT_EQ(bite(hub, Quota::retained_messages).count, 0U);
  EXPECT_EQ(retain(*one, "b", "2"), ReasonCode::success) << "its own anew";
  EXPECT_EQ(retain(*two, "c", "1"), ReasonCode::success) << "another's room is its own";

  one->publish("d", "passed on, not kept", Qos::at_most_once, true);
  ASSERT_TRUE(one->has_nothing());
  EXPECT_EQ(bite(hub, Quota::device_retained_messages).count, 2U);
  two->subscribe({"d"}, Qos::at_most_once);
  EXPECT_TRUE(two->has_nothing());

  EXPECT_EQ(retain(*two, "a", ""), ReasonCode::success) << "clears it, whosever it is";
  EXPECT_EQ(retain(*one, "c2", "1"), ReasonCode::success) << "and its setter has room again";
  EXPECT_EQ(retain(*two, "c3", "1"), ReasonCode::success) << "nobody else has less";
  EXPECT_EQ(retain(*two, "c4", "1"), ReasonCode::quota_exceeded);
}

TEST(Quota, RetainedMessagesStayTheirSettersAfterARestart) {
  Limits limits;
  limits.retained.max_messages_of_owner = 1;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  {
    auto client = dial_5(hub, board);
    client->publish("a", "1", Qos::at_least_once, true);
    ASSERT_EQ(client->expect<mqtt::Acknowledgement>()->reason, ReasonCode::success);
  }

  hub.crash();

  auto client = dial_5(hub, board);
  client->publish("b", "1", Qos::at_least_once, true);
  EXPECT_EQ(client->expect<mqtt::Acknowledgement>()->reason, ReasonCode::quota_exceeded);
  client->publish("a", "", Qos::at_least_once, true);
  EXPECT_EQ(client->expect<mqtt::Acknowledgement>()->reason, ReasonCode::success);
  client->publish("b", "1", Qos::at_least_once, true);
  EXPECT_EQ(client->expect<mqtt::Acknowledgement>()->reason, ReasonCode::success);
}

TEST(Quota, ALastMessageIsItsClientsToo) {
  Limits limits;
  limits.retained.max_messages_of_owner = 1;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  {
    auto client = hub.dial_as(board);
    auto packet = version_5(Hub::connect_packet(board.id));
    packet.will = mqtt::Will{};
    packet.will->topic = "gone";
    packet.will->payload = "1";
    packet.will->retain = true;
    ASSERT_TRUE(client->connect(packet));
    client->vanish();
  }
  ASSERT_EQ(hub.wait_for_events(2).size(), 2U);
  auto client = dial_5(hub, board);
  client->publish("b", "1", Qos::at_least_once, true);
  EXPECT_EQ(client->expect<mqtt::Acknowledgement>()->reason, ReasonCode::quota_exceeded);
}

TEST(Quota, WhatIsLostToASlowReaderIsSaidOfThatReader) {
  Limits limits;
  limits.max_output_bytes = 10'000;
  limits.session.max_queued = 2;
  limits.session.max_in_flight = 1;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  auto sleeper = hub.board_client(board);
  sleeper->subscribe({"t", "q"}, Qos::at_least_once);
  hub.add_person(1, "ada");
  auto ada = hub.person_client("ada", "a");
  const std::string payload(20'000, 'x');
  for (int i = 0; i < 2'000 && bite(hub, Quota::unread_bytes).count == 0; ++i) {
    ada->publish("t", payload);
  }
  EXPECT_EQ(bite(hub, Quota::unread_bytes).device, board.device);
  for (int i = 0; i < 4; ++i) {
    ada->publish("q", "1", Qos::at_least_once);
    ASSERT_TRUE(ada->expect<mqtt::Acknowledgement>());
  }
  EXPECT_EQ(bite(hub, Quota::queued_messages).device, board.device);
}

TEST(Quota, EachIsCountedWhereTheOperatorLooks) {
  Limits limits;
  limits.max_subscriptions = 1;
  limits.endpoint.max_packet_bytes = 1'000;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  auto client = dial_5(hub, board);
  client->subscribe({"a", "b"}, Qos::at_most_once);
  client->publish("t", std::string(2'000, 'x'));
  EXPECT_EQ(client->expect<mqtt::Disconnect>()->reason, ReasonCode::packet_too_large);
  for (const char* limit : {"mqtt_subscriptions", "mqtt_packet_bytes"}) {
    EXPECT_EQ(hub.metrics.counter("fastness_gateway_limits_reached_total", "", {{"limit", limit}})
                  .value(),
              1U)
        << limit;
  }
  EXPECT_EQ(bite(hub, Quota::subscriptions).count, 1U);
  EXPECT_EQ(bite(hub, Quota::packet_bytes).device, board.device);
}

}  // namespace
}  // namespace fastness::gateway
