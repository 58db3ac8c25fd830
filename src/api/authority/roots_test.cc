// The routes over the server's roots: everybody reads the sets, the host alone moves them, and no
// answer counts but a root's own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "crypto/x509/certificate.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using ::testing::HasSubstr;

class RootRoutes : public ::testing::Test {
 protected:
  static testing::Ask as_host(std::string body) {
    return {.body = std::move(body), .channel = http::Channel::admin};
  }

  json::Value ask(http::Status expected, const std::string& purpose) {
    return world_.expect(expected, http::Method::post, "/admin/v1/ca/roots/request",
                         as_host(R"({"purpose":")" + purpose + "\"}"));
  }

  std::string answer(http::Status expected, const std::string& answer) {
    const json::Value refused =
        world_.expect(expected, http::Method::post, "/admin/v1/ca/roots/answer",
                      as_host(R"({"answer":")" + answer + "\"}"));
    return testing::text_of(*refused.find("error"), "message");
  }

  testing::World world_;
};

TEST_F(RootRoutes, EverybodyMayKnowTheSetAndItsNumber) {
  const json::Value set = world_.expect(http::Status::ok, http::Method::get, "/api/v1/ca/root-set");
  EXPECT_EQ(*set.find("number")->get<std::int64_t>(), 1);
  EXPECT_TRUE(set.find("documents")->get<json::Array>()->empty());
  const auto known = roots::RootSet::parse_text(testing::text_of(set, "active_root_pem") +
                                                testing::text_of(set, "standby_root_pem"));
  ASSERT_TRUE(known);
  EXPECT_EQ(to_bytes(known->active.der()), world_.server_roots().anchors().active);
}

TEST_F(RootRoutes, NobodyOverTheNetworkAsksOrAnswers) {
  const testing::Member owner = world_.add_member("me@x.y");
  const std::string token = world_.token_of(owner, accounts::Scopes::all());
  for (const char* path : {"/admin/v1/ca/roots/request", "/admin/v1/ca/roots/answer"}) {
    for (const std::string& bearer : {token, std::string()}) {
      world_.expect(http::Status::not_found, http::Method::post, path, {.token = bearer});
    }
  }
}

TEST_F(RootRoutes, TheRequestIsNotTold) {
  const json::Value told = ask(http::Status::ok, "switch_to_standby");
  EXPECT_EQ(json::to_text(told).find("REQUEST"), std::string::npos)
      << "it lies in the vault's directory, which the hub cannot reach";
  EXPECT_EQ(*told.find("number")->get<std::int64_t>(), 1) << "nothing has changed";
}

TEST_F(RootRoutes, WhatCannotBeIsSaid) {
  EXPECT_THAT(
      testing::text_of(*ask(http::Status::conflict, "renew_issuer").find("error"), "message"),
      HasSubstr("has the active root"));
  ask(http::Status::bad_request, "give_up");
  EXPECT_THAT(answer(http::Status::conflict, "early"), HasSubstr("root-request"));
  ask(http::Status::ok, "switch_to_standby");
  EXPECT_THAT(answer(http::Status::bad_request, "nonsense"), HasSubstr("sign-root"));
  EXPECT_EQ(world_.server_roots().anchors().number, 1U);
}

}  // namespace
}  // namespace fastness::api
