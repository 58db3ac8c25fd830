#include "places/coordinates.h"

#include <limits>

#include <gtest/gtest.h>

namespace fastness::places {
namespace {

TEST(Coordinates, AreFiniteAndOnTheEarth) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  constexpr double kEndless = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(Coordinates::of(90, 180));
  EXPECT_TRUE(Coordinates::of(-90, -180));
  for (const auto& [latitude, longitude] : {std::pair{90.01, 0.0},
                                            {-90.01, 0.0},
                                            {0.0, 180.01},
                                            {0.0, -180.01},
                                            {kNone, 0.0},
                                            {0.0, kNone},
                                            {kEndless, 0.0},
                                            {0.0, -kEndless}}) {
    SCOPED_TRACE(::testing::Message() << latitude << " " << longitude);
    EXPECT_FALSE(Coordinates::of(latitude, longitude));
  }
}

TEST(Coordinates, AreAsFarApartAsTheGreatCircleSays) {
  const Coordinates berlin{52.52, 13.40};
  const Coordinates tokyo{35.68, 139.69};
  EXPECT_NEAR(kilometres_between(berlin, tokyo), 8'915, 20);
  EXPECT_NEAR(kilometres_between(tokyo, berlin), 8'915, 20);
  EXPECT_NEAR(kilometres_between(berlin, {48.14, 11.58}), 504, 3) << "Munich";
  EXPECT_DOUBLE_EQ(kilometres_between(berlin, berlin), 0);
  EXPECT_NEAR(kilometres_between({0, 179.5}, {0, -179.5}), 111, 1) << "over the date line";
  EXPECT_NEAR(kilometres_between({0, 0}, {0, 180}), 20'015, 5) << "half around";
  EXPECT_NEAR(kilometres_between({90, 0}, {-90, 50}), 20'015, 5);
}

}  // namespace
}  // namespace fastness::places
