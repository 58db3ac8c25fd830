#include "supervisor/incident/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"

namespace fastness::supervisor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Timestamp kReported{std::chrono::sys_days(std::chrono::year(2026) / 12 / 2)};

json::Value record_of_one() {
  return json::parse(R"({"restriction":"read-only","incidents":[{"number":3,
    "opened_at":"2026-11-30T22:00:00Z","aware_at":"2026-11-30T20:00:00Z",
    "reason":"ada's login was stolen","opened_by":"grace",
    "steps":[{"kind":"restriction","at":"2026-11-30T22:00:00Z","text":"read-only"},
             {"kind":"search","at":"2026-11-30T23:00:00Z","text":"by user:1: 1 of 2 organisations"},
             {"kind":"early-warning","at":"2026-12-01T01:00:00Z","text":"number 17"}],
    "deadlines":[{"duty":"early-warning","what":"early warning","law":"L1",
                  "due_at":"2026-12-01T20:00:00Z","done_at":"2026-12-01T01:00:00Z"},
                 {"duty":"final-report","what":"final report","law":"L2"}]}]})")
      .value();
}

TEST(ReportDraft, ForTheAuthorityHasWhatIsKnownAndNamesTheBlanks) {
  const std::string text = report_draft(record_of_one(), Reader::authority, kReported).value();
  EXPECT_THAT(text, HasSubstr("In a line: ada's login was stolen\n"));
  EXPECT_THAT(text, HasSubstr("First known: 2026-11-30 20:00 UTC\n"));
  EXPECT_THAT(text, HasSubstr("- 2026-11-30 22:00 UTC: the server was restricted: read-only\n"));
  EXPECT_THAT(text, HasSubstr("by user:1: 1 of 2 organisations\n"));
  EXPECT_THAT(text,
              HasSubstr("| early warning | L1 | 2026-12-01 20:00 UTC | 2026-12-01 01:00 UTC |"));
  EXPECT_THAT(text, HasSubstr("| final report | L2 | a measure is not there yet | no |"));
  EXPECT_THAT(text, HasSubstr("Looks after it: grace\n"));
  EXPECT_THAT(text, HasSubstr("[WRITE: likely consequences]"));
}

TEST(ReportDraft, ForEverybodyHasNothingOfTheOperatorsOwnWords) {
  const std::string text = report_draft(record_of_one(), Reader::everybody, kReported).value();
  EXPECT_THAT(text, HasSubstr("We knew of it from 2026-11-30 20:00 UTC on. It is not over."));
  for (const char* inside : {"stolen", "grace", "number 17", "user:1"}) {
    EXPECT_THAT(text, Not(HasSubstr(inside))) << inside;
  }
}

TEST(ReportDraft, WithoutAnIncidentThereIsNone) {
  const auto none = json::parse(R"({"restriction":"normal","incidents":[]})").value();
  EXPECT_EQ(report_draft(none, Reader::authority, kReported).error().code, Errc::not_found);
}

}  // namespace
}  // namespace fastness::supervisor
