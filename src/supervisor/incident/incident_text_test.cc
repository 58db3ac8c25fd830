#include "supervisor/incident/incident_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"

namespace fastness::supervisor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

constexpr Timestamp kDecember{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)};

json::Value parsed(std::string_view text) {
  return json::parse(text).value();
}

json::Value one_incident(const std::string& closed = "") {
  return parsed(R"({"restriction":"read-only","incidents":[{"number":3,
    "opened_at":"2026-11-30T22:00:00Z","aware_at":"2026-11-30T20:00:00Z","reason":"a login was stolen",
    "opened_by":"ada",)" +
                closed +
                R"("steps":[{"kind":"restriction","at":"2026-11-30T22:00:00Z","text":"read-only"}],
    "deadlines":[
     {"duty":"early-warning","what":"early warning","law":"L1","due_at":"2026-12-01T20:00:00Z"},
     {"duty":"notification","what":"notification","law":"L2","due_at":"2026-12-03T20:00:00Z","done_at":"2026-11-30T23:00:00Z"},
     {"duty":"final-report","what":"final report","law":"L3"}]}]})");
}

TEST(IncidentText, SaysHowLongItIsOpenAndWhichClockRunsOutWhen) {
  const std::string text = incidents_as_text(one_incident(), false, kDecember);
  EXPECT_THAT(text, HasSubstr("incident    3, open for 2 h 0 min\n"));
  EXPECT_THAT(text, HasSubstr("by 2026-12-01 20:00 UTC, in 20 h 0 min\n"));
  EXPECT_THAT(text, HasSubstr("done 2026-11-30 23:00 UTC\n"));
  EXPECT_THAT(text, HasSubstr("runs from when a measure is there"));
  EXPECT_THAT(text, HasSubstr("2026-11-30 22:00 UTC  restriction: read-only\n"));
  EXPECT_THAT(text, HasSubstr("The instance is restricted: read-only\n"));
}

TEST(IncidentText, AClockThatRanOutSaysSo) {
  const std::string text = incidents_as_text(one_incident(), false, kDecember + 48h);
  EXPECT_THAT(text, HasSubstr("by 2026-12-01 20:00 UTC: OVER for 1 d 4 h\n"));
  EXPECT_THAT(text, HasSubstr("open for 2 d 2 h"));
}

TEST(IncidentText, AClosedOneIsInTheHistoryOnlyAndNoClockOfItRuns) {
  const auto closed =
      one_incident(R"("closed_at":"2026-12-01T10:00:00Z","statement":"It is over.",)");
  EXPECT_THAT(incidents_as_text(closed, false, kDecember), HasSubstr("No incident is open."));
  const std::string all = incidents_as_text(closed, true, kDecember + 48h);
  EXPECT_THAT(all, HasSubstr("3, closed"));
  EXPECT_THAT(all, HasSubstr("It is over."));
  EXPECT_THAT(all, Not(HasSubstr("OVER")));
}

TEST(IncidentText, OfThoseAffectedSaysWhoWhatWhenAndWhatNobodyKnows) {
  const std::string text = affected_as_text(parsed(R"({"actors":["api_key:fk1"],
    "organisations_searched":2,"entries_read":40,"entries_unreadable":3,"organisations":[
    {"organisation_id":"o-1","accesses":[{"actor":"api_key:fk1","data":"history","verb":"read",
      "count":7,"first_at":"2026-11-30T08:00:00Z","last_at":"2026-11-30T09:00:00Z"}],
     "acts":[{"actor":"api_key:fk1","action":"device.enrol","count":2,"refused":1,
      "first_at":"2026-11-30T08:10:00Z","last_at":"2026-11-30T08:10:00Z"}],
     "addresses":["192.0.2.1"],"has_more_addresses":true}],
    "backup_months":[{"month":"2026-11-01T00:00:00Z","readable_until":"2027-12-01T00:00:00Z"}]})"));
  EXPECT_THAT(text, HasSubstr("40 entries of 2 trails were read; 1 organisation is concerned."));
  EXPECT_THAT(text, HasSubstr("3 more were erased"));
  EXPECT_THAT(text, HasSubstr("read history, 7 requests, in the hours 2026-11-30 08:00 UTC to"));
  EXPECT_THAT(text, HasSubstr("device.enrol, 2 times, of which 1 refused, 2026-11-30 08:10 UTC\n"));
  EXPECT_THAT(text, HasSubstr("192.0.2.1 and more"));
  EXPECT_THAT(text, HasSubstr("of 2026-11: can be opened until 2027-12-01 00:00 UTC"));
  EXPECT_THAT(text, HasSubstr("Not in the trail"));
}

TEST(PastTime, IsATimeADayOrHowLongAgo) {
  EXPECT_EQ(parse_past("36h", kDecember).value(), kDecember - 36h);
  EXPECT_EQ(parse_past("7d", kDecember).value(), kDecember - 7 * 24h);
  EXPECT_EQ(parse_past("2026-11-30", kDecember).value(), kDecember - 24h);
  EXPECT_EQ(parse_past("2026-11-30T23:00:00Z", kDecember).value(), kDecember - 1h);
  EXPECT_EQ(parse_past("0h", kDecember).value(), kDecember);
}

TEST(PastTime, IsNothingElseAndNotStillToCome) {
  for (const char* text :
       {"", "h", "d", "-3h", "3m", "yesterday", "2026-13-01", "3 h", "1.5h",
        "99999999999999999999h", "100001d", "2026-12-02", "2099-01-01T00:00:00Z"}) {
    const auto time = parse_past(text, kDecember);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code, Errc::invalid_argument);
  }
}

}  // namespace
}  // namespace fastness::supervisor
