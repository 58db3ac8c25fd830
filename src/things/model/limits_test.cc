// Each limit of names and tags, at it and one past it; every refusal names the field.
#include <gtest/gtest.h>

#include "base/fixed_limits.h"
#include "things/model/names.h"
#include "things/model/property_type.h"
#include "things/model/time_zone.h"

namespace fastness::things {
namespace {

constexpr std::size_t kName = fixed_limit("things.name_bytes");

template <typename Draft>
std::string refusal_of(const Draft& draft) {
  const auto checked = check(draft);
  return checked ? "" : checked.error().message;
}

DeviceDraft device() {
  DeviceDraft draft;
  draft.type = "mkrwifi1010";
  return draft;
}

ThingDraft thing() {
  ThingDraft draft;
  draft.name = "greenhouse";
  return draft;
}

TEST(NameLimits, NamesAreHeldToTheirLength) {
  DeviceDraft board = device();
  board.name = std::string(kName, 'x');
  EXPECT_EQ(refusal_of(board), "");
  board.name += 'x';
  EXPECT_EQ(refusal_of(board), "name: at most 64 characters");

  ThingDraft twin = thing();
  twin.name = std::string(kName, 'x');
  EXPECT_EQ(refusal_of(twin), "");
  twin.name += 'x';
  EXPECT_EQ(refusal_of(twin), "name: 1 to 64 of [a-zA-Z0-9_. -]");

  PropertyDraft property;
  property.type = find_property_type("FLOAT");
  property.name = property.variable_name = std::string(kName, 'x');
  EXPECT_EQ(refusal_of(property), "");
  property.name += 'x';
  EXPECT_EQ(refusal_of(property), "name: 1 to 64 printable characters");

  EXPECT_TRUE(check_tag(std::string(kName, 'k'), std::string(kName, 'v')));
  EXPECT_FALSE(check_tag(std::string(kName + 1, 'k'), "v"));
  EXPECT_FALSE(check_tag("k", std::string(kName + 1, 'v')));
}

TEST(NameLimits, TagsAreCounted) {
  ThingDraft draft = thing();
  for (std::size_t i = 0; i < fixed_limit("things.tags"); ++i) draft.tags[std::to_string(i)] = "v";
  EXPECT_EQ(refusal_of(draft), "");
  draft.tags["one more"] = "v";
  EXPECT_EQ(refusal_of(draft), "tags: at most 64");
}

TEST(NameLimits, BoardTypesAreHeldToTheirLength) {
  DeviceDraft draft = device();
  draft.fqbn = std::string(fixed_limit("things.fqbn_bytes"), 'x');
  EXPECT_EQ(refusal_of(draft), "");
  draft.fqbn += 'x';
  EXPECT_EQ(refusal_of(draft), "fqbn: up to 128 of [a-zA-Z0-9_.:,=+-]");
}

TEST(NameLimits, WebhooksAreHeldToTheirLength) {
  ThingDraft draft = thing();
  draft.webhook_uri = std::string(fixed_limit("things.webhook_bytes"), 'x');
  EXPECT_EQ(refusal_of(draft), "");
  draft.webhook_uri += 'x';
  EXPECT_EQ(refusal_of(draft), "webhook_uri: at most 1024 printable characters");
}

TEST(NameLimits, TimeZonesAreHeldToTheirLength) {
  ThingDraft draft = thing();
  draft.timezone = std::string(fixed_limit("things.time_zone_bytes"), 'x');
  EXPECT_EQ(refusal_of(draft), "");
  draft.timezone += 'x';
  EXPECT_EQ(refusal_of(draft), "timezone: not a time zone");
}

}  // namespace
}  // namespace fastness::things
