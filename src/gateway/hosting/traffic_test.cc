#include "gateway/hosting/traffic.h"

#include <gtest/gtest.h>

#include "mqtt/wire/encoder.h"

namespace fastness::gateway {
namespace {

using mqtt::Qos;
using mqtt::Version;

mqtt::Publish publish(Qos qos, std::string_view payload) {
  mqtt::Publish packet;
  packet.topic = "t";
  packet.payload = as_bytes(payload);
  packet.qos = qos;
  if (qos != Qos::at_most_once) packet.packet_id = 7;
  return packet;
}

TEST(Traffic, CountsPacketsOfEveryTypeAndThePayloadsOfPublish) {
  for (const Version version : {Version::v311, Version::v5}) {
    Bytes out;
    encode(mqtt::Pingresp{}, version, out);
    encode(publish(Qos::at_most_once, "12345"), version, out);
    mqtt::Publish large = publish(Qos::exactly_once, "");
    const Bytes payload(20'000, 'x');
    large.payload = payload;
    mqtt::Properties properties;
    properties.content_type = "text/plain";
    if (version == Version::v5) large.properties = properties;
    encode(large, version, out);
    Traffic traffic;

    traffic.count_sent(out, version);

    EXPECT_EQ(traffic.sent.messages, 3U);
    EXPECT_EQ(traffic.sent.bytes, out.size());
    EXPECT_EQ(traffic.sent.publishes, 2U);
    EXPECT_EQ(traffic.sent.payload_bytes, 20'005U);
  }
}

TEST(Traffic, ClearingARetainedMessageIsAPublishOfNoBytes) {
  Bytes out;
  encode(publish(Qos::at_least_once, ""), Version::v5, out);
  Traffic traffic;

  traffic.count_sent(out, Version::v5);

  EXPECT_EQ(traffic.sent.publishes, 1U);
  EXPECT_EQ(traffic.sent.payload_bytes, 0U);
}

}  // namespace
}  // namespace fastness::gateway
