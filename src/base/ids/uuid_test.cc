#include "base/ids/uuid.h"

#include <gtest/gtest.h>

namespace fastness {
namespace {

TEST(Uuid, RoundTripsThroughItsOneSpelling) {
  const auto uuid = Uuid::parse("00112233-4455-4677-8899-AABBCCDDEEFF");

  ASSERT_TRUE(uuid);
  EXPECT_EQ(uuid->to_text(), "00112233-4455-4677-8899-aabbccddeeff");
  EXPECT_EQ(uuid->bytes()[15], 0xff);
}

TEST(Uuid, RefusesEveryOtherForm) {
  for (const std::string_view text :
       {"", "00112233-4455-4677-8899-aabbccddeef", "00112233-4455-4677-8899-aabbccddeeff0",
        "001122334-455-4677-8899-aabbccddeeff", "g0112233-4455-4677-8899-aabbccddeeff",
        "{0112233-4455-4677-8899-aabbccddeef}", "00112233445546778899aabbccddeeff----"}) {
    SCOPED_TRACE(text);
    const auto uuid = Uuid::parse(text);
    ASSERT_FALSE(uuid);
    EXPECT_EQ(uuid.error().code, Errc::invalid_argument);
  }
}

}  // namespace
}  // namespace fastness
