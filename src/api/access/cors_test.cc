// A page of another origin in a browser, which asks before it sends.
#include "api/access/cors.h"

#include <string>

#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;

class CorsTest : public ::testing::Test {
 protected:
  http::Response preflight(const std::string& path, const std::string& origin,
                           const std::string& method = "PATCH") {
    return world_.ask(Method::options, path,
                      {.headers = {{"origin", origin}, {"access-control-request-method", method}}});
  }

  testing::World world_;
  testing::Member me_ = world_.add_member("me@x.y");
};

TEST_F(CorsTest, APageThatTheOwnerNamedMayCallAndReadTheAnswer) {
  const auto asked = preflight("/iot/v2/devices", "https://app.example", "PUT");

  EXPECT_EQ(asked.status, Status::no_content);
  EXPECT_EQ(asked.headers.find("access-control-allow-origin"), "https://app.example");
  EXPECT_TRUE(asked.headers.has_token("access-control-allow-methods", "PUT"));
  EXPECT_TRUE(asked.headers.has_token("access-control-allow-headers", "authorization"));
  EXPECT_TRUE(asked.headers.has_token("access-control-allow-headers", "x-organization"));
  EXPECT_EQ(asked.headers.find("vary"), "origin");

  // Also a refusal: a client that may not read its 401 never fetches a token.
  for (const std::string& token : {me_.token, std::string()}) {
    const auto answer =
        world_.ask(Method::get, "/iot/v2/devices",
                   {.token = token, .headers = {{"origin", "https://app.example"}}});
    EXPECT_EQ(answer.headers.find("access-control-allow-origin"), "https://app.example");
    EXPECT_FALSE(answer.headers.find("access-control-allow-credentials"));
  }
}

TEST_F(CorsTest, NobodyElseMay) {
  for (const char* origin :
       {"https://evil.example", "https://app.example.evil", "null", "", "https://APP.example",
        "http://app.example", "https://app.example:1"}) {
    const auto asked = preflight("/iot/v2/devices", origin, "PUT");
    EXPECT_EQ(asked.status, Status::method_not_allowed) << origin;
    EXPECT_FALSE(asked.headers.find("access-control-allow-origin")) << origin;
    const auto answer = world_.ask(Method::get, "/iot/v2/devices",
                                   {.token = me_.token, .headers = {{"origin", origin}}});
    EXPECT_FALSE(answer.headers.find("access-control-allow-origin")) << origin;
  }
}

TEST_F(CorsTest, OurOwnApiIsForOurOwnPagesOnly) {
  for (const char* path : {"/api/v1/things", "/api/v1/session", "/admin/v1/status", "/healthz"}) {
    const auto asked = preflight(path, "https://app.example", "GET");
    EXPECT_NE(asked.status, Status::no_content) << path;
    EXPECT_FALSE(asked.headers.find("access-control-allow-origin")) << path;
  }
}

TEST_F(CorsTest, AQuestionForWhatIsNotThereIsNotAnswered) {
  EXPECT_EQ(preflight("/iot/v2/nothing", "https://app.example").status, Status::not_found);
  EXPECT_EQ(preflight("/iot/v2/devices", "https://app.example", "PATCH").status,
            Status::method_not_allowed);
  EXPECT_EQ(preflight("/iot/v2/devices", "https://app.example", "nonsense").status,
            Status::method_not_allowed);
}

}  // namespace
}  // namespace fastness::api
