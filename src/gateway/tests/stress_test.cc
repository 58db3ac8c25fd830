// What hostile, broken or very many clients may cost: strangers that dribble, devices that all come
// back at once. Time is the test's.

#include <array>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using mqtt::Qos;
using mqtt::ReasonCode;
using std::chrono::seconds;
using testing::Client;
using testing::Hub;

mqtt::Connect as_version_5(mqtt::Connect packet) {
  packet.version = mqtt::Version::v5;
  return packet;
}

TEST(Stress, AHandshakeThatDribblesIsCutOff) {
  Hub hub;
  const testing::RawSocket slow(hub.port());
  ASSERT_TRUE(hub.wait_for_connections(1));
  // The beginning of a ClientHello of 512 bytes, a byte every two seconds.
  const Bytes hello = from_hex("1603010200010001fc0303aabbccddee").value();
  for (const std::uint8_t byte : hello) {
    slow.send_bytes(std::array{byte});
    hub.registry.clock.advance(seconds{2});
  }
  EXPECT_TRUE(slow.is_closed_by_server());
}

TEST(Stress, AConnectThatDribblesIsCutOff) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto slow = hub.dial_as(board);
  ASSERT_TRUE(slow->is_up());
  ASSERT_TRUE(hub.wait_for_handshakes(1)) << "its time counts from the server's end of it";
  Bytes connect;
  encode(Hub::connect_packet(board.id), connect);
  for (std::size_t i = 0; i < 12; ++i) {
    slow->send_bytes(ByteView(connect).subspan(i, 1));
    hub.registry.clock.advance(seconds{1});
  }
  EXPECT_TRUE(slow->is_closed_by_server());
}

TEST(Stress, NoiseBeforeConnectIsCutOffAtItsFirstByte) {
  Hub hub;
  const auto board = hub.add_board(1);
  for (const char* noise : {"30", "00", "47455420", "c000", "1f"}) {
    auto client = hub.dial_as(board);
    client->send_bytes(from_hex(noise).value());
    EXPECT_TRUE(client->is_closed_by_server()) << noise;
  }
}

TEST(Stress, APacketThatDribblesIsCutOff) {
  Limits limits;
  limits.packet = seconds{120};
  Hub hub(limits);
  const auto board = hub.add_board(1);
  auto slow = hub.dial_as(board);
  ASSERT_TRUE(slow->connect(as_version_5(Hub::connect_packet(board.id))));
  Bytes publish;
  mqtt::Publish packet;
  packet.topic = "t";
  const Bytes payload(200, 'x');
  packet.payload = payload;
  encode(packet, mqtt::Version::v5, publish);

  slow->send_bytes(ByteView(publish).first(100));
  ASSERT_TRUE(hub.board_client(hub.add_board(1))->has_nothing()) << "a turn has passed";
  hub.registry.clock.advance(seconds{119});
  slow->send_bytes(ByteView(publish).subspan(100));
  EXPECT_TRUE(slow->has_nothing()) << "late, and in time";

  slow->send_bytes(ByteView(publish).first(100));
  ASSERT_TRUE(hub.board_client(hub.add_board(1))->has_nothing());
  for (std::size_t i = 0; i < 59; ++i) {
    slow->send_bytes(ByteView(publish).subspan(100 + i, 1));
    hub.registry.clock.advance(seconds{2});
  }
  hub.registry.clock.advance(seconds{4});
  const auto farewell = slow->expect<mqtt::Disconnect>();
  ASSERT_TRUE(farewell);
  EXPECT_EQ(farewell->reason, ReasonCode::keep_alive_timeout);
  EXPECT_TRUE(slow->is_closed_by_server());
}

TEST(Stress, APacketThatComesByteByByteArrives) {
  Hub hub;
  hub.add_person(1, "ada");
  auto watcher = hub.person_client("ada", "w");
  watcher->subscribe({"t"}, Qos::at_most_once);
  auto slow = hub.person_client("ada", "s");
  Bytes publish;
  mqtt::Publish packet;
  packet.topic = "t";
  packet.payload = as_bytes("in pieces");
  encode(packet, mqtt::Version::v311, publish);
  encode(packet, mqtt::Version::v311, publish);
  for (const std::uint8_t byte : publish) slow->send_bytes(std::array{byte});
  EXPECT_EQ(watcher->next_message(), "t=in pieces");
  EXPECT_EQ(watcher->next_message(), "t=in pieces");
}

// A site behind one address comes back: more devices than may be strangers at a time.
TEST(Stress, AStormFromOneAddressIsLetInWhole) {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kDevices = 25;  // of each thread
  Limits limits;
  limits.connections.max_per_address = 2 * kThreads;
  Hub hub(limits, 2);
  std::vector<Hub::Board> boards;
  for (std::size_t i = 0; i < kThreads * kDevices; ++i) boards.push_back(hub.add_board(1));
  hub.add_person(1, "ada");
  auto watcher = hub.person_client("ada", "w");
  watcher->subscribe({"t"}, Qos::at_least_once);

  std::vector<std::unique_ptr<Client>> clients(boards.size());
  std::vector<std::thread> sites;
  for (std::size_t site = 0; site < kThreads; ++site) {
    sites.emplace_back([&, site] {
      for (std::size_t i = site * kDevices; i < (site + 1) * kDevices; ++i) {
        clients[i] = hub.dial_as(boards[i]);
        const auto connack = clients[i]->connect(Hub::connect_packet(boards[i].id));
        EXPECT_TRUE(connack && connack->reason == ReasonCode::success) << i;
      }
    });
  }
  auto ada = hub.person_client("ada", "a");
  for (int i = 0; i < 50; ++i) {
    ada->publish("t", std::to_string(i), Qos::at_least_once);
    EXPECT_EQ(watcher->next_message(), "t=" + std::to_string(i)) << "live traffic goes on";
  }
  for (std::thread& site : sites) site.join();
  for (const auto& client : clients) EXPECT_TRUE(client->has_nothing());
}

// Some are made by a thread of their own, which must not be left with a connection that is gone.
TEST(Stress, HandshakesMayEndWhileTheyAreMade) {
  constexpr int kRounds = 20;
  Hub hub({}, 2);
  const auto board = hub.add_board(1);
  hub.add_person(1, "ada");
  auto watcher = hub.person_client("ada", "w");
  watcher->subscribe({"t"}, Qos::at_least_once);
  auto ada = hub.person_client("ada", "a");
  // The beginning of a ClientHello, and something that is none.
  const Bytes half = from_hex("1603010200010001fc0303aabbccddee").value();
  const Bytes none = from_hex("1603010005ffffffffff").value();
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::unique_ptr<testing::RawSocket>> strangers;
    for (int i = 0; i < 4; ++i) {
      strangers.push_back(std::make_unique<testing::RawSocket>(hub.port()));
      strangers.back()->send_bytes(i % 2 == 0 ? half : none);
    }
    ada->publish("t", std::to_string(round), Qos::at_least_once);
    EXPECT_EQ(watcher->next_message(), "t=" + std::to_string(round));
    if (round % 2 == 0) strangers.clear();
    hub.registry.clock.advance(seconds{31});  // longer than a handshake may take
  }
  EXPECT_TRUE(hub.board_client(board)->has_nothing());
  std::vector<std::unique_ptr<testing::RawSocket>> waiting;
  for (int i = 0; i < 8; ++i) {
    waiting.push_back(std::make_unique<testing::RawSocket>(hub.port()));
    waiting.back()->send_bytes(half);
  }
  hub.restart();
  EXPECT_TRUE(hub.board_client(board)->has_nothing());
}

TEST(Stress, StrangersOfOneAddressLeaveRoomForOthersOfIt) {
  Limits limits;
  limits.connections.max_per_address = 2;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  auto proven = hub.board_client(board);
  auto second = hub.board_client(hub.add_board(1));
  const testing::RawSocket one(hub.port());
  const testing::RawSocket two(hub.port());
  ASSERT_TRUE(hub.wait_for_connections(4));
  EXPECT_FALSE(hub.dial()->is_up()) << "two strangers are enough";
  EXPECT_TRUE(proven->has_nothing());
}

// Who neither reads nor acknowledges costs what its limits say, to the message, and nobody else
// misses one.
TEST(Stress, ASubscriberThatDoesNotReadHoldsSoMuchAndSlowsNobody) {
  constexpr int kMessages = 200;
  Limits limits;
  limits.session.max_in_flight = 10;
  limits.session.max_queued = 20;
  Hub hub(limits);
  auto sleeper = hub.board_client(hub.add_board(1));
  sleeper->subscribe({"t"}, Qos::at_least_once);
  hub.add_person(1, "ada");
  auto watcher = hub.person_client("ada", "w");
  watcher->subscribe({"t"}, Qos::at_least_once);
  auto ada = hub.person_client("ada", "a");
  const std::string padding(10'000, 'x');
  for (int i = 0; i < kMessages; ++i) {
    const std::string payload = std::to_string(i) + padding;
    ada->publish("t", payload, Qos::at_least_once);
    ASSERT_TRUE(ada->expect<mqtt::Acknowledgement>());
    ASSERT_EQ(watcher->next_message(), "t=" + payload);
  }
  const auto& dropped = hub.metrics.counter("fastness_gateway_messages_dropped_total", "");
  EXPECT_EQ(dropped.value(), kMessages - 10U - 20U);
}

// With no descriptor left callers wait in the kernel's queue; who is connected does not feel it.
TEST(Stress, OutOfDescriptorsTheGatewayGoesOnAndRecoversByItself) {
  Hub hub;
  hub.add_person(1, "ada");
  auto ada = hub.person_client("ada", "a");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  const int next = ::dup(0);
  ::close(next);
  few.rlim_cur = static_cast<rlim_t>(next) + 64;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  std::vector<int> ballast;
  for (int taken = ::dup(0); taken >= 0; taken = ::dup(0)) ballast.push_back(taken);
  ASSERT_FALSE(ballast.empty());
  ::close(ballast.back());
  ballast.pop_back();

  const testing::RawSocket caller(hub.port());  // takes the last one
  const auto& waiting =
      hub.metrics.counter("fastness_gateway_callers_refused_total", "", {{"limit", "descriptors"}});
  while (waiting.value() == 0) ASSERT_TRUE(ada->has_nothing());
  EXPECT_EQ(hub.gateway->connections(), 1);

  for (const int taken : ballast) ::close(taken);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(hub.wait_for_connections(2)) << "the caller is let in after all";
}

// What the disk does not take is not acknowledged: the client is told to come again, and may once
// there is room.
TEST(Stress, AFullDiskRefusesAndRecovers) {
  Hub hub;
  const auto board = hub.add_board(1);
  auto client = hub.dial_as(board);
  ASSERT_TRUE(client->connect(as_version_5(Hub::connect_packet(board.id))));
  hub.journal.set_mode(testing::HeldJournal::Mode::failing);
  client->publish("t", "lost?", Qos::at_least_once);
  const auto farewell = client->expect<mqtt::Disconnect>();
  ASSERT_TRUE(farewell);
  EXPECT_EQ(farewell->reason, ReasonCode::server_busy);
  EXPECT_EQ(hub.metrics.counter("fastness_gateway_journal_failures_total", "").value(), 1U);

  hub.journal.set_mode(testing::HeldJournal::Mode::immediate);
  auto again = hub.dial_as(board);
  ASSERT_TRUE(again->connect(as_version_5(Hub::connect_packet(board.id))));
  again->publish("t", "not lost", Qos::at_least_once);
  EXPECT_EQ(again->expect<mqtt::Acknowledgement>()->reason, ReasonCode::success);
}

// Goodbyes are spread over the time that letting everybody in again would take, and each says when
// to come back.
TEST(Stress, AnEndingServerSaysGoodbyeInTurnsAndWhenToComeBack) {
  Limits limits;
  limits.accept.accepts_per_second = 1;
  Hub hub(limits, 1, seconds{60});
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 4; ++i) {
    const auto board = hub.add_board(1);
    clients.push_back(hub.dial_as(board));
    ASSERT_TRUE(clients.back()->connect(as_version_5(Hub::connect_packet(board.id))));
  }
  ASSERT_EQ(hub.wait_for_events(4).size(), 4U);
  const testing::RawSocket stranger(hub.port());
  ASSERT_TRUE(hub.wait_for_connections(5));

  hub.gateway->drain();

  EXPECT_TRUE(stranger.is_closed_by_server()) << "who has no session is not waited for";
  hub.registry.clock.advance(std::chrono::milliseconds{2'100});
  EXPECT_EQ(hub.wait_for_events(6).size(), 6U) << "half of them, in half of four seconds";
  hub.registry.clock.advance(seconds{2});
  EXPECT_EQ(hub.wait_for_events(8).size(), 8U);
  for (auto& client : clients) {
    const auto farewell = client->expect<mqtt::Disconnect>();
    ASSERT_TRUE(farewell);
    EXPECT_EQ(farewell->reason, ReasonCode::server_shutting_down);
    ASSERT_EQ(farewell->properties.user.size(), 1U);
    EXPECT_EQ(farewell->properties.user[0].name, "retry-after");
    const int wait = std::stoi(std::string(farewell->properties.user[0].value));
    EXPECT_TRUE(wait >= 1 && wait <= 5) << wait;
    EXPECT_TRUE(client->is_closed_by_server());
  }
}

TEST(Stress, AFarewellIsNeverMoreThanAClientTakes) {
  Hub hub;
  const auto dial = [&hub](std::uint32_t most_bytes) {
    const auto board = hub.add_board(1);
    auto packet = as_version_5(Hub::connect_packet(board.id));
    packet.properties.maximum_packet_size = most_bytes;
    auto client = hub.dial_as(board);
    EXPECT_TRUE(client->connect(packet));
    return client;
  };
  auto small = dial(40);
  auto tiny = dial(20);

  hub.gateway->drain();

  const auto short_one = small->expect<mqtt::Disconnect>();
  ASSERT_TRUE(short_one);
  EXPECT_FALSE(short_one->properties.reason_string);
  EXPECT_EQ(short_one->properties.user.size(), 1U);
  const auto shortest = tiny->expect<mqtt::Disconnect>();
  ASSERT_TRUE(shortest);
  EXPECT_EQ(shortest->reason, ReasonCode::server_shutting_down);
  EXPECT_EQ(shortest->properties, mqtt::Properties{});
}

}  // namespace
}  // namespace fastness::gateway
