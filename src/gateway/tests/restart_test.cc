// What survives kill -9: everything here is made again from the journal's records alone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/hosting/records.h"
#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using mqtt::PacketType;
using mqtt::Qos;
using mqtt::ReasonCode;
using testing::Client;
using testing::Hub;

mqtt::Connect lasting(std::string_view client_id) {
  mqtt::Connect packet = Hub::person_packet("ada", client_id);
  packet.clean_start = false;
  return packet;
}

TEST(Restart, KeepsSessionsSubscriptionsAndQueues) {
  Hub hub;
  hub.add_person(1, "ada");
  {
    auto sleeper = hub.dial();
    ASSERT_TRUE(sleeper->connect(lasting("s")));
    sleeper->subscribe({"t/#", "u"}, Qos::at_least_once);
    mqtt::Unsubscribe unsubscribe{9, {"u"}, {}};
    sleeper->send(unsubscribe);
    ASSERT_TRUE(sleeper->expect<mqtt::Unsuback>());
  }
  {
    auto ada = hub.person_client("ada", "a");
    ada->publish("t/1", "one", Qos::at_least_once);
    ada->publish("u", "not for it", Qos::at_least_once);
    ASSERT_TRUE(ada->next());
    ASSERT_TRUE(ada->next());
  }

  hub.restart();

  auto sleeper = hub.dial();
  EXPECT_TRUE(sleeper->connect(lasting("s"))->session_present);
  EXPECT_EQ(sleeper->next_message(), "t/1=one");
  EXPECT_TRUE(sleeper->has_nothing());
  auto ada = hub.person_client("ada", "a");
  ada->publish("t/2", "two", Qos::at_least_once);
  EXPECT_EQ(sleeper->next_message(), "t/2=two");
  EXPECT_TRUE(sleeper->has_nothing()) << "the acknowledgement has arrived";

  hub.restart();
  auto again = hub.dial();
  EXPECT_TRUE(again->connect(lasting("s"))->session_present);
  EXPECT_TRUE(again->has_nothing()) << "what was acknowledged came again";
}

TEST(Restart, KeepsRetainedMessages) {
  Hub hub;
  hub.add_person(1, "ada");
  {
    auto ada = hub.person_client("ada", "a");
    ada->publish("kept", "1", Qos::at_least_once, true);
    ada->publish("cleared", "1", Qos::at_least_once, true);
    ada->publish("cleared", "", Qos::at_least_once, true);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(ada->next());
  }

  hub.restart();

  auto ada = hub.person_client("ada", "a");
  ada->subscribe({"#"}, Qos::at_most_once);
  EXPECT_EQ(ada->next_message(), "kept=1");
  EXPECT_TRUE(ada->has_nothing());
}

TEST(Restart, AnEndedSessionStaysEnded) {
  Hub hub;
  hub.add_person(1, "ada");
  {
    auto one = hub.dial();
    ASSERT_TRUE(one->connect(lasting("s")));
    one->subscribe({"t"}, Qos::at_least_once);
    auto clean = hub.dial();
    mqtt::Connect packet = lasting("s");
    packet.version = mqtt::Version::v5;
    packet.clean_start = true;
    packet.properties.session_expiry = 60;
    ASSERT_TRUE(clean->connect(packet));
    mqtt::Disconnect bye;
    bye.properties.session_expiry = 0;
    clean->send(bye);
    ASSERT_TRUE(clean->is_closed_by_server());
  }

  hub.restart();

  auto again = hub.dial();
  EXPECT_FALSE(again->connect(lasting("s"))->session_present);
}

TEST(Restart, QosTwoFromAClientIsTakenOnce) {
  Hub hub;
  hub.add_person(1, "ada");
  mqtt::Publish packet;
  packet.topic = "t";
  packet.payload = as_bytes("x");
  packet.qos = Qos::exactly_once;
  packet.packet_id = 5;
  {
    auto sender = hub.dial();
    ASSERT_TRUE(sender->connect(lasting("s")));
    sender->send(packet);
    ASSERT_TRUE(sender->expect<mqtt::Acknowledgement>());  // PUBREC
  }

  hub.restart();

  auto watcher = hub.person_client("ada", "w");
  watcher->subscribe({"t"}, Qos::at_most_once);
  auto sender = hub.dial();
  ASSERT_TRUE(sender->connect(lasting("s"))->session_present);
  packet.duplicate = true;
  sender->send(packet);
  EXPECT_EQ(sender->expect<mqtt::Acknowledgement>()->type, PacketType::pubrec);
  sender->send(mqtt::Acknowledgement{PacketType::pubrel, 5, {}, {}});
  EXPECT_EQ(sender->expect<mqtt::Acknowledgement>()->type, PacketType::pubcomp);
  EXPECT_TRUE(watcher->has_nothing()) << "the message was delivered a second time";

  packet.duplicate = false;  // the identifier is free again
  sender->send(packet);
  EXPECT_EQ(watcher->next_message(), "t=x");
}

TEST(Restart, QosTwoToAClientKeepsItsPacketIdentifier) {
  Hub hub;
  hub.add_person(1, "ada");
  std::uint16_t packet_id = 0;
  {
    auto receiver = hub.dial();
    ASSERT_TRUE(receiver->connect(lasting("r")));
    receiver->subscribe({"t"}, Qos::exactly_once);
    auto ada = hub.person_client("ada", "a");
    ada->publish("t", "x", Qos::exactly_once);
    const auto first = receiver->expect<mqtt::Publish>();
    ASSERT_TRUE(first);
    packet_id = first->packet_id;
  }

  hub.restart();

  {
    auto receiver = hub.dial();
    ASSERT_TRUE(receiver->connect(lasting("r"))->session_present);
    const auto again = receiver->expect<mqtt::Publish>();
    ASSERT_TRUE(again);
    EXPECT_TRUE(again->duplicate);
    EXPECT_EQ(again->packet_id, packet_id);
    receiver->send(mqtt::Acknowledgement{PacketType::pubrec, packet_id, {}, {}});
    EXPECT_EQ(receiver->expect<mqtt::Acknowledgement>()->type, PacketType::pubrel);
  }

  hub.restart();

  auto receiver = hub.dial();
  ASSERT_TRUE(receiver->connect(lasting("r"))->session_present);
  const auto release = receiver->expect<mqtt::Acknowledgement>();
  ASSERT_TRUE(release) << "PUBLISH came again after PUBREC: the client would take it twice";
  EXPECT_EQ(release->type, PacketType::pubrel);
  EXPECT_EQ(release->packet_id, packet_id);
}

TEST(Restart, ReplayingTwiceChangesNothing) {
  Hub hub;
  hub.add_person(1, "ada");
  {
    auto sleeper = hub.dial();
    ASSERT_TRUE(sleeper->connect(lasting("s")));
    sleeper->subscribe({"t"}, Qos::exactly_once);
    sleeper->send(mqtt::Disconnect{});
    ASSERT_TRUE(sleeper->is_closed_by_server());
    auto ada = hub.person_client("ada", "a");
    ada->publish("t", "x", Qos::at_least_once);
    ASSERT_TRUE(ada->next());
  }
  hub.gateway->stop();
  hub.make_gateway();
  for (int round = 0; round < 2; ++round) {
    for (const Bytes& record : hub.journal.records()) ASSERT_TRUE(hub.gateway->replay(record));
  }
  hub.gateway->start();

  auto sleeper = hub.dial();
  ASSERT_TRUE(sleeper->connect(lasting("s"))->session_present);
  EXPECT_EQ(sleeper->next_message(), "t=x");
  EXPECT_TRUE(sleeper->has_nothing());
}

TEST(Records, DamagedOnesAreRefused) {
  Hub hub;
  hub.add_person(1, "ada");
  auto client = hub.dial();
  ASSERT_TRUE(client->connect(lasting("s")));
  client->subscribe({"t"}, Qos::exactly_once);
  client->publish("t", "x", Qos::exactly_once);
  ASSERT_TRUE(client->next());

  for (const Bytes& record : hub.journal.records()) {
    ASSERT_TRUE(records::decode(record));
    for (std::size_t size = 0; size < record.size(); ++size) {
      EXPECT_FALSE(records::decode(ByteView(record).first(size)));
    }
    Bytes longer = record;
    longer.push_back(0);
    EXPECT_FALSE(records::decode(longer));
    Bytes unknown = record;
    unknown[0] = 99;
    EXPECT_FALSE(records::decode(unknown));
  }
}

}  // namespace
}  // namespace fastness::gateway
