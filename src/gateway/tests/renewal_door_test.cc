// A device that may renew its certificate and do nothing else, and what it tries all the same.

#include <gtest/gtest.h>

#include "base/fixed_limits.h"
#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using namespace std::chrono_literals;
using mqtt::Qos;
using mqtt::ReasonCode;
using testing::Client;
using testing::Hub;

std::string topic_to(const Hub::Board& board, std::string_view word) {
  return renewal_topic(board.device, word);
}

// As a device asks for nothing but a renewal, with 5.0, so that each refusal has a reason.
mqtt::Connect renewing(const Hub::Board& board) {
  mqtt::Connect packet = Hub::connect_packet(board.id);
  packet.version = mqtt::Version::v5;
  packet.username = kRenewalUserName;
  return packet;
}

ReasonCode connect(Client& client, const mqtt::Connect& packet) {
  const auto connack = client.connect(packet);
  return connack ? connack->reason : ReasonCode::unspecified_error;
}

// One that is let in.
std::unique_ptr<Client> renewing_client(Hub& hub, const Hub::Board& board) {
  auto client = hub.dial_as(board);
  EXPECT_EQ(connect(*client, renewing(board)), ReasonCode::success);
  return client;
}

// The answer to a message at QoS 1.
ReasonCode say(Client& client, const std::string& topic, const std::string& payload = "{}") {
  client.publish(topic, payload, Qos::at_least_once);
  const auto answer = client.expect<mqtt::Acknowledgement>();
  return answer ? answer->reason : ReasonCode::unspecified_error;
}

// The reason in DISCONNECT, which comes next.
ReasonCode farewell(Client& client) {
  const auto packet = client.expect<mqtt::Disconnect>();
  return packet ? packet->reason : ReasonCode::success;
}

TEST(RenewalDoor, LetsADeviceRenewThatIsLetInNowhere) {
  for (const std::size_t threads : {1U, 4U}) {
    Hub hub({}, threads);
    const auto board = hub.add_board(1);
    hub.admit_to_renew_only(board);
    auto plain = hub.dial_as(board);
    EXPECT_EQ(connect(*plain, Hub::connect_packet(board.id)), ReasonCode::not_authorised);

    auto client = renewing_client(hub, board);
    const auto granted =
        client->subscribe({topic_to(board, "renew"), topic_to(board, "cert")}, Qos::at_least_once);
    EXPECT_EQ(granted, std::vector<ReasonCode>(2, ReasonCode::success)) << "at QoS 0";
    const auto listening = hub.wait_for_renewals(1);
    ASSERT_EQ(listening.size(), 1U);
    EXPECT_EQ(listening[0].channel, RenewalChannel::listening);
    EXPECT_EQ(listening[0].stay, RenewalMessage::Stay::to_renew);
    EXPECT_EQ(listening[0].device, board.device);
    EXPECT_EQ(listening[0].leaf, board.leaf);
    const std::string cert = topic_to(board, "cert");
    hub.gateway->send_renewal(board.organisation, listening[0].connection,
                              {{cert, to_bytes(as_bytes("{}")), 0}});
    EXPECT_EQ(client->next_message(), cert + "={}");
    EXPECT_EQ(say(*client, topic_to(board, "csr"), "a request"), ReasonCode::success);
    EXPECT_EQ(say(*client, topic_to(board, "ack")), ReasonCode::success);
    EXPECT_EQ(farewell(*client), ReasonCode::administrative_action);
    EXPECT_TRUE(client->is_closed_by_server());

    const auto heard = hub.wait_for_renewals(4);
    ASSERT_EQ(heard.size(), 4U);
    EXPECT_EQ(heard[1].channel, RenewalChannel::request);
    EXPECT_EQ(as_text(heard[1].payload), "a request");
    EXPECT_EQ(heard[2].channel, RenewalChannel::stored);
    EXPECT_EQ(heard[3].channel, RenewalChannel::gone);
    EXPECT_TRUE(hub.wait_for_events(0).empty()) << "the device is not there";
    EXPECT_TRUE(hub.journal.records().empty());
  }
}

TEST(RenewalDoor, NothingElseIsSaidThere) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto neighbour = hub.add_board(1);
  hub.add_person(1, "ada");
  auto person = hub.person_client("ada", "tab");
  person->subscribe({"#"}, Qos::at_most_once);
  hub.admit_to_renew_only(board);
  auto client = renewing_client(hub, board);
  const std::string thing = board.thing.value().to_text();
  const std::vector<std::string> topics = {
      "garden/state",        "/a/t/" + thing + "/e/o", "/a/d/" + board.id + "/c/up",
      "$SYS/broker",         topic_to(board, "renew"), topic_to(board, "cert"),
      topic_to(board, ""),   topic_to(board, "csr/x"), topic_to(neighbour, "csr"),
      topic_to(board, "CSR")};
  for (const std::string& topic : topics) {
    SCOPED_TRACE(topic);
    EXPECT_EQ(say(*client, topic), ReasonCode::not_authorised);
  }
  client->publish("garden/state", "kept", Qos::at_least_once, true);
  const auto retained = client->expect<mqtt::Acknowledgement>();
  ASSERT_TRUE(retained);
  EXPECT_EQ(retained->reason, ReasonCode::not_authorised);
  EXPECT_TRUE(person->has_nothing());
  EXPECT_TRUE(hub.wait_for_renewals(0).empty());
  EXPECT_TRUE(hub.journal.records().empty());
  EXPECT_TRUE(hub.journal.readings().empty());

  // Where there is no word for it, the connection ends.
  client->publish("garden/state", "1");
  EXPECT_EQ(farewell(*client), ReasonCode::not_authorised);
  auto old = hub.dial_as(board);
  mqtt::Connect packet = renewing(board);
  packet.version = mqtt::Version::v311;
  ASSERT_EQ(connect(*old, packet), ReasonCode::success);
  old->publish("/a/t/" + thing + "/e/o", "x", Qos::at_least_once);
  EXPECT_TRUE(old->is_closed_by_server()) << "acknowledged, the reading would be lost";
}

TEST(RenewalDoor, NothingElseIsHeardThere) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto neighbour = hub.add_board(1);
  hub.add_person(1, "ada");
  hub.admit_to_renew_only(board);
  auto client = renewing_client(hub, board);
  const std::string own = topic_to(board, "");
  const std::string thing = board.thing.value().to_text();
  for (const std::string& filter :
       {std::string("#"), std::string("+/+"), std::string("$SYS/#"), std::string("$iot/#"),
        own + "+", own + "#", own + "csr", "$share/g/" + own + "cert", topic_to(neighbour, "cert"),
        "/a/t/" + thing + "/e/i", "/a/d/" + board.id + "/c/dw"}) {
    SCOPED_TRACE(filter);
    const auto granted = client->subscribe({filter}, Qos::at_least_once);
    ASSERT_EQ(granted.size(), 1U);
    EXPECT_EQ(granted[0], ReasonCode::not_authorised);
  }
  auto person = hub.person_client("ada", "tab");
  person->publish("garden/state", "1", Qos::at_least_once, true);
  ASSERT_TRUE(person->expect<mqtt::Acknowledgement>());
  EXPECT_TRUE(client->has_nothing());
  EXPECT_TRUE(hub.wait_for_renewals(0).empty()) << "and it does not listen";
}

TEST(RenewalDoor, HasNoLastWord) {
  Hub hub;
  const auto board = hub.add_board(1);
  hub.admit_to_renew_only(board);
  auto client = hub.dial_as(board);
  mqtt::Connect packet = renewing(board);
  packet.will = mqtt::Will{"garden/will", "gone", Qos::at_least_once, false, {}};
  EXPECT_EQ(connect(*client, packet), ReasonCode::not_authorised);
}

TEST(RenewalDoor, TakesNoSessionOverAndLeavesNone) {
  Hub hub;
  const auto board = hub.add_board(1);
  hub.add_person(1, "ada");
  mqtt::Connect durable = Hub::connect_packet(board.id);
  durable.version = mqtt::Version::v5;
  durable.clean_start = false;
  durable.properties.session_expiry = 3'600;
  auto before = hub.dial_as(board);
  ASSERT_EQ(connect(*before, durable), ReasonCode::success);
  before->subscribe({"garden/#"}, Qos::at_least_once);

  // Beside it while it is there.
  auto beside = renewing_client(hub, board);
  EXPECT_TRUE(before->has_nothing());
  beside->vanish();
  before->vanish();
  ASSERT_TRUE(hub.wait_for_departures(0));
  auto person = hub.person_client("ada", "tab");
  person->publish("garden/x", "while you were away", Qos::at_least_once);
  ASSERT_TRUE(person->expect<mqtt::Acknowledgement>());

  // And while it waits, by its name, whatever it asks for.
  hub.admit_to_renew_only(board);
  for (const bool clean : {true, false}) {
    auto client = hub.dial_as(board);
    mqtt::Connect packet = renewing(board);
    packet.clean_start = clean;
    packet.properties.session_expiry = 3'600;
    const auto connack = client->connect(packet);
    ASSERT_TRUE(connack);
    EXPECT_EQ(connack->reason, ReasonCode::success);
    EXPECT_FALSE(connack->session_present);
    EXPECT_EQ(connack->properties.session_expiry, 0U);
    client->subscribe({topic_to(board, "renew")}, Qos::at_least_once);
    EXPECT_TRUE(client->has_nothing());
    client->vanish();
    ASSERT_TRUE(hub.wait_for_departures(1));
  }
  hub.admit_again(board);
  auto after = hub.dial_as(board);
  const auto connack = after->connect(durable);
  ASSERT_TRUE(connack);
  EXPECT_TRUE(connack->session_present);
  EXPECT_EQ(after->next_message(), "garden/x=while you were away");
}

TEST(RenewalDoor, NobodyComesInByAskingForIt) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto refused = hub.add_board(1);
  hub.admit_to_renew_only(board);
  auto up = renewing_client(hub, refused);  // it may renew as long as it is let in, too
  hub.stop_admitting(refused);
  auto client = hub.dial_as(refused);
  EXPECT_FALSE(client->is_up() && connect(*client, renewing(refused)) == ReasonCode::success);

  auto by_secret = hub.dial();
  mqtt::Connect packet = renewing(board);
  packet.password = board.secret;
  EXPECT_EQ(connect(*by_secret, packet), ReasonCode::not_authorised) << "it shows no certificate";

  auto by_another_name = hub.dial_as(board);
  packet = renewing(board);
  packet.client_id = refused.id;
  EXPECT_EQ(connect(*by_another_name, packet), ReasonCode::client_identifier_not_valid);
  for (const std::string_view name : {"Renew", "renew ", "", "renewal"}) {
    SCOPED_TRACE(name);
    auto by_no_name = hub.dial_as(board);
    packet = renewing(board);
    packet.username = name;
    EXPECT_EQ(connect(*by_no_name, packet), ReasonCode::not_authorised);
  }
}

TEST(RenewalDoor, EndsWhenItsTimeIsOver) {
  Hub hub;
  const auto board = hub.add_board(1);
  hub.admit_to_renew_only(board);
  auto client = renewing_client(hub, board);
  const std::chrono::seconds most{fixed_limit("renewals.connection_seconds")};
  hub.registry.clock.advance(most - 1s);
  EXPECT_TRUE(client->has_nothing());
  hub.registry.clock.advance(1s);
  EXPECT_EQ(farewell(*client), ReasonCode::maximum_connect_time);
  EXPECT_TRUE(client->is_closed_by_server());
  EXPECT_EQ(hub.wait_for_renewals(1).at(0).channel, RenewalChannel::gone);
}

TEST(RenewalDoor, ADeviceHasAFewAtOnceAndNotOneMore) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto neighbour = hub.add_board(1);
  hub.admit_to_renew_only(board);
  hub.admit_to_renew_only(neighbour);
  const std::size_t most = fixed_limit("renewals.connections_of_device");
  std::vector<std::unique_ptr<Client>> clients;
  for (std::size_t i = 0; i < most; ++i) clients.push_back(renewing_client(hub, board));
  auto late = hub.dial_as(board);
  EXPECT_EQ(connect(*late, renewing(board)), ReasonCode::quota_exceeded);
  const auto other = renewing_client(hub, neighbour);
  clients.front()->vanish();
  EXPECT_EQ(hub.wait_for_renewals(1).at(0).channel, RenewalChannel::gone);
  EXPECT_TRUE(renewing_client(hub, board)->has_nothing());
}

TEST(RenewalDoor, IsShutOnADeviceThatIsCutOff) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto neighbour = hub.add_board(1);
  hub.admit_to_renew_only(board);
  hub.admit_to_renew_only(neighbour);
  auto client = renewing_client(hub, board);
  const auto other = renewing_client(hub, neighbour);
  hub.gateway->disconnect_certificates("board:1");
  hub.gateway->disconnect_other_certificates(board.device, board.leaf, "key_changed");
  EXPECT_TRUE(client->has_nothing()) << "that its kind lets nobody in is why it is here";

  hub.gateway->revoke_device(board.device);
  EXPECT_EQ(farewell(*client), ReasonCode::not_authorised);
  EXPECT_TRUE(client->is_closed_by_server());
  EXPECT_TRUE(other->has_nothing());
  auto again = renewing_client(hub, neighbour);
  hub.gateway->disconnect_other_certificates(neighbour.device, board.leaf, "key_changed");
  EXPECT_EQ(farewell(*again), ReasonCode::not_authorised);
}

TEST(RenewalDoor, IsShutOnAllWhoAreInItAndOnNobodyElse) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto neighbour = hub.add_board(1);
  hub.admit_to_renew_only(board);
  auto client = renewing_client(hub, board);
  auto other = hub.board_client(neighbour);
  hub.gateway->disconnect(Crowd::people, "switched_off");
  hub.gateway->disconnect(Crowd::by_secret, "switched_off");
  EXPECT_TRUE(client->has_nothing());
  hub.gateway->disconnect(Crowd::renewing, "switched_off");
  EXPECT_EQ(farewell(*client), ReasonCode::not_authorised);
  EXPECT_TRUE(client->is_closed_by_server());
  EXPECT_TRUE(other->has_nothing());
}

TEST(RenewalDoor, IsNotForMessagesOfAnotherConnection) {
  Hub hub;
  const auto board = hub.add_board(1);
  hub.admit_to_renew_only(board);
  auto client = renewing_client(hub, board);
  client->subscribe({topic_to(board, "renew"), topic_to(board, "cert")}, Qos::at_most_once);
  const std::uint64_t number = hub.wait_for_renewals(1).at(0).connection;
  const std::string cert = topic_to(board, "cert");
  const auto message = [](const std::string& topic) {
    return dialects::Outgoing{topic, to_bytes(as_bytes("{}")), 0};
  };
  hub.gateway->send_renewal(things::testing::organisation(2), number, {message(cert)});
  hub.gateway->send_renewal(board.organisation, number + 1'000, {message(cert)});
  hub.gateway->send_renewal(board.organisation, number, {message("garden/x")});
  mqtt::Unsubscribe unsubscribe;
  unsubscribe.packet_id = 7;
  const std::string renew = topic_to(board, "renew");
  unsubscribe.filters = {renew, "garden/x"};
  client->send(unsubscribe);
  const auto unsuback = client->expect<mqtt::Unsuback>();
  ASSERT_TRUE(unsuback);
  EXPECT_EQ(unsuback->reasons,
            (std::vector{ReasonCode::success, ReasonCode::no_subscription_existed}));
  hub.gateway->send_renewal(board.organisation, number, {message(renew)});
  EXPECT_TRUE(client->has_nothing());
  client->publish(topic_to(board, "csr"), std::string(513, 'x'), Qos::exactly_once);
  const auto refused = client->expect<mqtt::Acknowledgement>();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, ReasonCode::quota_exceeded);
  hub.gateway->send_renewal(board.organisation, number, {message(cert)});
  EXPECT_EQ(client->next_message(), cert + "={}");
}

}  // namespace
}  // namespace fastness::gateway
