#include "net/connection_limits.h"

#include <vector>

#include <gtest/gtest.h>

namespace fastness::net {
namespace {

boost::asio::ip::address address(const char* text) {
  return boost::asio::ip::make_address(text);
}

TEST(ConnectionLimits, OneAddressGetsSoManyAndNoMore) {
  const auto limits = ConnectionLimits::create({.max_connections = 10, .max_per_address = 2});
  auto first = limits->take(address("192.0.2.1"));
  auto second = limits->take(address("192.0.2.1"));

  EXPECT_TRUE(first && second);
  EXPECT_FALSE(limits->take(address("192.0.2.1")));
  EXPECT_FALSE(limits->take(address("::ffff:192.0.2.1")));
  EXPECT_TRUE(limits->take(address("192.0.2.2")));
}

TEST(ConnectionLimits, ASlotThatGoesIsFreeAgain) {
  const auto limits = ConnectionLimits::create({.max_connections = 10, .max_per_address = 1});
  {
    auto slot = limits->take(address("192.0.2.1"));
    ConnectionLimits::Slot moved = std::move(*slot);
    EXPECT_EQ(limits->open(), 1U);
  }

  EXPECT_EQ(limits->open(), 0U);
  EXPECT_TRUE(limits->take(address("192.0.2.1")));
}

TEST(ConnectionLimits, AssigningOverASlotReleasesIt) {
  const auto limits = ConnectionLimits::create({.max_connections = 10, .max_per_address = 1});
  auto first = limits->take(address("192.0.2.1"));
  auto second = limits->take(address("192.0.2.2"));

  *first = std::move(*second);

  EXPECT_EQ(limits->open(), 1U);
  EXPECT_TRUE(limits->take(address("192.0.2.1")));
  EXPECT_FALSE(limits->take(address("192.0.2.2")));
}

TEST(ConnectionLimits, NeighboursInAn64AreOneSubscriber) {
  const auto limits = ConnectionLimits::create({.max_connections = 10, .max_per_address = 1});
  auto first = limits->take(address("2001:db8::1"));

  EXPECT_FALSE(limits->take(address("2001:db8::ffff:2")));
  EXPECT_TRUE(limits->take(address("2001:db8:0:1::1")));
}

TEST(ConnectionLimits, TheTotalIsALimitToo) {
  const auto limits = ConnectionLimits::create({.max_connections = 2, .max_per_address = 2});
  auto first = limits->take(address("192.0.2.1"));
  auto second = limits->take(address("192.0.2.2"));

  EXPECT_FALSE(limits->take(address("192.0.2.3")));
}

}  // namespace
}  // namespace fastness::net
