#include <gtest/gtest.h>

#include "http_server/connection/rate_limits.h"
#include "http_server/wire/response_text.h"
#include "http_server/wire/security_headers.h"

namespace fastness::http_server {
namespace {

using http::Response;
using http::Status;
using std::chrono::seconds;

TEST(ResponseHead, AlwaysSaysHowLongTheBodyIs) {
  Response response = Response::json(Status::created, "{}");
  response.headers.set("content-length", "999");
  response.headers.set("transfer-encoding", "chunked");

  const std::string head =
      response_head(response, {.length = 2, .now = Timestamp(std::chrono::seconds(784111777))});

  EXPECT_EQ(
      head,
      "HTTP/1.1 201 Created\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
      "content-type: application/json\r\ncontent-length: 2\r\nconnection: keep-alive\r\n\r\n");
}

TEST(ResponseHead, ABodylessStatusHasNoLength) {
  const std::string head = response_head(Response::empty(Status::no_content), {});

  EXPECT_EQ(head.find("content-length"), std::string::npos);
  EXPECT_NE(response_head(Response::empty(Status::ok), {}).find("content-length: 0"),
            std::string::npos);
}

TEST(Chunk, CarriesItsSizeInHexadecimal) {
  EXPECT_EQ(chunk(std::string(26, 'x')), "1a\r\n" + std::string(26, 'x') + "\r\n");
}

TEST(SecurityHeaders, AreOnDataAndOnPages) {
  Response data = Response::json(Status::ok, "{}");
  Response page;
  page.headers.set("content-type", "text/html; charset=utf-8");
  page.headers.set("cache-control", "no-cache");

  add_security_headers(data, http::Channel::tls, {"hub.example", {}});
  add_security_headers(page, http::Channel::tls, {"hub.example", {}});

  for (const Response* response : {&data, &page}) {
    EXPECT_EQ(response->headers.find("x-content-type-options"), "nosniff");
    EXPECT_EQ(response->headers.find("referrer-policy"), "no-referrer");
    EXPECT_EQ(response->headers.find("cross-origin-opener-policy"), "same-origin");
    EXPECT_TRUE(response->headers.find("strict-transport-security"));
    EXPECT_TRUE(
        response->headers.find("content-security-policy")->starts_with("default-src 'none'"));
  }
  EXPECT_EQ(data.headers.find("cache-control"), "no-store");
  EXPECT_EQ(page.headers.find("cache-control"), "no-cache");
  EXPECT_NE(page.headers.find("content-security-policy")->find("trusted-types 'none'"),
            std::string_view::npos);
}

TEST(SecurityHeaders, ReachNamesBelowOnlyIfTheOwnerSaysSo) {
  for (const auto& [below, expected] : {std::pair(false, "max-age=31536000"),
                                        std::pair(true, "max-age=31536000; includeSubDomains")}) {
    Response response;
    Response plain;
    add_security_headers(response, http::Channel::tls, {"hub.example", {}}, below);
    add_security_headers(plain, http::Channel::loopback, {"localhost", 8080}, below);
    EXPECT_EQ(response.headers.find("strict-transport-security"), expected);
    EXPECT_FALSE(plain.headers.find("strict-transport-security"));
  }
}

TEST(SecurityHeaders, TellAPageWhereToReport) {
  Response page;
  page.headers.set("content-type", "text/html");
  add_security_headers(page, http::Channel::tls, {"hub.example", {}});
  EXPECT_TRUE(page.headers.find("content-security-policy")
                  ->ends_with("; report-uri /api/v1/browser-reports"));
}

TEST(SecurityHeaders, NeverLockPlaintextLocalhostOut) {
  Response plain;
  Response tls;

  add_security_headers(plain, http::Channel::loopback, {"localhost", 8080});
  add_security_headers(tls, http::Channel::tls, {"localhost", 8443});

  EXPECT_FALSE(plain.headers.find("strict-transport-security"));
  EXPECT_FALSE(tls.headers.find("strict-transport-security"));
}

TEST(RateLimits, OneCallerDoesNotStarveAnother) {
  RateLimits limits(1, 2);
  const SteadyTime now{};

  EXPECT_TRUE(limits.take("192.0.2.1", now));
  EXPECT_TRUE(limits.take("192.0.2.1", now));
  EXPECT_FALSE(limits.take("192.0.2.1", now));
  EXPECT_TRUE(limits.take("192.0.2.2", now));
  EXPECT_TRUE(limits.take("192.0.2.1", now + seconds(1)));
}

TEST(RateLimits, ForgetsCallersThatRest) {
  RateLimits limits(10, 20);
  for (int i = 0; i < 100; ++i) (void)limits.take(std::to_string(i), SteadyTime{});

  (void)limits.take("new", SteadyTime{} + seconds(3));

  EXPECT_EQ(limits.size(), 1U);
}

}  // namespace
}  // namespace fastness::http_server
