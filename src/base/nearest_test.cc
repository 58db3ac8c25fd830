#include "base/nearest.h"

#include <gtest/gtest.h>

namespace fastness {
namespace {

TEST(Nearest, CountsWhatMustBeTyped) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("pump", ""), 4U);
  EXPECT_EQ(edit_distance("devce", "device"), 1U);
  EXPECT_EQ(edit_distance("listen", "silent"), 4U);
}

TEST(Nearest, NamesWhatWasMeantAndNothingElse) {
  const std::string names[] = {"device", "demo", "thing", "trust", "trust-header"};
  struct Case {
    const char* typed;
    const char* meant;
  };
  for (const Case& each : {Case{"devce", "device"}, Case{"dev", "device"}, Case{"thngs", "thing"},
                           Case{"trust-heder", "trust-header"}, Case{"zzz", ""}, Case{"", ""},
                           Case{"publish", ""}, Case{"demi", "demo"}}) {
    SCOPED_TRACE(each.typed);
    EXPECT_EQ(nearest_name(each.typed, names), each.meant);
  }
  EXPECT_EQ(nearest_name("device", {}), "");
}

}  // namespace
}  // namespace fastness
