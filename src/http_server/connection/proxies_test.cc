// Where a request comes from, if somebody passes it on: T1's throttles, keys that are limited to
// networks and the audit trail rest on it, so nobody may choose it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "http_server/testing/raw_client.h"
#include "http_server/testing/running_server.h"

namespace fastness::http_server {
namespace {

using http::Response;
using http::Status;
using testing::body_of;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::over_tls;
using testing::Proxies;
using testing::RunningServer;
using testing::status_of;

const Networks kOurs = *parse_networks("127.0.0.1/32");
const Networks kOthers = *parse_networks("192.0.2.1/32");

void say_who_asks(const http::Request& request, http::Responder respond) {
  const http::Peer& peer = request.peer;
  respond(Response::text(Status::ok,
                         peer.address + (peer.leaf_digest ? " " + to_hex(*peer.leaf_digest) : "")));
}

std::string request(std::string_view fields, std::string_view path = "/") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(fields) +
         "Connection: close\r\n\r\n";
}

// A server whose callers have `burst` requests, and then none for as long as a test lasts.
class ProxiedRequests : public ::testing::Test {
 protected:
  void start(Proxies proxies, double burst = 1'000) {
    Limits limits;
    limits.requests_per_second = 0.001;
    limits.request_burst = burst;
    server_.emplace(say_who_asks, limits, Assets{}, "", std::nullopt, nullptr, std::move(proxies));
  }
  std::string ask(std::string_view fields, std::string_view preface = "") {
    return over_tls(*server_, request(fields), nullptr, preface);
  }

  std::optional<RunningServer> server_;
};

TEST_F(ProxiedRequests, AreFromWhomANamedProxyNames) {
  start({kOurs, {}});
  EXPECT_EQ(body_of(ask("X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n")), "198.51.100.7");
  EXPECT_EQ(body_of(ask("X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-For: 127.0.0.1\r\n")),
            "198.51.100.7");
  EXPECT_EQ(body_of(ask("")), "127.0.0.1") << "the proxy itself";
  server_->stop();
  EXPECT_TRUE(server_->log.contains("remote=198.51.100.7"));
}

TEST_F(ProxiedRequests, AreFromTheConnectionWhateverAnybodyElseWrites) {
  start({kOthers, {}});
  for (const char* field :
       {"X-Forwarded-For: 198.51.100.7\r\n", "Forwarded: for=198.51.100.7\r\n",
        "X-Real-IP: 198.51.100.7\r\n", "X-Forwarded-For: 198.51.100.7, 192.0.2.1\r\n"}) {
    EXPECT_EQ(body_of(ask(field)), "127.0.0.1") << field;
  }
}

TEST_F(ProxiedRequests, AreRefusedIfTheProxyDoesNotSayWhose) {
  start({kOurs, {}});
  EXPECT_EQ(status_of(ask("X-Forwarded-For: unknown\r\n")), 400);
  server_->stop();
  EXPECT_TRUE(server_->log.contains("proxy_not_understood"));
}

TEST_F(ProxiedRequests, OnOneConnectionAreEachFromTheirOwn) {
  start({kOurs, {}});
  const auto keep = [](std::string_view address) {
    return "GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: " + std::string(address) +
           "\r\n\r\n";
  };
  const std::string said =
      over_tls(*server_, keep("198.51.100.7") + keep("198.51.100.8") + request(""));
  const std::size_t first = said.find("198.51.100.7");
  const std::size_t second = said.find("198.51.100.8");
  const std::size_t third = said.find("127.0.0.1");
  ASSERT_NE(third, std::string::npos) << said;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
}

TEST_F(ProxiedRequests, ArePacedForEachWhoAsks) {
  start({kOurs, {}}, 2);
  const char* greedy = "X-Forwarded-For: 198.51.100.7\r\n";
  EXPECT_EQ(status_of(ask(greedy)), 200);
  EXPECT_EQ(status_of(ask(greedy)), 200);
  EXPECT_EQ(status_of(ask(greedy)), 429);
  EXPECT_EQ(status_of(ask("X-Forwarded-For: 203.0.113.9, 198.51.100.7\r\n")), 429)
      << "another name does not make another caller";
  EXPECT_EQ(status_of(ask("X-Forwarded-For: 198.51.100.8\r\n")), 200);
}

// Behind a proxy on the same machine, everybody would else be at home here.
TEST_F(ProxiedRequests, AreNotOfThisMachine) {
  start({});
  const auto metrics = [&](std::string_view fields) {
    return over_tls(*server_, request(fields, "/metrics"));
  };
  EXPECT_EQ(body_of(metrics("")), "metrics\n");
  for (const char* field : {"X-Forwarded-For: 198.51.100.7\r\n", "X-Forwarded-For: 127.0.0.1\r\n",
                            "Forwarded: for=127.0.0.1\r\n", "Via: 1.1 proxy\r\n"}) {
    EXPECT_THAT(metrics(field), Not(HasSubstr("metrics\n"))) << field;
  }
  server_->stop();
  EXPECT_TRUE(server_->log.contains("proxy_not_named"));
}

TEST_F(ProxiedRequests, AreNotOfThisMachineThoughAProxySaysSo) {
  start({kOurs, {}});
  const std::string said =
      over_tls(*server_, request("X-Forwarded-For: 127.0.0.1\r\n", "/metrics"));
  EXPECT_THAT(said, Not(HasSubstr("metrics\n")));
}

TEST_F(ProxiedRequests, AreNotProvedByTheProxysCertificate) {
  start({kOurs, {}});
  const tls::Credential proxy = server_->authority.issue();
  const std::string forwarded = request("X-Forwarded-For: 198.51.100.7\r\n");
  EXPECT_EQ(body_of(over_tls(*server_, forwarded, &proxy)), "198.51.100.7");
  EXPECT_THAT(body_of(over_tls(*server_, request(""), &proxy)), HasSubstr("127.0.0.1 "));
}

TEST_F(ProxiedRequests, OfAPassedOnConnectionAreFromWhomItsHeaderNames) {
  start({{}, kOurs});
  EXPECT_EQ(body_of(ask("", "PROXY TCP4 198.51.100.7 192.0.2.1 40000 8443\r\n")), "198.51.100.7");
  EXPECT_EQ(body_of(ask("X-Forwarded-For: 203.0.113.9\r\n",
                        "PROXY TCP4 198.51.100.7 192.0.2.1 40000 8443\r\n")),
            "198.51.100.7");
}

TEST_F(ProxiedRequests, OfAPassedOnConnectionKeepTheCertificateThatTheyProved) {
  start({{}, kOurs});
  const tls::Credential board = server_->authority.issue();
  const std::string said =
      over_tls(*server_, request(""), &board, "PROXY TCP4 198.51.100.7 192.0.2.1 40000 8443\r\n");
  EXPECT_EQ(body_of(said), "198.51.100.7 " + to_hex(tls::testing::leaf_digest(board)));
}

TEST_F(ProxiedRequests, OfAConnectionThatNobodySpeaksForAreNotServed) {
  start({{}, kOurs});
  EXPECT_EQ(ask(""), "");
  EXPECT_EQ(ask("", "PROXY TCP4 198.51.100.7\r\n"), "");
}

TEST_F(ProxiedRequests, OfWhoOnlySaysToBeAProxyAreNotServed) {
  start({{}, kOthers});
  EXPECT_EQ(ask("", "PROXY TCP4 198.51.100.7 192.0.2.1 40000 8443\r\n"), "") << "it is no TLS";
  EXPECT_EQ(body_of(ask("")), "127.0.0.1");
}

TEST_F(ProxiedRequests, ByBothKindsOfProxyAreFromWhomTheLastOneNames) {
  start({kOthers, kOurs});
  EXPECT_EQ(body_of(ask("X-Forwarded-For: 198.51.100.7\r\n",
                        "PROXY TCP4 192.0.2.1 127.0.0.1 40000 8443\r\n")),
            "198.51.100.7");
}

}  // namespace
}  // namespace fastness::http_server
