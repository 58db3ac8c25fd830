#include "supervisor/operators/operator_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"

namespace fastness::supervisor {
namespace {

using ::testing::HasSubstr;

TEST(AccessReview, SaysWhoCanAndWhoDidAndWhy) {
  const auto told = json::parse(R"({"operators":[
      {"user_id":"u1","email":"anna@x.y","since":"2026-11-01T08:00:00Z","has_passkey":true,
       "seen_at":"2026-12-01T08:00:00Z"},
      {"user_id":"u2","email":"ben@x.y","since":"2026-11-02T08:00:00Z","has_passkey":false}],
    "grants":[{"id":"g1","organisation_id":"o1","operator":{"user_id":"u1","email":"anna@x.y"},
      "scopes":["things:read","history:read"],"minutes":60,"reason":"The pump is silent",
      "state":"live","asked_at":"2026-12-01T08:00:00Z","until":"2026-12-01T09:30:00Z",
      "granted_by":"break_glass"}],"has_sealed_codes":false})");

  const std::string text = review_text(*told);

  EXPECT_THAT(text, HasSubstr("anna@x.y, since 2026-11-01 08:00 UTC, seen 2026-12-01 08:00 UTC"));
  EXPECT_THAT(text, HasSubstr("ben@x.y, since 2026-11-02 08:00 UTC, without a passkey"));
  EXPECT_THAT(text, HasSubstr("anna@x.y: in until 2026-12-01 09:30 UTC, let in by two of the "
                              "sealed codes"));
  EXPECT_THAT(text, HasSubstr("organisation o1: things:read history:read"));
  EXPECT_THAT(text, HasSubstr("The pump is silent"));
  EXPECT_THAT(text, HasSubstr("No codes are sealed"));
}

TEST(AccessReview, OfNobodyIsShort) {
  const auto told = json::parse(R"({"operators":[],"grants":[],"has_sealed_codes":true})");

  EXPECT_EQ(review_text(*told),
            "No operators.\nCodes are sealed.\nNobody asked to be let in anywhere.\n");
}

}  // namespace
}  // namespace fastness::supervisor
