#include "http/refusal.h"

#include <gtest/gtest.h>

namespace fastness::http {
namespace {

TEST(Refusal, EveryStatusHasTheCodeThatACallerActsOn) {
  EXPECT_EQ(error_code(400), Errc::invalid_argument);
  EXPECT_EQ(error_code(413), Errc::invalid_argument);
  EXPECT_EQ(error_code(422), Errc::invalid_argument);
  EXPECT_EQ(error_code(401), Errc::unauthenticated);
  EXPECT_EQ(error_code(403), Errc::permission_denied);
  EXPECT_EQ(error_code(404), Errc::not_found);
  EXPECT_EQ(error_code(409), Errc::already_exists);
  EXPECT_EQ(error_code(429), Errc::exhausted);
  for (const unsigned other : {0U, 301U, 418U, 500U, 503U, 100'000U}) {
    EXPECT_EQ(error_code(other), Errc::unavailable) << other;
  }
}

TEST(Refusal, HalfASentenceIsAboutItsField) {
  EXPECT_EQ(refusal_sentence("must be a number", "step"), "step must be a number");
  EXPECT_EQ(refusal_sentence("must be a number", ""), "must be a number");
}

TEST(Refusal, AWholeSentenceStandsAlone) {
  EXPECT_EQ(refusal_sentence("There is no such object.", "id"), "There is no such object.");
}

}  // namespace
}  // namespace fastness::http
