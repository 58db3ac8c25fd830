#include "mqtt/session/session.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mqtt/wire/decoder.h"

namespace fastness::mqtt {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Durability = Session::Durability;

const Session::Limits kUsual;
constexpr std::size_t kBudget = 1'000'000;
constexpr Timestamp kNow{std::chrono::seconds{1'000}};

MessagePtr message(std::uint64_t number, Qos qos, std::optional<Timestamp> expires = {}) {
  return std::make_shared<Message>(
      Message{"t/" + std::to_string(number), {'x'}, {}, qos, false, expires, number});
}
Delivery delivery(std::uint64_t number, Qos qos) {
  return {message(number, qos), qos, false, {}};
}

Acknowledgement ack(PacketType type, std::uint16_t id) {
  return {type, id, ReasonCode::success, {}};
}

// What a client would read, as short words: "PUBLISH t/1 q1 #1 dup".
std::vector<std::string> read(const Bytes& bytes, Version version = Version::v311) {
  std::vector<std::string> words;
  for (ByteView rest(bytes); !rest.empty();) {
    const auto frame = next_frame(rest, kBudget).value().value();
    const auto packet = decode(frame, version).value();
    if (const auto* p = std::get_if<Publish>(&packet)) {
      words.push_back("PUBLISH " + std::string(p->topic) + " q" +
                      std::to_string(static_cast<int>(p->qos)) + " #" +
                      std::to_string(p->packet_id) + (p->duplicate ? " dup" : ""));
    }
    if (const auto* a = std::get_if<Acknowledgement>(&packet)) {
      words.push_back("PUBREL #" + std::to_string(a->packet_id));
      EXPECT_EQ(a->type, PacketType::pubrel);
    }
    rest = rest.subspan(frame.size);
  }
  return words;
}

std::vector<std::string> send(Session& session) {
  Bytes out;
  session.send_queued(kNow, kBudget, out);
  return read(out);
}

TEST(Session, SendsInOrderAndForgetsWhatIsAcknowledged) {
  Session session(kUsual, Durability::volatile_);
  session.attach({});
  for (std::uint64_t n = 1; n <= 3; ++n)
    EXPECT_TRUE(session.enqueue(delivery(n, Qos::at_least_once)));

  EXPECT_THAT(send(session),
              ElementsAre("PUBLISH t/1 q1 #1", "PUBLISH t/2 q1 #2", "PUBLISH t/3 q1 #3"));

  Bytes out;
  EXPECT_TRUE(session.acknowledge(ack(PacketType::puback, 2), out));
  EXPECT_FALSE(session.acknowledge(ack(PacketType::puback, 2), out));
  EXPECT_FALSE(session.acknowledge(ack(PacketType::puback, 9), out));
  EXPECT_FALSE(session.acknowledge(ack(PacketType::pubrec, 1), out)) << "QoS 1 knows no PUBREC";
  EXPECT_EQ(session.in_flight(), 2U);
}

TEST(Session, NobodyOvertakesAMessageThatWaitsForTheDisk) {
  Session session(kUsual, Durability::durable);
  session.attach({});
  EXPECT_TRUE(session.enqueue(delivery(1, Qos::exactly_once)));
  EXPECT_TRUE(session.enqueue(delivery(2, Qos::exactly_once)));
  EXPECT_TRUE(session.enqueue(delivery(3, Qos::at_least_once)));
  EXPECT_THAT(send(session), IsEmpty());
  EXPECT_FALSE(session.has_sendable()) << "nobody is to try again before the disk has answered";

  Bytes out;
  session.confirm({SessionEvent::Kind::assigned, 1, 1}, out);
  EXPECT_THAT(send(session), ElementsAre("PUBLISH t/1 q2 #1"));
  session.confirm({SessionEvent::Kind::assigned, 2, 2}, out);
  const std::vector<std::string> rest{"PUBLISH t/2 q2 #2", "PUBLISH t/3 q1 #3"};
  EXPECT_EQ(send(session), rest);

  session.detach();
  session.attach({});
  EXPECT_THAT(send(session), ElementsAre("PUBLISH t/1 q2 #1 dup", "PUBLISH t/2 q2 #2 dup",
                                         "PUBLISH t/3 q1 #3 dup"))
      << "again, in the order in which they were sent (MQTT-4.6.0-1)";
}

TEST(Session, WhatWaitsForTheDiskGoesOnWhenTheSessionIsNotKeptAnyMore) {
  Session session(kUsual, Durability::durable);
  session.attach({});
  EXPECT_TRUE(session.enqueue(delivery(1, Qos::exactly_once)));
  EXPECT_TRUE(session.enqueue(delivery(2, Qos::exactly_once)));
  EXPECT_THAT(send(session), IsEmpty());
  Bytes out;
  session.confirm({SessionEvent::Kind::assigned, 1, 1}, out);
  EXPECT_THAT(send(session), ElementsAre("PUBLISH t/1 q2 #1"));
  EXPECT_TRUE(session.acknowledge(ack(PacketType::pubrec, 1), out));

  session.detach();
  session.set_durability(Durability::volatile_);
  session.attach({});

  EXPECT_THAT(send(session), ElementsAre("PUBREL #1", "PUBLISH t/2 q2 #2"));
}

TEST(Session, NeverExceedsTheClientsReceiveMaximum) {
  Session session(kUsual, Durability::volatile_);
  session.attach({Version::v5, 0, 2, kBudget});
  for (std::uint64_t n = 1; n <= 3; ++n)
    EXPECT_TRUE(session.enqueue(delivery(n, Qos::at_least_once)));
  Bytes out;
  session.send_queued(kNow, kBudget, out);
  EXPECT_EQ(read(out, Version::v5).size(), 2U);
  EXPECT_FALSE(session.has_sendable());

  out.clear();
  EXPECT_TRUE(session.acknowledge(ack(PacketType::puback, 1), out));
  session.send_queued(kNow, kBudget, out);

  EXPECT_THAT(read(out, Version::v5), ElementsAre("PUBLISH t/3 q1 #3"));
}

TEST(Session, NeverHasMoreInFlightThanWeAllow) {
  const Session::Limits limits{.max_in_flight = 2};
  Session session(limits, Durability::volatile_);
  session.attach({Version::v311, 0, 65'535, kBudget});
  for (std::uint64_t n = 1; n <= 3; ++n)
    EXPECT_TRUE(session.enqueue(delivery(n, Qos::at_least_once)));

  Bytes out;
  session.send_queued(kNow, kBudget, out);

  EXPECT_EQ(read(out).size(), 2U);
  EXPECT_EQ(session.in_flight(), 2U);
}

TEST(Session, StopsAtTheBudgetAndGoesOnLater) {
  Session session(kUsual, Durability::volatile_);
  session.attach({});
  EXPECT_TRUE(session.enqueue(delivery(1, Qos::at_least_once)));
  EXPECT_TRUE(session.enqueue(delivery(2, Qos::at_least_once)));
  Bytes out;

  session.send_queued(kNow, 1, out);

  EXPECT_THAT(read(out), ElementsAre("PUBLISH t/1 q1 #1"));
  EXPECT_THAT(send(session), ElementsAre("PUBLISH t/2 q1 #2"));
}

TEST(Session, DropsWhatDoesNotFitTheQueue) {
  const Session::Limits limits{.max_queued = 2};
  Session session(limits, Durability::volatile_);
  EXPECT_TRUE(session.enqueue(delivery(1, Qos::at_least_once)));
  EXPECT_TRUE(session.enqueue(delivery(2, Qos::at_least_once)));
  EXPECT_FALSE(session.enqueue(delivery(3, Qos::at_least_once)));

  const Session::Limits few_bytes{.max_queued_bytes = message(1, Qos::at_least_once)->bytes()};
  Session small(few_bytes, Durability::volatile_);
  EXPECT_TRUE(small.enqueue(delivery(1, Qos::at_least_once)));
  EXPECT_FALSE(small.enqueue(delivery(2, Qos::at_least_once)));
}

TEST(Session, SendsAgainAfterReconnectInTheOldOrder) {
  Session session(kUsual, Durability::volatile_);
  session.attach({});
  EXPECT_TRUE(session.enqueue(delivery(1, Qos::at_least_once)));
  EXPECT_TRUE(session.enqueue(delivery(2, Qos::exactly_once)));
  EXPECT_TRUE(session.enqueue(delivery(3, Qos::exactly_once)));
  EXPECT_EQ(send(session).size(), 3U);
  Bytes out;
  EXPECT_TRUE(session.acknowledge(ack(PacketType::pubrec, 2), out));
  EXPECT_THAT(read(out), ElementsAre("PUBREL #2"));

  session.detach();
  EXPECT_TRUE(session.enqueue(delivery(4, Qos::at_least_once)));
  session.attach({});

  EXPECT_THAT(send(session), ElementsAre("PUBLISH t/1 q1 #1 dup", "PUBREL #2",
                                         "PUBLISH t/3 q2 #3 dup", "PUBLISH t/4 q1 #4"));
  EXPECT_THAT(send(session), IsEmpty());
}

TEST(Session, QosTwoIsReleasedOnce) {
  Session session(kUsual, Durability::volatile_);
  session.attach({});
  EXPECT_TRUE(session.enqueue(delivery(1, Qos::exactly_once)));
  EXPECT_EQ(send(session).size(), 1U);
  Bytes out;

  EXPECT_FALSE(session.acknowledge(ack(PacketType::puback, 1), out));
  EXPECT_FALSE(session.acknowledge(ack(PacketType::pubcomp, 1), out)) << "before PUBREC";
  EXPECT_TRUE(session.acknowledge(ack(PacketType::pubrec, 1), out));
  EXPECT_TRUE(session.acknowledge(ack(PacketType::pubrec, 1), out)) << "a PUBREC sent again";
  EXPECT_THAT(read(out), ElementsAre("PUBREL #1", "PUBREL #1"));
  EXPECT_TRUE(session.acknowledge(ack(PacketType::pubcomp, 1), out));
  EXPECT_FALSE(session.acknowledge(ack(PacketType::pubcomp, 1), out));
  EXPECT_EQ(session.in_flight(), 0U);
}

TEST(Session, AnswersAnUnknownPubrecSoThatTheClientLetsGo) {
  Session session(kUsual, Durability::volatile_);
  session.attach({});
  Bytes out;
  EXPECT_FALSE(session.acknowledge(ack(PacketType::pubrec, 77), out));
  EXPECT_THAT(read(out), ElementsAre("PUBREL #77"));
}

TEST(Session, AFailedPubrecEndsTheDelivery) {
  Session session(kUsual, Durability::volatile_);
  session.attach({Version::v5, 0, 10, kBudget});
  EXPECT_TRUE(session.enqueue(delivery(1, Qos::exactly_once)));
  Bytes out;
  session.send_queued(kNow, kBudget, out);
  out.clear();

  EXPECT_TRUE(session.acknowledge({PacketType::pubrec, 1, ReasonCode::quota_exceeded, {}}, out));

  EXPECT_TRUE(out.empty());
  EXPECT_EQ(session.in_flight(), 0U);
}

TEST(Session, DurableSessionHoldsQosTwoUntilConfirmed) {
  Session session(kUsual, Durability::durable);
  session.attach({});
  EXPECT_TRUE(session.enqueue(delivery(7, Qos::exactly_once)));

  EXPECT_THAT(send(session), IsEmpty());
  EXPECT_THAT(session.take_events(), ElementsAre(SessionEvent{SessionEvent::Kind::assigned, 7, 1}));
  Bytes out;
  session.confirm({SessionEvent::Kind::received, 7, 1}, out);
  session.confirm({SessionEvent::Kind::assigned, 6, 1}, out);
  EXPECT_THAT(send(session), IsEmpty()) << "what was confirmed is another event";
  session.confirm({SessionEvent::Kind::assigned, 7, 1}, out);
  EXPECT_THAT(send(session), ElementsAre("PUBLISH t/7 q2 #1"));

  EXPECT_TRUE(session.acknowledge(ack(PacketType::pubrec, 1), out));
  EXPECT_TRUE(out.empty()) << "PUBREL left before PUBREC was on disk";
  EXPECT_THAT(session.take_events(), ElementsAre(SessionEvent{SessionEvent::Kind::received, 7, 1}));
  session.confirm({SessionEvent::Kind::assigned, 7, 1}, out);
  EXPECT_TRUE(out.empty()) << "an earlier event let PUBREL go";
  session.confirm({SessionEvent::Kind::received, 7, 1}, out);
  EXPECT_THAT(read(out), ElementsAre("PUBREL #1"));

  EXPECT_TRUE(session.acknowledge(ack(PacketType::pubcomp, 1), out));
  EXPECT_THAT(session.take_events(), ElementsAre(SessionEvent{SessionEvent::Kind::settled, 7, 1}));
}

TEST(Session, SkipsExpiredMessagesAndCountsDownTheRest) {
  Session session(kUsual, Durability::volatile_);
  session.attach({Version::v5, 0, 10, kBudget});
  const auto expiring = [&](std::uint64_t n, Timestamp at) {
    return Delivery{message(n, Qos::at_least_once, at), Qos::at_least_once, false, {5}};
  };
  EXPECT_TRUE(session.enqueue(expiring(1, kNow)));
  EXPECT_TRUE(session.enqueue(expiring(2, kNow + std::chrono::seconds{30})));
  Bytes out;

  session.send_queued(kNow, kBudget, out);

  const auto packet = decode(next_frame(out, kBudget).value().value(), Version::v5).value();
  EXPECT_EQ(std::get<Publish>(packet).topic, "t/2");
  EXPECT_EQ(std::get<Publish>(packet).properties->message_expiry, 30U);
  EXPECT_THAT(std::get<Publish>(packet).properties->subscription_identifiers, ElementsAre(5));
}

TEST(Session, NeverSendsMoreThanTheClientAccepts) {
  Session session(kUsual, Durability::volatile_);
  session.attach({Version::v311, 0, 10, 8});
  Bytes out;
  EXPECT_TRUE(session.enqueue(delivery(1, Qos::at_least_once)));         // ten bytes on the wire
  session.send_at_most_once(delivery(1, Qos::at_most_once), kNow, out);  // eight

  session.send_queued(kNow, kBudget, out);

  EXPECT_THAT(read(out), ElementsAre("PUBLISH t/1 q0 #0"));
  EXPECT_EQ(session.in_flight(), 0U);
}

TEST(Session, PacketIdentifiersSkipZeroAndThoseInUse) {
  const Session::Limits limits{.max_in_flight = 3};
  Session session(limits, Durability::volatile_);
  session.attach({});
  EXPECT_TRUE(session.enqueue(delivery(1, Qos::at_least_once)));
  EXPECT_EQ(send(session).size(), 1U);  // holds identifier 1
  Bytes out;
  for (std::uint32_t i = 2; i <= 65'535; ++i) {
    ASSERT_TRUE(session.enqueue(delivery(2, Qos::at_least_once)));
    out.clear();
    session.send_queued(kNow, kBudget, out);
    ASSERT_TRUE(session.acknowledge(ack(PacketType::puback, static_cast<std::uint16_t>(i)), out));
  }
  EXPECT_TRUE(session.enqueue(delivery(3, Qos::at_least_once)));
  EXPECT_THAT(send(session), ElementsAre("PUBLISH t/3 q1 #2"));
}

TEST(Session, IncomingQosTwoIsTakenOnce) {
  const Session::Limits limits{.max_incoming = 2};
  Session session(limits, Durability::volatile_);
  EXPECT_EQ(session.begin_incoming(5), Session::Incoming::fresh);
  EXPECT_EQ(session.begin_incoming(5), Session::Incoming::duplicate);
  EXPECT_EQ(session.begin_incoming(6), Session::Incoming::fresh);
  EXPECT_EQ(session.begin_incoming(7), Session::Incoming::too_many);
  EXPECT_TRUE(session.end_incoming(5));
  EXPECT_FALSE(session.end_incoming(5));
  EXPECT_EQ(session.begin_incoming(5), Session::Incoming::fresh);
}

TEST(Session, AnIdentifierIsStoredOnlyWithItsMessage) {
  Session session(kUsual, Durability::durable);
  EXPECT_EQ(session.begin_incoming(5), Session::Incoming::fresh);
  EXPECT_EQ(session.begin_incoming(5), Session::Incoming::duplicate);
  EXPECT_THAT(session.incoming(), IsEmpty()) << "its message is not on disk yet";

  session.confirm_incoming(5);

  EXPECT_THAT(session.incoming(), ElementsAre(5));
  EXPECT_TRUE(session.end_incoming(5));
  EXPECT_THAT(session.incoming(), IsEmpty());
}

TEST(Session, ReportsAgainWhatWasNeverConfirmed) {
  Session session(kUsual, Durability::durable);
  session.attach({});
  EXPECT_TRUE(session.enqueue(delivery(7, Qos::exactly_once)));
  EXPECT_THAT(send(session), IsEmpty());
  EXPECT_EQ(session.take_events().size(), 1U);

  session.detach();
  session.attach({});

  EXPECT_THAT(session.take_events(), ElementsAre(SessionEvent{SessionEvent::Kind::assigned, 7, 1}));
}

TEST(Session, AFullQueueAndWhatIsInFlightComeBackFromTheirRecords) {
  Session::Limits limits = kUsual;
  limits.max_in_flight = 2;
  limits.max_queued = 3;
  Session restored(limits, Durability::durable);
  for (std::uint64_t n = 1; n <= 5; ++n)
    restored.restore({delivery(n, Qos::at_least_once), 0, false});
  EXPECT_EQ(restored.queued(), 5U) << "two of them were in flight when the queue was full";
}

TEST(Session, ComesBackFromStorageWhereItWas) {
  Session session(kUsual, Durability::durable);
  session.attach({});
  for (std::uint64_t n = 1; n <= 3; ++n)
    EXPECT_TRUE(session.enqueue(delivery(n, Qos::exactly_once)));
  Bytes out;
  EXPECT_THAT(send(session), IsEmpty());
  session.confirm({SessionEvent::Kind::assigned, 1, 1}, out);
  session.confirm({SessionEvent::Kind::assigned, 2, 2}, out);
  EXPECT_EQ(send(session).size(), 2U);
  EXPECT_TRUE(session.acknowledge(ack(PacketType::pubrec, 1), out));

  Session restored(kUsual, Durability::durable);
  for (auto& stored : session.outgoing()) restored.restore(stored);
  for (auto& stored : session.outgoing()) restored.restore(stored);  // replay is idempotent
  restored.attach({});

  EXPECT_THAT(send(restored),
              ElementsAre("PUBREL #1", "PUBLISH t/2 q2 #2 dup", "PUBLISH t/3 q2 #3 dup"));
}

TEST(Session, ReplaysEventsOverAQueue) {
  Session session(kUsual, Durability::durable);
  for (std::uint64_t n = 1; n <= 4; ++n)
    session.restore({delivery(n, Qos::exactly_once), 0, false});
  session.restore_event({SessionEvent::Kind::settled, 1, 0});
  session.restore_event({SessionEvent::Kind::assigned, 2, 40});
  session.restore_event({SessionEvent::Kind::assigned, 3, 41});
  session.restore_event({SessionEvent::Kind::received, 3, 41});
  session.restore_event({SessionEvent::Kind::settled, 99, 0});
  session.attach({});

  EXPECT_THAT(send(session), ElementsAre("PUBLISH t/2 q2 #40 dup", "PUBREL #41"));
  EXPECT_EQ(session.in_flight(), 3U);
}

TEST(Session, NeverGivesAPacketIdentifierThatIsInUse) {
  Session session(kUsual, Durability::volatile_);
  session.attach({});
  // Two that are never acknowledged, while the others go all the way round.
  for (std::uint64_t number = 1; number <= 2; ++number) {
    ASSERT_TRUE(session.enqueue(delivery(number, Qos::at_least_once)));
  }
  EXPECT_THAT(send(session), ElementsAre("PUBLISH t/1 q1 #1", "PUBLISH t/2 q1 #2"));
  Bytes out;
  for (std::uint32_t i = 3; i <= 65'535; ++i) {
    ASSERT_TRUE(session.enqueue(delivery(3, Qos::at_least_once)));
    session.send_queued(kNow, kBudget, out);
    ASSERT_TRUE(session.acknowledge(ack(PacketType::puback, static_cast<std::uint16_t>(i)), out));
    out.clear();
  }
  ASSERT_TRUE(session.enqueue(delivery(4, Qos::at_least_once)));
  EXPECT_THAT(send(session), ElementsAre("PUBLISH t/4 q1 #3"));
}

TEST(Session, IsSmallWhileItHasNoTraffic) {
  EXPECT_LE(sizeof(Session), 40U);
}

}  // namespace
}  // namespace fastness::mqtt
