// Whom something concerns: found by the trail, and told to those whose trail it was.
#include "api/incident/affected.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "json/time_text.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;
using ::testing::HasSubstr;
using testing::Member;
using ::testing::Not;
using testing::World;
using namespace std::chrono_literals;

class AffectedRoutes : public ::testing::Test {
 protected:
  http::Response look(std::string body) {
    return world_.ask(Method::post, "/admin/v1/affected",
                      {.body = std::move(body), .channel = http::Channel::admin});
  }
  void make_device(const Member& member, const std::string& address) {
    EXPECT_EQ(world_
                  .ask(Method::put, "/iot/v2/devices",
                       {.token = member.token, .body = R"({"type":"phone"})", .address = address})
                  .status,
              Status::created);
  }
  void read_devices(const Member& member) {
    EXPECT_EQ(world_.ask(Method::get, "/api/v1/devices", {.token = member.token}).status,
              Status::ok);
  }
  static std::string of_key(const Member& member) {
    return R"({"key":")" + member.client_id + R"("})";
  }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
  Member other_ = world_.add_member("other@x.y");
};

TEST_F(AffectedRoutes, AKeysDoingsAreCountedByKindWithTimesAndAddresses) {
  make_device(mine_, "192.0.2.7");
  read_devices(mine_);
  read_devices(mine_);
  world_.clock().advance(4min);
  make_device(mine_, "192.0.2.8");
  make_device(other_, "192.0.2.99");

  const auto found = look(of_key(mine_));

  ASSERT_EQ(found.status, Status::ok) << found.body;
  EXPECT_THAT(found.body, HasSubstr(mine_.organisation.value().to_text()));
  EXPECT_THAT(found.body, Not(HasSubstr(other_.organisation.value().to_text())));
  EXPECT_THAT(found.body, HasSubstr(R"("data":"devices","verb":"read","count":2)"));
  EXPECT_THAT(found.body, HasSubstr(R"("action":"device.create","refused":0,"count":2)"));
  EXPECT_THAT(found.body, HasSubstr(R"(["192.0.2.7","192.0.2.8"])"));
  EXPECT_THAT(found.body, HasSubstr(R"("organisations_searched":2)"));
}

TEST_F(AffectedRoutes, WhatWasRefusedIsToldApart) {
  const std::string weak = world_.token_of(mine_, {accounts::Scope::devices_read});
  EXPECT_EQ(world_
                .ask(Method::put, "/iot/v2/devices",
                     {.token = weak, .body = R"({"type":"phone"})", .address = "198.51.100.1"})
                .status,
            Status::forbidden);
  const auto found = look(R"({"user":"me@x.y"})");
  EXPECT_THAT(found.body, HasSubstr(R"("action":"device.create","refused":1,"count":1)"));
  EXPECT_THAT(found.body, HasSubstr("198.51.100.1"));
}

TEST_F(AffectedRoutes, APersonsKeysAreTheirDoings) {
  make_device(mine_, "192.0.2.7");
  const auto found = look(R"({"user":"me@x.y"})");
  EXPECT_THAT(found.body, HasSubstr("api_key:" + mine_.client_id));
  EXPECT_THAT(found.body, HasSubstr("user:" + mine_.user.value().to_text()));
  EXPECT_THAT(found.body, HasSubstr("device.create"));
  EXPECT_EQ(look(R"({"user":"nobody@x.y"})").status, Status::not_found);
}

TEST_F(AffectedRoutes, AnOrganisationsTrailAloneIsReadIfThatIsAsked) {
  make_device(mine_, "192.0.2.7");
  make_device(other_, "192.0.2.99");
  const std::string id = mine_.organisation.value().to_text();
  const auto found = look(R"({"organisation":")" + id + R"("})");
  EXPECT_THAT(found.body, HasSubstr("192.0.2.7"));
  EXPECT_THAT(found.body, Not(HasSubstr("192.0.2.99")));
  EXPECT_EQ(look(R"({"organisation":"00000000-0000-0000-0000-000000000077"})").status,
            Status::not_found);
}

TEST_F(AffectedRoutes, WhatTheHostWritesIntoEveryTrailConcernsNobody) {
  ASSERT_EQ(look(of_key(mine_)).status, Status::ok);
  const Ask open{.body = R"({"reason":"x","restrict_to":"no-newcomers"})",
                 .channel = http::Channel::admin};
  ASSERT_EQ(world_.ask(Method::post, "/admin/v1/incidents", open).status, Status::created);
  EXPECT_THAT(look("{}").body, HasSubstr(R"("organisations":[])"));
}

TEST_F(AffectedRoutes, ATimeLimitsItAndNamesTheMonthsOfBackups) {
  make_device(mine_, "192.0.2.7");
  world_.clock().advance(40 * 24h);
  const std::string since = json::to_time_text(world_.clock().now());
  ASSERT_TRUE(world_.audit().record(
      {mine_.organisation, "user:x", "thing.update", "thing:1", "192.0.2.8", "ok"}));

  const auto found = look(R"({"since":")" + since + R"("})");

  EXPECT_THAT(found.body, Not(HasSubstr("192.0.2.7")));
  EXPECT_THAT(found.body, HasSubstr("192.0.2.8"));
  EXPECT_THAT(found.body, HasSubstr(R"("backup_months":[{"month":)"));
  EXPECT_THAT(look(of_key(mine_)).body, Not(HasSubstr("backup_months")));
}

TEST_F(AffectedRoutes, TheHostAloneAsksAndWhoseTrailWasReadHearsOfItButNotOfWhom) {
  EXPECT_GE(to_number(world_
                          .ask(Method::post, "/admin/v1/affected",
                               {.token = mine_.token, .body = of_key(other_)})
                          .status),
            400);
  ASSERT_EQ(look(of_key(mine_)).status, Status::ok);
  const auto entries = world_.audit().list(other_.organisation, 5, std::nullopt).value();
  ASSERT_FALSE(entries.empty());
  EXPECT_EQ(entries[0].event.action, "host.look_for_affected");
  EXPECT_EQ(entries[0].event.object, "organisation:" + other_.organisation.value().to_text());
}

TEST_F(AffectedRoutes, ASearchIsNotedByTheIncidentThatIsOpen) {
  ASSERT_TRUE(world_.incidents().begin({"x", "", {}}, world_.clock().now()));
  ASSERT_EQ(look(of_key(mine_)).status, Status::ok);
  const auto current = world_.incidents().current().value();
  ASSERT_EQ(current->steps.size(), 1U);
  EXPECT_EQ(current->steps[0].text,
            "by api_key:" + mine_.client_id + ": 0 of 2 organisations, 2 entries read");
}

TEST_F(AffectedRoutes, ALongTrailIsReadPieceByPieceToItsEnd) {
  for (std::size_t i = 0; i < audit::AuditLog::kMaxPage + 3; ++i) {
    ASSERT_TRUE(world_.audit().record(
        {mine_.organisation, "user:x", "thing.update", "thing:1", "192.0.2.1", "ok"}));
  }
  AffectedSearch search(world_.audit(),
                        {{"user:x"}, {mine_.organisation, other_.organisation}, {}, {}});
  int pieces = 0;
  for (bool has_more = true; has_more; ++pieces) has_more = search.step().value();
  EXPECT_EQ(pieces, 3) << "two of one trail, one of the other";
  ASSERT_EQ(search.found().size(), 1U);
  EXPECT_EQ(search.found().begin()->second.acts.begin()->second.count,
            audit::AuditLog::kMaxPage + 3);
}

}  // namespace
}  // namespace fastness::api
