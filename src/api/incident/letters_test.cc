// Letters about an incident: to whom it concerns, once each, and to nobody by mistake.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using ::testing::HasSubstr;
using testing::Member;
using ::testing::Not;
using testing::World;

class LetterRoutes : public ::testing::Test {
 protected:
  LetterRoutes() {
    for (const Member& each : {mine_, other_}) {
      EXPECT_TRUE(world_.accounts().users().set_password(each.user, Bytes(16), {}));
    }
  }
  http::Response send(std::string body) {
    return world_.ask(Method::post, "/admin/v1/incidents/letters",
                      {.body = std::move(body), .channel = http::Channel::admin});
  }
  void open() { ASSERT_TRUE(world_.incidents().begin({"x", "", {}}, world_.clock().now())); }
  // The step that ends a run.
  void await_end() {
    world_.tasks().run_until([this] {
      const auto current = world_.incidents().current().value();
      return !current->steps.empty() && current->steps.back().kind == incident::StepKind::letters;
    });
  }
  std::string last_step() { return world_.incidents().current().value()->steps.back().text; }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
  Member other_ = world_.add_member("other@x.y");
};

TEST_F(LetterRoutes, EverybodyGetsOneAndNobodyTwo) {
  open();
  EXPECT_THAT(send(R"({"text":"Choose a new password.","everybody":true})").body,
              HasSubstr(R"("concerned":2,"told_before":0,"to_tell":2)"));
  await_end();
  ASSERT_EQ(world_.letters.size(), 2U);
  EXPECT_THAT(world_.letters[0].second.body.en, HasSubstr("Choose a new password.\n"));
  EXPECT_THAT(world_.letters[0].second.body.en, HasSubstr("https://localhost:8443/"));
  EXPECT_EQ(last_step(), "2 people told, 0 not reached");

  EXPECT_THAT(send(R"({"text":"Again.","everybody":true})").body, HasSubstr(R"("to_tell":0)"));
  EXPECT_EQ(world_.letters.size(), 2U);
}

TEST_F(LetterRoutes, WhatTheHostTypedStaysAndWhatIsSaidAroundItIsTranslated) {
  open();
  EXPECT_EQ(send(R"({"text":"Wechseln Sie Ihr Passwort.","everybody":true})").status, Status::ok);
  await_end();

  ASSERT_FALSE(world_.letters.empty());
  const wording::Letter& letter = world_.letters[0].second;
  EXPECT_EQ(letter.subject.en, "About the security of your account");
  EXPECT_EQ(letter.subject.de, "Zur Sicherheit Ihres Kontos");
  EXPECT_EQ(letter.body.de,
            "Wechseln Sie Ihr Passwort.\n\n"
            "Ihr Konto, und was damit getan wurde (Audit): https://localhost:8443/\n");
  EXPECT_THAT(letter.body.en, HasSubstr("Wechseln Sie Ihr Passwort.\n\nYour account, and what"));
}

TEST_F(LetterRoutes, WhoIsAffectedIsFoundByTheTrailAndNobodyElseIsWritten) {
  (void)world_.ask(Method::put, "/iot/v2/devices",
                   {.token = mine_.token, .body = R"({"type":"phone"})"});
  open();
  const std::string affected = R"({"text":"x","affected":{"key":")" + mine_.client_id + R"("}})";
  EXPECT_THAT(send(affected).body, HasSubstr(R"("to_tell":1)"));
  await_end();
  ASSERT_EQ(world_.letters.size(), 1U);
  EXPECT_EQ(world_.letters[0].first, mine_.user);
}

TEST_F(LetterRoutes, ADryRunWritesToNobody) {
  open();
  EXPECT_THAT(send(R"({"text":"x","everybody":true,"dry_run":true})").body,
              HasSubstr(R"("to_tell":2,"dry_run":true)"));
  EXPECT_TRUE(world_.letters.empty());
}

TEST_F(LetterRoutes, WhoWasNotReachedIsTriedAgain) {
  open();
  world_.can_deliver = false;
  EXPECT_EQ(send(R"({"text":"x","everybody":true})").status, Status::ok);
  await_end();
  EXPECT_EQ(last_step(), "0 people told, 2 not reached");
  EXPECT_THAT(send(R"({"text":"x","everybody":true,"dry_run":true})").body,
              HasSubstr(R"("to_tell":2)"));
}

TEST_F(LetterRoutes, NobodyIsWrittenByMistake) {
  EXPECT_EQ(send(R"({"text":"x","everybody":true})").status, Status::not_found) << "none is open";
  open();
  for (const char* body : {R"({"text":"x"})", R"({"text":"x","everybody":false})",
                           R"({"text":"x","everybody":true,"affected":{}})", R"({"text":""})",
                           R"({"everybody":true})"}) {
    EXPECT_EQ(send(body).status, Status::bad_request) << body;
  }
  EXPECT_GE(to_number(world_
                          .ask(Method::post, "/admin/v1/incidents/letters",
                               {.token = mine_.token, .body = R"({"text":"x","everybody":true})"})
                          .status),
            400);
  EXPECT_TRUE(world_.letters.empty());
}

}  // namespace
}  // namespace fastness::api
