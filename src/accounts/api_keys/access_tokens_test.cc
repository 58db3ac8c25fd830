#include <gtest/gtest.h>

#include "accounts/clock_tolerance.h"
#include "accounts/testing/keys_fixture.h"
#include "json/object_reader.h"

namespace fastness::accounts {
namespace {

using testing::Keys;
using testing::secret;
using testing::text;

// The three parts of a token.
std::vector<std::string> parts(const std::string& token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  return {token.substr(0, first), token.substr(first + 1, last - first - 1),
          token.substr(last + 1)};
}

std::string sign(const crypto::SecretBytes& key, const std::string& signed_text) {
  return signed_text + "." + to_base64url(crypto::hmac_sha256(key, as_bytes(signed_text)));
}

std::string segment(const std::string& json) {
  return to_base64url(as_bytes(json));
}

TEST_F(Keys, ATokenSaysWhatItsClientsRead) {
  const std::string token = issue();

  EXPECT_LT(token.size(), 700U);
  const auto header = json::parse(as_text(*from_base64url(parts(token)[0])));
  EXPECT_EQ(*header->find("typ")->get<std::string>(), "JWT");
  EXPECT_EQ(*header->find("alg")->get<std::string>(), "HS256");
  const auto claims = json::parse(as_text(*from_base64url(parts(token)[1])));
  EXPECT_EQ(*claims->find("http://arduino.cc/id")->get<std::string>(),
            key_.key.user.value().to_text());
  EXPECT_EQ(*claims->find("aud")->get<std::string>(), "https://api2.arduino.cc/iot");
  EXPECT_EQ(*claims->find("exp")->get<std::int64_t>() - *claims->find("iat")->get<std::int64_t>(),
            300);
  const auto bearer = accounts().verify(token);
  EXPECT_EQ(bearer->client_id, key_.key.client_id);
  EXPECT_EQ(bearer->organisation, key_.key.organisation);
}

TEST_F(Keys, ATokenLivesFiveMinutes) {
  const std::string token = issue();

  clock.advance(std::chrono::seconds(299));
  EXPECT_TRUE(accounts().verify(token));
  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(accounts().verify(token));
}

TEST_F(Keys, ForgedTokensAreRefused) {
  const std::string token = issue();
  const auto part = parts(token);
  const AccountKeys keys = testing::make_account_keys();
  const std::string hs256 = segment(R"({"alg":"HS256","typ":"JWT"})");
  const std::string none = segment(R"({"alg":"none","typ":"JWT"})");
  const std::string rs256 = segment(R"({"alg":"RS256","typ":"JWT"})");
  std::string changed = part[1];
  changed[10] = changed[10] == 'A' ? 'B' : 'A';
  std::string other_spelling = token;  // the last character carries two bits that mean nothing
  other_spelling.back() = static_cast<char>(other_spelling.back() + 1);

  const std::vector<std::pair<const char*, std::string>> attacks = {
      {"empty", ""},
      {"dots", ".."},
      {"one dot", part[0] + "." + part[1]},
      {"cut signature", token.substr(0, token.size() - 1)},
      {"no signature", part[0] + "." + part[1] + "."},
      {"no header", "." + part[1] + "." + part[2]},
      {"a fourth part", token + ".x"},
      {"an empty fourth part", token + "."},
      {"a part in between", part[0] + ".." + part[1] + "." + part[2]},
      {"alg none, no signature", none + "." + part[1] + "."},
      {"alg none, signed", sign(keys.token_current, none + "." + part[1])},
      {"alg RS256", sign(keys.token_current, rs256 + "." + part[1])},
      {"no key id, though signed", sign(keys.token_current, hs256 + "." + part[1])},
      {"another key", sign(secret(std::string(32, 'x')), part[0] + "." + part[1])},
      {"an empty key, as HMAC pads it", sign(secret(std::string(1, 0)), part[0] + "." + part[1])},
      {"the key of another purpose", sign(keys.session, part[0] + "." + part[1])},
      {"the other live key", sign(keys.token_previous, part[0] + "." + part[1])},
      {"changed claims", part[0] + "." + changed + "." + part[2]},
      {"padding", token + "="},
      {"a space", token + " "},
      {"another spelling of the signature", other_spelling},
      {"far too long", token + std::string(2000, 'a')},
      {"claims that are no object", sign(keys.token_current, part[0] + "." + segment("[]"))},
      {"claims without an end",
       sign(
           keys.token_current,
           part[0] + "." + segment(R"({"iss":"fastness","cid":")" + key_.key.client_id + R"("})"))},
  };
  for (const auto& [name, attack] : attacks) {
    SCOPED_TRACE(name);
    const auto bearer = accounts().verify(attack);
    ASSERT_FALSE(bearer);
    EXPECT_EQ(bearer.error().code, Errc::unauthenticated);
  }
  EXPECT_TRUE(accounts().verify(token));
}

// T22: who moves the clock back makes nothing longer.
TEST_F(Keys, ATokenOfTheFutureIsRefused) {
  const std::string token = issue();
  clock.set_calendar_back(kClockTolerance);
  EXPECT_TRUE(accounts().verify(token));

  clock.set_calendar_back(std::chrono::seconds(1));

  EXPECT_EQ(accounts().verify(token).error().code, Errc::unauthenticated);
  EXPECT_TRUE(accounts().verify(issue()));
}

TEST_F(Keys, ATokenOfThePreviousKeyStillWorks) {
  AccountKeys before = testing::make_account_keys();
  before.token_current = secret(std::string(32, 'p'));
  before.token_previous = {};
  const AccessTokens old(before);

  EXPECT_TRUE(accounts().verify(old.issue(key_.key, clock.now())));
  EXPECT_FALSE(old.verify(issue(), *accounts().api_keys().published().load(), clock.now()));
}

TEST_F(Keys, ATokenIsHeldToItsBytes) {
  const AccountKeys keys = testing::make_account_keys();
  const auto part = parts(issue());
  // A token of ours in every way but that spaces make its claims longer.
  const auto padded = [&](std::size_t size) {
    const Bytes claims = from_base64url(part[1]).value();
    std::string text(as_text(claims));
    std::string token;
    do {
      text += ' ';
      token = sign(keys.token_current, part[0] + "." + segment(text));
    } while (token.size() < size);
    return token;
  };
  const std::string largest = padded(AccessTokens::kMaxSize - 1);
  ASSERT_LE(largest.size(), AccessTokens::kMaxSize);
  EXPECT_TRUE(accounts().verify(largest));
  const std::string larger = padded(AccessTokens::kMaxSize + 1);
  ASSERT_LE(larger.size(), AccessTokens::kMaxSize + 2);
  EXPECT_FALSE(accounts().verify(larger));
}

}  // namespace
}  // namespace fastness::accounts
