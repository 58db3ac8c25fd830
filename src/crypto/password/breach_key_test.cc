#include "crypto/password/breach_key.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace fastness::crypto {
namespace {

TEST(BreachKey, IsWhatTheListsHave) {
  EXPECT_EQ(to_hex(breach_key("abc")), "a9993e364706816aba3e25717850c26c9cd0d89d") << "FIPS 180-4";
  EXPECT_EQ(to_hex(breach_key("password")), "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8");
  EXPECT_EQ(to_hex(breach_key("")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

// As typed: neither case nor spaces nor what comes after a zero byte is lost.
TEST(BreachKey, IsOfEveryByte) {
  EXPECT_NE(breach_key("Password"), breach_key("password"));
  EXPECT_NE(breach_key("password "), breach_key("password"));
  EXPECT_NE(breach_key(std::string_view("pass\0word", 9)), breach_key("pass"));
}

}  // namespace
}  // namespace fastness::crypto
