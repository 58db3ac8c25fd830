#include "incident/record/deadlines.h"

#include <gtest/gtest.h>

namespace fastness::incident {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp day(int year, unsigned month, unsigned day_of_month) {
  return std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) /
                               static_cast<int>(day_of_month));
}

Incident known_at(Timestamp at) {
  Incident incident;
  incident.aware_at = at;
  incident.opened_at = at + 5h;
  return incident;
}

TEST(Deadlines, RunFromWhenSomebodyKnewAndNotFromWhenItWasTyped) {
  const auto clocks = deadlines(known_at(day(2026, 12, 1)));

  ASSERT_EQ(clocks.size(), 5U);
  EXPECT_EQ(clocks[0].duty, StepKind::early_warning);
  EXPECT_EQ(clocks[0].due_at, day(2026, 12, 2));
  EXPECT_EQ(clocks[1].duty, StepKind::notification);
  EXPECT_EQ(clocks[1].due_at, day(2026, 12, 4));
  EXPECT_EQ(clocks[2].duty, StepKind::data_protection);
  EXPECT_EQ(clocks[2].due_at, day(2026, 12, 4));
  EXPECT_EQ(clocks[3].law, "CRA Art. 14(4)(c); NIS 2 Art. 23(4)(d)");
  EXPECT_EQ(clocks[3].due_at, day(2027, 1, 4));
  EXPECT_EQ(clocks[4].law, "CRA Art. 14(2)(c)");
  EXPECT_EQ(clocks[4].due_at, std::nullopt) << "nothing ends it yet";
}

TEST(Deadlines, TheMonthRunsFromTheNotificationAndTheFourteenDaysFromTheMeasure) {
  Incident incident = known_at(day(2026, 12, 1));
  incident.steps = {{StepKind::notification, day(2026, 12, 2) + 9h, ""},
                    {StepKind::measure, day(2026, 12, 3), "an update"},
                    {StepKind::measure, day(2026, 12, 8), "a better one"}};

  const auto clocks = deadlines(incident);

  EXPECT_EQ(clocks[1].done_at, day(2026, 12, 2) + 9h);
  EXPECT_EQ(clocks[3].law, "CRA Art. 14(2)(c)");
  EXPECT_EQ(clocks[3].due_at, day(2026, 12, 17)) << "of the first";
  EXPECT_EQ(clocks[4].due_at, day(2027, 1, 2) + 9h);
}

TEST(Deadlines, ANotificationThatIsLateDoesNotDelayTheFinalReport) {
  Incident incident = known_at(day(2026, 12, 1));
  incident.steps = {{StepKind::notification, day(2026, 12, 20), ""}};
  EXPECT_EQ(deadlines(incident)[3].due_at, day(2027, 1, 4));
}

TEST(Deadlines, AMonthEndsWithTheMonthIfThatIsShorter) {
  EXPECT_EQ(deadlines(known_at(day(2027, 1, 28) + 7h))[3].due_at, day(2027, 2, 28) + 7h);
  EXPECT_EQ(deadlines(known_at(day(2027, 12, 31)))[3].due_at, day(2028, 2, 3));
}

TEST(StepText, IsReadOnlyOfWhatAPersonNotes) {
  for (const StepKind kind :
       {StepKind::note, StepKind::early_warning, StepKind::notification, StepKind::data_protection,
        StepKind::measure, StepKind::final_report}) {
    EXPECT_EQ(parse_noted(to_text(kind)), kind);
  }
  for (const char* text : {"", "evidence", "restriction", "search", "letters", "Note", "final"}) {
    EXPECT_EQ(parse_noted(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace fastness::incident
