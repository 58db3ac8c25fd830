// What an owner hears of a key that is tried where it may not be, or that opens nothing at all.
#include <string>

#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Member;
using testing::text_of;
using testing::World;

class KeyAlarms : public ::testing::Test {
 protected:
  accounts::NewApiKey make(accounts::Scopes scopes, const char* networks, accounts::KeyUse use) {
    return world_.accounts()
        .api_keys()
        .create(mine_.organisation, mine_.user, "nightly", scopes,
                world_.clock().now() + std::chrono::hours(24 * 30), *parse_networks(networks), use)
        .value();
  }
  http::Response ask_token(const accounts::NewApiKey& key, const std::string& address) {
    return world_.ask(Method::post, "/iot/v1/clients/token",
                      {.body = "grant_type=client_credentials&client_id=" + key.key.client_id +
                               "&client_secret=" + std::string(as_text(key.secret.reveal())),
                       .address = address});
  }
  audit::Event last_line() {
    return world_.audit().list(mine_.organisation, 1, std::nullopt)->front().event;
  }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
};

TEST_F(KeyAlarms, ALimitedKeyAndItsTokensAreRefusedElsewhereAndItsOwnerReadsFromWhere) {
  const auto key = make(accounts::Scopes::all(), "192.0.2.0/24", accounts::KeyUse::program);
  const auto inside = ask_token(key, "192.0.2.9");
  ASSERT_EQ(inside.status, Status::ok) << inside.body;
  const std::string token = text_of(*json::parse(inside.body), "access_token");
  const auto see = [&](const std::string& address) {
    return world_.ask(Method::get, "/api/v1/things", {.token = token, .address = address}).status;
  };
  EXPECT_EQ(see("192.0.2.9"), Status::ok);

  EXPECT_EQ(see("198.51.100.7"), Status::unauthorized);

  EXPECT_EQ(last_line().action, "api_key.from_elsewhere");
  EXPECT_EQ(last_line().object, "api_key:" + key.key.client_id);
  EXPECT_EQ(last_line().address, "198.51.100.7");
  EXPECT_EQ(last_line().result, "refused");
  // And looks like any other wrong credentials.
  const auto wrong = ask_token({key.key, accounts::testing::secret("wrong")}, "198.51.100.7");
  const auto elsewhere = ask_token(key, "198.51.100.7");
  EXPECT_EQ(elsewhere.status, Status::unauthorized);
  EXPECT_EQ(elsewhere.body, wrong.body);
}

TEST_F(KeyAlarms, WhoTriesAHoneyKeyIsAnsweredAsForAWrongOneAndIsReported) {
  const auto honey = make({}, "", accounts::KeyUse::honey);

  const auto tried = ask_token(honey, "198.51.100.7");

  const auto wrong = ask_token({honey.key, accounts::testing::secret("wrong")}, "198.51.100.7");
  EXPECT_EQ(tried.status, Status::unauthorized);
  EXPECT_EQ(tried.body, wrong.body);
  EXPECT_EQ(last_line().action, "api_key.honey_used");
  EXPECT_EQ(last_line().address, "198.51.100.7");
  const auto home = world_.expect(Status::ok, Method::get, "/api/v1/home", {.token = mine_.token});
  const auto* attention = home.find("attention")->get<json::Array>();
  ASSERT_EQ(attention->size(), 1U);
  EXPECT_EQ(text_of(attention->front(), "kind"), "honey_key_used");
  EXPECT_NE(text_of(attention->front(), "title").find("198.51.100.7"), std::string::npos);
}

}  // namespace
}  // namespace fastness::api
