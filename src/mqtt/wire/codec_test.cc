#include <string>

#include <gtest/gtest.h>

#include "mqtt/wire/decoder.h"
#include "mqtt/wire/encoder.h"

namespace fastness::mqtt {
namespace {

constexpr std::size_t kAnySize = 300'000'000;

Bytes hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != ' ') digits += c;
  }
  return from_hex(digits).value();
}

Decoded<Packet> decode_bytes(const Bytes& bytes, Version version) {
  FASTNESS_ASSIGN_OR_RETURN(const auto frame, next_frame(bytes, kAnySize));
  if (!frame) return malformed("incomplete");
  EXPECT_EQ(frame->size, bytes.size());
  return decode(*frame, version);
}

template <typename T>
Bytes encoded(const T& packet, Version version) {
  Bytes out;
  encode(packet, version, out);
  return out;
}

TEST(Decoder, ReadsTheConnectOfAStockBoard) {
  // MKR WiFi 1010, ArduinoMqttClient 0.1.8: clean session, keep-alive 30, user name and password.
  const Bytes bytes =
      hex("10 36 00044d515454 04 c2 001e"
          "0024 31323334353637382d313233342d313233342d313233342d313233343536373839306162"
          "0001 75 0001 70");

  const auto packet = decode_bytes(bytes, Version::v311);

  ASSERT_TRUE(packet);
  const auto& connect = std::get<Connect>(*packet);
  EXPECT_EQ(connect.version, Version::v311);
  EXPECT_TRUE(connect.clean_start);
  EXPECT_EQ(connect.keep_alive, 30);
  EXPECT_EQ(connect.client_id, "12345678-1234-1234-1234-1234567890ab");
  EXPECT_EQ(connect.username, "u");
  EXPECT_EQ(connect.password, "p");
  EXPECT_FALSE(connect.will);
}

TEST(Decoder, ReadsConnectOfVersion5WithWillAndProperties) {
  const Bytes bytes =
      hex("10 22 00044d515454 05 2e 000a"
          "05 11 0000003c"         // session expiry 60
          "0001 63"                // client id "c"
          "05 18 00000005"         // will delay 5
          "0003 772f61 0002 6869"  // will topic "w/a", payload "hi"
      );

  const auto packet = decode_bytes(bytes, Version::v311);

  ASSERT_TRUE(packet) << packet.error().what;
  const auto& connect = std::get<Connect>(*packet);
  EXPECT_EQ(connect.version, Version::v5);
  EXPECT_EQ(connect.properties.session_expiry, 60U);
  ASSERT_TRUE(connect.will);
  EXPECT_EQ(connect.will->topic, "w/a");
  EXPECT_EQ(connect.will->payload, "hi");
  EXPECT_EQ(connect.will->qos, Qos::at_least_once);
  EXPECT_TRUE(connect.will->retain);
  EXPECT_EQ(connect.will->properties.will_delay, 5U);
}

TEST(Encoder, WritesTheExactSizesThatStockBoardsInsistOn) {
  EXPECT_EQ(to_hex(encoded(Connack{}, Version::v311)), "20020000");
  EXPECT_EQ(to_hex(encoded(Connack{true, ReasonCode::success, {}}, Version::v311)), "20020100");
  EXPECT_EQ(to_hex(encoded(Connack{true, ReasonCode::not_authorised, {}}, Version::v311)),
            "20020005");
  EXPECT_EQ(to_hex(encoded(Acknowledgement{PacketType::puback, 7, {}, {}}, Version::v311)),
            "40020007");
  EXPECT_EQ(to_hex(encoded(Acknowledgement{PacketType::pubrel, 7, {}, {}}, Version::v311)),
            "62020007");
  EXPECT_EQ(to_hex(encoded(Suback{1, {ReasonCode::success}, {}}, Version::v311)), "9003000100");
  EXPECT_EQ(to_hex(encoded(Suback{1, {ReasonCode::not_authorised}, {}}, Version::v311)),
            "9003000180");
  EXPECT_EQ(to_hex(encoded(Suback{1, {ReasonCode::not_authorised}, {}}, Version::v5)),
            "900400010087");
  EXPECT_EQ(to_hex(encoded(Unsuback{1, {ReasonCode::success}, {}}, Version::v311)), "b0020001");
  EXPECT_EQ(to_hex(encoded(Pingresp{}, Version::v311)), "d000");
  EXPECT_EQ(to_hex(encoded(Publish{.topic = "a/b", .payload = as_bytes("x"), .properties = {}},
                           Version::v311)),
            "30060003612f6278");
  EXPECT_EQ(to_hex(encoded(Disconnect{ReasonCode::session_taken_over, {}}, Version::v5)), "e0018e");
}

TEST(Encoder, MapsReasonsToTheReturnCodesOfV311) {
  const struct {
    ReasonCode reason;
    int code;
  } cases[] = {
      {ReasonCode::success, 0},
      {ReasonCode::unsupported_protocol_version, 1},
      {ReasonCode::client_identifier_not_valid, 2},
      {ReasonCode::server_unavailable, 3},
      {ReasonCode::server_busy, 3},
      {ReasonCode::quota_exceeded, 3},
      {ReasonCode::bad_user_name_or_password, 4},
      {ReasonCode::not_authorised, 5},
      {ReasonCode::banned, 5},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(encoded(Connack{false, c.reason, {}}, Version::v311)[3], c.code);
  }
}

TEST(NextFrame, WaitsForTheWholePacket) {
  const Bytes bytes =
      encoded(Publish{.topic = std::string(200, 't'), .payload = as_bytes("x"), .properties = {}},
              Version::v311);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto frame = next_frame(ByteView(bytes).first(size), kAnySize);
    ASSERT_TRUE(frame) << size;
    EXPECT_FALSE(frame->has_value()) << size;
  }
  EXPECT_TRUE(next_frame(bytes, kAnySize)->has_value());
}

TEST(NextFrame, RefusesAPacketAsSoonAsItsLengthIsTooLarge) {
  const Bytes at_the_limit = hex("30 62 0001");  // 98 + 2 bytes
  const Bytes past_it = hex("30 63 0001");

  EXPECT_TRUE(next_frame(at_the_limit, 100));
  const auto refused = next_frame(past_it, 100);

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, ReasonCode::packet_too_large);
}

TEST(NextFrame, RefusesMalformedHeaders) {
  for (const char* text : {"00", "0000", "3080808080", "30ffffffff01", "308000", "30808000"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(next_frame(hex(text), kAnySize));
  }
}

TEST(Decoder, RefusesMalformedPackets) {
  constexpr auto k311 = Version::v311;
  constexpr auto k5 = Version::v5;
  const struct {
    const char* why;
    Version version;
    const char* bytes;
    ReasonCode reason = ReasonCode::malformed_packet;
  } cases[] = {
      // CONNECT
      {"empty", k311, "1000"},
      {"no level", k311, "1006 00044d515454"},
      {"name", k311, "100c 00044d515455 04 02 0000 0000"},
      {"level 3 under our name", k311, "100c 00044d515454 03 02 0000 0000",
       ReasonCode::unsupported_protocol_version},
      {"MQIsdp", k311, "100e 00064d5149736470 03 02 0000 0000",
       ReasonCode::unsupported_protocol_version},
      {"level 6", k311, "100c 00044d515454 06 02 0000 0000",
       ReasonCode::unsupported_protocol_version},
      {"reserved flag", k311, "100c 00044d515454 04 03 0000 0000"},
      {"will QoS 3", k311, "100c 00044d515454 04 1e 0000 0000"},
      {"will QoS without will", k311, "100c 00044d515454 04 0a 0000 0000"},
      {"will retain without will", k311, "100c 00044d515454 04 22 0000 0000"},
      {"password without user", k311, "100f 00044d515454 04 42 0000 0000 000161"},
      {"client id cut", k311, "100c 00044d515454 04 02 0000 0001"},
      {"client id not UTF-8", k311, "100d 00044d515454 04 02 0000 0001ff"},
      {"user name missing", k311, "100c 00044d515454 04 82 0000 0000"},
      {"trailing byte", k311, "100d 00044d515454 04 02 0000 0000 00"},
      {"will topic with wildcard", k311, "1011 00044d515454 04 06 0000 0000 000123 0000",
       ReasonCode::topic_name_invalid},
      {"header flags", k311, "110c 00044d515454 04 02 0000 0000"},
      {"no properties in 5", k5, "100c 00044d515454 05 02 0000 0000", ReasonCode::malformed_packet},
      {"receive maximum 0", k5, "1010 00044d515454 05 02 0000 03 210000 0000",
       ReasonCode::protocol_error},
      {"packet size 0", k5, "1012 00044d515454 05 02 0000 05 2700000000 0000",
       ReasonCode::protocol_error},
      {"property twice", k5, "1013 00044d515454 05 02 0000 06 210001 210001 0000",
       ReasonCode::protocol_error},
      {"property of another packet", k5, "1010 00044d515454 05 02 0000 03 230001 0000",
       ReasonCode::protocol_error},
      {"unknown property", k5, "100f 00044d515454 05 02 0000 02 7f00 0000"},
      {"problem information 2", k5, "100f 00044d515454 05 02 0000 02 1702 0000",
       ReasonCode::protocol_error},
      {"authentication data alone", k5, "1011 00044d515454 05 02 0000 04 16000161 0000",
       ReasonCode::protocol_error},
      // PUBLISH
      {"QoS 3", k311, "3607 0003612f62 0001"},
      {"DUP at QoS 0", k311, "3805 0003612f62"},
      {"no topic", k311, "3000"},
      {"topic cut", k311, "3003 000261"},
      {"empty topic", k311, "3002 0000", ReasonCode::protocol_error},
      {"empty topic without alias", k5, "3003 0000 00", ReasonCode::protocol_error},
      {"wildcard +", k311, "3003 00012b", ReasonCode::topic_name_invalid},
      {"wildcard #", k311, "3005 0003612f23", ReasonCode::topic_name_invalid},
      {"topic with U+0000", k311, "3005 0003610062"},
      {"packet id missing", k311, "3203 000161"},
      {"packet id 0", k311, "3205 000161 0000", ReasonCode::protocol_error},
      {"subscription identifier 0", k5, "3006 000161 02 0b00", ReasonCode::protocol_error},
      {"property length past the end", k5, "3004 000161 05"},
      {"payload format 2", k5, "3006 000161 02 0102", ReasonCode::protocol_error},
      {"response topic with wildcard", k5, "3008 000161 04 08000123", ReasonCode::protocol_error},
      // acknowledgements
      {"PUBACK short", k311, "4001 00"},
      {"PUBACK id 0", k311, "4002 0000", ReasonCode::protocol_error},
      {"PUBACK long", k311, "4003 0001 00"},
      {"PUBACK flags", k311, "4102 0001"},
      {"PUBREL flags", k311, "6002 0001"},
      {"PUBREL with a code of PUBACK", k5, "6203 0001 87", ReasonCode::protocol_error},
      {"PUBACK with a code of PUBREL", k5, "4003 0001 92", ReasonCode::protocol_error},
      {"PUBACK trailing", k5, "4005 0001 00 00 00"},
      // SUBSCRIBE, UNSUBSCRIBE
      {"flags 0", k311, "8006 0001 000161 00"},
      {"no filter", k311, "8202 0001", ReasonCode::protocol_error},
      {"id 0", k311, "8206 0000 000161 00", ReasonCode::protocol_error},
      {"options missing", k311, "8205 0001 000161"},
      {"QoS 3", k311, "8206 0001 000161 03", ReasonCode::protocol_error},
      {"reserved options of 3.1.1", k311, "8206 0001 000161 04"},
      {"reserved options of 5", k5, "8207 0001 00 000161 40"},
      {"retain handling 3", k5, "8207 0001 00 000161 30", ReasonCode::protocol_error},
      {"two subscription identifiers", k5, "820b 0001 04 0b010b02 000161 00",
       ReasonCode::protocol_error},
      {"UNSUBSCRIBE empty", k311, "a202 0001", ReasonCode::protocol_error},
      {"UNSUBSCRIBE flags", k311, "a005 0001 000161"},
      {"UNSUBSCRIBE cut", k311, "a204 0001 0001"},
      // the rest
      {"PINGREQ with a body", k311, "c001 00"},
      {"PINGREQ flags", k311, "c800"},
      {"DISCONNECT of 3.1.1 with a reason", k311, "e001 00"},
      {"DISCONNECT with an unknown reason", k5, "e001 7f", ReasonCode::protocol_error},
      {"DISCONNECT with a reason of CONNACK", k5, "e001 86", ReasonCode::protocol_error},
      {"AUTH in 3.1.1", k311, "f000"},
      {"AUTH flags", k5, "f100"},
      {"CONNACK flags", k311, "2002 0200"},
      {"CONNACK code", k311, "2002 0006"},
      {"SUBACK without codes", k311, "9002 0001", ReasonCode::protocol_error},
      {"SUBACK with an unknown code", k311, "9003 0001 03", ReasonCode::protocol_error},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.why) + ": " + c.bytes);
    const auto packet = decode_bytes(hex(c.bytes), c.version);
    ASSERT_FALSE(packet);
    EXPECT_EQ(packet.error().reason, c.reason) << packet.error().what;
  }
}

TEST(Codec, WhatIsEncodedReadsBackTheSame) {
  Properties all;
  all.payload_format = 1;
  all.message_expiry = 9;
  all.content_type = "text/plain";
  all.response_topic = "r/t";
  all.correlation_data = std::string_view("\0\1", 2);
  all.subscription_identifiers = {1, 300, kMaxVariableInteger};
  all.topic_alias = 4;
  all.user = {{"a", "1"}, {"a", "2"}};
  const std::string payload(200'000, 'p');
  const Publish publish{.topic = "a/b",
                        .payload = as_bytes(payload),
                        .qos = Qos::exactly_once,
                        .retain = true,
                        .duplicate = true,
                        .packet_id = 65'535,
                        .properties = all};

  const Bytes bytes = encoded(publish, Version::v5);
  const auto packet = decode_bytes(bytes, Version::v5);

  ASSERT_TRUE(packet);
  const auto& read = std::get<Publish>(*packet);
  EXPECT_EQ(read.topic, publish.topic);
  EXPECT_EQ(as_text(read.payload), payload);
  EXPECT_EQ(read.qos, publish.qos);
  EXPECT_TRUE(read.retain);
  EXPECT_TRUE(read.duplicate);
  EXPECT_EQ(read.packet_id, publish.packet_id);
  EXPECT_EQ(*read.properties, all);
}

TEST(Codec, EveryVariableIntegerBoundaryReadsBack) {
  const struct {
    std::uint32_t value;
    const char* bytes;
  } cases[] = {
      {0, "00"},
      {127, "7f"},
      {128, "8001"},
      {16'383, "ff7f"},
      {16'384, "808001"},
      {2'097'151, "ffff7f"},
      {2'097'152, "80808001"},
      {kMaxVariableInteger, "ffffff7f"},
  };
  for (const auto& c : cases) {
    Bytes out;
    write_variable_integer(c.value, out);
    EXPECT_EQ(to_hex(out), c.bytes);
    EXPECT_EQ(variable_integer_size(c.value), out.size());
    ByteReader reader(out);
    EXPECT_EQ(read_variable_integer(reader), c.value);
  }
}

TEST(Encoder, PreparedPublishIsTheSizeItSays) {
  const std::string payload(130, 'p');
  for (const Version version : {Version::v311, Version::v5}) {
    for (const std::size_t size : {0U, 1U, 120U, 130U}) {
      const PreparedPublish packet{.topic = "t",
                                   .payload = as_bytes(payload).first(size),
                                   .properties = {},
                                   .more_properties = {},
                                   .qos = Qos::at_least_once,
                                   .packet_id = 3};
      EXPECT_EQ(encoded(packet, version).size(), encoded_size(packet, version));
    }
  }
}

}  // namespace
}  // namespace fastness::mqtt
