#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>

#include "base/ids/ids.h"

namespace fastness {
namespace {

static_assert(sizeof(DeviceId) == 16);
static_assert(!std::is_convertible_v<Uuid, DeviceId>);
static_assert(!std::is_convertible_v<DeviceId, Uuid>);
static_assert(!std::is_constructible_v<DeviceId, ThingId>);

TEST(StrongId, ComparesAndHashesByValue) {
  const DeviceId first(Uuid({1}));
  const DeviceId second(Uuid({2}));

  EXPECT_EQ(first, first);
  EXPECT_LT(first, second);
  const std::unordered_set<DeviceId> ids{first, first, second};
  EXPECT_EQ(ids.size(), 2U);
}

}  // namespace
}  // namespace fastness
