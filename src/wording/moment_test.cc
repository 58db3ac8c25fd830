#include "wording/moment.h"

#include <chrono>
#include <limits>

#include <gtest/gtest.h>

namespace fastness::wording {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

TEST(Minute, IsWrittenAsEachLanguageDoesAndNamesItsZone) {
  const Timestamp time = Timestamp(sys_days{std::chrono::March / 4 / 2026}) + 16h + 5min + 59s;

  EXPECT_EQ(minute(time).en, "2026-03-04 16:05 UTC");
  EXPECT_EQ(minute(time).de, "04.03.2026 um 16:05 Uhr UTC");
  EXPECT_EQ(minute(Timestamp{}).de, "01.01.1970 um 00:00 Uhr UTC");
}

TEST(Minute, TakesEveryMomentThereIs) {
  for (const Timestamp time : {Timestamp::min(), Timestamp::max()}) {
    const std::string german = minute(time).de;
    EXPECT_EQ(german.substr(2, 1) + german.substr(5, 1), "..") << german;
    EXPECT_TRUE(german.ends_with(" Uhr UTC")) << german;
  }
}

TEST(Number, IsGroupedByThousands) {
  EXPECT_EQ(number(0).de, "0");
  EXPECT_EQ(number(999).en, "999");
  EXPECT_EQ(number(1'000).en, "1,000");
  EXPECT_EQ(number(12'345).de, "12.345");
  EXPECT_EQ(number(std::numeric_limits<std::uint64_t>::max()).en, "18,446,744,073,709,551,615");
}

}  // namespace
}  // namespace fastness::wording
