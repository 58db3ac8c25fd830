#include "crypto/secret/key_text.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "crypto/secret/system_random.h"

namespace fastness::crypto {
namespace {

std::string secret_text() {
  SystemRandom random;
  return std::string(as_text(make_client_secret(random).reveal()));
}

TEST(KeyText, HasTheLengthsThatClientsInsistOn) {
  SystemRandom random;

  const std::string id = make_client_id(random);
  const std::string secret = secret_text();

  EXPECT_EQ(id.size(), 32U);
  EXPECT_TRUE(id.starts_with("fk"));
  EXPECT_EQ(secret.size(), 64U);
  EXPECT_TRUE(secret.starts_with("fastnessk1"));
  const auto is_alphanumeric = [](unsigned char c) { return std::isalnum(c) != 0; };
  EXPECT_TRUE(std::all_of(id.begin(), id.end(), is_alphanumeric));
  EXPECT_TRUE(std::all_of(secret.begin(), secret.end(), is_alphanumeric));
  EXPECT_NE(secret, secret_text());
}

TEST(KeyText, TheChecksumFindsEveryChangedCharacter) {
  const std::string secret = secret_text();

  EXPECT_TRUE(is_client_secret(secret));
  for (std::size_t i = 0; i < secret.size(); ++i) {
    std::string changed = secret;
    changed[i] = changed[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(is_client_secret(changed)) << i;
  }
  EXPECT_FALSE(is_client_secret(""));
  EXPECT_FALSE(is_client_secret(secret + "a"));
  EXPECT_FALSE(is_client_secret(secret.substr(1)));
}

TEST(KeyText, Crc32IsTheOneEveryoneUses) {
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926U);
}

TEST(KeyText, EveryCharacterIsEquallyLikely) {
  SystemRandom random;
  Bytes text(62 * 1000);

  fill_base62(random, text);

  std::map<std::uint8_t, int> counts;
  for (const std::uint8_t c : text) ++counts[c];
  ASSERT_EQ(counts.size(), 62U);
  // 1000 expected, deviation about 31: eight deviations never happen by chance.
  for (const auto& [c, count] : counts) EXPECT_NEAR(count, 1000, 250) << c;
}

}  // namespace
}  // namespace fastness::crypto
