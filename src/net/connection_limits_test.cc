#include "net/connection_limits.h"

#include <vector>

#include <gtest/gtest.h>

namespace fastness::net {
namespace {

constexpr SteadyTime kNow{std::chrono::hours{1}};

boost::asio::ip::address address(const char* text) {
  return boost::asio::ip::make_address(text);
}

TEST(ConnectionLimits, OneAddressGetsSoManyAndNoMore) {
  const auto limits = ConnectionLimits::create({.max_connections = 10, .max_per_address = 2});
  auto first = limits->take(address("192.0.2.1"), kNow);
  auto second = limits->take(address("192.0.2.1"), kNow);

  EXPECT_TRUE(first && second);
  EXPECT_FALSE(limits->take(address("192.0.2.1"), kNow));
  EXPECT_FALSE(limits->take(address("::ffff:192.0.2.1"), kNow));
  EXPECT_TRUE(limits->take(address("192.0.2.2"), kNow));
}

TEST(ConnectionLimits, ASlotThatGoesIsFreeAgain) {
  const auto limits = ConnectionLimits::create({.max_connections = 10, .max_per_address = 1});
  {
    auto slot = limits->take(address("192.0.2.1"), kNow);
    ConnectionLimits::Slot moved = std::move(*slot);
    EXPECT_EQ(limits->open(), 1U);
  }

  EXPECT_EQ(limits->open(), 0U);
  EXPECT_TRUE(limits->take(address("192.0.2.1"), kNow));
}

TEST(ConnectionLimits, AssigningOverASlotReleasesIt) {
  const auto limits = ConnectionLimits::create({.max_connections = 10, .max_per_address = 1});
  auto first = limits->take(address("192.0.2.1"), kNow);
  auto second = limits->take(address("192.0.2.2"), kNow);

  *first = std::move(*second);

  EXPECT_EQ(limits->open(), 1U);
  EXPECT_TRUE(limits->take(address("192.0.2.1"), kNow));
  EXPECT_FALSE(limits->take(address("192.0.2.2"), kNow));
}

TEST(ConnectionLimits, NeighboursInAn64AreOneSubscriber) {
  const auto limits = ConnectionLimits::create({.max_connections = 10, .max_per_address = 1});
  auto first = limits->take(address("2001:db8::1"), kNow);

  EXPECT_FALSE(limits->take(address("2001:db8::ffff:2"), kNow));
  EXPECT_TRUE(limits->take(address("2001:db8:0:1::1"), kNow));
}

TEST(ConnectionLimits, DescriptorsAreSharedWithOtherLimits) {
  using Limits = ConnectionLimits;
  const auto budget = std::make_shared<DescriptorBudget>(DescriptorBudget::kLeast);
  std::vector<Limits::Refusal> refused;
  const auto note = [&refused](Limits::Refusal why) { refused.push_back(why); };
  const auto devices = Limits::create(
      {.descriptors = budget, .descriptors_for = DescriptorBudget::For::devices}, note);
  const auto people = Limits::create({.descriptors = budget});
  std::vector<Limits::Slot> slots;
  while (auto slot = devices->take(address("192.0.2.1"), kNow)) slots.push_back(std::move(*slot));

  EXPECT_EQ(refused, std::vector{Limits::Refusal::no_descriptor});
  EXPECT_EQ(slots.size(), budget->most(DescriptorBudget::For::devices));
  EXPECT_TRUE(people->take(address("192.0.2.1"), kNow)) << "a place is kept for people";

  slots.pop_back();
  EXPECT_TRUE(devices->take(address("192.0.2.1"), kNow)) << "it was given back";
  slots.clear();
  EXPECT_EQ(budget->taken(), 0U);
}

TEST(ConnectionLimits, TheTotalIsALimitToo) {
  const auto limits = ConnectionLimits::create({.max_connections = 2, .max_per_address = 2});
  auto first = limits->take(address("192.0.2.1"), kNow);
  auto second = limits->take(address("192.0.2.2"), kNow);

  EXPECT_FALSE(limits->take(address("192.0.2.3"), kNow));
}

TEST(ConnectionLimits, WhoHasProvedItselfCountsForTheTotalOnly) {
  const auto limits = ConnectionLimits::create({.max_connections = 2, .max_per_address = 1});
  auto first = limits->take(address("192.0.2.1"), kNow);
  EXPECT_FALSE(limits->take(address("192.0.2.1"), kNow));

  first->settle();
  auto second = limits->take(address("192.0.2.1"), kNow);
  EXPECT_TRUE(second);
  EXPECT_EQ(limits->open(), 2U);
  first->settle();
  second.reset();
  first.reset();

  EXPECT_EQ(limits->open(), 0U);
  EXPECT_TRUE(limits->take(address("192.0.2.1"), kNow));
}

TEST(ConnectionLimits, AnAddressComesSoFastAndNoFaster) {
  std::vector<ConnectionLimits::Refusal> refusals;
  const auto limits = ConnectionLimits::create(
      {.pace_of_address = {10, 3}},
      [&refusals](ConnectionLimits::Refusal why) { refusals.push_back(why); });
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limits->take(address("192.0.2.1"), kNow)) << i;
  EXPECT_FALSE(limits->take(address("192.0.2.1"), kNow));
  EXPECT_TRUE(limits->take(address("192.0.2.2"), kNow)) << "another's pace is its own";
  EXPECT_TRUE(limits->take(address("192.0.2.1"), kNow + std::chrono::milliseconds(101)));
  EXPECT_FALSE(limits->take(address("192.0.2.1"), kNow + std::chrono::milliseconds(102)));
  EXPECT_EQ(refusals, std::vector(2, ConnectionLimits::Refusal::rate_of_address));
}

TEST(ConnectionLimits, EachRefusalSaysWhy) {
  using Refusal = ConnectionLimits::Refusal;
  std::vector<Refusal> refusals;
  const auto limits =
      ConnectionLimits::create({.max_connections = 2, .max_per_address = 1},
                               [&refusals](Refusal why) { refusals.push_back(why); });
  const auto one = limits->take(address("192.0.2.1"), kNow);
  (void)limits->take(address("192.0.2.1"), kNow);
  const auto two = limits->take(address("192.0.2.2"), kNow);
  (void)limits->take(address("192.0.2.3"), kNow);
  EXPECT_EQ(refusals, (std::vector{Refusal::connections_of_address, Refusal::all_connections}));
}

}  // namespace
}  // namespace fastness::net
