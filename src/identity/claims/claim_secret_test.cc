#include "identity/claims/claim_secret.h"

#include <algorithm>
#include <regex>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/testing/seeded_random.h"
#include "crypto/secret/system_random.h"

namespace fastness::identity {
namespace {

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

std::string text_of(const ClaimSecret& secret) {
  return std::string(as_text(secret.to_text().reveal()));
}

std::string some_text() {
  fastness::testing::SeededRandom random;
  return text_of(ClaimSecret::make(random));
}

// What is read, spelled as we spell it; nothing if it is refused.
std::string read(std::string_view text) {
  const auto secret = ClaimSecret::parse(text);
  if (secret) return text_of(*secret);
  EXPECT_EQ(secret.error().code, Errc::invalid_argument);
  return "";
}

std::string replaced(std::string text, char from, char to) {
  std::ranges::replace(text, from, to);
  return text;
}

TEST(ClaimSecret, HasEightyBitsInGroupsForPeople) {
  crypto::SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const ClaimSecret secret = ClaimSecret::make(random);
    EXPECT_EQ(secret.reveal().size() * 8, 80U);
    const std::string text = text_of(secret);
    EXPECT_TRUE(
        std::regex_match(text, std::regex("FC(-[0-9A-HJKMNP-TV-Z]{4}){4}-[0-9A-HJKMNP-TV-Z]")))
        << text;
    EXPECT_TRUE(seen.insert(text).second);
  }
}

TEST(ClaimSecret, IsReadBackAsItWas) {
  fastness::testing::SeededRandom random;
  for (int i = 0; i < 200; ++i) {
    const ClaimSecret secret = ClaimSecret::make(random);
    const auto again = ClaimSecret::parse(text_of(secret));
    ASSERT_TRUE(again);
    EXPECT_EQ(to_bytes(again->reveal()), to_bytes(secret.reveal()));
  }
}

TEST(ClaimSecret, IsReadAsPeopleWriteIt) {
  const std::string text = some_text();
  std::string small = text;
  std::ranges::transform(small, small.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string bare = text;
  std::erase(bare, '-');
  EXPECT_EQ(read(small), text);
  EXPECT_EQ(read(bare), text);
  EXPECT_EQ(read(bare.substr(2)), text) << "without the FC";
  EXPECT_EQ(read(replaced(text, '-', ' ')), text);
  EXPECT_EQ(read("  " + text + " "), text);
  EXPECT_EQ(read(replaced(text, '0', 'o')), text);
  EXPECT_EQ(read(replaced(text, '0', 'O')), text);
  for (const char c : {'i', 'I', 'l', 'L'}) EXPECT_EQ(read(replaced(text, '1', c)), text);
}

TEST(ClaimSecret, FindsEveryWrongDigit) {
  const std::string text = some_text();
  int tried = 0;
  for (std::size_t i = 3; i < text.size(); ++i) {
    if (text[i] == '-') continue;
    for (const char digit : kCrockford) {
      if (digit == text[i]) continue;
      std::string wrong = text;
      wrong[i] = digit;
      EXPECT_EQ(read(wrong), "") << wrong;
      ++tried;
    }
  }
  EXPECT_EQ(tried, 17 * 31);
}

TEST(ClaimSecret, FindsNeighboursThatWereSwapped) {
  fastness::testing::SeededRandom random;
  int tried = 0;
  for (int i = 0; i < 50; ++i) {
    std::string text = text_of(ClaimSecret::make(random));
    std::erase(text, '-');
    for (std::size_t at = 2; at + 1 < text.size(); ++at) {
      std::string wrong = text;
      std::swap(wrong[at], wrong[at + 1]);
      const bool is_blind_spot =
          (text[at] == '0' && text[at + 1] == 'Z') || (text[at] == 'Z' && text[at + 1] == '0');
      if (wrong == text || is_blind_spot) continue;
      EXPECT_EQ(read(wrong), "") << text << " " << wrong;
      ++tried;
    }
  }
  EXPECT_GT(tried, 500);
}

TEST(ClaimSecret, WhatIsNoneIsRefusedAndNotRepeated) {
  const std::string text = some_text();
  for (const std::string& wrong :
       {std::string(), std::string("FC"), std::string("FC-"), text.substr(0, text.size() - 1),
        text + "0", "0" + text, "FC" + text, "FD" + text.substr(2), text + "-U", text.substr(1),
        text + std::string(1, '\0'), text + "\n", std::string(100'000, '0'),
        std::string("FC-UUUU-UUUU-UUUU-UUUU-U"), std::string("\xc3\xb6") + text}) {
    const auto secret = ClaimSecret::parse(wrong);
    ASSERT_FALSE(secret) << wrong.substr(0, 40);
    EXPECT_EQ(secret.error().code, Errc::invalid_argument);
    if (wrong.size() > 4) {
      EXPECT_EQ(secret.error().message.find(wrong), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace fastness::identity
