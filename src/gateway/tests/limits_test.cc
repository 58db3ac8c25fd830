// Each limit, at it and one past it; deadlines on a clock that the test moves.

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

TEST(Limits, ConnectMustComeWithinItsTime) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto slow = hub.dial_as(board);
  ASSERT_TRUE(slow->is_up());
  hub.registry.clock.advance(seconds{9});
  EXPECT_EQ(slow->connect(Hub::connect_packet(board.id))->reason, ReasonCode::success);

  auto late = hub.dial_as(board);
  ASSERT_TRUE(late->is_up());
  ASSERT_TRUE(hub.wait_for_handshakes(2)) << "its time counts from the server's end of it";
  hub.registry.clock.advance(seconds{11});
  EXPECT_TRUE(late->is_closed_by_server());
}

TEST(Limits, TheHandshakeMustEndWithinItsTime) {
  Hub hub;
  const auto board = hub.add_board(1);
  const testing::RawSocket silent(hub.port());
  ASSERT_TRUE(hub.wait_for_connections(1));
  hub.registry.clock.advance(seconds{29});
  auto other = hub.board_client(board);
  ASSERT_TRUE(other->has_nothing());
  EXPECT_EQ(hub.gateway->connections(), 2);

  hub.registry.clock.advance(seconds{2});

  EXPECT_TRUE(silent.is_closed_by_server());
}

TEST(Limits, KeepAliveIsOneAndAHalf) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = hub.dial_as(board);
  mqtt::Connect packet = Hub::connect_packet(board.id);
  packet.keep_alive = 30;
  ASSERT_TRUE(client->connect(packet));
  hub.registry.clock.advance(seconds{44});
  EXPECT_TRUE(client->has_nothing());

  hub.registry.clock.advance(seconds{46});

  EXPECT_TRUE(client->is_closed_by_server());
  const auto events = hub.wait_for_events(2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].reason, "keep_alive_timeout");
}

TEST(Limits, PacketSize) {
  Limits limits;
  limits.endpoint.max_packet_bytes = 1'000;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  auto client = hub.board_client(board);
  // Two header bytes and a third of the length, two of the topic's length, one of the topic.
  client->publish("t", std::string(1'000 - 3 - 3, 'x'));
  EXPECT_TRUE(client->has_nothing());
  client->publish("t", std::string(1'000 - 3 - 3 + 1, 'x'));
  EXPECT_TRUE(client->is_closed_by_server());
}

// As much as a record of the journal holds.
class KeptMessages : public ::testing::Test {
 protected:
  static Limits limits() {
    Limits limits;
    limits.endpoint.max_packet_bytes = std::size_t{4} << 20U;
    limits.endpoint.max_connect_bytes = std::size_t{4} << 20U;
    return limits;
  }
  static std::string payload(std::size_t more = 0) {
    const std::size_t others = sizeof(mqtt::Message) + std::string_view("t").size();
    return std::string(Limits{}.max_kept_bytes - others + more, 'x');
  }
  static mqtt::Connect version_5(std::string_view client_id) {
    mqtt::Connect packet = Hub::person_packet("ada", client_id);
    packet.version = mqtt::Version::v5;
    return packet;
  }

  KeptMessages() { hub_.add_person(1, "ada"); }

  Hub hub_{limits()};
};

TEST_F(KeptMessages, FitARecordOrAreRefused) {
  const std::string longest_name(Limits{}.max_client_id_bytes, 'c');
  mqtt::Connect packet = version_5(longest_name);
  packet.properties.session_expiry = 100;
  auto ada = hub_.dial();
  ASSERT_TRUE(ada->connect(packet));
  for (const Qos qos : {Qos::at_least_once, Qos::exactly_once}) {
    ada->publish("t", payload(), qos);
    EXPECT_EQ(ada->expect<mqtt::Acknowledgement>()->reason, ReasonCode::success);
    const auto records = hub_.journal.records();
    EXPECT_GT(records.back().size(), payload().size());
    EXPECT_LE(records.back().size(), fixed_limit("journal.record_bytes"));

    ada->publish("t", payload(1), qos);
    EXPECT_EQ(ada->expect<mqtt::Acknowledgement>()->reason, ReasonCode::quota_exceeded);
    EXPECT_EQ(hub_.journal.records().size(), records.size());
  }
  EXPECT_TRUE(ada->has_nothing()) << "the connection is none the worse";
}

TEST_F(KeptMessages, OfA311ClientThatAreTooLargeEndItsConnection) {
  auto ada = hub_.person_client("ada", "a");
  ada->publish("t", payload(), Qos::at_least_once);
  EXPECT_TRUE(ada->expect<mqtt::Acknowledgement>());
  ada->publish("t", payload(1), Qos::at_least_once);
  EXPECT_TRUE(ada->is_closed_by_server()) << "it may believe that its message is kept";
}

TEST_F(KeptMessages, ThatAreTooLargeArePassedOnAtQosZero) {
  auto watcher = hub_.person_client("ada", "w");
  watcher->subscribe({"t"}, Qos::at_most_once);
  auto ada = hub_.person_client("ada", "a");
  ada->publish("t", payload(1), Qos::at_most_once, true);
  EXPECT_EQ(watcher->next_message(), "t=" + payload(1));

  auto late = hub_.person_client("ada", "l");
  late->subscribe({"t"}, Qos::at_most_once);
  EXPECT_TRUE(late->has_nothing());
}

TEST_F(KeptMessages, ThatAreTooLargeAreNobodysLast) {
  const std::string large(60'000, 'x');
  for (const std::size_t count : {17U, 18U}) {
    mqtt::Connect packet = version_5("a");
    packet.will = mqtt::Will{"t", "gone", Qos::at_least_once, false, {}};
    for (std::size_t i = 0; i < count; ++i) packet.will->properties.user.push_back({"k", large});
    const auto connack = hub_.dial()->connect(packet);
    ASSERT_TRUE(connack);
    EXPECT_EQ(connack->reason, count == 17 ? ReasonCode::success : ReasonCode::packet_too_large);
  }
}

TEST(Limits, TopicLength) {
  Limits limits;
  limits.max_topic_bytes = 10;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  mqtt::Connect packet = Hub::connect_packet(board.id);
  packet.version = mqtt::Version::v5;
  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(packet));

  EXPECT_THAT(client->subscribe({std::string(10, 't'), std::string(11, 't')}, Qos::at_most_once),
              ElementsAre(ReasonCode::success, ReasonCode::topic_filter_invalid));
  client->publish(std::string(10, 't'), "x", Qos::at_least_once);
  EXPECT_EQ(client->next_message(), "tttttttttt=x");
  EXPECT_EQ(client->expect<mqtt::Acknowledgement>()->reason, ReasonCode::success);
  client->publish(std::string(11, 't'), "x", Qos::at_least_once);
  EXPECT_EQ(client->expect<mqtt::Acknowledgement>()->reason, ReasonCode::topic_name_invalid);
}

TEST(Limits, SubscriptionsOfASession) {
  Limits limits;
  limits.max_subscriptions = 2;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  mqtt::Connect packet = Hub::connect_packet(board.id);
  packet.version = mqtt::Version::v5;
  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(packet));
  EXPECT_THAT(client->subscribe({"a", "b", "c", "b"}, Qos::at_most_once),
              ElementsAre(ReasonCode::success, ReasonCode::success, ReasonCode::quota_exceeded,
                          ReasonCode::success));
}

TEST(Limits, SessionsOfAnIdentity) {
  Limits limits;
  limits.max_sessions_per_identity = 2;
  Hub hub(limits);
  hub.add_person(1, "ada");
  auto one = hub.person_client("ada", "1");
  auto two = hub.person_client("ada", "2");
  EXPECT_EQ(hub.dial()->connect(Hub::person_packet("ada", "3"))->reason,
            ReasonCode::server_unavailable)
      << "3.1.1 has no nearer word for quota exceeded";
  one->send(mqtt::Disconnect{});
  ASSERT_TRUE(one->is_closed_by_server());
  EXPECT_EQ(hub.dial()->connect(Hub::person_packet("ada", "3"))->reason, ReasonCode::success);
}

TEST(Limits, ClientIdentifierLength) {
  Limits limits;
  limits.max_client_id_bytes = 5;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  EXPECT_EQ(hub.dial_as(board)->connect(Hub::connect_packet("12345"))->reason, ReasonCode::success);
  EXPECT_EQ(hub.dial_as(board)->connect(Hub::connect_packet("123456"))->reason,
            ReasonCode::client_identifier_not_valid);
}

TEST(Limits, ConnectionsOfAnAddress) {
  Limits limits;
  limits.connections.max_per_address = 2;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  auto one = hub.dial();
  auto two = hub.dial();
  ASSERT_TRUE(one->is_up() && two->is_up());
  EXPECT_FALSE(hub.dial()->is_up());
}

TEST(Limits, AFastPublisherIsSlowedAndLosesNothing) {
  Limits limits;
  limits.messages_per_second = 10;
  limits.message_burst = 3;
  Hub hub(limits);
  hub.add_person(1, "ada");
  auto watcher = hub.person_client("ada", "w");
  watcher->subscribe({"t"}, Qos::at_most_once);
  auto fast = hub.person_client("ada", "f");
  for (int i = 0; i < 5; ++i) fast->publish("t", std::to_string(i));

  EXPECT_EQ(watcher->next_message(), "t=0");
  EXPECT_EQ(watcher->next_message(), "t=1");
  EXPECT_EQ(watcher->next_message(), "t=2");
  EXPECT_TRUE(watcher->has_nothing());
  hub.registry.clock.advance(milliseconds{100});
  EXPECT_EQ(watcher->next_message(), "t=3");
  EXPECT_TRUE(watcher->has_nothing());
  hub.registry.clock.advance(milliseconds{100});
  EXPECT_EQ(watcher->next_message(), "t=4");
}

TEST(Limits, ASlowReaderLosesQosZeroAndHoldsNobodyUp) {
  Limits limits;
  limits.bytes_per_second = 1e9;
  limits.max_output_bytes = 10'000;
  Hub hub(limits);
  hub.add_person(1, "ada");
  auto sleeper = hub.person_client("ada", "s");
  sleeper->subscribe({"t"}, Qos::at_most_once);
  auto watcher = hub.person_client("ada", "w");
  watcher->subscribe({"u"}, Qos::at_most_once);
  auto ada = hub.person_client("ada", "a");
  const std::string payload(20'000, 'x');

  ASSERT_TRUE(hub.fill_up(*ada, "t", payload));
  ada->publish("u", "still here");

  EXPECT_EQ(watcher->next_message(), "u=still here");
  EXPECT_EQ(sleeper->next_message().size(), payload.size() + 2) << "whole packets all the same";
}

TEST(Limits, AnswersToWhoNeverReadsDoNotPileUp) {
  Limits limits;
  limits.max_output_bytes = 10'000;
  Hub hub(limits);
  hub.add_person(1, "ada");
  auto flood = hub.person_client("ada", "f");
  Bytes pings;
  for (int i = 0; i < 20'000; ++i) encode(mqtt::Pingreq{}, mqtt::Version::v311, pings);
  flood->send_bytes(pings);
  for (int i = 0; i < 20'000; ++i) ASSERT_TRUE(flood->expect<mqtt::Pingresp>()) << i;
  EXPECT_TRUE(flood->has_nothing());
}

TEST(Limits, UnansweredMessagesOf5) {
  Limits limits;
  limits.endpoint.receive_maximum = 2;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  mqtt::Connect packet = Hub::connect_packet(board.id);
  packet.version = mqtt::Version::v5;
  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(packet));
  hub.journal.set_mode(testing::HeldJournal::Mode::held);
  client->publish("t", "1", Qos::at_least_once);
  client->publish("t", "2", Qos::at_least_once);
  EXPECT_TRUE(client->has_nothing());

  client->publish("t", "3", Qos::at_least_once);

  const auto farewell = client->expect<mqtt::Disconnect>();
  ASSERT_TRUE(farewell);
  EXPECT_EQ(farewell->reason, ReasonCode::receive_maximum_exceeded);
}

TEST(Limits, AFullQueueDropsTheNewest) {
  Limits limits;
  limits.session.max_queued = 2;
  Hub hub(limits);
  hub.add_person(1, "ada");
  mqtt::Connect packet = Hub::person_packet("ada", "sleeper");
  packet.clean_start = false;
  {
    auto sleeper = hub.dial();
    ASSERT_TRUE(sleeper->connect(packet));
    sleeper->subscribe({"t"}, Qos::at_least_once);
    sleeper->send(mqtt::Disconnect{});
    ASSERT_TRUE(sleeper->is_closed_by_server());
  }
  auto ada = hub.person_client("ada", "a");
  for (int i = 0; i < 3; ++i) {
    ada->publish("t", std::to_string(i), Qos::at_least_once);
    ASSERT_TRUE(ada->expect<mqtt::Acknowledgement>());
  }
  auto sleeper = hub.dial();
  ASSERT_TRUE(sleeper->connect(packet));
  EXPECT_EQ(sleeper->next_message(), "t=0");
  EXPECT_EQ(sleeper->next_message(), "t=1");
  EXPECT_TRUE(sleeper->has_nothing());
}

TEST(Limits, SessionsOfAnOrganisation) {
  Limits limits;
  limits.organisation.max_sessions = 2;
  Hub hub(limits);
  hub.add_person(1, "ada");
  hub.add_person(1, "bob");
  hub.add_person(2, "eve");
  auto one = hub.person_client("ada", "1");
  auto two = hub.person_client("bob", "1");
  EXPECT_EQ(hub.dial()->connect(Hub::person_packet("bob", "2"))->reason,
            ReasonCode::server_unavailable);
  EXPECT_EQ(hub.dial()->connect(Hub::person_packet("eve", "1"))->reason, ReasonCode::success)
      << "another organisation has room of its own";
}

TEST(Limits, ConnectionsOverall) {
  Limits limits;
  limits.connections.max_connections = 2;
  Hub hub(limits);
  auto one = hub.dial();
  auto two = hub.dial();
  ASSERT_TRUE(one->is_up() && two->is_up());
  EXPECT_FALSE(hub.dial()->is_up());
}

TEST(Limits, SessionExpiryIsTakenDownToTheLongest) {
  Limits limits;
  limits.max_session_expiry = seconds{100};
  Hub hub(limits);
  hub.add_person(1, "ada");
  const auto granted = [&hub](std::uint32_t asked) {
    mqtt::Connect packet = Hub::person_packet("ada", "a");
    packet.version = mqtt::Version::v5;
    packet.properties.session_expiry = asked;
    return hub.dial()->connect(packet)->properties.session_expiry;
  };
  EXPECT_EQ(granted(100), std::nullopt) << "as asked";
  EXPECT_EQ(granted(101), 100U);
}

TEST(Limits, WhoEndsHasItsTimeToTakeTheLastBytes) {
  Limits limits;
  limits.bytes_per_second = 1e9;
  limits.close = seconds{5};
  Hub hub(limits);
  hub.add_person(1, "ada");
  auto sleeper = hub.person_client("ada", "s");
  sleeper->subscribe({"t"}, Qos::at_most_once);
  auto ada = hub.person_client("ada", "a");
  ASSERT_TRUE(hub.fill_up(*ada, "t", std::string(20'000, 'x')));
  const auto again = hub.person_client("ada", "s");  // takes the session over: the old one ends
  EXPECT_EQ(hub.gateway->connections(), 3);

  hub.registry.clock.advance(seconds{4});
  EXPECT_TRUE(again->has_nothing());
  EXPECT_EQ(hub.gateway->connections(), 3);
  hub.registry.clock.advance(seconds{2});

  EXPECT_TRUE(hub.wait_for_departures(2));
}

}  // namespace
}  // namespace fastness::gateway
