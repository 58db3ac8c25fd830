#include "incident/record/incidents.h"

#include <gtest/gtest.h>

namespace fastness::incident {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kOpened{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)};

class IncidentsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Incidents> open() { return Incidents::open(database_).value(); }

  storage::Database database_ = storage::Database::open_in_memory().value();
};

TEST_F(IncidentsTest, TheRecordOutlivesARestart) {
  {
    const auto incidents = open();
    const auto begun = incidents->begin({"a login was stolen", "ada", kOpened - 2h}, kOpened);
    ASSERT_TRUE(begun) << begun.error().message;
    ASSERT_TRUE(incidents->note(StepKind::early_warning, "to the CSIRT", kOpened + 1h));
  }

  const auto current = open()->current().value();

  ASSERT_TRUE(current);
  EXPECT_EQ(current->number, 1);
  EXPECT_EQ(current->opened_at, kOpened);
  EXPECT_EQ(current->aware_at, kOpened - 2h);
  EXPECT_EQ(current->reason, "a login was stolen");
  EXPECT_EQ(current->opened_by, "ada");
  EXPECT_EQ(current->steps,
            (std::vector<Step>{{StepKind::early_warning, kOpened + 1h, "to the CSIRT"}}));
}

TEST_F(IncidentsTest, OneIsOpenAtATimeAndTheHistoryStays) {
  const auto incidents = open();
  ASSERT_TRUE(incidents->begin({"the first", "", {}}, kOpened));
  EXPECT_EQ(incidents->begin({"another", "", {}}, kOpened).error().code, Errc::already_exists);

  const auto closed = incidents->close("It is over.\nNobody was harmed.", kOpened + 1h);
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->closed_at, kOpened + 1h);
  EXPECT_FALSE(incidents->current().value());
  ASSERT_TRUE(incidents->begin({"the second", "", {}}, kOpened + 2h));

  const auto all = incidents->list(10).value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].reason, "the second");
  EXPECT_EQ(all[1].statement, "It is over.\nNobody was harmed.");
}

// Whoever writes past this class does not get two of them open either.
TEST_F(IncidentsTest, TheDatabaseItselfHasNoTwoOpen) {
  const auto incidents = open();
  ASSERT_TRUE(incidents->begin({"the first", "", {}}, kOpened));
  EXPECT_FALSE(
      database_.run("INSERT INTO incident_record (opened_at, aware_at, reason, opened_by) "
                    "VALUES (1, 1, 'x', '')"));
}

TEST_F(IncidentsTest, WithoutAnOpenOneThereIsNothingToNoteOrToClose) {
  const auto incidents = open();
  EXPECT_EQ(incidents->note(StepKind::note, "x", kOpened).error().code, Errc::not_found);
  EXPECT_EQ(incidents->close("x", kOpened).error().code, Errc::not_found);
}

TEST_F(IncidentsTest, WhatIsWrittenIsSaneAndSaysSomething) {
  const auto incidents = open();
  for (const Incidents::Opening& opening :
       {Incidents::Opening{"", "", {}}, Incidents::Opening{"two\nlines", "", {}},
        Incidents::Opening{"x", "a\x1b[2Jb", {}},
        Incidents::Opening{std::string(Incidents::kMaxLine + 1, 'x'), "", {}},
        Incidents::Opening{"x", "", kOpened + 1s}}) {
    const auto begun = incidents->begin(opening, kOpened);
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error().code, Errc::invalid_argument);
  }
  ASSERT_TRUE(incidents->begin({std::string(Incidents::kMaxLine, 'x'), "", kOpened}, kOpened));
  EXPECT_FALSE(incidents->note(StepKind::note, "", kOpened));
  EXPECT_TRUE(incidents->note(StepKind::measure, "", kOpened));
  EXPECT_FALSE(incidents->note(StepKind::measure, "a\rb", kOpened));
  for (const std::string& statement :
       {std::string(), std::string("a\x1b"), std::string(Incidents::kMaxStatement + 1, 'x')}) {
    EXPECT_EQ(incidents->close(statement, kOpened).error().code, Errc::invalid_argument);
  }
  EXPECT_TRUE(incidents->close(std::string(Incidents::kMaxStatement, 'x'), kOpened));
}

TEST_F(IncidentsTest, AStepOfALaterVersionIsANote) {
  const auto incidents = open();
  ASSERT_TRUE(incidents->begin({"x", "", {}}, kOpened));
  ASSERT_TRUE(
      database_.run("INSERT INTO incident_step (incident, kind, at, text) "
                    "VALUES (1, 77, 1, 'of tomorrow')"));
  EXPECT_EQ(incidents->current().value()->steps.at(0).kind, StepKind::note);
}

using Texts = std::vector<std::string>;

Texts published(const Incidents& incidents) {
  Texts texts;
  for (const auto& each : incidents.published()) texts.push_back(each.text);
  return texts;
}

TEST_F(IncidentsTest, NothingIsPublishedByItselfAndEachVersionStays) {
  const auto incidents = open();
  EXPECT_EQ(incidents->publish({}, "Too early.", kOpened).error().code, Errc::not_found);
  ASSERT_TRUE(incidents->begin({"the first", "", {}}, kOpened));
  EXPECT_EQ(incidents->publish(1, "It is open.", kOpened).error().code, Errc::not_found);
  ASSERT_TRUE(incidents->close("It is over.", kOpened + 1h));
  EXPECT_EQ(published(*incidents), Texts{});
  EXPECT_EQ(incidents->withdraw({}, kOpened).error().code, Errc::not_found);

  ASSERT_TRUE(incidents->publish({}, "", kOpened + 2h));
  EXPECT_EQ(published(*incidents), Texts{"It is over."});
  EXPECT_EQ(published(*open()), Texts{"It is over."}) << "over a restart";
  ASSERT_TRUE(incidents->publish(1, "It is over.\n\nNobody was harmed.", kOpened + 3h));
  const auto& shown = incidents->published().at(0);
  EXPECT_EQ(shown.closed_at, kOpened + 1h);
  EXPECT_EQ(shown.published_at, kOpened + 2h);
  EXPECT_EQ(shown.changed_at, kOpened + 3h);
  EXPECT_EQ(incidents->list(1)->front().statement, "It is over.") << "as it was closed";

  ASSERT_TRUE(incidents->withdraw(1, kOpened + 4h));
  EXPECT_EQ(published(*incidents), Texts{});
  EXPECT_EQ(incidents->withdraw(1, kOpened).error().code, Errc::not_found);
  ASSERT_TRUE(incidents->publish(1, "Again.", kOpened + 5h));
  EXPECT_EQ(incidents->published().at(0).published_at, kOpened + 5h);
  EXPECT_FALSE(incidents->published().at(0).changed_at);
  const auto versions =
      database_.query_one<std::int64_t>("SELECT count(*) FROM incident_statement");
  EXPECT_EQ(std::get<0>(**versions), 4);
}

TEST_F(IncidentsTest, WhatIsHostileOrUnfinishedIsNotPublished) {
  const auto incidents = open();
  ASSERT_TRUE(incidents->begin({"x", "", {}}, kOpened));
  ASSERT_TRUE(incidents->close("What [WRITE: in a sentence].", kOpened));
  const std::string long_one(Incidents::kMaxStatement + 1, 'a');
  for (const std::string& text :
       {std::string(), long_one, std::string("bell\a"), std::string("tab\tbed"),
        std::string("line\r\n"), std::string("escape \x1b[31m"), std::string("nul\0x", 5),
        std::string("turned \xE2\x80\xAE round"), std::string("\xE2\x81\xA6 isolated"),
        std::string("[WRITE: name]")}) {
    EXPECT_EQ(incidents->publish({}, text, kOpened).error().code, Errc::invalid_argument) << text;
  }
  EXPECT_EQ(published(*incidents), Texts{});
  for (const std::string& text :
       {std::string("<script>alert(1)</script>"), std::string("\xE2\x80\x99quoted\xE2\x80\x99"),
        std::string(Incidents::kMaxStatement, 'a')}) {
    EXPECT_TRUE(incidents->publish({}, text, kOpened)) << "shown as it is: text";
  }
}

TEST_F(IncidentsTest, TheNewestStay) {
  const auto incidents = open();
  for (std::size_t i = 0; i < Incidents::kShownAtOnce + 2; ++i) {
    ASSERT_TRUE(incidents->begin({"x", "", {}}, kOpened));
    ASSERT_TRUE(incidents->close("Number " + std::to_string(i + 1) + ".", kOpened));
    ASSERT_TRUE(incidents->publish({}, "", kOpened));
  }
  ASSERT_EQ(incidents->published().size(), Incidents::kShownAtOnce);
  EXPECT_EQ(incidents->published().front().text, "Number 12.");
}

}  // namespace
}  // namespace fastness::incident
