#include "incident/record/letters.h"

#include <gtest/gtest.h>

#include "incident/record/incidents.h"

namespace fastness::incident {
namespace {

TEST(Letters, WhoWasToldStaysToldOfThatIncidentAlone) {
  auto database = storage::Database::open_in_memory().value();
  const auto incidents = Incidents::open(database).value();
  const Timestamp now{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)};
  ASSERT_TRUE(incidents->begin({"x", "", {}}, now));
  const UserId ada(Uuid({1}));
  {
    const auto letters = Letters::open(database).value();
    EXPECT_TRUE(letters->told(1).value().empty());
    ASSERT_TRUE(letters->note(1, ada, now));
    ASSERT_TRUE(letters->note(1, ada, now)) << "twice is no error";
    EXPECT_FALSE(letters->note(2, ada, now)) << "there is no such incident";
  }
  const auto letters = Letters::open(database).value();
  EXPECT_EQ(letters->told(1).value(), std::set<UserId>{ada});
  EXPECT_TRUE(letters->told(2).value().empty());
}

}  // namespace
}  // namespace fastness::incident
