#include "client/connection/http_client.h"

#include <array>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/fixed_limits.h"
#include "client/connection/api.h"
#include "crypto/public_key/pem.h"
#include "tls/testing/pair.h"

namespace fastness::client {
namespace {

// A server which says its lines over real TLS: each connection gets as many answers as it asks for,
// until one is followed by a goodbye.
class ScriptedServer : public ::testing::Test {
 protected:
  void SetUp() override {
    listener_ = os::Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(listener_.number(), generic, size), 0);
    ASSERT_EQ(::listen(listener_.number(), 4), 0);
    ASSERT_EQ(::getsockname(listener_.number(), generic, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  void TearDown() override {
    if (thread_.joinable()) thread_.join();
  }

  // The answers of each connection, in turn.
  void serve(std::vector<std::vector<std::string>> connections) {
    thread_ = std::thread([this, connections = std::move(connections)] {
      for (const auto& answers : connections) serve_one(answers);
    });
  }

  HttpClient client(const Bytes& anchor, const std::string& host = "127.0.0.1") {
    tls::ClientContext::Options options;
    options.anchors = {anchor};
    return {
        {host, port_}, std::move(tls::ClientContext::create(std::move(options))).value(), clock_};
  }
  HttpClient client() { return client(world_.servers.anchor()); }

  // Whether the client took all of it.
  static bool say(tls::Stream& stream, const os::Descriptor& socket, ByteView answer) {
    while (!answer.empty() || stream.has_output()) {
      const tls::Step step = answer.empty() ? tls::Step{stream.flush(), 0} : stream.write(answer);
      if (step.progress == tls::Progress::failed) return false;
      answer = answer.subspan(step.bytes);
      pollfd events{socket.number(), POLLOUT, 0};
      if (::poll(&events, 1, 5'000) != 1) return false;
    }
    return true;
  }

  void serve_one(const std::vector<std::string>& answers) {
    const os::Descriptor socket(::accept4(listener_.number(), nullptr, nullptr, SOCK_NONBLOCK));
    tls::Stream stream = world_.context->accept(socket.number());
    const auto wait = [&] {
      pollfd events{socket.number(), POLLIN, 0};
      return ::poll(&events, 1, 5'000) == 1;
    };
    tls::Progress progress{};
    while ((progress = stream.handshake()) == tls::Progress::want_read && wait()) {
    }
    if (progress != tls::Progress::done) return;
    for (const std::string& answer : answers) {
      std::string request;
      while (request.find("\r\n\r\n") == std::string::npos) {
        std::array<std::uint8_t, 4096> buffer{};
        const tls::Step step = stream.read(buffer);
        if (step.progress == tls::Progress::want_read && wait()) continue;
        if (step.progress != tls::Progress::done) return;
        request += as_text(ByteView(buffer).first(step.bytes));
      }
      requests_.push_back(request);
      if (!say(stream, socket, as_bytes(answer))) return;
    }
    static_cast<void>(stream.close());
  }

  tls::testing::World world_{tls::ServerContext::Options{}};
  SystemClock clock_;
  os::Descriptor listener_;
  std::uint16_t port_ = 0;
  std::vector<std::string> requests_;
  std::thread thread_;
};

TEST_F(ScriptedServer, SendsARequestAndReadsTheAnswer) {
  serve({{"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-One: a\r\n\r\nhi"}});
  HttpClient http = client();

  const auto response = http.send({"POST", "/x?y=1", {{"Content-Type", "text/plain"}}, "body"});
  thread_.join();

  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 201);
  EXPECT_EQ(response->body, "hi");
  EXPECT_EQ(response->headers.at("x-one"), "a");
  EXPECT_EQ(requests_.at(0), "POST /x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) +
                                 "\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody");
}

TEST_F(ScriptedServer, UsesOneConnectionWhileItLastsAndThenAnother) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
  serve({{answer + "1", answer + "2"}, {answer + "3"}});
  HttpClient http = client();

  for (const char* expected : {"1", "2", "3"}) {
    const auto response = http.send({"GET", "/", {}, ""});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, expected);
  }
}

TEST_F(ScriptedServer, GivesALongAnswerPieceByPiece) {
  serve(
      {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"}});
  HttpClient http = client();
  std::string all;

  const auto response =
      http.send({"GET", "/", {}, ""}, [&](std::string_view piece) { all += piece; });

  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(all, "onetwo");
  EXPECT_TRUE(response->body.empty());
}

TEST_F(ScriptedServer, AServerThatHangsUpWithoutAWordIsUnavailable) {
  serve({{""}});
  HttpClient http = client();

  const auto response = http.send({"POST", "/", {}, ""});

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
  EXPECT_EQ(response.error().message, "the server gave no answer");
}

TEST_F(ScriptedServer, AnAnswerThatIsCutOffIsNone) {
  serve({{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"}});
  HttpClient http = client();

  EXPECT_EQ(http.send({"GET", "/", {}, ""}).error().code, Errc::unavailable);
}

TEST_F(ScriptedServer, WhatIsNoHttpIsRefused) {
  serve({{"SSH-2.0-OpenSSH\r\n\r\n"}});
  HttpClient http = client();

  EXPECT_EQ(http.send({"GET", "/", {}, ""}).error().code, Errc::corrupted);
}

// Nothing is said to a server that cannot prove its name.
TEST_F(ScriptedServer, AServerThatIsNotWhoItShouldBeGetsNoRequest) {
  serve({{}});
  HttpClient http = client(world_.devices.anchor());

  const auto response = http.send({"GET", "/", {{"Authorization", "Bearer secret"}}, ""});
  thread_.join();

  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unauthenticated);
  EXPECT_TRUE(requests_.empty());
}

TEST_F(ScriptedServer, NoNameOrTokenEndsAHeaderLine) {
  HttpClient http = client();
  EXPECT_FALSE(http.send({"GET", "/a b", {}, ""}));
  EXPECT_FALSE(http.send({"GET", "/a\r\nX: y", {}, ""}));
  EXPECT_FALSE(http.send({"GET", "/", {{"A", "b\r\nC: d"}}, ""}));
}

TEST_F(ScriptedServer, AnAnswerIsHeldToItsBytes) {
  const auto answer = [](std::size_t size) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           std::string(size, 'x');
  };
  serve({{answer(HttpClient::kMaxBody)}, {answer(HttpClient::kMaxBody + 1)}});
  {
    HttpClient http = client();
    const auto response = http.send({"GET", "/", {}, ""});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body.size(), HttpClient::kMaxBody);
  }
  HttpClient http = client();
  EXPECT_EQ(http.send({"GET", "/", {}, ""}).error().code, Errc::exhausted);
}

TEST_F(ScriptedServer, AnAnswerIsHeldToItsNesting) {
  constexpr std::size_t kMost = fixed_limit("client.answer_depth");
  const auto answer = [](const std::string& body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  };
  const auto nested = [&answer](std::size_t depth) {
    return answer(std::string(depth, '[') + std::string(depth, ']'));
  };
  serve({{answer(R"({"access_token":"t","expires_in":300})"), nested(kMost), nested(kMost + 1)}});
  const std::string anchor = crypto::to_pem(crypto::kCertificateLabel, world_.servers.anchor());
  auto opened = Api::open({{"127.0.0.1", port_}, anchor, "id", "secret"}, clock_);
  ASSERT_TRUE(opened) << opened.error().message;
  Api api = std::move(opened).value();

  EXPECT_TRUE(api.get("/"));
  EXPECT_EQ(api.get("/").error().code, Errc::exhausted);
}

}  // namespace
}  // namespace fastness::client
