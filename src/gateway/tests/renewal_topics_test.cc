// The topics by which a device renews its certificate: its own, and nobody else's.

#include <gtest/gtest.h>

#include "base/fixed_limits.h"
#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using mqtt::Qos;
using mqtt::ReasonCode;
using testing::Client;
using testing::Hub;

// The connection of a board that came in by its certificate, speaking 5.0 so that each refusal has
// a reason.
std::unique_ptr<Client> certified_client(Hub& hub, const Hub::Board& board) {
  auto client = hub.dial_as(board);
  mqtt::Connect connect = Hub::connect_packet(board.id);
  connect.version = mqtt::Version::v5;
  EXPECT_TRUE(client->connect(connect));
  return client;
}

std::string topic_of(const Hub::Board& board, std::string_view word) {
  return renewal_topic(board.device, word);
}

// What PUBACK says to a message at QoS 1.
ReasonCode publish(Client& client, const std::string& topic, const std::string& payload,
                   bool retain = false) {
  client.publish(topic, payload, Qos::at_least_once, retain);
  const auto answer = client.expect<mqtt::Acknowledgement>();
  return answer ? answer->reason : ReasonCode::unspecified_error;
}

TEST(RenewalTopics, PassWhatADeviceSaysOfItsOwnCertificate) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = certified_client(hub, board);
  EXPECT_EQ(publish(*client, topic_of(board, "csr"), "a request"), ReasonCode::success);
  EXPECT_EQ(publish(*client, topic_of(board, "ack"), "stored"), ReasonCode::success);
  EXPECT_EQ(publish(*client, topic_of(board, "nack"), "no room"), ReasonCode::success);

  const auto passed = hub.wait_for_renewals(3);
  ASSERT_EQ(passed.size(), 3U);
  EXPECT_EQ(passed[0].channel, RenewalChannel::request);
  EXPECT_EQ(passed[1].channel, RenewalChannel::stored);
  EXPECT_EQ(passed[2].channel, RenewalChannel::refused);
  for (const RenewalMessage& each : passed) {
    EXPECT_EQ(each.device, board.device);
    EXPECT_EQ(each.organisation, board.organisation);
    EXPECT_EQ(each.leaf, board.leaf);
    EXPECT_EQ(each.connection, hub.wait_for_events(1).at(0).connection);
  }
  EXPECT_EQ(as_text(passed[0].payload), "a request");
  EXPECT_TRUE(hub.journal.records().empty()) << "nothing of it is kept";
}

TEST(RenewalTopics, NobodyElseMayWriteThem) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto neighbour = hub.add_board(1);
  const auto stranger = hub.add_board(2);
  hub.add_person(1, "ada");
  auto by_secret = hub.dial();
  mqtt::Connect with_secret = hub.connect_packet(board);
  with_secret.version = mqtt::Version::v5;
  ASSERT_TRUE(by_secret->connect(with_secret));
  auto person = hub.dial();
  mqtt::Connect as_person = Hub::person_packet("ada", "tab");
  as_person.version = mqtt::Version::v5;
  ASSERT_TRUE(person->connect(as_person));

  const auto from_neighbour = certified_client(hub, neighbour);
  const auto from_stranger = certified_client(hub, stranger);
  for (const std::string_view word : {"csr", "ack", "nack", "renew", "cert"}) {
    SCOPED_TRACE(word);
    for (Client* client :
         {from_neighbour.get(), from_stranger.get(), person.get(), by_secret.get()}) {
      EXPECT_EQ(publish(*client, topic_of(board, word), "{}"), ReasonCode::not_authorised);
    }
  }
  EXPECT_TRUE(hub.wait_for_renewals(0).empty());
}

TEST(RenewalTopics, NobodyElseMayReadThem) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto neighbour = hub.add_board(1);
  hub.add_person(1, "ada");
  auto person = hub.person_client("ada", "tab");
  auto from_neighbour = hub.dial_as(neighbour);
  ASSERT_TRUE(from_neighbour->connect(Hub::connect_packet(neighbour.id)));
  const std::string own = topic_of(board, "");
  const std::vector<std::string> filters = {
      own + "renew", own + "cert", own + "csr",       own + "+",
      own + "#",     "$iot/#",     "$iot/+/pki/cert", "$share/g/" + own + "cert"};
  for (Client* client : {from_neighbour.get(), person.get()}) {
    for (const std::string& filter : filters) {
      SCOPED_TRACE(filter);
      const auto granted = client->subscribe({filter}, Qos::at_least_once);
      ASSERT_EQ(granted.size(), 1U);
      EXPECT_GE(granted[0], ReasonCode::unspecified_error);
    }
  }
  EXPECT_TRUE(hub.wait_for_renewals(0).empty());
}

TEST(RenewalTopics, ADeviceSaysOnlyWhatIsItsToSay) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = certified_client(hub, board);
  for (const std::string_view word : {"renew", "cert", "", "csr/x", "CSR", "trust"}) {
    SCOPED_TRACE(word);
    EXPECT_EQ(publish(*client, topic_of(board, word), "{}"), ReasonCode::not_authorised);
  }
  mqtt::Connect connect = Hub::connect_packet(board.id);
  const std::string own = topic_of(board, "nack");
  connect.will = mqtt::Will{own, "{}", Qos::at_most_once, false, {}};
  auto with_will = hub.dial_as(board);
  const auto connack = with_will->connect(connect);
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, ReasonCode::not_authorised) << "nobody's last word";
  EXPECT_TRUE(hub.wait_for_renewals(0).empty());
}

TEST(RenewalTopics, AMessageIsHeldToItsBytes) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = certified_client(hub, board);
  const std::size_t most = fixed_limit("renewals.message_bytes");
  EXPECT_EQ(publish(*client, topic_of(board, "csr"), std::string(most + 1, 'x')),
            ReasonCode::quota_exceeded);
  EXPECT_EQ(publish(*client, topic_of(board, "csr"), std::string(most, 'x')), ReasonCode::success);
  EXPECT_EQ(hub.wait_for_renewals(1).size(), 1U);
}

TEST(RenewalTopics, AnAnswerReachesTheConnectionThatAskedAndNoOther) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto neighbour = hub.add_board(1);
  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(Hub::connect_packet(board.id)));
  auto other = hub.dial_as(neighbour);
  ASSERT_TRUE(other->connect(Hub::connect_packet(neighbour.id)));
  client->subscribe({topic_of(board, "renew"), topic_of(board, "cert")}, Qos::at_least_once);
  other->subscribe({topic_of(neighbour, "cert")}, Qos::at_least_once);
  const auto listening = hub.wait_for_renewals(1);
  ASSERT_EQ(listening.size(), 1U) << "who hears no `renew` does not listen";
  EXPECT_EQ(listening[0].channel, RenewalChannel::listening);
  const std::uint64_t number = listening[0].connection;

  const auto message = [](const std::string& topic) {
    return dialects::Outgoing{topic, to_bytes(as_bytes("{}")), 1};
  };
  const std::string cert = topic_of(board, "cert");
  hub.gateway->send_renewal(things::testing::organisation(2), number, {message(cert)});
  hub.gateway->send_renewal(board.organisation, number + 1'000, {message(cert)});
  hub.gateway->send_renewal(board.organisation, number,
                            {message(topic_of(neighbour, "cert")), message("a/topic")});
  EXPECT_TRUE(client->has_nothing());
  EXPECT_TRUE(other->has_nothing());
  hub.gateway->send_renewal(board.organisation, number, {message(cert)});
  EXPECT_EQ(client->next_message(), cert + "={}");
}

TEST(RenewalTopics, NothingOfThemIsRetainedOrQueued) {
  Hub hub;
  const auto board = hub.add_board(1);
  mqtt::Connect durable = Hub::connect_packet(board.id);
  durable.clean_start = false;
  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(durable));
  client->subscribe({topic_of(board, "renew"), topic_of(board, "cert")}, Qos::at_least_once);
  const std::uint64_t number = hub.wait_for_renewals(1).at(0).connection;
  client->publish(topic_of(board, "csr"), "{}", Qos::at_least_once, true);
  ASSERT_TRUE(client->expect<mqtt::Acknowledgement>());
  client->vanish();
  ASSERT_TRUE(hub.wait_for_departures(0));
  hub.gateway->send_renewal(board.organisation, number,
                            {{topic_of(board, "cert"), to_bytes(as_bytes("{}")), 1}});

  client = hub.dial_as(board);
  const auto connack = client->connect(durable);
  ASSERT_TRUE(connack);
  EXPECT_TRUE(connack->session_present);
  EXPECT_TRUE(client->has_nothing());
  const auto passed = hub.wait_for_renewals(3);
  ASSERT_EQ(passed.size(), 3U);
  EXPECT_EQ(passed[2].channel, RenewalChannel::listening) << "its session listens, as before";
  EXPECT_NE(passed[2].connection, number);
}

}  // namespace
}  // namespace fastness::gateway
