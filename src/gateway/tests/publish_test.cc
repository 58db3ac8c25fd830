// What becomes of messages: QoS, retained, wildcards, wills, permission, property topics.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using mqtt::PacketType;
using mqtt::Qos;
using mqtt::ReasonCode;
using testing::Client;
using ::testing::ElementsAre;
using testing::Hub;

std::optional<mqtt::Acknowledgement> next_ack(Client& client, PacketType type) {
  const auto ack = client.expect<mqtt::Acknowledgement>();
  return ack && ack->type == type ? ack : std::nullopt;
}

TEST(Publish, ReachesEachMatchingSubscriberOnce) {
  Hub hub;
  hub.add_person(1, "ada");
  hub.add_person(1, "bob");
  auto ada = hub.person_client("ada", "a");
  auto bob = hub.person_client("bob", "b");
  EXPECT_THAT(
      bob->subscribe({"home/+", "home/#", "home/lamp"}, Qos::at_least_once),
      ElementsAre(ReasonCode::granted_qos_1, ReasonCode::granted_qos_1, ReasonCode::granted_qos_1));

  ada->publish("home/lamp", "on");
  ada->publish("garden/lamp", "on");

  EXPECT_EQ(bob->next_message(), "home/lamp=on");
  EXPECT_TRUE(bob->has_nothing());
}

TEST(Publish, QosOneIsAcknowledgedAndDeliveredAtTheWeakerQos) {
  Hub hub;
  hub.add_person(1, "ada");
  auto ada = hub.person_client("ada", "a");
  auto weak = hub.person_client("ada", "w");
  weak->subscribe({"t"}, Qos::at_most_once);

  ada->publish("t", "x", Qos::at_least_once);

  EXPECT_TRUE(next_ack(*ada, PacketType::puback));
  const auto packet = weak->expect<mqtt::Publish>();
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->qos, Qos::at_most_once);
}

TEST(Publish, QosTwoIsDeliveredExactlyOnceHoweverOftenItIsSent) {
  Hub hub;
  hub.add_person(1, "ada");
  auto ada = hub.person_client("ada", "a");
  auto bob = hub.person_client("ada", "b");
  bob->subscribe({"t"}, Qos::exactly_once);
  mqtt::Publish packet;
  packet.topic = "t";
  packet.payload = as_bytes("x");
  packet.qos = Qos::exactly_once;
  packet.packet_id = 9;

  ada->send(packet);
  EXPECT_TRUE(next_ack(*ada, PacketType::pubrec));
  packet.duplicate = true;
  ada->send(packet);
  EXPECT_TRUE(next_ack(*ada, PacketType::pubrec));
  ada->send(mqtt::Acknowledgement{PacketType::pubrel, 9, {}, {}});
  EXPECT_TRUE(next_ack(*ada, PacketType::pubcomp));

  const auto received = bob->expect<mqtt::Publish>();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->qos, Qos::exactly_once);
  const auto id = received->packet_id;
  bob->send(mqtt::Acknowledgement{PacketType::pubrec, id, {}, {}});
  EXPECT_TRUE(next_ack(*bob, PacketType::pubrel));
  bob->send(mqtt::Acknowledgement{PacketType::pubcomp, id, {}, {}});
  EXPECT_TRUE(bob->has_nothing());
}

TEST(Publish, NothingIsAcknowledgedBeforeItIsDurable) {
  Hub hub;
  hub.add_person(1, "ada");
  const auto board = hub.add_board(1);
  auto ada = hub.person_client("ada", "a");
  auto client = hub.board_client(board);
  hub.journal.set_mode(testing::HeldJournal::Mode::held);

  ada->publish("t", "x", Qos::at_least_once);
  ada->publish("t", "y", Qos::exactly_once);
  client->publish("/a/t/" + board.thing.value().to_text() + "/e/o",
                  as_text(from_hex("81a2006b74656d706572617475726502f94d00").value()),
                  Qos::at_least_once);
  ASSERT_TRUE(hub.journal.wait_for_held(2));
  EXPECT_TRUE(ada->has_nothing());
  EXPECT_TRUE(client->has_nothing());

  hub.journal.release();
  EXPECT_TRUE(next_ack(*ada, PacketType::puback));
  EXPECT_TRUE(next_ack(*ada, PacketType::pubrec));
  EXPECT_TRUE(next_ack(*client, PacketType::puback));
}

TEST(Publish, AFailingJournalAcknowledgesNothing) {
  Hub hub;
  hub.add_person(1, "ada");
  auto bob = hub.person_client("ada", "b");
  bob->subscribe({"t"}, Qos::at_least_once);
  auto ada = hub.person_client("ada", "a");
  hub.journal.set_mode(testing::HeldJournal::Mode::failing);

  ada->publish("t", "x", Qos::at_least_once);

  EXPECT_FALSE(ada->next());
  EXPECT_TRUE(bob->has_nothing());
}

TEST(Publish, RetainedMessagesMeetLaterSubscribers) {
  Hub hub;
  hub.add_person(1, "ada");
  auto ada = hub.person_client("ada", "a");
  ada->publish("room/light", "on", Qos::at_least_once, true);
  EXPECT_TRUE(next_ack(*ada, PacketType::puback));
  ada->publish("room/heat", "21", Qos::at_most_once, true);
  ASSERT_TRUE(ada->has_nothing());

  auto bob = hub.person_client("ada", "b");
  bob->subscribe({"room/+"}, Qos::at_most_once);
  const auto first = bob->expect<mqtt::Publish>();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->topic, "room/light");  // published first
  EXPECT_TRUE(first->retain);
  EXPECT_EQ(bob->next_message(), "room/heat=21");

  ada->publish("room/light", "", Qos::at_least_once, true);
  EXPECT_TRUE(next_ack(*ada, PacketType::puback));
  auto late = hub.person_client("ada", "c");
  late->subscribe({"room/light"}, Qos::at_most_once);
  EXPECT_TRUE(late->has_nothing());
}

TEST(Publish, AWillIsPublishedWhenTheConnectionIsLostAndNotOnDisconnect) {
  Hub hub;
  hub.add_person(1, "ada");
  auto watcher = hub.person_client("ada", "w");
  watcher->subscribe({"will/#"}, Qos::at_least_once);
  const auto with_will = [&](std::string_view topic) {
    mqtt::Connect packet = Hub::person_packet("ada", "mortal");
    packet.will = mqtt::Will{topic, "gone", Qos::at_least_once, false, {}};
    auto client = hub.dial();
    EXPECT_TRUE(client->connect(packet));
    return client;
  };

  auto polite = with_will("will/polite");
  polite->send(mqtt::Disconnect{});
  EXPECT_TRUE(polite->is_closed_by_server());
  auto lost = with_will("will/lost");
  lost->vanish();

  EXPECT_EQ(watcher->next_message(), "will/lost=gone");
  EXPECT_TRUE(watcher->has_nothing());
}

TEST(Publish, ADelayedWillWaitsAndAReturnCancelsIt) {
  Hub hub;
  hub.add_person(1, "ada");
  auto watcher = hub.person_client("ada", "w");
  watcher->subscribe({"will/#"}, Qos::at_least_once);
  const auto with_will = [&](std::string_view client_id, std::string_view topic) {
    mqtt::Connect packet = Hub::person_packet("ada", client_id);
    packet.version = mqtt::Version::v5;
    packet.clean_start = false;
    packet.properties.session_expiry = 1'000;
    packet.will = mqtt::Will{topic, "gone", Qos::at_least_once, false, {}};
    packet.will->properties.will_delay = 60;
    auto client = hub.dial();
    EXPECT_TRUE(client->connect(packet));
    return client;
  };
  with_will("returns", "will/returns")->vanish();
  with_will("stays-away", "will/away")->vanish();
  EXPECT_TRUE(watcher->has_nothing());
  auto back = with_will("returns", "will/returns");

  hub.registry.clock.advance(std::chrono::seconds{20});
  ASSERT_TRUE(back->has_nothing());
  ASSERT_TRUE(watcher->has_nothing());
  hub.registry.clock.advance(std::chrono::seconds{41});

  EXPECT_EQ(watcher->next_message(), "will/away=gone");
  EXPECT_TRUE(watcher->has_nothing());
}

TEST(Publish, AWillOnAForbiddenTopicKeepsTheClientOut) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto other = hub.add_board(1);
  const std::string forbidden = "/a/d/" + other.id + "/c/up";
  for (const std::string& topic : {forbidden, std::string("$SYS/x"), std::string("$fastness/x")}) {
    SCOPED_TRACE(topic);
    mqtt::Connect packet = Hub::connect_packet(board.id);
    packet.will = mqtt::Will{topic, "x", Qos::at_most_once, false, {}};
    EXPECT_EQ(hub.dial_as(board)->connect(packet)->reason, ReasonCode::not_authorised);
  }
}

TEST(Publish, IsRefusedOnTopicsOfOthers) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto other = hub.add_board(1);
  hub.add_person(1, "ada");
  auto ada = hub.person_client("ada", "a");
  ada->subscribe({"#"}, Qos::at_most_once);
  mqtt::Connect packet = Hub::connect_packet(board.id);
  packet.version = mqtt::Version::v5;
  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(packet));

  for (const std::string& topic :
       {"/a/d/" + other.id + "/c/up", "/a/d/" + other.id + "/e/o",
        "/a/t/" + other.thing.value().to_text() + "/e/o",
        "/a/t/" + board.thing.value().to_text() + "/e/i", "/a/d/" + board.id + "/c/dw",
        std::string("$SYS/x"), std::string("$share/g/x"), std::string("$fastness/x"),
        std::string("/a/anything")}) {
    SCOPED_TRACE(topic);
    client->publish(topic, "x", Qos::at_least_once);
    const auto ack = next_ack(*client, PacketType::puback);
    ASSERT_TRUE(ack);
    EXPECT_EQ(ack->reason, ReasonCode::not_authorised);
  }
  EXPECT_TRUE(ada->has_nothing());
  EXPECT_TRUE(hub.journal.readings().empty());
}

TEST(Publish, SomeoneWhoMayOnlyReadWritesNothing) {
  Hub hub;
  hub.add_person(1, "eve", dialects::Speaker::Rights::read);
  hub.add_person(1, "ada");
  auto ada = hub.person_client("ada", "a");
  ada->subscribe({"#"}, Qos::at_most_once);
  auto eve = hub.person_client("eve", "e");

  eve->publish("t", "x", Qos::at_least_once);
  EXPECT_TRUE(next_ack(*eve, PacketType::puback)) << "3.1.1 has no word for no";

  EXPECT_TRUE(ada->has_nothing());
}

TEST(Publish, APropertyOfABoardBecomesAReading) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = hub.board_client(board);

  client->publish("/a/t/" + board.thing.value().to_text() + "/e/o",
                  as_text(from_hex("81a2006b74656d706572617475726502f94d00").value()),
                  Qos::at_least_once);
  EXPECT_TRUE(next_ack(*client, PacketType::puback));

  const auto readings = hub.journal.readings();
  ASSERT_EQ(readings.size(), 1U);
  EXPECT_EQ(readings[0].organisation, board.organisation);
  EXPECT_EQ(readings[0].thing, board.thing);
  EXPECT_EQ(readings[0].value, Value(20.0));
}

// The history keeps one value of a property for each time, and the clock stands still here as it
// does for all that comes in one turn of a busy loop.
TEST(Publish, ValuesThatComeTogetherHaveTimesOfTheirOwn) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = hub.board_client(board);
  constexpr std::size_t kMany = 50;
  for (std::size_t i = 0; i < kMany; ++i) {
    client->publish("/a/t/" + board.thing.value().to_text() + "/e/o",
                    as_text(from_hex("81a2006b74656d706572617475726502f94d00").value()),
                    Qos::at_least_once);
  }
  for (std::size_t i = 0; i < kMany; ++i) ASSERT_TRUE(next_ack(*client, PacketType::puback));

  const auto readings = hub.journal.readings();
  ASSERT_EQ(readings.size(), kMany);
  for (std::size_t i = 1; i < kMany; ++i) EXPECT_GT(readings[i].time, readings[i - 1].time) << i;
}

TEST(Publish, ABoardLearnsItsThingAndItsLastValues) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = hub.board_client(board);
  const std::string down = "/a/d/" + board.id + "/c/dw";
  EXPECT_THAT(client->subscribe({down}, Qos::at_most_once), ElementsAre(ReasonCode::success));

  client->publish("/a/d/" + board.id + "/c/up", as_text(from_hex("da000103008160").value()));
  const auto update = client->expect<mqtt::Publish>();
  ASSERT_TRUE(update);
  EXPECT_EQ(update->topic, down);
  EXPECT_NE(as_text(update->payload).find(board.thing.value().to_text()), std::string::npos);

  client->publish("/a/d/" + board.id + "/c/up", as_text(from_hex("da0001050080").value()));
  const auto values = client->expect<mqtt::Publish>();
  ASSERT_TRUE(values);
  EXPECT_NE(as_text(values->payload).find("tz_offset"), std::string::npos);
}

TEST(Publish, ValuesReachWatchersAndWritesReachTheBoard) {
  Hub hub;
  const auto board = hub.add_board(1);
  hub.add_person(1, "ada");
  const std::string thing = "/a/t/" + board.thing.value().to_text();
  auto client = hub.board_client(board);
  client->subscribe({thing + "/e/i"}, Qos::at_most_once);
  auto ada = hub.person_client("ada", "a");
  ada->subscribe({thing + "/e/o"}, Qos::at_most_once);
  const auto view = hub.registry.things->published().load()->thing(board.organisation, board.thing);
  const auto& property = view->properties().front();
  const auto committed = [&](things::Source source) {
    return pipeline::Committed{
        {board.organisation, board.thing, property.id, property.series, hub.registry.clock.now(),
         hub.registry.clock.now(), Value(20.5), source, true},
        things::LastValues::Outcome::news};
  };

  hub.gateway->deliver({committed(things::Source::device)});
  const auto report = ada->expect<mqtt::Publish>();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->topic, thing + "/e/o");
  EXPECT_TRUE(client->has_nothing()) << "a board does not hear itself";

  hub.gateway->deliver({committed(things::Source::api)});
  const auto write = client->expect<mqtt::Publish>();
  ASSERT_TRUE(write);
  EXPECT_EQ(write->topic, thing + "/e/i");
}

TEST(Publish, OursReachesSubscribersToo) {
  Hub hub;
  const auto principal = hub.add_person(1, "ada");
  auto ada = hub.person_client("ada", "a");
  ada->subscribe({"news"}, Qos::at_least_once);

  EXPECT_TRUE(hub.gateway->publish(principal.organisation, "news", as_bytes("hi"),
                                   Qos::at_least_once, false));
  EXPECT_EQ(ada->next_message(), "news=hi");
  for (const char* topic : {"", "a/+", "$SYS/x"}) {
    EXPECT_FALSE(hub.gateway->publish(principal.organisation, topic, {}, Qos::at_most_once, false));
  }
}

}  // namespace
}  // namespace fastness::gateway
