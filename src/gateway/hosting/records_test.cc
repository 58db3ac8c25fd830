#include "gateway/hosting/records.h"

#include <gtest/gtest.h>

#include "gateway/store/snapshot.h"

namespace fastness::gateway {
namespace {

using namespace std::chrono_literals;

const OrganisationId kOrchard(Uuid(Uuid::Bytes{9}));
const DeviceId kBoard(Uuid(Uuid::Bytes{1}));
const UserId kPerson(Uuid(Uuid::Bytes{2}));
const Timestamp kExpiry{1'800'000'000s};

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
  message.expires = kExpiry;
  message.number = 77;
  return message;
}

mqtt::MessagePtr shared(mqtt::Message message) {
  return std::make_shared<const mqtt::Message>(std::move(message));
}

std::vector<records::Record> every_record() {
  using Kind = mqtt::SessionEvent::Kind;
  const mqtt::SubscriptionOptions options{mqtt::Qos::at_least_once, true, true,
                                          mqtt::RetainHandling::do_not_send};
  const Principal person{kOrchard, kPerson, "an-api-key", dialects::Speaker::Rights::read};
  return {
      records::Published{kOrchard, shared(message()), session(), 5, true},
      records::Published{kOrchard, shared({}), std::nullopt, 0, false},
      records::Published{kOrchard, shared(message()), std::nullopt, 0, true, kBoard},
      records::Published{kOrchard, shared(message()), session(), 0, true, kPerson},
      records::Published{kOrchard,
                         shared(message()),
                         std::nullopt,
                         0,
                         true,
                         std::nullopt,
                         {{"$share/pool/garden/#", session(), mqtt::Qos::exactly_once},
                          {"$share/a/b", {kPerson, "tab", 3}, mqtt::Qos::at_least_once}}},
      records::RetainedSent{kOrchard, session(), "garden/#", 76},
      records::Released{kOrchard, session(), 5},
      records::Opened{{kOrchard, kBoard, "", {}}, session(), 3600s, true},
      records::Opened{person, {kPerson, "tab", 3}, 0s, false},
      records::Detached{kOrchard, session(), kExpiry},
      records::Ended{kOrchard, session(4)},
      records::Subscribed{kOrchard, session(), "$share/g/garden/+/#", options, 8, 76},
      records::Unsubscribed{kOrchard, session(), "garden/#"},
      records::Progressed{kOrchard, session(), {Kind::assigned, 77, 6}},
      records::Progressed{kOrchard, session(), {Kind::received, 77, 6}},
      records::Progressed{kOrchard, session(), {Kind::settled, 77, 0}},
      records::Willed{person, {kPerson, "tab", 3}, {message(), 5s, 60s, 90s}},
      records::Willed{person, session(), {message(), 0s, std::nullopt, 15s}},
      records::WillSettled{kOrchard, session(), kExpiry},
      records::WillSettled{kOrchard, session(), std::nullopt},
      records::Addressed{kOrchard, session(), message()},
  };
}

TEST(GatewayRecords, ComeBackAsTheyWere) {
  for (const records::Record& record : every_record()) {
    const Bytes encoded = records::encode(record);
    const auto decoded = records::decode(encoded);
    ASSERT_TRUE(decoded) << record.index();
    EXPECT_EQ(decoded->index(), record.index());
    EXPECT_EQ(records::encode(*decoded), encoded) << record.index();
    EXPECT_EQ(records::organisation_of(*decoded), kOrchard);
  }
}

TEST(GatewayRecords, APublishedMessageKeepsAllOfItsParts) {
  const auto decoded = records::decode(records::encode(every_record().front()));
  ASSERT_TRUE(decoded);
  const auto& published = std::get<records::Published>(*decoded);
  const mqtt::Message expected = message();
  EXPECT_EQ(published.message->topic, expected.topic);
  EXPECT_EQ(published.message->payload, expected.payload);
  EXPECT_EQ(published.message->properties, expected.properties);
  EXPECT_EQ(published.message->qos, expected.qos);
  EXPECT_EQ(published.message->retain, expected.retain);
  EXPECT_EQ(published.message->expires, expected.expires);
  EXPECT_EQ(published.message->number, expected.number);
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
  StoredSession stored{{kOrchard, kBoard, "", {}}, session(), 3600s, kExpiry, {}, {}, {}, {}, {}};
  stored.subscriptions.push_back({"garden/#", {}, 8, 76});
  stored.incoming = {5, 6};
  stored.readings.emplace_back("garden/#", 70, 75);
  stored.will = Testament{message(), 5s, std::nullopt, 90s};
  stored.will_due = kExpiry;
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
  ASSERT_TRUE(decoded->will);
  EXPECT_EQ(decoded->will->patience, 90s);
  EXPECT_EQ(decoded->will_due, kExpiry);
  ASSERT_EQ(decoded->outgoing.size(), 1U);
  EXPECT_EQ(decoded->outgoing[0].delivery.message->payload, message().payload);
  EXPECT_TRUE(decoded->outgoing[0].received);
  ASSERT_EQ(decoded->readings.size(), 1U);
  EXPECT_EQ(decoded->readings[0].subscription(), "garden/#");
  EXPECT_EQ(decoded->readings[0].after(), 70U);
  EXPECT_EQ(decoded->readings[0].until(), 75U);
  ASSERT_EQ(decoded->subscriptions.size(), 1U);
  EXPECT_EQ(decoded->subscriptions[0].since, 76U);
  for (std::size_t size = 0; size < encoded.size(); ++size) {
    EXPECT_FALSE(decode_session(ByteView(encoded).first(size)));
  }
}

TEST(GatewayRecords, AStoredRetainedMessageComesBackWithWhoeverSetIt) {
  for (const std::optional<SessionIdentity>& owner :
       {std::optional<SessionIdentity>(), std::optional<SessionIdentity>(kBoard),
        std::optional<SessionIdentity>(kPerson)}) {
    const Bytes encoded = encode(message(), owner);
    const auto decoded = decode_retained(encoded);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->owner, owner);
    EXPECT_EQ(decoded->message.number, message().number);
    EXPECT_EQ(encode(decoded->message, decoded->owner), encoded);
  }
}

TEST(GatewayRecords, ARetainedMessageStoredBeforeOwnersWereIsNobodys) {
  Bytes stored;
  ByteWriter out(stored);
  records::write(message(), out);
  const auto decoded = decode_retained(stored);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->owner, std::nullopt);
  EXPECT_EQ(decoded->message.payload, message().payload);
  stored.push_back(1);
  EXPECT_FALSE(decode_retained(stored)) << "half an owner";
  stored.pop_back();
  stored.pop_back();
  EXPECT_FALSE(decode_retained(stored));
}

}  // namespace
}  // namespace fastness::gateway
