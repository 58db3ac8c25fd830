#include "mqtt/session/server_endpoint.h"

#include <gtest/gtest.h>

#include "mqtt/wire/encoder.h"

namespace fastness::mqtt {
namespace {

constexpr SteadyTime kStart{};

template <typename T>
Bytes encoded(const T& packet, Version version) {
  Bytes out;
  if constexpr (std::is_same_v<T, Connect>) {
    encode(packet, out);
  } else {
    encode(packet, version, out);
  }
  return out;
}

// A server's end and the memory that the packets it hands out point into.
struct Fixture {
  explicit Fixture(Version v, ServerEndpoint::Limits limits_in = {})
      : version(v), limits(limits_in), endpoint(limits) {}

  template <typename T>
  ServerEndpoint::Action give(const T& packet, SteadyTime now = kStart) {
    out.clear();
    input = encoded(packet, version);
    return endpoint.receive(next_frame(input, input.size()).value().value(), now, out);
  }

  void connect(std::uint16_t keep_alive = 10) {
    Connect packet;
    packet.version = version;
    packet.keep_alive = keep_alive;
    packet.client_id = "c";
    (void)give(packet);
    out.clear();
    endpoint.accept({}, kStart, out);
  }

  // The reason of the DISCONNECT in `out`.
  [[nodiscard]] ReasonCode farewell() const {
    return std::get<Disconnect>(decode(next_frame(out, 100).value().value(), version).value())
        .reason;
  }

  Version version;
  ServerEndpoint::Limits limits;
  ServerEndpoint endpoint;
  Bytes input;
  Bytes out;
};

bool has_failed(const ServerEndpoint::Action& action) {
  return std::holds_alternative<ServerEndpoint::Failed>(action);
}

Publish publish(Qos qos, std::uint16_t id) {
  Publish packet;
  packet.topic = "t";
  packet.qos = qos;
  packet.packet_id = id;
  return packet;
}

TEST(ServerEndpoint, FirstPacketMustBeConnect) {
  Fixture f(Version::v311);
  EXPECT_TRUE(has_failed(f.give(Pingreq{})));
  EXPECT_TRUE(f.out.empty());
}

TEST(ServerEndpoint, AStrangersPacketIsAConnectAndNotTooLarge) {
  Fixture f(Version::v311, {.max_connect_bytes = 100});
  EXPECT_FALSE(f.endpoint.next(from_hex("30").value())) << "known by its first byte";
  EXPECT_FALSE(f.endpoint.next(from_hex("11").value()));
  EXPECT_TRUE(f.endpoint.next(from_hex("1062").value())) << "100 bytes with its header";
  EXPECT_FALSE(f.endpoint.next(from_hex("1063").value()));
  f.connect();
  EXPECT_TRUE(f.endpoint.next(from_hex("3063").value())) << "a limit for strangers only";
}

TEST(ServerEndpoint, SecondConnectIsAProtocolError) {
  Fixture f(Version::v5);
  f.connect();
  Connect again;
  again.version = Version::v5;
  EXPECT_TRUE(has_failed(f.give(again)));
  EXPECT_EQ(f.farewell(), ReasonCode::protocol_error);
}

TEST(ServerEndpoint, NothingIsTakenBeforeConnack) {
  Fixture f(Version::v311);
  Connect packet;
  packet.client_id = "c";
  (void)f.give(packet);
  EXPECT_TRUE(has_failed(f.give(publish(Qos::at_most_once, 0))));
}

TEST(ServerEndpoint, ConnectOfAnUnknownVersionHearsSo) {
  Fixture f(Version::v311);
  f.input = from_hex(
                "100c00044d5154540602000000"
                "00")
                .value();
  EXPECT_TRUE(
      has_failed(f.endpoint.receive(f.endpoint.next(f.input).value().value(), kStart, f.out)));
  EXPECT_EQ(to_hex(f.out), "20020001");
}

TEST(ServerEndpoint, PacketsThatOnlyAServerSendsAreErrors) {
  for (const Version version : {Version::v311, Version::v5}) {
    const Bytes cases[] = {
        encoded(Connack{}, version),
        encoded(Suback{1, {ReasonCode::success}, {}}, version),
        encoded(Unsuback{1, {ReasonCode::success}, {}}, version),
        encoded(Pingresp{}, version),
    };
    for (const Bytes& bytes : cases) {
      SCOPED_TRACE(to_hex(bytes));
      Fixture f(version);
      f.connect();
      EXPECT_TRUE(
          has_failed(f.endpoint.receive(f.endpoint.next(bytes).value().value(), kStart, f.out)));
    }
  }
}

TEST(ServerEndpoint, RefusesAuthThatNobodyAskedFor) {
  Fixture f(Version::v5);
  f.connect();
  EXPECT_TRUE(has_failed(f.give(Auth{ReasonCode::reauthenticate, {}})));
}

TEST(ServerEndpoint, AnswersLeaveInTheOrderOfThePackets) {
  Fixture f(Version::v311);
  f.connect();
  (void)f.give(publish(Qos::at_least_once, 1));
  const auto first = f.endpoint.last_ticket();
  (void)f.give(publish(Qos::exactly_once, 2));
  const auto second = f.endpoint.last_ticket();
  f.out.clear();

  f.endpoint.answer(second, ReasonCode::success, f.out);
  EXPECT_TRUE(f.out.empty());
  f.endpoint.answer(first, ReasonCode::success, f.out);

  EXPECT_EQ(to_hex(f.out),
            "40020001"
            "50020002");
}

TEST(ServerEndpoint, ARefusalIsSaidIn5AndSwallowedIn311) {
  const struct {
    Version version;
    const char* expected;
  } cases[] = {{Version::v311, "40020001"}, {Version::v5, "4003000180"}};
  for (const auto& c : cases) {
    Fixture f(c.version);
    f.connect();
    (void)f.give(publish(Qos::at_least_once, 1));
    f.endpoint.answer(f.endpoint.last_ticket(), ReasonCode::unspecified_error, f.out);
    EXPECT_EQ(to_hex(f.out), c.expected);
  }
}

TEST(ServerEndpoint, AReasonThatDoesNotFitIsLeftOut) {
  const struct {
    std::uint32_t maximum;
    const char* connack;
  } cases[] = {
      {77, "204b008c481f0045746865726520697320"}, {76, "2003008c00"}, {5, "2003008c00"}, {4, ""}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.maximum);
    Fixture f(Version::v5);
    Connect packet;
    packet.version = Version::v5;
    packet.properties.maximum_packet_size = c.maximum;
    (void)f.give(packet);

    f.endpoint.refuse(ReasonCode::bad_authentication_method, f.out);

    EXPECT_EQ(to_hex(f.out).substr(0, 34), c.connack);
  }
}

TEST(ServerEndpoint, ReceiveMaximumHoldsAtTheLimitAndNotPastIt) {
  Fixture f(Version::v5, {.receive_maximum = 2});
  f.connect();
  EXPECT_FALSE(has_failed(f.give(publish(Qos::at_least_once, 1))));
  EXPECT_FALSE(has_failed(f.give(publish(Qos::exactly_once, 2))));
  EXPECT_TRUE(has_failed(f.give(publish(Qos::at_least_once, 3))));
  EXPECT_EQ(f.farewell(), ReasonCode::receive_maximum_exceeded);
}

TEST(ServerEndpoint, AQosTwoMessageHoldsItsPlaceUntilPubcomp) {
  Fixture f(Version::v5, {.receive_maximum = 1});
  Fixture other(Version::v5, {.receive_maximum = 1});
  for (Fixture* each : {&f, &other}) {
    each->connect();
    (void)each->give(publish(Qos::exactly_once, 1));
    each->endpoint.answer(each->endpoint.last_ticket(), ReasonCode::success, each->out);
  }

  EXPECT_TRUE(has_failed(other.give(publish(Qos::exactly_once, 2))));

  (void)f.give(Acknowledgement{PacketType::pubrel, 1, ReasonCode::success, {}});
  f.endpoint.answer(f.endpoint.last_ticket(), ReasonCode::success, f.out);
  EXPECT_FALSE(has_failed(f.give(publish(Qos::exactly_once, 2))));
}

TEST(ServerEndpoint, AnOldClientHasItsOwnMostUnanswered) {
  Fixture f(Version::v311, {.receive_maximum = 1, .max_unanswered = 3});
  f.connect();
  for (std::uint16_t id = 1; id <= 3; ++id) {
    EXPECT_FALSE(has_failed(f.give(publish(Qos::at_least_once, id))));
  }
  EXPECT_TRUE(has_failed(f.give(publish(Qos::at_least_once, 4))));
}

TEST(ServerEndpoint, DuplicateFlagDoesNotOpenTheLimit) {
  Fixture f(Version::v5, {.receive_maximum = 1, .max_unanswered = 3});
  f.connect();
  Publish again = publish(Qos::at_least_once, 1);
  again.duplicate = true;
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(has_failed(f.give(again)));
  EXPECT_TRUE(has_failed(f.give(again)));
}

Properties alias(std::uint16_t number) {
  Properties properties;
  properties.topic_alias = number;
  return properties;
}

TEST(ServerEndpoint, TopicAliasesStandForTheirTopics) {
  Fixture f(Version::v5, {.topic_alias_maximum = 2});
  f.connect();
  Publish named = publish(Qos::at_most_once, 0);
  named.properties = alias(2);
  (void)f.give(named);
  named.topic = "";

  const auto action = f.give(named);
  ASSERT_TRUE(std::holds_alternative<Publish>(action));
  EXPECT_EQ(std::get<Publish>(action).topic, "t");

  Fixture unknown(Version::v5, {.topic_alias_maximum = 2});
  unknown.connect();
  named.properties = alias(1);
  EXPECT_TRUE(has_failed(unknown.give(named)));
  named.properties = alias(3);
  EXPECT_TRUE(has_failed(f.give(named)));
  EXPECT_EQ(f.farewell(), ReasonCode::topic_alias_invalid);
}

TEST(ServerEndpoint, KeepAliveEndsAtOneAndAHalf) {
  Fixture f(Version::v311);
  EXPECT_FALSE(f.endpoint.deadline());
  f.connect(30);
  EXPECT_EQ(f.endpoint.deadline(), kStart + std::chrono::seconds{45});

  (void)f.give(Pingreq{}, kStart + std::chrono::seconds{10});
  EXPECT_EQ(to_hex(f.out), "d000");
  EXPECT_EQ(f.endpoint.deadline(), kStart + std::chrono::seconds{55});
}

TEST(ServerEndpoint, AClientWithoutKeepAliveGetsOurs) {
  Fixture f(Version::v5, {.max_keep_alive = 100});
  f.connect(0);
  const auto packet = decode(next_frame(f.out, 100).value().value(), Version::v5).value();
  EXPECT_EQ(std::get<Connack>(packet).properties.server_keep_alive, 100);
  EXPECT_EQ(f.endpoint.deadline(), kStart + std::chrono::seconds{150});

  Fixture at_the_limit(Version::v5, {.max_keep_alive = 100});
  at_the_limit.connect(100);
  const auto plain = decode(next_frame(at_the_limit.out, 100).value().value(), Version::v5).value();
  EXPECT_FALSE(std::get<Connack>(plain).properties.server_keep_alive);
}

TEST(ServerEndpoint, DisconnectSaysWhatBecomesOfTheWill) {
  const struct {
    Version version;
    ReasonCode reason;
    bool publish_will;
  } cases[] = {
      {Version::v311, ReasonCode::normal_disconnection, false},
      {Version::v5, ReasonCode::normal_disconnection, false},
      {Version::v5, ReasonCode::disconnect_with_will, true},
      {Version::v5, ReasonCode::unspecified_error, true},
  };
  for (const auto& c : cases) {
    Fixture f(c.version);
    f.connect();
    const auto action = f.give(Disconnect{c.reason, {}});
    ASSERT_TRUE(std::holds_alternative<ServerEndpoint::Ended>(action));
    EXPECT_EQ(std::get<ServerEndpoint::Ended>(action).publish_will, c.publish_will);
    EXPECT_TRUE(std::holds_alternative<ServerEndpoint::Nothing>(f.give(Pingreq{})));
  }
}

TEST(ServerEndpoint, DisconnectCannotProlongASessionThatEnds) {
  Fixture f(Version::v5);
  f.connect();
  Disconnect packet;
  packet.properties.session_expiry = 10;
  EXPECT_TRUE(has_failed(f.give(packet)));
}

TEST(ServerEndpoint, ClientsSendNoSubscriptionIdentifiersAndShareNothingLocal) {
  Fixture f(Version::v5);
  f.connect();
  Fixture g(Version::v5);
  g.connect();
  Publish packet = publish(Qos::at_most_once, 0);
  Properties properties;
  properties.subscription_identifiers = {1};
  packet.properties = properties;
  EXPECT_TRUE(has_failed(f.give(packet)));

  Subscribe subscribe{1, {{"$share/g/a", {}}}, {}};
  subscribe.entries[0].options.no_local = true;
  EXPECT_TRUE(has_failed(g.give(subscribe)));
}

TEST(ServerEndpoint, TellsOnly5WhyItEnds) {
  Fixture old(Version::v311);
  old.connect();
  old.out.clear();
  old.endpoint.fail(ReasonCode::session_taken_over, old.out);
  EXPECT_TRUE(old.out.empty()) << "stock boards drop the link at a packet they do not know";

  Fixture f(Version::v5);
  f.connect();
  f.out.clear();
  f.endpoint.fail(ReasonCode::session_taken_over, f.out);
  EXPECT_EQ(f.farewell(), ReasonCode::session_taken_over);
}

}  // namespace
}  // namespace fastness::mqtt
