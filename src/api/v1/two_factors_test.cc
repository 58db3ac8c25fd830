// A server that asks everybody for two factors, attacked with the password alone.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;
using testing::path_of_nobody;
using testing::text_of;
using testing::with;
using testing::World;

class TwoFactors : public ::testing::Test {
 protected:
  TwoFactors() { world_.accounts().sessions().ask_for_two_factors(); }

  Ask sign_in() { return World::page_of(world_.sign_in()); }
  std::string owes(const Ask& page) {
    return text_of(world_.expect(Status::ok, Method::get, "/api/v1/session", page),
                   "second_factor");
  }
  // The rows that a page gets past the question for a second factor.
  std::set<std::string> open_to(Ask page) {
    page.body = R"({"name":"n","code":"1","email":"e","role":"viewer"})";
    std::set<std::string> open;
    for (const Route& route : world_.api().routes()) {
      const std::string row = std::string(to_text(route.method)) + " " + std::string(route.pattern);
      if (route.access.who == Access::Who::anyone || route.access.who == Access::Who::host) {
        continue;
      }
      if (row == "DELETE /api/v1/session" || row == "GET /api/v1/live") continue;
      const auto response = world_.ask(route.method, path_of_nobody(route.pattern), page);
      // EST answers in a line of text, without a code.
      const bool says_why = response.body.find(kSecondFactorRequired) != std::string::npos ||
                            route.style == ErrorStyle::text;
      if (response.status != Status::forbidden || !says_why) open.insert(row);
    }
    return open;
  }
  // Somebody who has the password and nothing else.
  void add_person() {
    ASSERT_EQ(world_.set_up().status, Status::created);
    const UserId me = world_.accounts().users().registered().value().front().id;
    ASSERT_TRUE(world_.accounts().operators().add(me)) << "somebody for whom every row is there";
  }

  World world_;
};

const std::set<std::string> kToShow = {"GET /api/v1/session",
                                       "POST /api/v1/session/prove",
                                       "POST /api/v1/session/prove/passkey/options",
                                       "POST /api/v1/session/prove/passkey",
                                       "GET /api/v1/account",
                                       "GET /api/v1/account/passkeys"};
const std::set<std::string> kToAdd = {
    "POST /api/v1/account/factor", "POST /api/v1/account/factor/confirm",
    "POST /api/v1/account/passkeys", "POST /api/v1/account/passkeys/options"};

TEST_F(TwoFactors, WhoHasNoneLooksAtTheirAccountAddsOneAndNothingElse) {
  add_person();
  const Ask page = sign_in();

  EXPECT_EQ(owes(page), "to_add");
  std::set<std::string> expected = kToShow;
  expected.insert(kToAdd.begin(), kToAdd.end());
  EXPECT_EQ(open_to(page), expected);

  world_.add_app(page);
  EXPECT_EQ(owes(page), "nothing");
  world_.expect(Status::ok, Method::get, "/api/v1/devices", page);
}

// T15: who was given the password adds no factor of their own beside the one that is there.
TEST_F(TwoFactors, ASessionOfBeforeShowsTheFactorThatIsThereAndAddsNone) {
  add_person();
  const Ask before = sign_in();
  const Ask page = sign_in();
  const World::App app = world_.add_app(page);

  EXPECT_EQ(owes(before), "to_show");
  EXPECT_EQ(open_to(before), kToShow);
  world_.expect(Status::forbidden, Method::post, "/api/v1/account/password",
                with(before, R"({"current_password":"correct horse battery","new_password":"x"})"));
  world_.expect(Status::forbidden, Method::post, "/api/v1/session/prove",
                with(before, R"({"password":"correct horse battery"})"));
  EXPECT_EQ(owes(before), "to_show");

  world_.expect(Status::no_content, Method::post, "/api/v1/session/prove",
                with(before, R"({"password":"correct horse battery","code":")" +
                                 world_.code_of(app) + "\"}"));
  EXPECT_EQ(owes(before), "nothing");
  world_.expect(Status::ok, Method::get, "/api/v1/devices", before);
}

TEST_F(TwoFactors, APasswordThatIsShownAgainIsStillOneFactor) {
  add_person();
  const Ask page = sign_in();

  world_.expect(Status::no_content, Method::post, "/api/v1/session/prove",
                with(page, R"({"password":"correct horse battery"})"));

  EXPECT_EQ(owes(page), "to_add");
}

TEST_F(TwoFactors, KeysOfProgramsAndTheHostAreNotAsked) {
  const auto me = world_.add_member("k@x.y");
  world_.expect(Status::ok, Method::get, "/api/v1/devices", {.token = me.token});
  world_.expect(Status::ok, Method::get, "/admin/v1/status", {.channel = http::Channel::admin});
}

TEST(OneFactor, IsEnoughWhereNobodyAsksForTwo) {
  World world;
  const auto me = world.add_member("me@x.y");
  const Ask page = world.page_of(me.user);

  EXPECT_EQ(
      text_of(world.expect(Status::ok, Method::get, "/api/v1/session", page), "second_factor"),
      "nothing");
  world.expect(Status::ok, Method::get, "/api/v1/devices", page);
}

}  // namespace
}  // namespace fastness::api
