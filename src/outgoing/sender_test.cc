#include "outgoing/sender.h"

#include <array>
#include <cstdlib>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace fastness::outgoing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A server on loopback that reads one request a connection and says what it was told to. TLS and
// SMTP have their real servers in tests/e2e/witness.test.mjs.
class LoopbackServer {
 public:
  // What an answer waits for; an empty one never comes, until the caller gives up.
  enum class After : std::uint8_t { the_request, the_first_bytes };

  explicit LoopbackServer(std::string answer, After after = After::the_request)
      : answer_(std::move(answer)), after_(after) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~LoopbackServer() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  [[nodiscard]] std::string port() const { return std::to_string(port_); }
  [[nodiscard]] std::string received() const {
    const std::lock_guard lock(mutex_);
    return received_;
  }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void serve() {
    while (true) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      ++connections_;
      while (!is_to_be_answered(read_some(connection))) {
      }
      (void)::send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      ::close(connection);
    }
  }

  // Whether there was anything.
  bool read_some(int connection) {
    std::array<char, 4096> buffer{};
    const ssize_t got = ::recv(connection, buffer.data(), buffer.size(), 0);
    if (got <= 0) return false;
    const std::lock_guard lock(mutex_);
    received_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }
  [[nodiscard]] bool is_to_be_answered(bool has_more) const {
    if (!has_more) return true;
    if (answer_.empty()) return false;
    return after_ == After::the_first_bytes || received().ends_with("checkpoint\n");
  }

  std::string answer_;
  After after_;
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::string received_;
  std::atomic<int> connections_{0};
  std::thread thread_;
};

std::string answer_of(const std::string& status, const std::string& more = "",
                      const std::string& body = "") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         more + "\r\n" + body;
}

std::unique_ptr<Sender> sender(const std::vector<const char*>& allowed, Guard::Resolve resolve,
                               std::chrono::milliseconds longest = std::chrono::seconds(30)) {
  std::vector<AddressRange> ranges;
  for (const char* text : allowed) ranges.push_back(AddressRange::parse(text).value());
  return Sender::create({Guard(std::move(ranges), std::move(resolve)), "", longest}).value();
}

Result<std::vector<IpAddress>> to_loopback(const std::string& /*host*/) {
  return std::vector<IpAddress>{IpAddress::parse("127.0.0.1").value()};
}

Result<void> post(Sender& sender, const std::string& url) {
  return sender.post(url, "text/plain; charset=utf-8", "the checkpoint\n");
}

TEST(Sender, PostsAndTakesTwoHundredsForAYes) {
  for (const char* status : {"200 OK", "201 Created", "204 No Content"}) {
    const LoopbackServer server(answer_of(status));
    const auto loopback = sender({"127.0.0.1"}, to_loopback);
    const auto done = post(*loopback, "http://witness.example:" + server.port() + "/take?a=b");
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_THAT(server.received(), HasSubstr("POST /take?a=b HTTP/1.1\r\n"));
    EXPECT_THAT(server.received(), HasSubstr("Host: witness.example:"));
    EXPECT_THAT(server.received(), HasSubstr("\r\n\r\nthe checkpoint\n"));
    EXPECT_THAT(server.received(), Not(HasSubstr("Expect")));
  }
}

TEST(Sender, WhatIsNoYesIsANo) {
  for (const char* status : {"400 Bad Request", "404 Not Found", "409 Conflict", "500 Error"}) {
    const LoopbackServer server(answer_of(status));
    const auto loopback = sender({"127.0.0.1"}, to_loopback);
    const auto done = post(*loopback, "http://witness.example:" + server.port() + "/secret-path");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().code, Errc::unavailable);
    EXPECT_THAT(done.error().message, HasSubstr(std::string(status).substr(0, 3)));
    EXPECT_THAT(done.error().message, Not(HasSubstr("secret-path")));
  }
}

TEST(Sender, ARedirectIsNotFollowed) {
  const LoopbackServer inside(answer_of("200 OK"));
  const LoopbackServer server(
      answer_of("307 Temporary Redirect", "Location: http://127.0.0.1:" + inside.port() + "/\r\n"));
  const auto loopback = sender({"127.0.0.1"}, to_loopback);
  const auto done = post(*loopback, "http://witness.example:" + server.port() + "/");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("redirects are not followed"));
  EXPECT_EQ(inside.connections(), 0);
}

TEST(Sender, TheGuardIsAskedBeforeAnybodyIsCalled) {
  const LoopbackServer server(answer_of("200 OK"));
  const auto strict = sender({}, to_loopback);
  for (const char* scheme : {"http", "https"}) {
    const auto done = post(*strict, std::string(scheme) + "://rebind.example:" + server.port());
    EXPECT_EQ(done.error().code, Errc::permission_denied);
  }
  const auto by_system = sender({}, resolve_by_system);
  for (const char* host : {"127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]",
                           "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "0"}) {
    const auto done = post(*by_system, "http://" + std::string(host) + ":" + server.port() + "/");
    ASSERT_FALSE(done) << host;
    EXPECT_EQ(done.error().code, Errc::permission_denied) << host << ": " << done.error().message;
  }
  EXPECT_EQ(server.connections(), 0);
}

// A name server that says one thing when it is asked and would say another thing next.
TEST(Sender, TheAddressThatWasSeenIsTheOneThatIsCalled) {
  const LoopbackServer server(answer_of("200 OK"));
  int asked = 0;
  const auto pinned = sender({"127.0.0.1"}, [&](const std::string& host) {
    ++asked;
    return to_loopback(host);
  });
  // The system knows no such name, so nobody but the guard can have looked it up.
  EXPECT_TRUE(post(*pinned, "http://witness.invalid:" + server.port() + "/"));
  EXPECT_EQ(asked, 1);
}

TEST(Sender, WithoutTlsOnlyToThisMachine) {
  const auto careless = sender({"10.0.0.0/8"}, [](const std::string&) {
    return Result(std::vector<IpAddress>{IpAddress::parse("10.0.0.5").value()});
  });
  const auto done = post(*careless, "http://nas/");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::permission_denied);
  EXPECT_THAT(done.error().message, HasSubstr("use https://"));
}

TEST(Sender, AServerWithoutTlsIsNotSpokenTo) {
  const LoopbackServer server("220 hello\r\n", LoopbackServer::After::the_first_bytes);
  const auto loopback = sender({"127.0.0.1"}, to_loopback);
  EXPECT_FALSE(post(*loopback, "https://witness.example:" + server.port() + "/"));
  EXPECT_THAT(server.received(), Not(HasSubstr("checkpoint")));
}

TEST(Sender, TheEnvironmentsProxyIsUnknown) {
  const LoopbackServer proxy(answer_of("200 OK"));
  const LoopbackServer server(answer_of("200 OK"));
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) {
    ::setenv(name, ("http://127.0.0.1:" + proxy.port()).c_str(), 1);
  }
  const auto loopback = sender({"127.0.0.1"}, to_loopback);
  EXPECT_TRUE(post(*loopback, "http://witness.example:" + server.port() + "/"));
  EXPECT_EQ(proxy.connections(), 0);
  for (const char* name : {"http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"}) ::unsetenv(name);
}

TEST(Sender, AnAnswerIsReadToItsLimitAndNotOneByteMore) {
  constexpr std::size_t kMost = fixed_limit("outgoing.answer_bytes");
  const auto loopback = sender({"127.0.0.1"}, to_loopback);
  {
    const LoopbackServer server(answer_of("200 OK", "", std::string(kMost, 'x')));
    EXPECT_TRUE(post(*loopback, "http://witness.example:" + server.port() + "/"));
  }
  const LoopbackServer server(answer_of("200 OK", "", std::string(kMost + 1, 'x')));
  const auto done = post(*loopback, "http://witness.example:" + server.port() + "/");
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("more than anybody wants to read"));
}

TEST(Sender, WhatIsFetchedComesWholeAndIsAskedForPlainly) {
  const LoopbackServer server(answer_of("200 OK", "", R"({"issuer":"x"})"),
                              LoopbackServer::After::the_first_bytes);
  const auto loopback = sender({"127.0.0.1"}, to_loopback);
  const std::string url = "http://issuer.example:" + server.port() + "/document";

  const auto got = loopback->fetch({url});
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(*got, R"({"issuer":"x"})");
  EXPECT_THAT(server.received(), HasSubstr("GET /document HTTP/1.1\r\n"));
  EXPECT_THAT(server.received(), HasSubstr("Accept: application/json\r\n"));
  EXPECT_THAT(server.received(), Not(HasSubstr("Authorization")));

  EXPECT_TRUE(loopback->fetch({url, "a=b&c=d", "Basic eDp5"}));
  EXPECT_THAT(server.received(), HasSubstr("POST /document HTTP/1.1\r\n"));
  EXPECT_THAT(server.received(), HasSubstr("Authorization: Basic eDp5\r\n"));
  EXPECT_THAT(server.received(), HasSubstr("\r\n\r\na=b&c=d"));
  EXPECT_EQ(loopback->fetch({url, "", "x\r\nHost: y"}).error().code, Errc::invalid_argument);
}

TEST(Sender, WhatIsFetchedIsReadToItsLimitAndNotOneByteMore) {
  constexpr std::size_t kMost = fixed_limit("outgoing.body_bytes");
  const auto loopback = sender({"127.0.0.1"}, to_loopback);
  const auto fetch = [&](std::size_t size) {
    const LoopbackServer server(answer_of("200 OK", "", std::string(size, 'x')),
                                LoopbackServer::After::the_first_bytes);
    return loopback->fetch({"http://issuer.example:" + server.port() + "/"});
  };
  EXPECT_EQ(fetch(kMost)->size(), kMost);
  const auto refused = fetch(kMost + 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("more than anybody wants to read"));
}

TEST(Sender, WhatIsFetchedIsGuardedAsWhatIsPosted) {
  const LoopbackServer inside(answer_of("200 OK"), LoopbackServer::After::the_first_bytes);
  const LoopbackServer server(
      answer_of("302 Found", "Location: http://127.0.0.1:" + inside.port() + "/\r\n"),
      LoopbackServer::After::the_first_bytes);
  const auto strict = sender({}, to_loopback);
  EXPECT_EQ(strict->fetch({"https://rebind.example:" + server.port() + "/"}).error().code,
            Errc::permission_denied);
  const auto by_system = sender({"127.0.0.1"}, resolve_by_system);
  EXPECT_EQ(by_system->fetch({"https://169.254.169.254/latest/meta-data"}).error().code,
            Errc::permission_denied);
  const auto loopback = sender({"127.0.0.1"}, to_loopback);
  const auto redirected = loopback->fetch({"http://issuer.example:" + server.port() + "/"});
  ASSERT_FALSE(redirected);
  EXPECT_THAT(redirected.error().message, HasSubstr("redirects are not followed"));
  EXPECT_EQ(inside.connections(), 0);
}

TEST(Sender, WhatIsFetchedIsWaitedForLessLong) {
  Sender::Options options{Guard({AddressRange::parse("127.0.0.1").value()}, to_loopback), ""};
  EXPECT_EQ(options.longest_fetch, std::chrono::seconds(fixed_limit("outgoing.fetch_seconds")));
  options.longest_fetch = std::chrono::milliseconds(50);
  const LoopbackServer silent("");
  const auto loopback = Sender::create(std::move(options)).value();
  const auto got = loopback->fetch({"http://issuer.example:" + silent.port() + "/"});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Errc::unavailable);
}

TEST(Sender, NobodyIsWaitedForLongerThanAllowed) {
  EXPECT_EQ(Sender::Options({Guard({}, to_loopback), ""}).longest,
            std::chrono::seconds(fixed_limit("outgoing.seconds")));
  const LoopbackServer silent("");
  const auto loopback = sender({"127.0.0.1"}, to_loopback, std::chrono::milliseconds(50));
  const auto done = post(*loopback, "http://witness.example:" + silent.port() + "/");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::unavailable);
}

TEST(Sender, WhatIsUnderWayCanBeEnded) {
  const LoopbackServer silent("");
  const auto loopback = sender({"127.0.0.1"}, to_loopback);
  std::thread ending([&] { loopback->cancel(); });
  const auto done = post(*loopback, "http://witness.example:" + silent.port() + "/");
  ending.join();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("this server is stopping"));
}

TEST(Sender, OnlyWhatIsMeantIsAUrl) {
  for (const char* bad :
       {"", "example.org", "ftp://example.org/", "file:///etc/passwd", "gopher://example.org/",
        "https://user@example.org/", "https://user:password@example.org/", "https://example.org/#x",
        "https://ex\xc3\xa4mple.org/", "https://example.org:99999/", "https://[fe80::1%25eth0]/",
        "https://exa mple.org/", "smtp://example.org", "https://example.org\r\nX: y/",
        "https://example.org/x\r\nX: y"}) {
    EXPECT_EQ(Sender::check_post_url(bad).error().code, Errc::invalid_argument) << bad;
  }
  EXPECT_TRUE(Sender::check_post_url("https://example.org/take?token=x"));
  EXPECT_TRUE(Sender::check_mail_url("smtps://mail.example.org:465"));
  EXPECT_TRUE(Sender::check_mail_url("smtp://mail.example.org:587"));
  EXPECT_FALSE(Sender::check_mail_url("https://mail.example.org"));
  EXPECT_FALSE(Sender::check_mail_url("smtp://user:secret@mail.example.org"));
  const auto refused = Sender::check_post_url("https://user:hunter2@example.org/");
  EXPECT_THAT(refused.error().message, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace fastness::outgoing
