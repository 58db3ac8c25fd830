// The client's side of MQTT, against packets as a server sends them.
#include "client/mqtt/mqtt_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/mqtt/mqtt_link.h"
#include "client/mqtt/payload.h"
#include "mqtt/wire/decoder.h"
#include "mqtt/wire/encoder.h"

namespace fastness::client {
namespace {

using mqtt::PacketType;
using mqtt::Qos;
using mqtt::ReasonCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr SteadyTime kStart{};

// A connection, and the server's hand.
class Wire {
 public:
  Wire() : connection(events()) { connection.start({"c", "user", "token"}, kStart); }

  template <typename T>
  Result<void> say(const T& packet, SteadyTime now = kStart) {
    encode(packet, mqtt::Version::v5, input);
    return connection.receive(input, now);
  }
  void let_in(const mqtt::Properties& properties = {}) {
    mqtt::Connack connack;
    connack.properties = properties;
    ASSERT_TRUE(say(connack));
    connection.output().clear();
  }
  Result<void> say_message(Qos qos, std::uint16_t id) {
    mqtt::Publish message;
    message.topic = "t";
    message.payload = as_bytes("m");
    message.qos = qos;
    message.packet_id = id;
    return say(message);
  }
  Result<void> acknowledge(PacketType type, std::uint16_t id, ReasonCode reason = {}) {
    mqtt::Acknowledgement packet;
    packet.type = type;
    packet.packet_id = id;
    packet.reason = reason;
    return say(packet);
  }
  // The types of the packets that were queued, which are taken.
  std::vector<PacketType> sent() {
    std::vector<PacketType> types;
    Bytes& output = connection.output();
    std::size_t used = 0;
    while (used < output.size()) {
      const auto frame =
          mqtt::next_frame(ByteView(output).subspan(used), mqtt::kMaxVariableInteger);
      types.push_back((*frame)->type);
      used += (*frame)->size;
    }
    output.clear();
    return types;
  }

  std::vector<std::string> messages;
  std::vector<std::pair<std::uint16_t, ReasonCode>> answers;
  Bytes input;
  MqttConnection connection;

 private:
  MqttConnection::Events events() {
    MqttConnection::Events events;
    events.message = [this](const mqtt::Publish& message) {
      messages.emplace_back(as_text(message.payload));
    };
    events.published = [this](std::uint16_t id, ReasonCode reason) {
      answers.emplace_back(id, reason);
    };
    return events;
  }
};

mqtt::Publish message_at(Qos qos) {
  mqtt::Publish message;
  message.topic = "t";
  message.qos = qos;
  return message;
}

TEST(MqttConnection, SaysWhyItWasNotLetIn) {
  Wire wire;
  mqtt::Connack connack;
  connack.reason = ReasonCode::not_authorised;
  connack.properties.reason_string = "no such key";

  const auto refused = wire.say(connack);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::permission_denied);
  EXPECT_THAT(refused.error().message, HasSubstr("not permitted (no such key)"));
  EXPECT_FALSE(wire.connection.is_accepted());
}

TEST(MqttConnection, TakesNothingBeforeConnackAndNoRubbish) {
  Wire early;
  EXPECT_EQ(early.say_message(Qos::at_most_once, 0).error().code, Errc::corrupted);
  Wire rubbish;
  rubbish.input = {0x00, 0xff, 0xff, 0xff, 0xff, 0xff};
  EXPECT_EQ(rubbish.connection.receive(rubbish.input, kStart).error().code, Errc::corrupted);
  EXPECT_TRUE(rubbish.messages.empty());
}

TEST(MqttConnection, ShowsAMessageOnceAtEachQualityOfService) {
  Wire wire;
  wire.let_in();

  ASSERT_TRUE(wire.say_message(Qos::at_most_once, 0));
  EXPECT_THAT(wire.sent(), ElementsAre());
  ASSERT_TRUE(wire.say_message(Qos::at_least_once, 7));
  EXPECT_THAT(wire.sent(), ElementsAre(PacketType::puback));
  ASSERT_TRUE(wire.say_message(Qos::exactly_once, 8));
  ASSERT_TRUE(wire.say_message(Qos::exactly_once, 8));  // again: PUBREC was lost
  EXPECT_THAT(wire.sent(), ElementsAre(PacketType::pubrec, PacketType::pubrec));
  ASSERT_TRUE(wire.acknowledge(PacketType::pubrel, 8));
  EXPECT_THAT(wire.sent(), ElementsAre(PacketType::pubcomp));
  ASSERT_TRUE(wire.say_message(Qos::exactly_once, 8));  // a new one with the old number

  EXPECT_EQ(wire.messages.size(), 4U);
}

TEST(MqttConnection, HoldsToTheServersWindowAndHearsEveryAnswer) {
  Wire wire;
  mqtt::Properties two;
  two.receive_maximum = 2;
  wire.let_in(two);

  const auto first = wire.connection.publish(message_at(Qos::at_least_once));
  EXPECT_TRUE(wire.connection.may_publish());
  const auto second = wire.connection.publish(message_at(Qos::exactly_once));
  EXPECT_FALSE(wire.connection.may_publish());
  EXPECT_EQ(wire.connection.publish(message_at(Qos::at_most_once)), 0);

  ASSERT_TRUE(wire.acknowledge(PacketType::puback, first, ReasonCode::not_authorised));
  EXPECT_TRUE(wire.connection.may_publish());
  wire.sent();
  ASSERT_TRUE(wire.acknowledge(PacketType::pubrec, second));
  EXPECT_THAT(wire.sent(), ElementsAre(PacketType::pubrel));
  ASSERT_TRUE(wire.acknowledge(PacketType::pubcomp, second));
  ASSERT_TRUE(wire.acknowledge(PacketType::puback, 999));  // nobody asked

  EXPECT_THAT(wire.answers, ElementsAre(std::pair(first, ReasonCode::not_authorised),
                                        std::pair(second, ReasonCode::success)));
  EXPECT_EQ(wire.connection.unanswered(), 0U);
}

TEST(MqttConnection, PingsAndGivesUpOnSilence) {
  Wire wire;
  wire.let_in();
  ASSERT_TRUE(wire.connection.tick(kStart + 29s));
  EXPECT_THAT(wire.sent(), ElementsAre());
  ASSERT_TRUE(wire.connection.tick(kStart + 30s));
  EXPECT_THAT(wire.sent(), ElementsAre(PacketType::pingreq));
  ASSERT_TRUE(wire.say(mqtt::Pingresp{}, kStart + 31s));
  EXPECT_TRUE(wire.connection.tick(kStart + 121s));
  EXPECT_EQ(wire.connection.tick(kStart + 122s).error().code, Errc::unavailable);
}

TEST(MqttConnection, SaysWhyTheServerEndedIt) {
  Wire wire;
  wire.let_in();
  mqtt::Disconnect goodbye;
  goodbye.reason = ReasonCode::session_taken_over;

  const auto ended = wire.say(goodbye);

  EXPECT_EQ(ended.error().code, Errc::already_exists);
  EXPECT_THAT(ended.error().message, HasSubstr("another client came with the same client id"));
}

TEST(UserOfToken, IsReadFromTheClaimsAlone) {
  const std::string claims = to_base64url(as_bytes(R"({"http://arduino.cc/id":"u-1"})"));
  EXPECT_EQ(user_of_token("h." + claims + ".s").value(), "u-1");
  for (const std::string& bad :
       {std::string(), std::string("a"), std::string("a.b"), "h." + claims, std::string("h.!!.s"),
        "h." + to_base64url(as_bytes("{}")) + ".s", "h." + to_base64url(as_bytes("[1")) + ".s"}) {
    SCOPED_TRACE(bad);
    EXPECT_EQ(user_of_token(bad).error().code, Errc::corrupted);
  }
}

TEST(Payload, IsReadAsItIsWritten) {
  EXPECT_EQ(parse_payload("0aff", PayloadFormat::hex).value(), (Bytes{0x0a, 0xff}));
  EXPECT_EQ(parse_payload("Cv8=", PayloadFormat::base64).value(), (Bytes{0x0a, 0xff}));
  EXPECT_EQ(parse_payload("0a", PayloadFormat::text).value(), (Bytes{'0', 'a'}));
  for (const char* bad : {"0", "0g", "0x0a", "0a 0b"}) {
    EXPECT_EQ(parse_payload(bad, PayloadFormat::hex).error().code, Errc::invalid_argument) << bad;
  }
  EXPECT_EQ(parse_payload("Cv8", PayloadFormat::base64).error().code, Errc::invalid_argument);
}

// A payload is somebody else's, and is read at a terminal.
TEST(Payload, NeverCommandsATerminal) {
  const std::string evil = "\x1b]0;x\x07\xc2\x9b 2J";
  for (const auto format : {PayloadFormat::text, PayloadFormat::hex, PayloadFormat::base64}) {
    const std::string shown = show_payload(as_bytes(evil), format);
    EXPECT_EQ(shown.find('\x1b'), std::string::npos);
    EXPECT_EQ(shown.find("\xc2\x9b"), std::string::npos);
  }
  EXPECT_EQ(show_payload(Bytes{0xff, 0x1b}, PayloadFormat::text), "hex:ff1b");
  EXPECT_EQ(show_payload(as_bytes("21.5"), PayloadFormat::text), "21.5");
  EXPECT_EQ(show_payload(Bytes{0xff}, PayloadFormat::raw), "\xff");
}

TEST(Payload, IsOneJsonObjectWithItsProperties) {
  mqtt::Publish message;
  message.topic = "a/b";
  message.payload = as_bytes("1\n2");
  message.qos = Qos::at_least_once;
  message.retain = true;
  mqtt::Properties properties;
  properties.content_type = "text/plain";
  properties.user = {{"k", "v"}, {"k", "w"}};
  message.properties = properties;
  const Timestamp when{};
  EXPECT_EQ(
      to_json(message, when),
      R"({"time":"1970-01-01T00:00:00Z","topic":"a/b","payload":"1\n2","qos":1,"retain":true,)"
      R"("content_type":"text/plain","user_properties":[{"name":"k","value":"v"},)"
      R"({"name":"k","value":"w"}]})");
  const Bytes binary{0xff};
  message.payload = binary;
  EXPECT_THAT(to_json(message, when), HasSubstr(R"("payload_base64":"/w==")"));
}

}  // namespace
}  // namespace fastness::client
