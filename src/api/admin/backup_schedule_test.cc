// PUT /admin/v1/backup-schedule: who may say how backups went, in which words, and who hears of it.
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
using upkeep::Trouble;

constexpr const char* kSchedule = "/admin/v1/backup-schedule";
constexpr const char* kFailed = R"({"outcome":"failed","trouble":"verify"})";

class BackupSchedule : public ::testing::Test {
 protected:
  void report(const std::string& body) {
    world_.expect(Status::no_content, Method::put, kSchedule,
                  {.body = body, .channel = http::Channel::admin});
  }
  std::string told(std::string_view path, const testing::Ask& how) {
    return world_.ask(Method::get, path, how).body;
  }
  std::string host_status() { return told("/admin/v1/status", {.channel = http::Channel::admin}); }
  const std::optional<upkeep::BackupWatch::Failing>& failing() {
    return world_.backups_made().standing()->failing;
  }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
};

TEST_F(BackupSchedule, OnlyTheHostSaysHowItWent) {
  for (const testing::Ask& how :
       {testing::Ask{.body = kFailed}, testing::Ask{.token = mine_.token, .body = kFailed}}) {
    const auto answer = world_.ask(Method::put, kSchedule, how);
    EXPECT_GE(to_number(answer.status), 400);
    EXPECT_FALSE(failing());
  }
}

TEST_F(BackupSchedule, TheHostSeesWhyAndAnOrganisationSeesThat) {
  EXPECT_THAT(host_status(), Not(HasSubstr("backup_failed")));
  report(kFailed);

  EXPECT_THAT(host_status(), HasSubstr("backup_failed"));
  EXPECT_THAT(host_status(), HasSubstr("could not be read back whole"));
  const std::string checks = told("/api/v1/checks", {.token = mine_.token});
  EXPECT_THAT(checks, HasSubstr("Backups by schedule"));
  EXPECT_THAT(checks, Not(HasSubstr("could not be read back whole")));

  report(R"({"outcome":"made","newest_at":"2026-11-30T00:00:00Z"})");
  EXPECT_THAT(host_status(), Not(HasSubstr("backup_failed")));
  EXPECT_THAT(told("/api/v1/checks", {.token = mine_.token}),
              Not(HasSubstr("Backups by schedule")));
}

TEST_F(BackupSchedule, NoWordButOneOfItsOwnIsKept) {
  for (const char* body :
       {"{}", R"({"outcome":"failed"})", R"({"outcome":"failed","trouble":"late"})",
        R"({"outcome":"failed","trouble":"/etc/key"})", R"({"outcome":"made"})",
        R"({"outcome":"not_due"})", R"({"outcome":"well","newest_at":"2026-11-30T00:00:00Z"})",
        R"({"outcome":"made","newest_at":"yesterday"})",
        R"({"outcome":"failed","trouble":"copy","why":"a path"})"}) {
    const auto answer =
        world_.ask(Method::put, kSchedule, {.body = body, .channel = http::Channel::admin});
    EXPECT_EQ(to_number(answer.status), 400) << body;
  }
  EXPECT_FALSE(failing());
}

}  // namespace
}  // namespace fastness::api
