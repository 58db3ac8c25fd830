#include "base/minute_text.h"

#include <chrono>

#include <gtest/gtest.h>

namespace fastness {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

TEST(MinuteText, IsTheMinuteThatHasBegun) {
  const Timestamp day = sys_days{std::chrono::November / 30 / 2026};
  EXPECT_EQ(minute_text(day), "2026-11-30 00:00 UTC");
  EXPECT_EQ(minute_text(day + 16h + 20min + 59s + 999'999us), "2026-11-30 16:20 UTC");
  EXPECT_EQ(minute_text(day - 1us), "2026-11-29 23:59 UTC");
}

// Heads of files are shown before they are proved.
TEST(MinuteText, TakesEveryMomentThereIs) {
  EXPECT_EQ(minute_text(Timestamp{}), "1970-01-01 00:00 UTC");
  EXPECT_EQ(minute_text(Timestamp{} - 1us), "1969-12-31 23:59 UTC");
  EXPECT_FALSE(minute_text(Timestamp::min()).empty());
  EXPECT_FALSE(minute_text(Timestamp::max()).empty());
}

}  // namespace
}  // namespace fastness
