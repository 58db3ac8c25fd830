#include "tls/context/ticket_keys.h"

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"

namespace fastness::tls {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

class TicketKeysTest : public ::testing::Test {
 protected:
  fastness::testing::ManualClock clock_{Timestamp{}};
  crypto::SystemRandom random_;
  TicketKeys keys_{clock_, random_};
};

TEST_F(TicketKeysTest, OneKeyServesForAnHour) {
  const auto first = keys_.current();

  clock_.advance(minutes(59));
  EXPECT_EQ(keys_.current(), first);

  clock_.advance(minutes(1));
  EXPECT_NE(keys_.current(), first);
  EXPECT_EQ(keys_.find(first->name), first);
}

TEST_F(TicketKeysTest, AKeyIsGoneAfterADay) {
  const auto first = keys_.current();

  clock_.advance(hours(24) - minutes(1));
  EXPECT_EQ(keys_.find(first->name), first);

  clock_.advance(minutes(1));
  EXPECT_EQ(keys_.find(first->name), nullptr);
}

TEST_F(TicketKeysTest, AKeyThatRestedForDaysIsNotUsedAgain) {
  const auto first = keys_.current();

  clock_.advance(hours(100));

  EXPECT_NE(keys_.current(), first);
  EXPECT_EQ(keys_.find(first->name), nullptr);
}

TEST_F(TicketKeysTest, DropForgetsAll) {
  const auto first = keys_.current();

  keys_.drop();

  EXPECT_EQ(keys_.find(first->name), nullptr);
  EXPECT_NE(keys_.current()->name, first->name);
}

TEST_F(TicketKeysTest, AnUnknownNameFindsNothing) {
  (void)keys_.current();

  EXPECT_EQ(keys_.find(TicketKey::Name{}), nullptr);
}

}  // namespace
}  // namespace fastness::tls
