#include "tls/context/saved_sessions.h"

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"

namespace fastness::tls {
namespace {

using std::chrono::hours;

SavedSessions::Id id_of(std::uint32_t number) {
  SavedSessions::Id id{};
  std::memcpy(id.data(), &number, sizeof number);
  return id;
}

class SavedSessionsTest : public ::testing::Test {
 protected:
  void put(std::uint32_t number) {
    const std::array<std::uint8_t, 2> key{7, static_cast<std::uint8_t>(number)};
    sessions_.put(id_of(number), {TrafficSecret(key), 0x1301, {clock_.steady(), std::nullopt}});
  }

  fastness::testing::ManualClock clock_{Timestamp{}};
  SavedSessions sessions_{clock_};
};

TEST_F(SavedSessionsTest, GivesEachAwayOnce) {
  put(1);
  put(2);
  const auto taken = sessions_.take(id_of(1));
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->key.reveal()[1], 1);
  EXPECT_FALSE(sessions_.take(id_of(1)));
  EXPECT_TRUE(sessions_.take(id_of(2)));
  EXPECT_FALSE(sessions_.take(id_of(3)));
}

TEST_F(SavedSessionsTest, KeepsThemForHalfADayAndNotForAWholeOne) {
  put(1);
  put(2);
  clock_.advance(SavedSessions::kLifetime / 2);
  EXPECT_TRUE(sessions_.take(id_of(1)));
  clock_.advance(SavedSessions::kLifetime / 2);
  EXPECT_FALSE(sessions_.take(id_of(2)));
}

TEST_F(SavedSessionsTest, ForgetsAllWhenTold) {
  put(1);
  sessions_.drop();
  EXPECT_FALSE(sessions_.take(id_of(1)));
}

TEST_F(SavedSessionsTest, TheOldestGoWhenThereAreTooMany) {
  constexpr auto kMost = fixed_limit<std::uint32_t>("tls.saved_sessions");
  for (std::uint32_t i = 0; i <= kMost; ++i) put(i);
  EXPECT_FALSE(sessions_.take(id_of(0)));
  EXPECT_TRUE(sessions_.take(id_of(kMost / 2)));
  EXPECT_TRUE(sessions_.take(id_of(kMost)));
}

}  // namespace
}  // namespace fastness::tls
