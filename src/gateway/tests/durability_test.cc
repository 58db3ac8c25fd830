// What an acknowledgement is worth: when it leaves, by what the listener promises.

#include <gtest/gtest.h>

#include "gateway/testing/browser_socket.h"
#include "gateway/testing/hub.h"
#include "gateway/tests/disk_test.h"

namespace fastness::gateway {
namespace {

using mqtt::PacketType;
using mqtt::Qos;
using testing::BrowserSocket;
using testing::Client;
using testing::Disk;
using testing::Hub;

// A client of the listener which CONNECT has let in.
std::unique_ptr<Client> client_of(Hub& hub, std::size_t listener, std::string_view client_id) {
  auto client = std::make_unique<Client>(hub.anonymous(), hub.port(listener));
  EXPECT_TRUE(client->connect(Hub::person_packet("ada", client_id)));
  return client;
}

std::unique_ptr<Client> plaintext_client(const Hub& hub, std::string_view client_id) {
  auto client = hub.dial_plaintext();
  EXPECT_TRUE(client->connect(Hub::connect_packet(client_id)));
  return client;
}

// A client by WebSocket which CONNECT has let in.
std::shared_ptr<BrowserSocket> web_socket_client(const Hub& hub) {
  auto socket = std::make_shared<BrowserSocket>();
  hub.gateway->adopt(socket, "127.0.0.1:1", "1.3");
  Bytes connect;
  encode(Hub::person_packet("ada", "tab"), connect);
  socket->say(connect);
  EXPECT_EQ(to_hex(as_bytes(socket->hear(4))), "20020000");
  return socket;
}

Bytes publish_packet(Qos qos) {
  mqtt::Publish packet;
  packet.topic = "t";
  packet.payload = as_bytes("x");
  packet.qos = qos;
  packet.packet_id = 1;
  Bytes bytes;
  encode(packet, mqtt::Version::v311, bytes);
  return bytes;
}

void restart_with(Hub& hub, std::array<Durability, 4> durabilities) {
  hub.gateway->stop();
  hub.durabilities = durabilities;
  hub.make_gateway();
  hub.gateway->start();
}

TEST(Durabilities, NoAcknowledgementLeavesBeforeTheSync) {
  Hub hub;
  hub.add_person(1, "ada");
  Disk disk(hub, 1);
  restart_with(hub, {Durability::fsync, Durability::fsync, Durability::fsync, Durability::fsync});
  auto watcher = client_of(hub, 0, "watcher");
  watcher->subscribe({"#"}, Qos::at_most_once);
  for (const Qos qos : {Qos::at_least_once, Qos::exactly_once}) {
    auto client = client_of(hub, 0, "client");
    disk.syncs().hold();
    client->publish("t", "x", qos);
    disk.syncs().wait_for_sync();

    EXPECT_TRUE(client->has_nothing()) << "it was acknowledged while its sync was held back";
    EXPECT_TRUE(watcher->has_nothing()) << "it was passed on while its sync was held back";

    disk.syncs().release();
    const auto answer = client->expect<mqtt::Acknowledgement>();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->type, qos == Qos::at_least_once ? PacketType::puback : PacketType::pubrec);
    EXPECT_EQ(watcher->next_message(), "t=x");
  }
  hub.gateway->stop();
}

TEST(Durabilities, WithoutTlsNoAcknowledgementLeavesEarlierEither) {
  Hub hub;
  hub.serve_plaintext_as(hub.add_person(1, "ada"));
  Disk disk(hub, 1);
  hub.web_sockets = Durability::none;
  restart_with(hub, {Durability::none, Durability::none, Durability::none, Durability::fsync});
  for (const Qos qos : {Qos::at_least_once, Qos::exactly_once}) {
    auto client = plaintext_client(hub, "client");
    disk.syncs().hold();
    client->publish("t", "x", qos);
    disk.syncs().wait_for_sync();
    EXPECT_TRUE(client->has_nothing()) << "it was acknowledged while its sync was held back";
    disk.syncs().release();
    EXPECT_TRUE(client->expect<mqtt::Acknowledgement>());
  }
  hub.gateway->stop();
}

TEST(Durabilities, OnAWebSocketNoAcknowledgementLeavesEarlierEither) {
  Hub hub;
  hub.add_person(1, "ada");
  Disk disk(hub, 1);
  restart_with(hub, {Durability::none, Durability::none, Durability::none, Durability::none});
  for (const Qos qos : {Qos::at_least_once, Qos::exactly_once}) {
    const auto socket = web_socket_client(hub);
    disk.syncs().hold();
    socket->say(publish_packet(qos));
    disk.syncs().wait_for_sync();
    Bytes ping;
    encode(mqtt::Pingreq{}, mqtt::Version::v311, ping);
    socket->say(ping);
    EXPECT_EQ(to_hex(as_bytes(socket->hear(2))), "d000")
        << "it was acknowledged while its sync was held back";
    disk.syncs().release();
    EXPECT_EQ(to_hex(as_bytes(socket->hear(4))),
              qos == Qos::at_least_once ? "40020001" : "50020001");
    socket->close(http::CloseCode::normal);
  }
  hub.gateway->stop();
}

TEST(Durabilities, EachListenerAsksForItsOwn) {
  Hub hub;
  hub.serve_plaintext_as(hub.add_person(1, "ada"));
  for (const Durability durability : {Durability::os, Durability::fsync}) {
    restart_with(hub, {Durability::none, durability, Durability::none, Durability::none});
    auto client = client_of(hub, 1, "client");
    client->publish("t", "x", Qos::at_least_once);
    ASSERT_TRUE(client->expect<mqtt::Acknowledgement>());
    EXPECT_EQ(hub.journal.durability(), durability);

    restart_with(hub, {Durability::none, Durability::none, Durability::none, durability});
    auto plaintext = plaintext_client(hub, "client");
    plaintext->publish("t", "x", Qos::at_least_once);
    ASSERT_TRUE(plaintext->expect<mqtt::Acknowledgement>());
    EXPECT_EQ(hub.journal.durability(), durability);

    hub.web_sockets = durability;
    restart_with(hub, {Durability::none, Durability::none, Durability::none, Durability::none});
    const auto socket = web_socket_client(hub);
    socket->say(publish_packet(Qos::at_least_once));
    EXPECT_EQ(socket->hear(4).size(), 4U);
    EXPECT_EQ(hub.journal.durability(), durability);
  }
}

TEST(Durabilities, WithNoneNobodyWaitsForTheJournalAndTheOthersDo) {
  Hub hub;
  hub.add_person(1, "ada");
  restart_with(hub, {Durability::none, Durability::os, Durability::fsync, Durability::fsync});
  auto hasty = client_of(hub, 0, "hasty");
  auto patient = client_of(hub, 1, "patient");
  hub.journal.set_mode(testing::HeldJournal::Mode::held);

  patient->publish("t", "kept", Qos::at_least_once, true);
  ASSERT_TRUE(hub.journal.wait_for_held(1));
  hasty->publish("t", "hasty", Qos::at_least_once);
  ASSERT_TRUE(hasty->expect<mqtt::Acknowledgement>());
  EXPECT_TRUE(patient->has_nothing());

  ASSERT_TRUE(hub.journal.wait_for_held(2)) << "it is written all the same";
  EXPECT_EQ(hub.journal.records().size(), 2U) << "and in the order in which they came";
  hub.journal.release();
  ASSERT_TRUE(patient->expect<mqtt::Acknowledgement>());
}

TEST(Durabilities, AJournalThatTakesNothingUpIsHeardOfEvenWithNone) {
  Hub hub;
  hub.add_person(1, "ada");
  restart_with(hub, {Durability::none, Durability::none, Durability::none, Durability::none});
  auto client = client_of(hub, 0, "client");
  hub.journal.set_mode(testing::HeldJournal::Mode::failing);

  client->publish("t", "x", Qos::at_least_once);

  EXPECT_TRUE(client->is_closed_by_server())
      << "it was acknowledged though nothing will be written";
}

// Who subscribes late sees the one retained message of the topic.
std::string retained(Hub& hub, std::string_view topic) {
  auto late = client_of(hub, 0, "late");
  late->subscribe({std::string(topic)}, Qos::at_most_once);
  return late->next_message();
}

TEST(Durabilities, WhoWaitsForNothingDoesNotOvertakeTheRetainedMessageOfItsTopic) {
  Hub hub;
  hub.add_person(1, "ada");
  restart_with(hub, {Durability::none, Durability::fsync, Durability::none, Durability::none});
  auto hasty = client_of(hub, 0, "hasty");
  auto patient = client_of(hub, 1, "patient");
  auto watcher = client_of(hub, 0, "watcher");
  watcher->subscribe({"r"}, Qos::at_most_once);
  hub.journal.set_mode(testing::HeldJournal::Mode::held);

  patient->publish("r", "first", Qos::at_least_once, true);
  ASSERT_TRUE(hub.journal.wait_for_held(1));
  hasty->publish("r", "second", Qos::at_least_once, true);
  ASSERT_TRUE(hub.journal.wait_for_held(2));
  EXPECT_TRUE(hasty->has_nothing()) << "its topic would end up with the message before it";
  auto third = client_of(hub, 0, "third");
  third->publish("other", "x", Qos::at_least_once, true);
  ASSERT_TRUE(third->expect<mqtt::Acknowledgement>()) << "other topics wait for nobody";
  hub.journal.release();

  ASSERT_TRUE(patient->expect<mqtt::Acknowledgement>());
  ASSERT_TRUE(hasty->expect<mqtt::Acknowledgement>());
  EXPECT_EQ(watcher->next_message(), "r=first");
  EXPECT_EQ(watcher->next_message(), "r=second");
  EXPECT_EQ(retained(hub, "r"), "r=second");
  hasty->publish("r", "third", Qos::at_least_once, true);
  ASSERT_TRUE(hasty->expect<mqtt::Acknowledgement>());
  hub.journal.set_mode(testing::HeldJournal::Mode::held);
  hasty->publish("r", "fourth", Qos::at_least_once, true);
  ASSERT_TRUE(hasty->expect<mqtt::Acknowledgement>()) << "nobody is before it any more";
  hub.journal.release();
  hub.crash();
  EXPECT_EQ(retained(hub, "r"), "r=fourth");
}

TEST(Durabilities, AfterAPowerCutNothingOlderThanWhatIsOnTheDiskIsRetained) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Hub hub;
    hub.add_person(1, "ada");
    Disk disk(hub, seed);
    restart_with(hub, {Durability::none, Durability::fsync, Durability::none, Durability::none});
    auto hasty = client_of(hub, 0, "hasty");
    auto patient = client_of(hub, 1, "patient");
    const auto publish = [](Client& client, std::string_view topic, std::string_view payload) {
      client.publish(topic, payload, Qos::at_least_once, true);
      return client.expect<mqtt::Acknowledgement>().has_value();
    };
    ASSERT_TRUE(publish(*hasty, "r", "older"));
    ASSERT_TRUE(publish(*patient, "r", "kept"));
    ASSERT_TRUE(publish(*hasty, "s", "older"));
    ASSERT_TRUE(publish(*patient, "s", "kept"));
    ASSERT_TRUE(publish(*hasty, "s", "newer"));

    disk.cut_power();

    EXPECT_EQ(retained(hub, "r"), "r=kept");
    const std::string newest = retained(hub, "s");
    EXPECT_TRUE(newest == "s=kept" || newest == "s=newer") << newest;
    hub.gateway->stop();
  }
}

}  // namespace
}  // namespace fastness::gateway
