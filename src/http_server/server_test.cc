#include "http_server/server.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_server/testing/raw_client.h"
#include "http_server/testing/running_server.h"

namespace fastness::http_server {
namespace {

using http::Response;
using http::Status;
using testing::body_of;
using testing::echo;
using testing::field_of;
using testing::get;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::over_tls;
using testing::RawClient;
using testing::RunningServer;
using testing::status_of;

std::string line_with(const telemetry::testing::CapturedLog& log, std::string_view text) {
  for (const std::string& line : log.lines()) {
    if (line.find(text) != std::string::npos) return line;
  }
  return {};
}

TEST(Server, AnswersOnControlWithLengthHeadersAndAnId) {
  RunningServer* running = nullptr;
  std::atomic<bool> was_on_control{false};
  RunningServer server([&](const http::Request& request, http::Responder respond) {
    was_on_control = running->control.is_current();
    echo(request, std::move(respond));
  });
  running = &server;
  RawClient client(server.plain);

  const std::string response = client.exchange(get(server, "/api/v1/home?secret=hunter2"));

  EXPECT_EQ(status_of(response), 200);
  EXPECT_EQ(body_of(response), "GET /api/v1/home ");
  EXPECT_EQ(field_of(response, "content-length"), "17");
  EXPECT_EQ(field_of(response, "cache-control"), "no-store");
  EXPECT_EQ(field_of(response, "x-content-type-options"), "nosniff");
  EXPECT_EQ(field_of(response, "x-request-id").size(), 16U);
  EXPECT_THAT(field_of(response, "content-security-policy"), HasSubstr("default-src 'none'"));
  EXPECT_TRUE(was_on_control);
  client.exchange(get(server, "/next"));  // the first is logged before the second is read
  EXPECT_TRUE(server.log.contains("path=/api/v1/home"));
  EXPECT_FALSE(server.log.contains("hunter2"));
}

TEST(Server, KeepsAliveAndAnswersPipelinedRequestsInOrder) {
  RunningServer server(echo);
  RawClient client(server.plain);

  client.send(get(server, "/one") + get(server, "/two") + get(server, "/three"));

  EXPECT_EQ(body_of(client.read_response()), "GET /one ");
  EXPECT_EQ(body_of(client.read_response()), "GET /two ");
  EXPECT_EQ(body_of(client.read_response()), "GET /three ");
  const std::string last = client.exchange(get(server, "/four", "Connection: close\r\n"));
  EXPECT_EQ(field_of(last, "connection"), "close");
  std::string rest;
  EXPECT_TRUE(client.read_to_end(rest));
}

TEST(Server, Http10ClosesUnlessAskedNotTo) {
  RunningServer server(echo);
  RawClient client(server.plain);

  client.send("GET /x HTTP/1.0\r\nHost: " + server.host() + "\r\n\r\n");
  std::string all;

  EXPECT_TRUE(client.read_to_end(all));
  EXPECT_EQ(status_of(all), 200);
}

TEST(Server, HeadIsAGetWithoutItsBody) {
  RunningServer server(echo);
  RawClient client(server.plain);

  client.send("HEAD /x HTTP/1.1\r\nHost: " + server.host() + "\r\nConnection: close\r\n\r\n");
  std::string all;
  ASSERT_TRUE(client.read_to_end(all));

  EXPECT_EQ(field_of(all, "content-length"), "7");
  EXPECT_EQ(body_of(all), "");
}

TEST(Server, TakesBodiesByLengthInChunksAndAfterContinue) {
  RunningServer server(echo);
  RawClient client(server.plain);
  const std::string start = "PUT /x HTTP/1.1\r\nHost: " + server.host() + "\r\n";

  EXPECT_EQ(body_of(client.exchange(start + "Content-Length: 5\r\n\r\nhello")), "PUT /x hello");
  EXPECT_EQ(body_of(client.exchange(start + "Transfer-Encoding: chunked\r\n\r\n"
                                            "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n")),
            "PUT /x hello");

  client.send(start + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of(client.read_response()), 100);
  EXPECT_EQ(body_of(client.exchange("hello")), "PUT /x hello");
}

TEST(Server, RefusesSmuggledAndMalformedRequestsAndCloses) {
  std::atomic<int> handled{0};
  RunningServer server([&](const http::Request& request, http::Responder respond) {
    ++handled;
    echo(request, std::move(respond));
  });
  const std::string host = "Host: " + server.host() + "\r\n";
  const struct {
    std::string request;
    int status;
  } cases[] = {
      {"POST / HTTP/1.1\r\n" + host +
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG",
       400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400},
      {"POST / HTTP/1.1\r\n" + host + "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding\r\n : chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
       400},
      {"GET / HTTP/1.1\r\n" + host + "X: a\r\n b\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n" + host + host + "\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET http://localhost/ HTTP/1.1\r\n" + host + "\r\n", 400},
      {"GET / HTTP/1.1\n" + host + "\r\n\r\n", 400},
      {"GET /?a=%zz HTTP/1.1\r\n" + host + "\r\n", 400},
      {"TRACE / HTTP/1.1\r\n" + host + "\r\n", 501},
      {"BREW / HTTP/1.1\r\n" + host + "\r\n", 501},
      {"\r\n\r\n", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.request);
    RawClient client(server.plain);
    client.send(c.request);
    std::string all;
    EXPECT_TRUE(client.read_to_end(all)) << "the connection was left open";
    EXPECT_EQ(status_of(all), c.status) << all;
    EXPECT_EQ(field_of(all, "x-content-type-options"), "nosniff");
  }
  EXPECT_EQ(handled, 0);
}

TEST(Server, ACallerIsWhereItsConnectionComesFromWhateverItSays) {
  RunningServer server([](const http::Request& request, http::Responder respond) {
    respond(Response::text(Status::ok, request.peer.address));
  });
  RawClient client(server.plain);
  const std::string claims =
      "X-Forwarded-For: 192.0.2.9\r\nForwarded: for=192.0.2.9\r\nX-Real-IP: 192.0.2.9\r\n";

  EXPECT_EQ(body_of(client.exchange(get(server, "/", claims))), "127.0.0.1");
}

TEST(Server, PlaintextWantsToBeCalledLocalhost) {
  RunningServer server(echo);
  const std::string port = std::to_string(server.plain.port());
  for (const std::string& host :
       {std::string("127.0.0.1:") + port, std::string("evil.example"), std::string("localhost"),
        "localhost.:" + port, std::string("localhost:1"), "evil.localhost:" + port}) {
    SCOPED_TRACE(host);
    RawClient client(server.plain);
    EXPECT_EQ(status_of(client.exchange("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n")), 421);
  }
  EXPECT_EQ(status_of(RawClient(server.plain).exchange(get(server, "/"))), 200);
}

TEST(Server, PlaintextIsForLoopbackOnly) {
  net::EventLoop web("web");
  net::EventLoop control("control");
  SystemClock clock;
  crypto::SystemRandom random;
  telemetry::Registry registry;
  Server server(web, {},
                {echo,
                 control,
                 {},
                 [] { return true; },
                 [] { return ""; },
                 std::nullopt,
                 clock,
                 random,
                 telemetry::Log::discard(),
                 registry});

  const auto bound = server.listen_loopback(net::parse_endpoint("0.0.0.0:0").value(),
                                            net::ConnectionLimits::create({}));

  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, Errc::invalid_argument);
}

TEST(Server, AnAnswerMayOutliveTheServer) {
  std::promise<http::Responder> asked;
  std::optional<http::Responder> respond;
  {
    RunningServer server([&](const http::Request&, http::Responder responder) {
      asked.set_value(std::move(responder));
    });
    RawClient client(server.plain);
    client.send(get(server, "/slow"));
    respond.emplace(asked.get_future().get());
  }
  (*respond)(Response::empty(Status::ok));
}

TEST(Server, ABodyMayComeInPartsAndACutShows) {
  RunningServer server([](const http::Request& request, http::Responder respond) {
    Response response = Response::text(Status::ok, "");
    const bool breaks = request.path == "/broken";
    response.source = [count = std::make_shared<int>(0), breaks](auto give) {
      if (++*count <= 3) return give(std::optional<std::string>("part" + std::to_string(*count)));
      if (breaks) return give(fail(Errc::unavailable, "gone"));
      give(std::optional<std::string>());
    };
    respond(std::move(response));
  });

  RawClient whole(server.plain);
  whole.send(get(server, "/export", "Connection: close\r\n"));
  std::string all;
  ASSERT_TRUE(whole.read_to_end(all));
  EXPECT_EQ(field_of(all, "transfer-encoding"), "chunked");
  EXPECT_EQ(body_of(all), "5\r\npart1\r\n5\r\npart2\r\n5\r\npart3\r\n0\r\n\r\n");

  RawClient old(server.plain);
  old.send("GET /export HTTP/1.0\r\nHost: " + server.host() + "\r\n\r\n");
  ASSERT_TRUE(old.read_to_end(all));
  EXPECT_EQ(body_of(all), "part1part2part3");

  RawClient broken(server.plain);
  broken.send(get(server, "/broken"));
  ASSERT_TRUE(broken.read_to_end(all));
  EXPECT_THAT(all, Not(HasSubstr("0\r\n\r\n")));
}

TEST(Server, ALargeBodyReachesASlowReaderWhole) {
  const std::string large(5'000'000, 'x');
  RunningServer server([&](const http::Request&, http::Responder respond) {
    respond(Response::text(Status::ok, large));
  });
  RawClient client(server.plain);

  EXPECT_EQ(body_of(client.exchange(get(server, "/large"))), large);
}

TEST(Server, WhoIsRefusedIsInTheLogOfEveryDay) {
  RunningServer server([](const http::Request& request, http::Responder respond) {
    const auto status = static_cast<Status>(std::stoi(request.path.substr(1)));
    respond(Response::text(status, "\n"));
  });
  const struct {
    int status;
    const char* level;
  } cases[] = {{200, "debug"}, {404, "debug"}, {400, "debug"},  {401, "info"},
               {403, "info"},  {429, "info"},  {500, "warning"}};
  for (const auto& c : cases) {
    RawClient client(server.plain);
    const std::string path = "/" + std::to_string(c.status);
    EXPECT_EQ(status_of(client.exchange(get(server, path + "?token=hunter2"))), c.status);
  }
  server.stop();  // a line is written once its answer has left

  for (const auto& c : cases) {
    const std::string said = line_with(server.log, "path=/" + std::to_string(c.status) + " ");
    EXPECT_THAT(said, HasSubstr("level=" + std::string(c.level))) << c.status;
    EXPECT_THAT(said, HasSubstr("event=request"));
    EXPECT_THAT(said, HasSubstr("remote=127.0.0.1"));
  }
  EXPECT_FALSE(server.log.contains("hunter2"));
}

TEST(Server, AnswersHealthAndMetricsItself) {
  RunningServer server([](const http::Request&, http::Responder) {});
  RawClient client(server.plain);

  EXPECT_EQ(body_of(client.exchange(get(server, "/healthz"))), "ok\n");
  EXPECT_EQ(status_of(client.exchange(get(server, "/readyz"))), 200);
  EXPECT_EQ(body_of(client.exchange(get(server, "/metrics"))), "metrics\n");
  // The third may not have been counted yet.
  EXPECT_THAT(server.registry.render(),
              ::testing::ContainsRegex("fastness_http_requests_total.class=\"2xx\". [23]"));
}

TEST(Server, ServesTheConsole) {
  static constexpr Asset kIndex[] = {{"/index.html", "\"i\"", "<html>", "", ""}};
  RunningServer server(echo, {}, Assets(kIndex));
  RawClient client(server.plain);

  const std::string page = client.exchange(get(server, "/things/1", "Accept: text/html\r\n"));

  EXPECT_EQ(body_of(page), "<html>");
  EXPECT_THAT(field_of(page, "content-security-policy"), HasSubstr("script-src 'self'"));
  EXPECT_EQ(body_of(client.exchange(get(server, "/api/v1/things/1", "Accept: text/html\r\n"))),
            "GET /api/v1/things/1 ");
}

TEST(Server, StopsWhenRequestsInHandAreAnswered) {
  std::promise<http::Responder> asked;
  RunningServer server(
      [&](const http::Request&, http::Responder respond) { asked.set_value(std::move(respond)); });
  RawClient idle(server.plain);
  idle.exchange(get(server, "/healthz"));
  RawClient busy(server.plain);
  busy.send(get(server, "/slow"));
  http::Responder respond = asked.get_future().get();

  server.begin_stop();
  std::string all;
  EXPECT_TRUE(idle.read_to_end(all));
  respond(Response::text(Status::ok, "done"));
  server.wait_stopped();

  EXPECT_TRUE(busy.read_to_end(all));
  EXPECT_EQ(body_of(all), "done");
  EXPECT_EQ(field_of(all, "connection"), "close");
}

TEST(Server, SpeaksTlsAndKnowsTheClientCertificate) {
  RunningServer server([](const http::Request& request, http::Responder respond) {
    const auto& leaf = request.peer.leaf_digest;
    respond(Response::text(Status::ok, leaf ? to_hex(*leaf) : "nobody"));
  });
  const tls::Credential board = server.authority.issue();
  const std::string request = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

  const std::string with = over_tls(server, request, &board);
  const std::string without = over_tls(server, request);

  EXPECT_EQ(body_of(with), to_hex(tls::testing::leaf_digest(board)));
  EXPECT_EQ(body_of(without), "nobody");
}

}  // namespace
}  // namespace fastness::http_server
