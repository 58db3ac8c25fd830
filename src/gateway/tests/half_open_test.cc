// Peers that are only half there: who never reads, who is gone without a word, who comes back as
// another. What dribbles is in stress_test.cc. Time is the test's.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using mqtt::Qos;
using std::chrono::seconds;
using testing::Client;
using testing::Hub;

// The server's socket of the connection that comes from this port; negative if there is none.
int server_end_of(std::uint16_t port) {
  constexpr int kMostDescriptors = 1'024;
  for (int descriptor = 3; descriptor < kMostDescriptors; ++descriptor) {
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const bool is_connected =
        ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
    if (is_connected && peer.sin_family == AF_INET && ntohs(peer.sin_port) == port) {
      return descriptor;
    }
  }
  return -1;
}

int option(int descriptor, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(descriptor, level, name, &value, &size);
  return value;
}

// Lets time pass in steps of a second, in which `other` is alive, until so many connections are
// left. The loop looks at its deadlines by the system's time, and a connection that is closed then
// has a deadline of its own: so time must not stand still before both were seen.
bool pass_until_left(Hub& hub, Client& other, std::int64_t left) {
  constexpr int kSteps = 20'000;
  for (int step = 0; step < kSteps && hub.gateway->connections() != left; ++step) {
    hub.registry.clock.advance(seconds{1});
    if (!other.has_nothing()) return false;
  }
  return hub.gateway->connections() == left;
}

TEST(HalfOpen, WhoHasNoKeepAliveIsLookedAfterByTheKernel) {
  Hub hub;
  const auto dial = [&hub](std::uint16_t keep_alive) {
    const auto board = hub.add_board(1);
    auto packet = Hub::connect_packet(board.id);
    packet.keep_alive = keep_alive;
    auto client = hub.dial_as(board);
    EXPECT_TRUE(client->connect(packet));
    return client;
  };
  const auto silent = dial(0);
  const auto pinging = dial(60);

  const int watched = server_end_of(silent->port());
  ASSERT_GE(watched, 0);
  EXPECT_EQ(option(watched, SOL_SOCKET, SO_KEEPALIVE), 1);
  EXPECT_EQ(option(watched, IPPROTO_TCP, TCP_USER_TIMEOUT),
            fixed_limit("mqtt.vanished_seconds") * 1'000);
  const int trusted = server_end_of(pinging->port());
  ASSERT_GE(trusted, 0);
  EXPECT_EQ(option(trusted, SOL_SOCKET, SO_KEEPALIVE), 0) << "its radio may sleep";
}

// Its pings are not read either, so they do not keep it.
TEST(HalfOpen, WhoNeverReadsIsCutOffWhenItsKeepAliveIsOver) {
  Limits limits;
  limits.bytes_per_second = 1e9;
  limits.max_output_bytes = 10'000;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  auto packet = Hub::connect_packet(board.id);
  packet.keep_alive = 30;
  auto sleeper = hub.dial_as(board);
  ASSERT_TRUE(sleeper->connect(packet));
  sleeper->subscribe({"t"}, Qos::at_most_once);
  hub.add_person(1, "ada");
  auto ada = hub.person_client("ada", "a");
  ASSERT_TRUE(hub.fill_up(*ada, "t", std::string(20'000, 'x')));

  for (int i = 0; i < 40; ++i) {
    sleeper->send(mqtt::Pingreq{});
    hub.registry.clock.advance(seconds{1});
    ASSERT_TRUE(ada->has_nothing());
  }

  EXPECT_EQ(hub.gateway->connections(), 2) << "not yet";
  EXPECT_TRUE(pass_until_left(hub, *ada, 1));
  const auto events = hub.wait_for_events(2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].reason, "keep_alive_timeout");
}

// A reset wakes us whatever we wait for; if nobody heard it, it would wake us for ever.
TEST(HalfOpen, WhoIsHeldUpAndResetsIsLetGoAtOnce) {
  Limits limits;
  limits.messages_per_second = 0.001;
  limits.message_burst = 1;
  Hub hub(limits);
  const auto board = hub.add_board(1);
  auto fast = hub.board_client(board);
  hub.add_person(1, "ada");
  auto ada = hub.person_client("ada", "a");
  for (int i = 0; i < 3; ++i) fast->publish("t", "x");
  const auto& slowed = hub.metrics.counter("fastness_gateway_limits_reached_total", "",
                                           {{"limit", "mqtt_messages_per_second"}});
  for (int i = 0; i < 1'000 && slowed.value() == 0; ++i) ASSERT_TRUE(ada->has_nothing());
  ASSERT_NE(slowed.value(), 0U);

  fast->reset();

  EXPECT_TRUE(hub.wait_for_departures(1));
  const auto events = hub.wait_for_events(2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].reason, "connection_lost");
}

}  // namespace
}  // namespace fastness::gateway
