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
        R"({"outcome":"failed","trouble":"copy","why":"a path"})",
        R"({"outcome":"failed","trouble":"open"})",
        R"({"outcome":"failed","trouble":"untested"})"}) {
    const auto answer =
        world_.ask(Method::put, kSchedule, {.body = body, .channel = http::Channel::admin});
    EXPECT_EQ(to_number(answer.status), 400) << body;
  }
  EXPECT_FALSE(failing());
}

TEST_F(BackupSchedule, ATestRestoreThatFailsIsShownBesideBackupsThatAreWell) {
  report(R"({"outcome":"made","newest_at":"2026-11-22T00:00:00Z"})");
  EXPECT_THAT(host_status(), HasSubstr(R"("backups":{"newest_at":"2026-11-22T00:00:00)"));
  ASSERT_TRUE(world_.backups_made().note_failure(Trouble::open));

  EXPECT_THAT(host_status(), HasSubstr("test_restore_failed"));
  EXPECT_THAT(host_status(), HasSubstr("none has passed yet: a backup was made and restored"));
  EXPECT_THAT(host_status(), Not(HasSubstr("backup_failed")));
  EXPECT_THAT(told("/api/v1/checks", {.token = mine_.token}), HasSubstr("Test restores"));

  ASSERT_TRUE(world_.backups_made().note_test_passed());
  EXPECT_THAT(host_status(), HasSubstr("restored_at"));
  EXPECT_THAT(host_status(), Not(HasSubstr("test_restore_failed")));
  EXPECT_THAT(told("/api/v1/checks", {.token = mine_.token}), Not(HasSubstr("Test restores")));
}

TEST_F(BackupSchedule, ATestRestoreIsBegunAndEndedByTheHostAlone) {
  const std::string path =
      "/admin/v1/backups/" + testing::ScriptedBackup::kId.to_text() + "/test-restore";
  const std::string size = R"({"bytes":1000})";
  for (const Method method : {Method::post, Method::put, Method::get}) {
    const auto refused = world_.ask(method, path, {.token = mine_.token, .body = size});
    EXPECT_GE(to_number(refused.status), 400);
  }
  EXPECT_FALSE(world_.backup().test.begun);

  const testing::Ask look{.channel = http::Channel::admin};
  world_.expect(Status::not_found, Method::get, path, look);
  world_.expect(Status::bad_request, Method::post, path,
                {.body = R"({"bytes":0})", .channel = http::Channel::admin});
  world_.expect(Status::ok, Method::post, path, {.body = size, .channel = http::Channel::admin});
  EXPECT_EQ(world_.backup().test.begun->second, 1'000U);
  world_.expect(Status::no_content, Method::put, path,
                {.body = R"({"is_unpacked":true})", .channel = http::Channel::admin});
  EXPECT_THAT(told(path, look), HasSubstr("opening"));
  world_.backup().test.progress = {HostTestRestore::State::failed, "a page is damaged"};
  EXPECT_THAT(told(path, look), HasSubstr("a page is damaged"));

  world_.backup().test.refuses_with = Error{Errc::exhausted, "the disk has 3 MB free"};
  const auto refused =
      world_.ask(Method::post, path, {.body = size, .channel = http::Channel::admin});
  EXPECT_EQ(refused.status, Status::service_unavailable);
  EXPECT_THAT(refused.body, HasSubstr("No test restore: the disk has 3 MB free."));
}

}  // namespace
}  // namespace fastness::api
