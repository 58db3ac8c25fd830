#include "crypto/secret/secret_finder.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "crypto/secret/key_text.h"
#include "crypto/secret/system_random.h"

namespace fastness::crypto {
namespace {

// As `fastness claim create` printed it once.
const std::string kClaimCode = "FC-7M3K-0PXV-9ZDB-WH52-J";
const std::string kLinkToken = "AbC-_" + std::string(38, 'x');

std::string any_api_key() {
  SystemRandom random;
  return std::string(as_text(make_client_secret(random).reveal()));
}

std::string kinds_in(const std::string& text) {
  std::string kinds;
  for (const FoundSecret& each : find_secrets(text)) {
    kinds += (kinds.empty() ? "" : ", ") + std::string(to_text(each.kind));
  }
  return kinds;
}

TEST(SecretFinder, FindsWhereEachIsAndNothingAroundIt) {
  const std::string key = any_api_key();
  const std::string text = "SECRET=\"" + key + "\"\n# " + kClaimCode +
                           " https://iot.lan:8443/setup#" + kLinkToken + "\n";

  const auto found = find_secrets(text);

  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].kind, SecretKind::api_key);
  EXPECT_EQ(found[0].text, key);
  EXPECT_EQ(found[0].at, 8U);
  EXPECT_EQ(found[1].kind, SecretKind::claim_code);
  EXPECT_EQ(found[1].text, kClaimCode);
  EXPECT_EQ(found[2].kind, SecretKind::set_up_link);
  EXPECT_EQ(found[2].text, kLinkToken);
}

TEST(SecretFinder, NothingHidesAnApiKey) {
  const std::string key = any_api_key();
  for (const std::string& around : {std::string("\\n"), std::string("x"), std::string("fastnessk1"),
                                    std::string(1, '\0'), std::string("\xff\xfe")}) {
    EXPECT_EQ(kinds_in(around + key + around), "API key") << around;
    EXPECT_EQ(kinds_in(around + key + key + around), "API key, API key") << around;
  }
}

TEST(SecretFinder, WhatOnlyLooksLikeOneIsNone) {
  const std::string key = any_api_key();
  std::string slip = key;
  slip.back() = slip.back() == 'a' ? 'b' : 'a';
  for (const std::string& text :
       {std::string(), std::string("f"), std::string("/"), std::string("fastnessk1"), slip,
        key.substr(0, 63), key.substr(1), "fastnessk1" + std::string(54, '0'),
        std::string("FC-7M3K-0PXV-9ZDB-WH52-K"), std::string("FC-7M3K-0PXV-9ZDB-WH52-"),
        std::string("FC-7M3K-0PXV-9ZDB-WH25-J"), std::string("FC7M3K0PXV9ZDBWH52J"),
        "x" + kClaimCode, kClaimCode + "x", std::string("/setup#"), "/setup#" + kLinkToken + "x",
        "/setup#" + kLinkToken.substr(1), "setup#" + kLinkToken}) {
    EXPECT_EQ(kinds_in(text), "") << text;
  }
}

TEST(SecretFinder, AClaimCodeIsFoundInEitherCase) {
  std::string lower = kClaimCode;
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  EXPECT_EQ(kinds_in("(" + lower + ")"), "claim code");
}

TEST(SecretFinder, NoneIsLongerThanItSays) {
  for (const std::string& text : {any_api_key(), kClaimCode, "/setup#" + kLinkToken}) {
    EXPECT_LE(text.size(), kLongestSecret) << text;
    EXPECT_EQ(find_secrets(text).size(), 1U) << text;
  }
}

}  // namespace
}  // namespace fastness::crypto
