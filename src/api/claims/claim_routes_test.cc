// /api/v1/claim-codes and /api/v1/claims: what is told of a code, and to whom.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using namespace std::chrono_literals;
using http::Method;
using http::Status;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using testing::Member;
using ::testing::Not;
using testing::text_of;
using testing::World;

constexpr const char* kCodes = "/api/v1/claim-codes";

class ClaimRoutes : public ::testing::Test {
 protected:
  json::Array made(const std::string& wish) {
    const auto answer =
        world_.expect(Status::created, Method::post, kCodes, {.token = mine_.token, .body = wish});
    return *answer.find("claim_codes")->get<json::Array>();
  }
  std::string refusal(const std::string& wish) {
    const auto response = world_.ask(Method::post, kCodes, {.token = mine_.token, .body = wish});
    EXPECT_EQ(to_number(response.status), to_number(Status::bad_request)) << response.body;
    return response.body;
  }
  std::string list_as(const Member& member) {
    return json::to_text(world_.expect(Status::ok, Method::get, kCodes, {.token = member.token}));
  }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
};

TEST_F(ClaimRoutes, ACodeIsShownOnceAndNeverAgain) {
  const auto answer = world_.ask(Method::post, kCodes, {.token = mine_.token, .body = "{}"});
  EXPECT_EQ(answer.headers.find("cache-control"), "no-store");
  const auto body = json::parse(answer.body).value();
  const json::Value& made = body.find("claim_codes")->get<json::Array>()->at(0);
  const std::string code = text_of(made, "code");
  EXPECT_THAT(code, MatchesRegex("FC(-[0-9A-Z]{4}){4}-[0-9A-Z]"));

  EXPECT_THAT(list_as(mine_), Not(HasSubstr(code)));
  const auto line = world_.audit().list(mine_.organisation, 1, std::nullopt)->front().event;
  EXPECT_EQ(line.action, "claim_code.create");
  EXPECT_EQ(line.object, "claim_code:" + text_of(*made.find("claim_code"), "id"));
}

TEST_F(ClaimRoutes, ACodeForOneWaitsForItsOwnerAndOneForManyDoesNot) {
  const auto approval = [this](const std::string& wish) {
    return text_of(*made(wish).at(0).find("claim_code"), "approval");
  };
  EXPECT_EQ(approval("{}"), "owner");
  EXPECT_EQ(approval(R"({"uses":2})"), "none");
  EXPECT_EQ(approval(R"({"uses":2,"approval":"owner"})"), "owner");
  EXPECT_EQ(approval(R"({"approval":"none"})"), "none");
}

TEST_F(ClaimRoutes, ManyAreMadeTogetherAndTheTrailSaysHowMany) {
  const json::Array codes = made(R"({"codes":3,"label":"lot 7"})");
  ASSERT_EQ(codes.size(), 3U);
  EXPECT_NE(text_of(codes.at(0), "code"), text_of(codes.at(1), "code"));
  EXPECT_EQ(world_.audit().list(mine_.organisation, 1, std::nullopt)->front().event.object,
            "claim_codes:3");
}

TEST_F(ClaimRoutes, WishesThatCannotBeAreRefusedInWords) {
  EXPECT_THAT(refusal(R"({"codes":0})"), HasSubstr("codes"));
  EXPECT_THAT(refusal(R"({"codes":1001})"), HasSubstr("codes"));
  EXPECT_THAT(refusal(R"({"uses":10001})"), HasSubstr("uses"));
  EXPECT_THAT(refusal(R"({"uses":-1})"), HasSubstr("uses"));
  EXPECT_THAT(refusal(R"({"hardware_id":"a:b"})"), HasSubstr("hardware_id"));
  EXPECT_THAT(refusal(R"({"hardware_id":"a","uses":2})"), HasSubstr("one code of one use"));
  EXPECT_THAT(refusal(R"({"approval":"maybe"})"), HasSubstr("approval"));
  EXPECT_THAT(refusal(R"({"expires_at":"2020-01-01T00:00:00Z"})"), HasSubstr("expires_at"));
}

TEST_F(ClaimRoutes, AnotherOrganisationSeesAndEndsNothing) {
  const Member theirs = world_.add_member("you@x.y");
  const std::string id = text_of(*made("{}").at(0).find("claim_code"), "id");
  EXPECT_EQ(list_as(theirs), R"({"claim_codes":[]})");
  const std::string path = std::string(kCodes) + "/" + id;
  world_.expect(Status::not_found, Method::delete_, path, {.token = theirs.token});
  EXPECT_THAT(list_as(mine_), HasSubstr(id));
  world_.expect(Status::no_content, Method::delete_, path, {.token = mine_.token});
  EXPECT_THAT(list_as(mine_), Not(HasSubstr(id)));
  EXPECT_EQ(world_.audit().list(mine_.organisation, 1, std::nullopt)->front().event.object,
            "claim_code:" + id);
}

}  // namespace
}  // namespace fastness::api
