#include "wording/language.h"

#include <gtest/gtest.h>

namespace fastness::wording {
namespace {

TEST(Language, IsReadAsItIsWrittenAndInNoOtherWay) {
  for (const Language language : kLanguages) {
    EXPECT_EQ(parse_language(to_text(language)), language);
  }
  for (const char* other : {"", "EN", "en-GB", "german", "fr", "de ", "de\n"}) {
    EXPECT_FALSE(parse_language(other)) << other;
  }
}

}  // namespace
}  // namespace fastness::wording
