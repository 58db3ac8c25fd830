#include "pipeline/refusals.h"

#include <gtest/gtest.h>

namespace fastness::pipeline {
namespace {

const OrganisationId kOrganisation{Uuid(Uuid::Bytes{1})};
const ThingId kThing{Uuid(Uuid::Bytes{2})};
const PropertyId kProperty{Uuid(Uuid::Bytes{3})};

Refused refused(std::optional<PropertyId> property, std::string name, Refusal reason,
                std::int64_t at) {
  return {kOrganisation,   kThing, property,
          std::move(name), reason, Timestamp(std::chrono::seconds(at))};
}

TEST(Refusals, CountAndRememberTheLastReason) {
  Refusals refusals;
  refusals.note({refused(kProperty, "temp", Refusal::wrong_type, 1),
                 refused(kProperty, "temp", Refusal::above_maximum, 2)});

  ASSERT_NE(refusals.find(kProperty), nullptr);
  EXPECT_EQ(refusals.find(kProperty)->count, 2U);
  EXPECT_EQ(refusals.find(kProperty)->last_reason, Refusal::above_maximum);
  EXPECT_EQ(refusals.find(kProperty)->last_at, Timestamp(std::chrono::seconds(2)));
  EXPECT_TRUE(refusals.unknown_names(kThing).empty());

  refusals.forget(kProperty);
  EXPECT_EQ(refusals.find(kProperty), nullptr);
}

TEST(Refusals, ABoardThatInventsNamesDoesNotFillTheMemory) {
  Refusals refusals;
  for (int i = 0; i < 1'000; ++i) {
    refusals.note({refused({}, "x" + std::to_string(i), Refusal::unknown_property, i)});
  }

  EXPECT_EQ(refusals.unknown_names(kThing).size(), Refusals::kMaxUnknownNames);
  EXPECT_EQ(refusals.unknown_names(kThing).at("x0").count, 1U);
}

}  // namespace
}  // namespace fastness::pipeline
