#include "identity/detection/refusal_watch.h"

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;

class RefusalWatchTest : public ::testing::Test {
 protected:
  void try_to_come_in(RefusalReason reason) { watch_.note(device_, reason, clock_.now()); }
  std::optional<RefusedAttempts> attempts() { return watch_.find(device_, clock_.now()); }

  fastness::testing::ManualClock clock_{
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22))};
  crypto::SystemRandom random_;
  RefusalWatch watch_;
  const DeviceId device_{random_uuid(random_)};
};

TEST_F(RefusalWatchTest, CountsWhoWasTakenBackAndTries) {
  const Timestamp began = clock_.now();
  try_to_come_in(RefusalReason::certificate_revoked);
  clock_.advance(1h);
  try_to_come_in(RefusalReason::device_revoked);

  ASSERT_TRUE(attempts());
  EXPECT_EQ(attempts()->count, 2U);
  EXPECT_EQ(attempts()->reason, RefusalReason::device_revoked);
  EXPECT_EQ(attempts()->first, began);
  EXPECT_EQ(attempts()->last, clock_.now());
}

// Else anybody who knows a device's id could accuse it.
TEST_F(RefusalWatchTest, IgnoresWhatAnybodyCanDo) {
  for (const RefusalReason reason :
       {RefusalReason::wrong_secret, RefusalReason::no_secret, RefusalReason::unknown_certificate,
        RefusalReason::unknown_device, RefusalReason::malformed, RefusalReason::forged,
        RefusalReason::expired, RefusalReason::not_yet_valid, RefusalReason::wrong_signature,
        RefusalReason::generation}) {
    SCOPED_TRACE(to_text(reason));
    EXPECT_FALSE(RefusalWatch::counts(reason));
    try_to_come_in(reason);
    EXPECT_FALSE(attempts());
  }
}

TEST_F(RefusalWatchTest, ADayOfSilenceEndsIt) {
  try_to_come_in(RefusalReason::suspended);
  clock_.advance(RefusalWatch::kStanding);
  EXPECT_FALSE(attempts());

  try_to_come_in(RefusalReason::suspended);

  EXPECT_EQ(attempts()->count, 1U) << "it begins anew";
  EXPECT_EQ(attempts()->first, clock_.now());
}

TEST_F(RefusalWatchTest, WhatIsOverTakesNoMemory) {
  try_to_come_in(RefusalReason::quarantined);
  watch_.prune(clock_.now());
  EXPECT_TRUE(attempts());

  clock_.advance(RefusalWatch::kStanding);
  watch_.prune(clock_.now());

  EXPECT_FALSE(attempts());
}

TEST_F(RefusalWatchTest, AnotherDeviceIsNotAccused) {
  try_to_come_in(RefusalReason::wrong_key);

  EXPECT_FALSE(watch_.find(DeviceId(random_uuid(random_)), clock_.now()));
}

}  // namespace
}  // namespace fastness::identity
