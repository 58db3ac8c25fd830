#include "crypto/password/one_time_code.h"

#include <algorithm>
#include <string_view>

#include <gtest/gtest.h>

namespace fastness::crypto {
namespace {

SecretBytes secret_of(std::string_view text) {
  SecretBytes secret(text.size());
  std::copy(text.begin(), text.end(), secret.reveal().begin());
  return secret;
}

// RFC 6238, appendix B, the rows of SHA-1.
TEST(OneTimeCode, IsWhatTheStandardSays) {
  const SecretBytes secret = secret_of("12345678901234567890");
  const struct {
    std::int64_t seconds;
    std::string_view code;
  } kCases[] = {
      {59, "94287082"},
      {1'111'111'109, "07081804"},
      {1'111'111'111, "14050471"},
      {1'234'567'890, "89005924"},
      {2'000'000'000, "69279037"},
      {20'000'000'000, "65353130"},
  };
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.seconds);
    const std::uint64_t step = one_time_step(Timestamp(std::chrono::seconds(each.seconds)));
    EXPECT_EQ(one_time_code(secret, step, 8), each.code);
    EXPECT_EQ(one_time_code(secret, step), each.code.substr(2));
  }
}

// RFC 4226, appendix D.
TEST(OneTimeCode, CountsAsTheStandardDoes) {
  const SecretBytes secret = secret_of("12345678901234567890");
  const std::string_view kCodes[] = {"755224", "287082", "359152", "969429", "338314",
                                     "254676", "287922", "162583", "399871", "520489"};
  std::uint64_t step = 0;
  for (const std::string_view code : kCodes) EXPECT_EQ(one_time_code(secret, step++), code);
}

TEST(OneTimeCode, AStepHasThirtySecondsAndNoneIsBeforeTheFirst) {
  EXPECT_EQ(one_time_step(Timestamp(std::chrono::milliseconds(29'999))), 0U);
  EXPECT_EQ(one_time_step(Timestamp(std::chrono::seconds(30))), 1U);
  EXPECT_EQ(one_time_step(Timestamp(std::chrono::seconds(-31))), 0U);
}

// RFC 4648, 10, without the padding.
TEST(OneTimeCode, ItsSecretIsWrittenInBase32) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"", ""},
      {"f", "MY"},
      {"fo", "MZXQ"},
      {"foo", "MZXW6"},
      {"foob", "MZXW6YQ"},
      {"fooba", "MZXW6YTB"},
      {"foobar", "MZXW6YTBOI"},
  };
  for (const auto& [bytes, text] : kCases) EXPECT_EQ(to_base32(as_bytes(bytes)), text);
}

}  // namespace
}  // namespace fastness::crypto
