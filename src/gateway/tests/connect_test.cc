// Who gets in, and what CONNACK says.

#include <algorithm>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/testing/browser_socket.h"
#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using mqtt::ReasonCode;
using testing::Client;
using testing::Hub;

std::size_t lines_with(const Hub& hub, std::string_view text) {
  const auto lines = hub.log.lines();
  return static_cast<std::size_t>(std::ranges::count_if(
      lines, [text](const std::string& line) { return line.find(text) != std::string::npos; }));
}

TEST(Connect, ABoardComesInByCertificateOnBothPortsThatTakeOne) {
  Hub hub;
  const auto board = hub.add_board(1);
  for (const std::size_t listener : {0U, 2U}) {
    auto client = hub.dial_as(board, listener);
    ASSERT_TRUE(client->is_up());
    const auto connack = client->connect(Hub::connect_packet(board.id));
    ASSERT_TRUE(connack);
    EXPECT_EQ(connack->reason, ReasonCode::success);
    EXPECT_FALSE(connack->session_present);
  }
}

TEST(Connect, ABoardComesInBySecret) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = hub.dial();
  const auto connack = client->connect(hub.connect_packet(board));
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, ReasonCode::success);
}

TEST(Connect, APersonComesInByPassword) {
  Hub hub;
  hub.add_person(1, "ada");
  auto client = hub.dial();
  const auto connack = client->connect(Hub::person_packet("ada", "tab"));
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, ReasonCode::success);
}

// An API key may be limited to networks, so who checks it is told from where it is used: the
// address of the connection, whatever the client says of itself.
TEST(Connect, WhoChecksAPersonIsToldFromWhereTheyCome) {
  Hub hub;
  hub.add_person(1, "ada");
  auto client = hub.dial();
  ASSERT_TRUE(client->connect(Hub::person_packet("ada", "198.51.100.1")));
  EXPECT_EQ(hub.last_address(), "127.0.0.1");

  const struct {
    const char* remote;
    const char* address;
  } cases[] = {
      {"192.0.2.7", "192.0.2.7"},
      {"192.0.2.7:40000", "192.0.2.7"},
      {"2001:db8::1", "2001:db8::1"},
      {"[2001:db8::1]:40000", "2001:db8::1"},
      {"::ffff:192.0.2.7", "::ffff:192.0.2.7"},
      {"", ""},
  };
  for (const auto& [remote, address] : cases) {
    SCOPED_TRACE(remote);
    Bytes packet;
    encode(Hub::person_packet("ada", "tab"), packet);
    const auto socket = std::make_shared<testing::BrowserSocket>();
    hub.gateway->adopt(socket, remote, "1.3");
    socket->say(packet);
    ASSERT_EQ(socket->hear(4).size(), 4U);
    EXPECT_EQ(hub.last_address(), address);
  }
}

TEST(Connect, PeopleAreCutOffTogetherAndThenDevicesToo) {
  Hub hub;
  const auto board = hub.add_board(1);
  hub.add_person(1, "ada");
  hub.add_person(2, "bo");
  auto device = hub.board_client(board);
  auto ada = hub.person_client("ada", "a");
  auto bo = hub.person_client("bo", "b");
  hub.gateway->disconnect(Crowd::people, "restricted");
  EXPECT_TRUE(ada->is_closed_by_server());
  EXPECT_TRUE(bo->is_closed_by_server());
  EXPECT_TRUE(device->has_nothing()) << "a device goes on";

  hub.registry.clock.advance(std::chrono::seconds{1});
  auto again = hub.person_client("ada", "a");
  EXPECT_TRUE(again->has_nothing()) << "nobody is shut out by it";
  hub.gateway->disconnect(Crowd::everybody, "restricted");
  EXPECT_TRUE(again->is_closed_by_server());
  EXPECT_TRUE(device->is_closed_by_server());
}

TEST(Connect, DevicesByASecretAreCutOffWithoutThoseByACertificate) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto by_secret = hub.dial();
  ASSERT_TRUE(by_secret->connect(hub.connect_packet(board)));
  auto by_certificate = hub.board_client(hub.add_board(1));
  hub.gateway->disconnect(Crowd::renewing, "switched_off");
  EXPECT_TRUE(by_secret->has_nothing());
  hub.gateway->disconnect(Crowd::by_secret, "switched_off");
  EXPECT_TRUE(by_secret->is_closed_by_server());
  EXPECT_TRUE(by_certificate->has_nothing());
}

TEST(Connect, RefusesWhoProvesNothing) {
  Hub hub;
  const auto board = hub.add_board(1);
  hub.add_person(1, "ada");
  const auto packet = [&](std::string_view user, std::string_view password) {
    mqtt::Connect connect = Hub::connect_packet("c");
    connect.username = user;
    connect.password = password;
    return connect;
  };
  const std::string longer = board.secret + "x";
  const struct {
    const char* why;
    mqtt::Connect connect;
  } cases[] = {
      {"no name", Hub::connect_packet(board.id)},
      {"wrong secret", packet(board.id, "guess")},
      {"empty secret", packet(board.id, "")},
      {"a secret with more behind it", packet(board.id, longer)},
      {"unknown device", packet("11111111-2222-4333-8444-555555555555", board.secret)},
      {"wrong password", packet("ada", "guess")},
      {"unknown person", packet("eve", "password of eve")},
      {"a person with a board's secret", packet("ada", board.secret)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    auto client = hub.dial();
    const auto connack = client->connect(c.connect);
    ASSERT_TRUE(connack);
    EXPECT_EQ(connack->reason, ReasonCode::not_authorised);
    EXPECT_TRUE(client->is_closed_by_server());
  }
  EXPECT_EQ(lines_with(hub, "event=connect_refused"), std::size(cases)) << "each is in the log";
  EXPECT_EQ(lines_with(hub, "remote=127.0.0.1"), std::size(cases)) << "with whose it was";
  EXPECT_FALSE(hub.log.contains(board.secret));
}

TEST(Connect, TheCertificatePortTakesNobodyWithoutOne) {
  Hub hub;
  const auto board = hub.add_board(1);
  Client client(hub.anonymous(), hub.port(2));
  // TLS 1.3 clients learn of the refusal when they read.
  EXPECT_FALSE(client.is_up() && client.connect(hub.connect_packet(board)));
}

TEST(Connect, EachHandshakeThatFailsIsCountedAndInTheLogWithItsReason) {
  Hub hub;
  Hub others;
  const auto revoked = hub.add_board(1);
  hub.stop_admitting(revoked);
  const auto stranger = others.add_board(1);
  const auto say = [&hub](std::string_view bytes) {
    const testing::RawSocket socket(hub.port(2));
    socket.send_bytes(as_bytes(bytes));
    EXPECT_TRUE(bytes.empty() || socket.is_closed_by_server());
  };
  // TLS 1.3 clients learn of the refusal when they read.
  const auto shake = [&hub](const tls::ClientContext& client) {
    Client caller(client, hub.port(2));
    EXPECT_FALSE(caller.is_up() && caller.connect(Hub::connect_packet("c")));
  };
  const struct {
    const char* who;
    std::function<void()> comes;
    const char* why;
  } cases[] = {
      {"goes without a word", [&] { say(""); }, "handshake_failed"},
      {"a browser without TLS", [&] { say("GET / HTTP/1.1\r\nHost: h\r\n\r\n"); }, "http request"},
      {"no TLS at all", [&] { say(std::string(300, '\x01')); }, "wrong version number"},
      {"no certificate", [&] { shake(hub.anonymous()); }, "peer did not return a certificate"},
      {"a certificate that was revoked", [&] { shake(*revoked.with_certificate); },
       "refused at the end of the handshake"},
      {"a certificate of somebody else's", [&] { shake(*stranger.with_certificate); }, ""},
  };
  const auto& failed =
      hub.metrics.counter("fastness_gateway_handshakes_total", "", {{"result", "failed"}});
  std::size_t count = 0;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.who);
    c.comes();
    // Who goes without a word may be gone before the gateway has seen them come.
    ASSERT_TRUE(hub.wait_for_handshakes(++count, "failed"));
    ASSERT_TRUE(hub.wait_for_departures(0));

    EXPECT_EQ(failed.value(), count);
    ASSERT_EQ(lines_with(hub, "event=handshake_failed"), count);
    EXPECT_THAT(hub.log.lines().back(), ::testing::HasSubstr(c.why));
    EXPECT_THAT(hub.log.lines().back(), ::testing::HasSubstr("remote=127.0.0.1"));
  }
}

TEST(Connect, TheSecretPortAsksForNoCertificateAndTrustsNone) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = hub.dial_as(board, 1);
  ASSERT_TRUE(client->is_up());
  const auto connack = client->connect(Hub::connect_packet(board.id));
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, ReasonCode::not_authorised);
}

TEST(Connect, ARevokedCertificateIsRefusedInFullHandshakeAndAtConnect) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto early = hub.dial_as(board);
  ASSERT_TRUE(early->is_up());
  ASSERT_TRUE(hub.wait_for_handshakes(1)) << "the server's side may end later than the client's";

  hub.stop_admitting(board);

  const auto connack = early->connect(Hub::connect_packet(board.id));
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, ReasonCode::not_authorised);
  auto late = hub.dial_as(board);
  EXPECT_FALSE(late->is_up() && late->connect(Hub::connect_packet(board.id)));
}

TEST(Connect, ARevokedDeviceDoesNotResume) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto first = hub.board_client(board);
  ASSERT_TRUE(first->has_nothing());
  const auto session = first->stream().session();
  ASSERT_TRUE(session);
  auto second = hub.dial_as(board, 0, session);
  ASSERT_TRUE(second->is_up());
  ASSERT_TRUE(second->stream().is_resumed()) << "without this the test attacks nothing";

  hub.stop_admitting(board);
  auto attack = hub.dial_as(board, 0, session);

  EXPECT_FALSE(attack->is_up() && attack->connect(Hub::connect_packet(board.id)));
}

TEST(Connect, ACertificateAndANameMustAgree) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto other = hub.add_board(1);
  const auto attempt = [&](std::string_view name) {
    mqtt::Connect packet = Hub::connect_packet(board.id);
    packet.username = name;
    return hub.dial_as(board)->connect(packet)->reason;
  };
  EXPECT_EQ(attempt(board.id), ReasonCode::success);
  EXPECT_EQ(attempt(other.id), ReasonCode::not_authorised);
  EXPECT_EQ(attempt(""), ReasonCode::not_authorised);
}

TEST(Connect, ABoardCannotTakeTheNameOfAnother) {
  Hub hub;
  const auto board = hub.add_board(1);
  const auto other = hub.add_board(1);
  auto victim = hub.board_client(other);

  const auto connack = hub.dial_as(board)->connect(Hub::connect_packet(other.id));

  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, ReasonCode::client_identifier_not_valid);
  EXPECT_TRUE(victim->has_nothing());
}

TEST(Connect, ClientIdentifiersAreGivenOrRefused) {
  Hub hub;
  const auto board = hub.add_board(1);
  mqtt::Connect packet = Hub::connect_packet("");
  EXPECT_EQ(hub.dial_as(board)->connect(packet)->reason, ReasonCode::success);

  packet.clean_start = false;
  EXPECT_EQ(hub.dial_as(board)->connect(packet)->reason, ReasonCode::client_identifier_not_valid);

  packet.version = mqtt::Version::v5;
  auto client = hub.dial_as(board);
  const auto connack = client->connect(packet);
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->properties.assigned_client_identifier.value_or("").size(), 36U);
}

TEST(Connect, ConnackOf5SaysOurLimits) {
  Limits limits;
  limits.endpoint.max_packet_bytes = 5'000;
  limits.endpoint.receive_maximum = 7;
  limits.endpoint.max_keep_alive = 100;
  limits.max_session_expiry = std::chrono::seconds{60};
  Hub hub(limits);
  const auto board = hub.add_board(1);
  mqtt::Connect packet = Hub::connect_packet(board.id);
  packet.version = mqtt::Version::v5;
  packet.keep_alive = 0;
  packet.properties.session_expiry = 0xffffffff;
  auto client = hub.dial_as(board);

  const auto connack = client->connect(packet);

  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->properties.maximum_packet_size, 5'000U);
  EXPECT_EQ(connack->properties.receive_maximum, 7);
  EXPECT_EQ(connack->properties.server_keep_alive, 100);
  EXPECT_EQ(connack->properties.session_expiry, 60U);
}

TEST(Connect, RefusesAuthenticationMethodsAndUnknownVersions) {
  Hub hub;
  const auto board = hub.add_board(1);
  mqtt::Connect packet = Hub::connect_packet(board.id);
  packet.version = mqtt::Version::v5;
  packet.properties.authentication_method = "SCRAM-SHA-1";
  EXPECT_EQ(hub.dial_as(board)->connect(packet)->reason, ReasonCode::bad_authentication_method);

  auto old = hub.dial_as(board);
  old->send_bytes(from_hex("100e00064d51497364700302000000"
                           "00")
                      .value());
  const auto connack = old->expect<mqtt::Connack>();
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, ReasonCode::unsupported_protocol_version);
}

TEST(Connect, PacketsMayFollowWithoutWaiting) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = hub.dial_as(board);
  Bytes all;
  encode(Hub::connect_packet(board.id), all);
  mqtt::Subscribe subscribe{1, {{"t", {}}}, {}};
  encode(subscribe, mqtt::Version::v311, all);
  for (int i = 0; i < 300; ++i) {
    const std::string payload(100, static_cast<char>('a' + i % 26));
    encode(mqtt::Publish{.topic = "t", .payload = as_bytes(payload), .properties = {}},
           mqtt::Version::v311, all);
  }
  client->send_bytes(all);
  client->send_bytes(from_hex("c000").value());

  EXPECT_TRUE(client->expect<mqtt::Connack>());
  EXPECT_TRUE(client->expect<mqtt::Suback>());
  for (int i = 0; i < 300; ++i) {
    const std::string payload(100, static_cast<char>('a' + i % 26));
    ASSERT_EQ(client->next_message(), "t=" + payload);
  }
  EXPECT_TRUE(client->expect<mqtt::Pingresp>());
}

TEST(Connect, TellsWhoCameAndWhyTheyLeft) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = hub.board_client(board);
  client->send(mqtt::Disconnect{});

  const auto events = hub.wait_for_events(2);

  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, ConnectionEvent::Kind::connected);
  EXPECT_EQ(events[0].device, board.device);
  EXPECT_EQ(events[0].auth, "certificate");
  EXPECT_EQ(events[0].leaf, board.leaf);
  EXPECT_EQ(events[0].tls, "1.3");
  EXPECT_EQ(events[1].kind, ConnectionEvent::Kind::disconnected);
  EXPECT_EQ(events[1].reason, "disconnected");
  EXPECT_EQ(events[1].connection, events[0].connection);
}

// Whoever looks for two places with one identity needs to know who threw out whom.
TEST(Connect, WhoIsThrownOutIsToldBeforeWhoTookThePlace) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto first = hub.board_client(board);
  auto second = hub.board_client(board);

  const auto events = hub.wait_for_events(3);

  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].kind, ConnectionEvent::Kind::disconnected);
  EXPECT_EQ(events[1].reason, "session_taken_over");
  EXPECT_EQ(events[1].connection, events[0].connection);
  EXPECT_EQ(events[2].kind, ConnectionEvent::Kind::connected);
  EXPECT_NE(events[2].connection, events[0].connection);
}

TEST(Connect, MalformedPacketsEndTheConnectionAndNothingElse) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto bystander = hub.board_client(board);
  for (const char* bytes :
       {"00", "ffffffffff", "100c00044d5154540402", "c000", "30ffffff7f", "16030100c8010000c4"}) {
    SCOPED_TRACE(bytes);
    auto attacker = hub.dial();
    attacker->send_bytes(from_hex(bytes).value());
    if (std::string_view(bytes).starts_with("100c")) attacker->vanish();
    EXPECT_FALSE(attacker->next());
  }
  EXPECT_TRUE(bystander->has_nothing());
}

}  // namespace
}  // namespace fastness::gateway
