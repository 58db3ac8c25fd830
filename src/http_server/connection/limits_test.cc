// Each limit of a connection, at it and one past it.
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "http_server/testing/raw_client.h"
#include "http_server/testing/running_server.h"

namespace fastness::http_server {
namespace {

using http::Response;
using http::Status;
using std::chrono::milliseconds;
using testing::body_of;
using testing::echo;
using testing::field_of;
using testing::get;
using testing::RawClient;
using testing::RunningServer;
using testing::status_of;

TEST(ServerLimits, HoldsAHeaderToItsBytes) {
  Limits limits;
  limits.max_header_bytes = 1024;
  RunningServer server(echo, limits);
  const auto status = [&server](std::size_t size) {
    std::string request = get(server, "/x", "X: ");
    request.insert(request.size() - 2, std::string(size - request.size() - 2, 'x') + "\r\n");
    EXPECT_EQ(request.size(), size);
    return status_of(RawClient(server.plain).exchange(request));
  };

  EXPECT_EQ(status(1024), 200);
  EXPECT_EQ(status(1025), 431);
}

TEST(ServerLimits, LimitsHeadersAndBodies) {
  Limits limits;
  limits.max_header_bytes = 1024;
  limits.max_body_bytes = 100;
  RunningServer server(echo, limits);
  const std::string start = "PUT /x HTTP/1.1\r\nHost: " + server.host() + "\r\n";
  const std::string chunk = "33\r\n" + std::string(51, 'x') + "\r\n";
  const struct {
    std::string request;
    int status;
  } cases[] = {
      {start + "Content-Length: 100\r\n\r\n" + std::string(100, 'x'), 200},
      {start + "Content-Length: 101\r\n\r\n" + std::string(101, 'x'), 413},
      {start + "Content-Length: 99999999999999999999999\r\n\r\n", 400},
      {start + "Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + "0\r\n\r\n", 413},
      {start + "X: " + std::string(1024, 'x') + "\r\n\r\n", 431},
      {start + "X: " + std::string(100'000, 'x'), 431},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.request.substr(0, 120));
    RawClient client(server.plain);
    const std::string answer = client.exchange(c.request);
    EXPECT_EQ(status_of(answer), c.status);
    const bool is_limit = c.status == 413 || c.status == 431;
    EXPECT_EQ(answer.find("limits.http_") != std::string::npos, is_limit) << answer;
  }
}

TEST(ServerLimits, CutsClientsThatDribble) {
  Limits limits;
  limits.request = milliseconds(100);
  RunningServer server(echo, limits);
  const std::string request = get(server, "/x");
  RawClient header_client(server.plain);
  RawClient body_client(server.plain);

  header_client.send(request.substr(0, 20));
  body_client.send("PUT /x HTTP/1.1\r\nHost: " + server.host() +
                   "\r\nContent-Length: 9\r\n\r\nabc");

  std::string all;
  EXPECT_TRUE(header_client.read_to_end(all));
  EXPECT_TRUE(body_client.read_to_end(all));
  EXPECT_EQ(status_of(RawClient(server.plain).exchange(request)), 200) << "others are served";
}

TEST(ServerLimits, CutsIdleClients) {
  Limits limits;
  limits.idle = milliseconds(50);
  RunningServer server(echo, limits);
  RawClient silent(server.plain);
  RawClient resting(server.plain);
  EXPECT_EQ(status_of(resting.exchange(get(server, "/x"))), 200);

  std::string all;
  EXPECT_TRUE(silent.read_to_end(all));
  EXPECT_TRUE(resting.read_to_end(all));
}

TEST(ServerLimits, CutsWhoTakesNothing) {
  Limits limits;
  limits.write = milliseconds(50);
  RunningServer server(
      [](const http::Request& request, http::Responder respond) {
        const std::size_t size = request.path == "/large" ? std::size_t{64} << 20U : 1;
        respond(Response::text(Status::ok, std::string(size, 'x')));
      },
      limits);
  RawClient sleeper(server.plain);
  EXPECT_EQ(status_of(sleeper.exchange(get(server, "/small"))), 200);
  sleeper.send(get(server, "/large"));

  while (server.registry.render().find("fastness_http_connections 0\n") == std::string::npos) {
    std::this_thread::yield();
  }
  std::string all;
  EXPECT_TRUE(sleeper.read_to_end(all));
  EXPECT_LT(all.size(), std::size_t{64} << 20U);
}

TEST(ServerLimits, ClosesAConnectionAfterItsLastRequest) {
  Limits limits;
  limits.requests_per_connection = 2;
  RunningServer server(echo, limits);
  RawClient client(server.plain);

  EXPECT_NE(field_of(client.exchange(get(server, "/1")), "connection"), "close");
  EXPECT_EQ(field_of(client.exchange(get(server, "/2")), "connection"), "close");
  std::string rest;
  EXPECT_TRUE(client.read_to_end(rest));
}

TEST(ServerLimits, AForgottenAnswerIs500AndALateOne503) {
  Limits limits;
  limits.answer = milliseconds(50);
  std::mutex mutex;
  std::vector<http::Responder> kept;
  RunningServer server(
      [&](const http::Request& request, http::Responder respond) {
        const std::lock_guard lock(mutex);
        if (request.path == "/late") kept.push_back(std::move(respond));
      },
      limits);
  RawClient client(server.plain);

  EXPECT_EQ(status_of(client.exchange(get(server, "/forgotten"))), 500);
  EXPECT_EQ(status_of(client.exchange(get(server, "/late"))), 503);

  const std::lock_guard lock(mutex);
  for (auto& respond : kept) respond(Response::empty(Status::ok));
}

TEST(ServerLimits, BeyondItsLimitOfRequestsItSaysComeAgain) {
  Limits limits;
  limits.max_requests_at_once = 1;
  std::promise<http::Responder> asked;
  RunningServer server(
      [&](const http::Request&, http::Responder respond) { asked.set_value(std::move(respond)); },
      limits);
  RawClient first(server.plain);
  RawClient second(server.plain);

  first.send(get(server, "/slow"));
  http::Responder respond = asked.get_future().get();
  const std::string refused = second.exchange(get(server, "/other"));

  EXPECT_EQ(status_of(refused), 503);
  EXPECT_EQ(field_of(refused, "retry-after"), "1");
  EXPECT_EQ(status_of(RawClient(server.plain).exchange(get(server, "/healthz"))), 200);
  respond(Response::text(Status::ok, "done"));
  EXPECT_EQ(body_of(first.read_response()), "done");
}

}  // namespace
}  // namespace fastness::http_server
