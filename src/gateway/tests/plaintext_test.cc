// The listener without TLS: where it may be, who may reach it, and what its clients may do.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/testing/hub.h"

namespace fastness::gateway {
namespace {

using dialects::Speaker;
using mqtt::Qos;
using mqtt::ReasonCode;
using testing::Client;
using testing::Hub;

// A client that CONNECT has let in.
std::unique_ptr<Client> plaintext_client(Hub& hub, std::string_view client_id) {
  auto client = hub.dial_plaintext();
  const auto connack = client->connect(Hub::connect_packet(client_id));
  EXPECT_TRUE(connack && connack->reason == ReasonCode::success);
  return client;
}

TEST(Plaintext, SpeaksForWhoTheConfigurationSays) {
  Hub hub;
  hub.serve_plaintext_as(hub.add_person(1, "ada"));
  auto watcher = hub.person_client("ada", "tab");
  EXPECT_THAT(watcher->subscribe({"suite/#"}, Qos::at_least_once),
              ::testing::ElementsAre(ReasonCode::granted_qos_1));

  auto client = plaintext_client(hub, "suite");
  client->publish("suite/result", "good", Qos::at_least_once);

  EXPECT_EQ(watcher->next_message(), "suite/result=good");
}

TEST(Plaintext, BindsToLoopbackAlone) {
  Hub hub;
  for (const char* address : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "10.0.0.1:0", "[2001:db8::1]:0",
                              "[fe80::1]:0", "[::ffff:10.0.0.1]:0"}) {
    SCOPED_TRACE(address);
    Options options;
    options.listeners = {{net::parse_endpoint(address).value(), Proof::loopback, nullptr}};
    Services services;
    services.things = &hub.registry.things->published();
    telemetry::Registry metrics;
    const auto made = Gateway::create(std::move(options), services, hub.registry.clock, hub.random,
                                      telemetry::Log::discard(), metrics);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, Errc::invalid_argument);
    EXPECT_THAT(made.error().message, ::testing::HasSubstr("loopback addresses only"));
  }
}

TEST(Plaintext, LetsNobodyInWithoutALiveKey) {
  Hub hub;
  auto client = hub.dial_plaintext();
  const auto connack = client->connect(Hub::connect_packet("suite"));
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, ReasonCode::not_authorised);
  EXPECT_TRUE(client->is_closed_by_server());
}

TEST(Plaintext, RefusesCredentialsRatherThanIgnoreThem) {
  Hub hub;
  const auto board = hub.add_board(1);
  hub.serve_plaintext_as(hub.add_person(1, "ada"));
  mqtt::Connect password_alone = Hub::connect_packet("c");
  password_alone.version = mqtt::Version::v5;
  password_alone.password = "a secret";
  const std::pair<const char*, mqtt::Connect> cases[] = {
      {"a person's", Hub::person_packet("ada", "c")},
      {"a board's", hub.connect_packet(board)},
      {"a password without a name", password_alone}};
  for (const auto& [why, packet] : cases) {
    SCOPED_TRACE(why);
    auto client = hub.dial_plaintext();
    const auto connack = client->connect(packet);
    ASSERT_TRUE(connack);
    EXPECT_EQ(connack->reason, ReasonCode::not_authorised);
    EXPECT_TRUE(client->is_closed_by_server());
  }
}

TEST(Plaintext, MeetsNoOtherOrganisation) {
  Hub hub;
  hub.serve_plaintext_as(hub.add_person(1, "ada"));
  hub.add_person(2, "eve");
  auto elsewhere = hub.person_client("eve", "tab");
  EXPECT_THAT(elsewhere->subscribe({"#"}, Qos::at_least_once),
              ::testing::ElementsAre(ReasonCode::granted_qos_1));
  auto client = plaintext_client(hub, "suite");
  EXPECT_THAT(client->subscribe({"#"}, Qos::at_least_once),
              ::testing::ElementsAre(ReasonCode::granted_qos_1));

  client->publish("shared/name", "of one", Qos::at_most_once);
  EXPECT_EQ(client->next_message(), "shared/name=of one");
  elsewhere->publish("shared/name", "of two", Qos::at_most_once);
  EXPECT_EQ(elsewhere->next_message(), "shared/name=of two");

  EXPECT_TRUE(client->has_nothing());
  EXPECT_TRUE(elsewhere->has_nothing());
}

TEST(Plaintext, WritesNothingWithAKeyThatMayOnlyRead) {
  Hub hub;
  hub.serve_plaintext_as(hub.add_person(1, "ada", Speaker::Rights::read));
  auto watcher = hub.person_client("ada", "tab");
  EXPECT_THAT(watcher->subscribe({"suite/#"}, Qos::at_most_once),
              ::testing::ElementsAre(ReasonCode::granted_qos_0));
  auto client = plaintext_client(hub, "suite");

  client->publish("suite/result", "forged", Qos::at_least_once);

  EXPECT_TRUE(watcher->has_nothing());
}

TEST(Plaintext, EndsWithItsKey) {
  Hub hub;
  const Principal ada = hub.add_person(1, "ada");
  hub.serve_plaintext_as(ada);
  auto client = plaintext_client(hub, "suite");

  hub.gateway->disconnect_credential(ada.credential);

  EXPECT_TRUE(client->is_closed_by_server());
}

TEST(Plaintext, IsNotSpokenOnTheOtherListeners) {
  Hub hub;
  hub.serve_plaintext_as(hub.add_person(1, "ada"));
  for (const std::size_t listener : {0U, 1U, 2U}) {
    SCOPED_TRACE(listener);
    Client client(hub.port(listener));
    EXPECT_FALSE(client.connect(Hub::connect_packet("suite")));
  }
}

// An IPv4 address of this machine which is not loopback's, if it has one.
std::optional<in_addr> outer_address() {
  ifaddrs* interfaces = nullptr;
  if (::getifaddrs(&interfaces) != 0) return std::nullopt;
  std::optional<in_addr> found;
  for (const ifaddrs* each = interfaces; each != nullptr; each = each->ifa_next) {
    const bool is_ipv4 = each->ifa_addr != nullptr && each->ifa_addr->sa_family == AF_INET;
    if (!is_ipv4 || (each->ifa_flags & IFF_LOOPBACK) != 0 || (each->ifa_flags & IFF_UP) == 0) {
      continue;
    }
    found = reinterpret_cast<const sockaddr_in*>(each->ifa_addr)->sin_addr;
  }
  ::freeifaddrs(interfaces);
  return found;
}

// Linux lets a socket that is bound to the machine's outer address reach 127.0.0.1, and a firewall
// rule may send anybody's packets there.
TEST(Plaintext, ClosesOnCallersFromOtherAddresses) {
  const auto outer = outer_address();
  if (!outer) GTEST_SKIP() << "this machine has no address but loopback's";
  Hub hub;
  hub.serve_plaintext_as(hub.add_person(1, "ada"));
  const int caller = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr = *outer;
  ASSERT_EQ(::bind(caller, reinterpret_cast<sockaddr*>(&from), sizeof from), 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(hub.port(3));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::connect(caller, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);

  Bytes packet;
  encode(Hub::connect_packet("stranger"), packet);
  (void)::send(caller, packet.data(), packet.size(), MSG_NOSIGNAL);
  pollfd poll{caller, POLLIN, 0};
  ASSERT_EQ(::poll(&poll, 1, 10'000), 1);
  char byte = 0;

  EXPECT_LE(::recv(caller, &byte, 1, 0), 0);
  ::close(caller);
}

}  // namespace
}  // namespace fastness::gateway
