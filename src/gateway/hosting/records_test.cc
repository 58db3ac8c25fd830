#include "gateway/hosting/records.h"

#include <gtest/gtest.h>

#include "gateway/store/snapshot.h"

namespace fastness::gateway {
namespace {

using namespace std::chrono_literals;

const OrganisationId kGarden(Uuid(Uuid::Bytes{9}));
const DeviceId kBoard(Uuid(Uuid::Bytes{1}));
const UserId kPerson(Uuid(Uuid::Bytes{2}));
const Timestamp kNoon{1'800'000'000s};

SessionKey session(std::uint64_t instance = 0) {
  return {kBoard, "gh-north-1", instance};
}

mqtt::Message message() {
  mqtt::Message message;
  message.topic = "garden/north";
  message.payload = {'w', 'e', 't'};
  message.properties = {0x26, 0, 1, 'k', 0, 1, 'v'};
  message.qos = mqtt::Qos::exactly_once;
  message.retain = true;
  message.expires = kNoon;
  message.number = 77;
  return message;
}

std::vector<records::Record> every_record() {
  using Kind = mqtt::SessionEvent::Kind;
  const mqtt::SubscriptionOptions options{mqtt::Qos::at_least_once, true, true,
                                          mqtt::RetainHandling::do_not_send};
  const Principal person{kGarden, kPerson, "an-api-key", dialects::Speaker::Rights::read};
  return {
      records::Published{kGarden, message(), session(), 5, true},
      records::Published{kGarden, {}, std::nullopt, 0, false},
      records::Released{kGarden, session(), 5},
      records::Opened{{kGarden, kBoard, "", {}}, session(), 3600s, true},
      records::Opened{person, {kPerson, "tab", 3}, 0s, false},
      records::Detached{kGarden, session(), kNoon},
      records::Ended{kGarden, session(4)},
      records::Subscribed{kGarden, session(), "$share/g/garden/+/#", options, 8, 76},
      records::Unsubscribed{kGarden, session(), "garden/#"},
      records::Progressed{kGarden, session(), {Kind::assigned, 77, 6}},
      records::Progressed{kGarden, session(), {Kind::received, 77, 6}},
      records::Progressed{kGarden, session(), {Kind::settled, 77, 0}},
  };
}

TEST(GatewayRecords, ComeBackAsTheyWere) {
  for (const records::Record& record : every_record()) {
    const Bytes encoded = records::encode(record);
    const auto decoded = records::decode(encoded);
    ASSERT_TRUE(decoded) << record.index();
    EXPECT_EQ(decoded->index(), record.index());
    EXPECT_EQ(records::encode(*decoded), encoded) << record.index();
    EXPECT_EQ(records::organisation_of(*decoded), kGarden);
  }
}

TEST(GatewayRecords, APublishedMessageKeepsAllOfItsParts) {
  const auto decoded = records::decode(records::encode(every_record().front()));
  ASSERT_TRUE(decoded);
  const auto& published = std::get<records::Published>(*decoded);
  const mqtt::Message expected = message();
  EXPECT_EQ(published.message.topic, expected.topic);
  EXPECT_EQ(published.message.payload, expected.payload);
  EXPECT_EQ(published.message.properties, expected.properties);
  EXPECT_EQ(published.message.qos, expected.qos);
  EXPECT_EQ(published.message.retain, expected.retain);
  EXPECT_EQ(published.message.expires, expected.expires);
  EXPECT_EQ(published.message.number, expected.number);
  EXPECT_EQ(published.sender, session());
  EXPECT_EQ(published.packet_id, 5);
  EXPECT_TRUE(published.is_routed);
}

TEST(GatewayRecords, NothingThatIsCutOffOrTooLongIsARecord) {
  for (const records::Record& record : every_record()) {
    Bytes encoded = records::encode(record);
    for (std::size_t size = 0; size < encoded.size(); ++size) {
      EXPECT_FALSE(records::decode(ByteView(encoded).first(size))) << record.index();
    }
    encoded.push_back(0);
    EXPECT_FALSE(records::decode(encoded)) << record.index();
  }
}

TEST(GatewayRecords, AStoredSessionComesBackAsItWas) {
  StoredSession stored{{kGarden, kBoard, "", {}}, session(), 3600s, kNoon, {}, {}, {}};
  stored.subscriptions.emplace_back(
      "garden/#", Subscription{mqtt::SharedSubscription::parse("garden/#").value(), {}, 8, 76});
  stored.incoming = {5, 6};
  stored.outgoing.push_back(
      {{std::make_shared<const mqtt::Message>(message()), mqtt::Qos::exactly_once, true, {8}},
       7,
       true});
  const Bytes encoded = encode(stored);
  const auto decoded = decode_session(encoded);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(encode(*decoded), encoded);
  EXPECT_EQ(decoded->key, stored.key);
  EXPECT_EQ(decoded->ends, stored.ends);
  EXPECT_EQ(decoded->incoming, stored.incoming);
  ASSERT_EQ(decoded->outgoing.size(), 1U);
  EXPECT_EQ(decoded->outgoing[0].delivery.message->payload, message().payload);
  EXPECT_TRUE(decoded->outgoing[0].received);
  ASSERT_EQ(decoded->subscriptions.size(), 1U);
  EXPECT_EQ(decoded->subscriptions[0].second.since, 76U);
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_FALSE(decode_session(ByteView(encoded).first(size)));
  }
}

}  // namespace
}  // namespace fastness::gateway
