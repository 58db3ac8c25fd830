#include "client/board/greenhouse.h"

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"

namespace fastness::client {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Timestamp at_hour(int hour) {
  return Timestamp(std::chrono::days(20'000)) + hours(hour);
}

TEST(Greenhouse, ThePumpWatersAndPlantsDrink) {
  Greenhouse greenhouse(1);
  greenhouse.set_soil(40);
  greenhouse.advance(hours(2), at_hour(12));
  const double dry = greenhouse.soil();
  EXPECT_LT(dry, 40);

  greenhouse.set_pump(true);
  greenhouse.advance(seconds(30), at_hour(12));
  EXPECT_GT(greenhouse.soil(), dry + 10) << "to be seen at once";
}

TEST(Greenhouse, NoonIsBrightAndMidnightDark) {
  Greenhouse greenhouse(1);
  greenhouse.advance(minutes(10), at_hour(12));
  EXPECT_GT(greenhouse.light(), 20'000);
  greenhouse.advance(minutes(10), at_hour(0));
  EXPECT_LT(greenhouse.light(), 1);
}

TEST(Greenhouse, StaysWithinWhatThereCanBe) {
  for (const GreenhouseMoment& moment :
       greenhouse_past(at_hour(0), hours(24 * 30), minutes(10), 7)) {
    ASSERT_GE(moment.soil, 20);
    ASSERT_LE(moment.soil, 100);
    ASSERT_GE(moment.humidity, 5);
    ASSERT_LE(moment.humidity, 100);
    ASSERT_GT(moment.temperature, 5);
    ASSERT_LT(moment.temperature, 40);
    ASSERT_GE(moment.light, 0);
  }
}

TEST(Greenhouse, ThePastEndsWhereItIsToldToAndHasAMomentEachStep) {
  const auto past = greenhouse_past(at_hour(0), hours(24 * 7), minutes(10), 1);
  ASSERT_EQ(past.size(), 1'008U);
  EXPECT_EQ(past.back().time, at_hour(0) - minutes(10));
}

TEST(GreenhouseSketch, DoesWhatTheOwnerWrites) {
  fastness::testing::ManualClock clock(at_hour(12));
  GreenhouseSketch sketch(clock, 1);
  const auto soil_after = [&] {
    clock.advance(seconds(10));
    double soil = -1;
    for (const senml::Record& record : sketch.loop(clock.steady())) {
      if (record.name == "soil") soil = std::get<double>(*record.value);
    }
    return soil;
  };
  clock.advance(seconds(1));
  static_cast<void>(sketch.loop(clock.steady()));
  sketch.written({"soil", std::nullopt, 50.0, std::nullopt, std::nullopt});
  EXPECT_NEAR(soil_after(), 50, 0.5);

  sketch.written({"pump", std::nullopt, true, std::nullopt, std::nullopt});
  EXPECT_NEAR(soil_after(), 56, 0.5);

  sketch.written({"pump", std::nullopt, false, std::nullopt, std::nullopt});
  EXPECT_LT(soil_after(), 56.5);
}

TEST(WanderingSketch, SendsAsManyValuesAsItIsToldTo) {
  WanderingSketch sketch("value", {std::chrono::milliseconds(10), 2}, 1);
  const SteadyTime start = SteadyTime() + seconds(1);
  EXPECT_EQ(sketch.loop(start).size(), 1U);
  EXPECT_EQ(sketch.next(), start + std::chrono::milliseconds(10));
  EXPECT_EQ(sketch.loop(sketch.next()).size(), 1U);
  EXPECT_EQ(sketch.next(), SteadyTime::max());
}

}  // namespace
}  // namespace fastness::client
