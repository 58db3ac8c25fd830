// OCSP over HTTP: both ways to ask, and how often one may.
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "base/fixed_limits.h"
#include "crypto/ocsp/status_answer.h"

namespace fastness::api {
namespace {

using namespace std::chrono_literals;
using crypto::StatusRefusal;
using http::Method;
using http::Status;
using testing::Ask;
using testing::World;

// A whole request of OpenSSL, by SHA-1, about serial number 0x42 of an issuer that nobody has.
constexpr std::string_view kQuestion =
    "MEIwQDA+MDwwOjAJBgUrDgMCGgUABBT//v/+//7//v/+//7//v/+//7//gQU++/77/vv++/77/vv++/7"
    "7/vv++8CAUI=";

class StatusRoutes : public ::testing::Test {
 protected:
  static Ask question(const std::string& body) {
    return {.body = body, .headers = {{"content-type", "application/ocsp-request"}}};
  }
  Status post(const std::string& address) {
    Ask how = question("0");
    how.address = address;
    return world_.ask(Method::post, "/api/v1/ca/ocsp", how).status;
  }
  static std::string refusal(StatusRefusal why) {
    return std::string(as_text(status_refusal(why)));
  }

  World world_;
};

TEST_F(StatusRoutes, AnybodyAsksByPostOrByGet) {
  const std::string der(as_text(from_base64(kQuestion).value()));
  const auto posted = world_.ask(Method::post, "/api/v1/ca/ocsp", question(der));
  EXPECT_EQ(posted.status, Status::ok);
  EXPECT_EQ(posted.headers.find("content-type"), "application/ocsp-response");
  EXPECT_EQ(posted.body, refusal(StatusRefusal::unauthorized)) << "it was read: no such issuer";

  std::string encoded;
  for (const char c : kQuestion) {
    encoded += c == '/' ? "%2F" : c == '=' ? "%3D" : c == '+' ? "%2B" : std::string(1, c);
  }
  const auto got = world_.ask(Method::get, "/api/v1/ca/ocsp/" + encoded, {});
  EXPECT_EQ(got.status, Status::ok);
  EXPECT_EQ(got.body, posted.body);
}

TEST_F(StatusRoutes, WhatIsNoRequestIsToldSo) {
  const std::string malformed = refusal(StatusRefusal::malformed);
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/ca/ocsp", question("hello")).body, malformed);
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/ca/ocsp", question("")).body, malformed);
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/ca/ocsp", question(std::string(60'000, '0'))).body,
            malformed);
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/ca/ocsp/hello", {}).body, malformed);
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/ca/ocsp", {.body = "0"}).status,
            Status::unsupported_media_type);
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/ca/ocsp", {}).status, Status::method_not_allowed);
}

TEST_F(StatusRoutes, ANetworkHasItsBurstAndThenItsPace) {
  constexpr std::size_t kBurst = fixed_limit("status.requests_of_network");
  for (std::size_t i = 0; i < kBurst; ++i) ASSERT_EQ(post("192.0.2.7"), Status::ok) << i;
  EXPECT_EQ(post("192.0.2.8"), Status::too_many_requests);
  EXPECT_EQ(post("198.51.100.7"), Status::ok) << "another network";
  world_.clock().advance(1s);
  EXPECT_EQ(post("192.0.2.7"), Status::ok);
  EXPECT_EQ(post("192.0.2.7"), Status::too_many_requests);
}

TEST_F(StatusRoutes, EverybodyTogetherHasABurst) {
  constexpr std::size_t kBurst = fixed_limit("status.requests");
  const auto network = [](std::size_t number) {
    return "10." + std::to_string(number / 250) + "." + std::to_string(number % 250) + ".1";
  };
  for (std::size_t i = 0; i < kBurst; ++i) ASSERT_EQ(post(network(i)), Status::ok) << i;
  EXPECT_EQ(post(network(kBurst)), Status::too_many_requests);
  world_.clock().advance(20ms);
  EXPECT_EQ(post(network(kBurst + 1)), Status::ok);
}

}  // namespace
}  // namespace fastness::api
