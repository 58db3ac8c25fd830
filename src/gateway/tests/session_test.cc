// Sessions: takeover, persistence, sharing, cuts from outside, and two organisations that never
// meet.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using mqtt::PacketType;
using mqtt::Qos;
using mqtt::ReasonCode;
using testing::Client;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::Hub;

mqtt::Connect lasting(mqtt::Connect packet) {
  packet.clean_start = false;
  return packet;
}

TEST(Sessions, ASecondConnectionOfABoardTakesOver) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto first = hub.board_client(board);
  auto second = hub.board_client(board);
  EXPECT_TRUE(first->is_closed_by_server());
  EXPECT_TRUE(second->has_nothing());
}

TEST(Sessions, ASecondConnectionOfAPersonTakesOver) {
  Hub hub;
  hub.add_person(1, "ada");
  hub.add_person(1, "bob");
  mqtt::Connect packet = Hub::person_packet("ada", "same");
  packet.version = mqtt::Version::v5;
  auto first = hub.dial();
  ASSERT_TRUE(first->connect(packet));
  auto other = hub.person_client("bob", "same");
  auto second = hub.dial();
  ASSERT_TRUE(second->connect(packet));

  EXPECT_EQ(first->expect<mqtt::Disconnect>()->reason, ReasonCode::session_taken_over);
  EXPECT_TRUE(first->is_closed_by_server());
  EXPECT_TRUE(second->has_nothing());
  EXPECT_TRUE(other->has_nothing()) << "another person's session is another one";
}

// As the stock client in a browser does.
TEST(Sessions, TabsThatAllAreCalledAsTheirPersonCoexist) {
  Hub hub;
  const Principal ada = hub.add_person(1, "ada");
  const std::string id = std::get<UserId>(ada.identity).value().to_text();
  auto first = hub.person_client("ada", id);
  auto second = hub.person_client("ada", id);
  first->subscribe({"t"}, Qos::at_most_once);
  second->subscribe({"t"}, Qos::at_most_once);

  second->publish("t", "x");

  EXPECT_EQ(first->next_message(), "t=x");
  EXPECT_EQ(second->next_message(), "t=x");
}

TEST(Sessions, OneIdentityCannotTakeTheSessionOfAnother) {
  Hub hub;
  hub.add_person(1, "ada");
  hub.add_person(1, "eve");
  auto ada = hub.dial();
  ASSERT_TRUE(ada->connect(lasting(Hub::person_packet("ada", "shared"))));
  ada->subscribe({"private"}, Qos::at_least_once);

  auto eve = hub.dial();
  const auto connack = eve->connect(lasting(Hub::person_packet("eve", "shared")));

  ASSERT_TRUE(connack);
  EXPECT_FALSE(connack->session_present);
  EXPECT_TRUE(ada->has_nothing()) << "still connected";
}

TEST(Sessions, APersistentSessionKeepsSubscriptionsAndQueue) {
  Hub hub;
  hub.add_person(1, "ada");
  hub.add_person(1, "bob");
  auto bob = hub.person_client("bob", "b");
  {
    auto ada = hub.dial();
    ASSERT_TRUE(ada->connect(lasting(Hub::person_packet("ada", "a"))));
    ada->subscribe({"t/#"}, Qos::at_least_once);
    ada->send(mqtt::Disconnect{});
    ASSERT_TRUE(ada->is_closed_by_server());
  }
  bob->publish("t/1", "queued", Qos::at_least_once);
  bob->publish("t/2", "dropped", Qos::at_most_once);
  ASSERT_TRUE(bob->expect<mqtt::Acknowledgement>());

  auto ada = hub.dial();
  const auto connack = ada->connect(lasting(Hub::person_packet("ada", "a")));
  ASSERT_TRUE(connack);
  EXPECT_TRUE(connack->session_present);
  EXPECT_EQ(ada->next_message(), "t/1=queued");
  EXPECT_TRUE(ada->has_nothing());

  auto fresh = hub.dial();
  EXPECT_FALSE(fresh->connect(Hub::person_packet("ada", "a"))->session_present);
}

TEST(Sessions, ASessionEndsWhenItsTimeIsUp) {
  Limits limits;
  limits.max_session_expiry = std::chrono::seconds{100};
  Hub hub(limits);
  hub.add_person(1, "ada");
  const auto leave = [&] {
    auto ada = hub.dial();
    const auto connack = ada->connect(lasting(Hub::person_packet("ada", "a")));
    ada->send(mqtt::Disconnect{});
    EXPECT_TRUE(ada->is_closed_by_server());
    return connack->session_present;
  };
  EXPECT_FALSE(leave());
  hub.registry.clock.advance(std::chrono::seconds{99});
  EXPECT_TRUE(leave());

  hub.registry.clock.advance(std::chrono::seconds{100});
  // The end of the session is written into the journal when the loop notices.
  const std::size_t before = hub.journal.records().size();
  while (hub.journal.records().size() == before) std::this_thread::yield();
  EXPECT_FALSE(leave());
}

TEST(Sessions, SharedSubscriptionsTakeTurns) {
  Hub hub;
  hub.add_person(1, "ada");
  auto one = hub.person_client("ada", "1");
  auto two = hub.person_client("ada", "2");
  one->subscribe({"$share/g/work"}, Qos::at_most_once);
  two->subscribe({"$share/g/work"}, Qos::at_most_once);
  auto boss = hub.person_client("ada", "boss");

  for (int i = 0; i < 4; ++i) boss->publish("work", std::to_string(i));
  ASSERT_TRUE(boss->has_nothing());

  EXPECT_EQ(one->next_message(), "work=0");
  EXPECT_EQ(one->next_message(), "work=2");
  EXPECT_TRUE(one->has_nothing());
  EXPECT_EQ(two->next_message(), "work=1");
  EXPECT_EQ(two->next_message(), "work=3");
}

TEST(Sessions, ASubscriptionThatIsReplacedLosesNothingOnItsWay) {
  Hub hub;
  hub.add_person(1, "ada");
  auto watcher = hub.person_client("ada", "watcher");
  watcher->subscribe({"t", "$share/g/t"}, Qos::at_least_once);
  auto ada = hub.person_client("ada", "a");
  hub.journal.set_mode(testing::HeldJournal::Mode::held);
  ada->publish("t", "x", Qos::at_least_once);
  ASSERT_TRUE(hub.journal.wait_for_held(1));

  watcher->subscribe({"t", "$share/g/t"}, Qos::at_least_once);
  hub.journal.release();

  EXPECT_EQ(watcher->next_message(), "t=x");
  EXPECT_EQ(watcher->next_message(), "t=x");
  ada->publish("t", "y", Qos::at_least_once);
  EXPECT_EQ(watcher->next_message(), "t=y");
}

TEST(Sessions, SubscriptionsToWhatIsNotYoursAreDenied) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto other = hub.add_board(1);
  auto client = hub.board_client(board);
  const auto granted = client->subscribe(
      {"/a/d/" + other.id + "/c/dw", "/a/t/" + other.thing.value().to_text() + "/e/i", "/a/#",
       "/a/d/+/c/dw", "/a/t/+/e/i", "$SYS/#", "$fastness/#", "$share/g/$SYS/#",
       "$share/g//a/d/" + other.id + "/c/dw", "a/#/b"},
      Qos::at_least_once);
  EXPECT_EQ(granted.size(), 10U);
  EXPECT_THAT(granted, Each(ReasonCode::unspecified_error)) << "0x80 in 3.1.1";
  EXPECT_THAT(client->subscribe({"/a/d/" + board.id + "/c/dw"}, Qos::at_most_once),
              ElementsAre(ReasonCode::success));
}

TEST(Sessions, DeniedSubscriptionsSayWhyIn5) {
  Hub hub;
  const auto board = hub.add_board(1);
  mqtt::Connect packet = Hub::connect_packet(board.id);
  packet.version = mqtt::Version::v5;
  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(packet));
  EXPECT_THAT(client->subscribe({"$SYS/#", "a/#/b", "ok"}, Qos::at_least_once),
              ElementsAre(ReasonCode::not_authorised, ReasonCode::topic_filter_invalid,
                          ReasonCode::granted_qos_1));
}

TEST(Organisations, NeverMeet) {
  for (const std::size_t threads : {1U, 3U}) {
    Hub hub({}, threads);
    hub.add_person(1, "ada");
    hub.add_person(2, "eve");
    const auto board = hub.add_board(1);
    auto ada = hub.person_client("ada", "same");
    auto eve = hub.person_client("eve", "same");
    ada->subscribe({"#", "t"}, Qos::at_least_once);
    EXPECT_THAT(eve->subscribe({"#", "t", "$share/g/t"}, Qos::at_least_once),
                Each(ReasonCode::granted_qos_1));
    // Things of the other organisation do not exist for her.
    const std::string thing = "/a/t/" + board.thing.value().to_text();
    EXPECT_THAT(eve->subscribe({thing + "/e/o"}, Qos::at_least_once),
                Each(ReasonCode::unspecified_error));

    ada->publish("t", "secret", Qos::at_least_once, true);
    ASSERT_TRUE(ada->next());
    eve->publish(thing + "/e/i",
                 as_text(from_hex("81a2006b74656d706572617475726502f94d00").value()),
                 Qos::at_least_once);
    ASSERT_TRUE(eve->expect<mqtt::Acknowledgement>());

    EXPECT_TRUE(eve->has_nothing());
    auto late = hub.person_client("eve", "late");
    late->subscribe({"t", "#"}, Qos::at_least_once);
    EXPECT_TRUE(late->has_nothing());
    EXPECT_TRUE(hub.journal.readings().empty());
  }
}

TEST(Cuts, ARevokedBoardIsCutWithoutWillAndItsQueueIsGone) {
  Hub hub;
  const auto board = hub.add_board(1);
  hub.add_person(1, "ada");
  auto ada = hub.person_client("ada", "a");
  ada->subscribe({"will"}, Qos::at_most_once);
  mqtt::Connect packet = lasting(Hub::connect_packet(board.id));
  packet.will = mqtt::Will{"will", "revenge", Qos::at_least_once, true, {}};
  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(packet));
  client->subscribe({"t"}, Qos::at_least_once);

  hub.gateway->revoke_device(board.device);

  EXPECT_TRUE(client->is_closed_by_server());
  EXPECT_TRUE(ada->has_nothing()) << "a will was published";
  // Were it admitted again, nothing of the old session would be there.
  hub.registry.clock.advance(std::chrono::milliseconds{1});
  auto again = hub.dial_as(board);
  const auto connack = again->connect(lasting(Hub::connect_packet(board.id)));
  ASSERT_TRUE(connack);
  EXPECT_FALSE(connack->session_present);
}

TEST(Cuts, WhoCameByAnotherCertificateIsCutAndItsSessionStays) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(lasting(Hub::connect_packet(board.id))));

  hub.gateway->disconnect_other_certificates(board.device, board.leaf, "key_changed");
  EXPECT_TRUE(client->has_nothing()) << "it came by this one";
  tls::LeafDigest another = board.leaf;
  another[0] ^= 1U;
  hub.gateway->disconnect_other_certificates(board.device, another, "key_changed");

  EXPECT_TRUE(client->is_closed_by_server());
  auto again = hub.dial_as(board);
  const auto connack = again->connect(lasting(Hub::connect_packet(board.id)));
  ASSERT_TRUE(connack);
  EXPECT_TRUE(connack->session_present) << "the device is who it was";
}

TEST(Cuts, ARevokedOfflineSessionLosesItsQueueAndItsDelayedWill) {
  Hub hub;
  const auto board = hub.add_board(1);
  hub.add_person(1, "ada");
  auto ada = hub.person_client("ada", "a");
  ada->subscribe({"will"}, Qos::at_most_once);
  mqtt::Connect packet = lasting(Hub::connect_packet(board.id));
  packet.version = mqtt::Version::v5;
  packet.properties.session_expiry = 1'000;
  packet.will = mqtt::Will{"will", "revenge", Qos::at_least_once, false, {}};
  packet.will->properties.will_delay = 100;
  {
    auto client = hub.dial_as(board);
    ASSERT_TRUE(client->connect(packet));
    client->vanish();
  }
  ASSERT_EQ(hub.wait_for_events(2).size(), 2U);

  hub.gateway->revoke_device(board.device);
  ASSERT_TRUE(ada->has_nothing());  // her loop, which is the board's, has read the revocation
  hub.registry.clock.advance(std::chrono::seconds{200});

  auto again = hub.dial_as(board);
  EXPECT_FALSE(again->connect(packet)->session_present);
  EXPECT_TRUE(ada->has_nothing());
}

TEST(Cuts, ARevokedKeyEndsItsSessionsAndNoOthers) {
  Hub hub;
  hub.add_person(1, "ada");
  hub.add_person(1, "bob");
  auto ada = hub.person_client("ada", "a");
  auto tab = hub.person_client("ada", "b");
  auto bob = hub.person_client("bob", "a");

  hub.gateway->disconnect_credential("key of ada");

  EXPECT_TRUE(ada->is_closed_by_server());
  EXPECT_TRUE(tab->is_closed_by_server());
  EXPECT_TRUE(bob->has_nothing());
}

TEST(Cuts, ALapsedKindOfCertificateEndsItsConnectionsAndNoOthers) {
  Hub hub;
  const auto lapsed = hub.add_board(1);
  const auto other = hub.add_board(2);
  auto client = hub.dial_as(lapsed);
  ASSERT_TRUE(client->connect(lasting(Hub::connect_packet(lapsed.id))));
  auto stays = hub.dial_as(other);
  ASSERT_TRUE(stays->connect(lasting(Hub::connect_packet(other.id))));
  auto by_secret = hub.dial();
  mqtt::Connect packet = Hub::connect_packet(other.id);
  packet.client_id = "second";
  packet.username = lapsed.id;
  packet.password = lapsed.secret;
  ASSERT_TRUE(by_secret->connect(packet));

  hub.gateway->disconnect_certificates("board:1");

  EXPECT_TRUE(client->is_closed_by_server());
  EXPECT_TRUE(stays->has_nothing());
  EXPECT_TRUE(by_secret->has_nothing()) << "it did not come in by the certificate";
  hub.registry.clock.advance(std::chrono::milliseconds{1});
  auto again = hub.dial_as(lapsed);  // were it admitted, as it is by another certificate
  EXPECT_TRUE(again->connect(lasting(Hub::connect_packet(lapsed.id)))->session_present)
      << "the device is who it was";
  hub.gateway->disconnect_certificates("");
  EXPECT_TRUE(again->has_nothing());
}

TEST(Cuts, ADisconnectedBoardMayComeBackToItsSession) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(lasting(Hub::connect_packet(board.id))));

  hub.gateway->disconnect_device(board.device, "moved");

  EXPECT_TRUE(client->is_closed_by_server());
  const auto events = hub.wait_for_events(2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].reason, "moved");
  auto again = hub.dial_as(board);
  EXPECT_TRUE(again->connect(lasting(Hub::connect_packet(board.id)))->session_present);
}

TEST(Cuts, StopSaysGoodbyeToEveryone) {
  Hub hub;
  const auto board = hub.add_board(1);
  mqtt::Connect packet = Hub::connect_packet(board.id);
  packet.version = mqtt::Version::v5;
  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(packet));

  hub.gateway->stop();

  const auto farewell = client->expect<mqtt::Disconnect>();
  ASSERT_TRUE(farewell);
  EXPECT_EQ(farewell->reason, ReasonCode::server_shutting_down);
}

}  // namespace
}  // namespace fastness::gateway
