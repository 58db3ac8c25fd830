#include "supervisor/accounts/account_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"

namespace fastness::supervisor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(AccountList, SaysWhoIsInWhoIsOutAndWhy) {
  const auto told = json::parse(R"({"accounts":[
      {"user_id":"u1","email":"anna@x.y","created_at":"2026-11-01T08:00:00Z","has_password":true,
       "last_sign_in_at":"2026-12-01T08:00:00Z","sessions":2},
      {"user_id":"u2","email":"ben@x.y","created_at":"2026-11-02T08:00:00Z","has_password":true,
       "last_sign_in_at":"2026-11-30T08:00:00Z","sessions":0,
       "suspended_at":"2026-12-01T09:00:00Z","reason":"Their laptop was stolen"},
      {"user_id":"u3","email":"","created_at":"2026-11-03T08:00:00Z","has_password":false,
       "sessions":0}]})");

  EXPECT_EQ(
      accounts_text(*told),
      "anna@x.y, since 2026-11-01 08:00 UTC, last signed in 2026-12-01 08:00 UTC, 2 sessions\n"
      "ben@x.y, since 2026-11-02 08:00 UTC, last signed in 2026-11-30 08:00 UTC, 0 sessions\n"
      "  suspended since 2026-12-01 09:00 UTC: Their laptop was stolen\n"
      "u3, since 2026-11-03 08:00 UTC, has not set up yet, 0 sessions\n");
  EXPECT_EQ(accounts_text(*json::parse(R"({"accounts":[]})")), "Nobody has an account.\n");
}

TEST(AccountList, ASuspensionSaysWhatBecomesOfWhatTheyOwn) {
  const auto told = json::parse(R"({"sessions_ended":1,"api_keys_suspended":3,"organisations":[
      {"id":"o1","name":"Greenhouse","others":0,"administrators":0},
      {"id":"o2","name":"Workshop","others":1,"administrators":0},
      {"id":"o3","name":"Club","others":9,"administrators":2}]})");

  const std::string text = suspended_text(*told);

  EXPECT_THAT(text, HasSubstr("Suspended. 1 session ended; 3 API keys open nothing until"));
  EXPECT_THAT(text, HasSubstr("Nobody can hand it over meanwhile:\n"));
  EXPECT_THAT(text, HasSubstr("  Greenhouse: nobody else is in it"));
  EXPECT_THAT(text, HasSubstr("  Workshop: 1 other person is in it, of whom nobody administers"));
  EXPECT_THAT(text, HasSubstr("  Club: 9 others are in it, of whom 2 administer it.\n"));
  EXPECT_THAT(suspended_text(*json::parse(
                  R"({"sessions_ended":0,"api_keys_suspended":1,"organisations":[]})")),
              Not(HasSubstr("own")));
}

}  // namespace
}  // namespace fastness::supervisor
