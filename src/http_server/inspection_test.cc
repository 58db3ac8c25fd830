// Somebody who is asked about each request before it is served.
#include <atomic>
#include <filesystem>
#include <future>

#include <gmock/gmock.h>
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

using Done = std::function<void(std::optional<Response>)>;

// Refuses what has "attack" in its target or its body.
void refuse_attacks(const std::weak_ptr<const http::Inspected>& request, const Done& done) {
  const auto asked = request.lock();
  const bool is_attack = asked->target.find("attack") != std::string::npos ||
                         asked->request.body.find("attack") != std::string::npos;
  if (!is_attack) return done(std::nullopt);
  done(Response::text(Status::forbidden, "no\n"));
}

TEST(Inspection, ARefusedRequestReachesNoHandler) {
  std::atomic<int> handled = 0;
  RunningServer server(
      [&handled](const http::Request& request, http::Responder respond) {
        ++handled;
        echo(request, std::move(respond));
      },
      {}, {}, {}, {}, refuse_attacks);
  RawClient client(server.plain);

  const std::string refused = client.exchange(get(server, "/x?q=attack"));
  const std::string put = "PUT /x HTTP/1.1\r\nHost: " + server.host();

  EXPECT_EQ(status_of(refused), 403);
  EXPECT_EQ(body_of(refused), "no\n");
  EXPECT_EQ(field_of(refused, "x-request-id").size(), 16U);
  EXPECT_EQ(status_of(client.exchange(put + "\r\nContent-Length: 6\r\n\r\nattack")), 403);
  EXPECT_EQ(handled, 0);
  EXPECT_EQ(body_of(client.exchange(put + "\r\nContent-Length: 5\r\n\r\nhello")), "PUT /x hello")
      << "the same connection goes on, and a request that passes arrives whole";
  EXPECT_EQ(handled, 1);
}

TEST(Inspection, WhatTheServerAnswersItselfIsLookedAtToo) {
  RunningServer server(echo, {}, {}, {}, {}, refuse_attacks);

  EXPECT_EQ(status_of(RawClient(server.plain).exchange(get(server, "/healthz?attack"))), 403);
  EXPECT_EQ(status_of(RawClient(server.plain).exchange(get(server, "/healthz"))), 200);
}

TEST(Inspection, IsToldOfTheRequestAsItCame) {
  std::promise<http::Inspected> seen;
  RunningServer server(
      echo, {}, {}, {}, {},
      [&seen](const std::weak_ptr<const http::Inspected>& request, const Done& done) {
        seen.set_value(*request.lock());
        done(std::nullopt);
      });

  (void)RawClient(server.plain)
      .exchange("HEAD /a%20b?c=%41 HTTP/1.1\r\nHost: " + server.host() + "\r\nX-One: 1\r\n\r\n");
  const http::Inspected asked = seen.get_future().get();

  EXPECT_EQ(asked.target, "/a%20b?c=%41");
  EXPECT_TRUE(asked.asks_for_head);
  EXPECT_EQ(asked.request.headers.find("x-one"), "1");
  EXPECT_EQ(asked.request.peer.address, "127.0.0.1");
  EXPECT_EQ(asked.request.id.size(), 16U);
}

TEST(Inspection, TheAdminSocketIsOurOwn) {
  std::string pattern = std::filesystem::temp_directory_path() / "fastness-inspection-XXXXXX";
  const std::filesystem::path folder = ::mkdtemp(pattern.data());
  {
    RunningServer server(echo, {}, {}, folder / "admin.sock", {}, refuse_attacks);

    const std::string answer = RawClient((folder / "admin.sock").string())
                                   .exchange("GET /attack HTTP/1.1\r\nHost: admin\r\n\r\n");

    EXPECT_EQ(status_of(answer), 200);
  }
  std::filesystem::remove_all(folder);
}

TEST(Inspection, WhoTakesTooLongIsNotWaitedForAndNothingPasses) {
  Limits limits;
  limits.answer = milliseconds(50);
  std::promise<std::weak_ptr<const http::Inspected>> asked;
  std::promise<Done> kept;
  RunningServer server(
      [](const http::Request&, http::Responder) { ADD_FAILURE() << "nobody let it pass"; }, limits,
      {}, {}, {},
      [&](const std::weak_ptr<const http::Inspected>& request, Done done) {
        asked.set_value(request);
        kept.set_value(std::move(done));
      });
  RawClient client(server.plain);

  EXPECT_EQ(status_of(client.exchange(get(server, "/x"))), 503);

  EXPECT_TRUE(asked.get_future().get().expired()) << "so that whoever looks late need not";
  kept.get_future().get()(std::nullopt);
}

}  // namespace
}  // namespace fastness::http_server
