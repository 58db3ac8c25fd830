// Logout tokens, and what those look like who want somebody signed out and must not (T16).
#include "oidc/token/logout_token.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "oidc/testing/token_maker.h"
#include "oidc/token/id_token.h"

namespace fastness::oidc {
namespace {

using testing::compact;
using testing::TokenMaker;

constexpr std::int64_t kLogoutNow = 1'800'000'000;

class LogoutTokens : public ::testing::Test {
 protected:
  using Members = std::map<std::string, std::string>;

  // The claims of a right token, some of them replaced; an empty one is left out.
  static std::string claims(const Members& other = {}) {
    Members all{{"iss", R"("https://id.example")"},
                {"aud", R"("fastness")"},
                {"sub", R"("7-of-9")"},
                {"sid", R"("s-1")"},
                {"jti", R"("once")"},
                {"events", R"({"http://schemas.openid.net/event/backchannel-logout":{}})"},
                {"iat", std::to_string(kLogoutNow)},
                {"exp", std::to_string(kLogoutNow + 120)}};
    for (const auto& [name, value] : other) all[name] = value;
    std::string text;
    for (const auto& [name, value] : all) {
      if (!value.empty()) text += (text.empty() ? "{\"" : ",\"") + name + "\":" + value;
    }
    return text + "}";
  }
  std::string sign(const Members& other = {}) const {
    return maker_.sign(Algorithm::es256, R"({"alg":"ES256","kid":"e","typ":"logout+jwt"})",
                       claims(other));
  }

  Result<Logout> read(const std::string& text, TokenKind kind = TokenKind::logout) const {
    FASTNESS_ASSIGN_OR_RETURN(const SignedToken token, SignedToken::parse(kind, text));
    return read_logout_token(token, key_of(token), expected_);
  }
  const SigningKey& key_of(const SignedToken& token) const {
    return *keys_.find(token.key_id(), token.algorithm());
  }
  Errc refused(const Members& other) const {
    const auto said = read(sign(other));
    EXPECT_FALSE(said);
    return said ? Errc::corrupted : said.error().code;
  }

  const TokenMaker maker_;
  const KeySet keys_ = KeySet::parse(maker_.key_set()).value();
  const Expected expected_{"https://id.example", "fastness",
                           Timestamp(std::chrono::seconds(kLogoutNow))};
};

TEST_F(LogoutTokens, SayWhoIsSignedOut) {
  const auto both = read(sign());
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_EQ(both->issuer, "https://id.example");
  EXPECT_EQ(both->subject, "7-of-9");
  EXPECT_EQ(both->session, "s-1");
  EXPECT_EQ(both->at, Timestamp(std::chrono::seconds(kLogoutNow)));

  EXPECT_EQ(read(sign({{"sid", ""}})).value().session, std::nullopt);
  EXPECT_EQ(read(sign({{"sub", ""}})).value().subject, std::nullopt);
  for (const char* header :
       {R"({"alg":"ES256","kid":"e"})", R"({"alg":"ES256","kid":"e","typ":"JWT"})"}) {
    EXPECT_TRUE(read(maker_.sign(Algorithm::es256, header, claims()))) << header;
  }
}

TEST_F(LogoutTokens, OfAnotherIssuerForSomebodyElseOrOfAnotherTime) {
  EXPECT_EQ(refused({{"iss", R"("https://enemy.example")"}}), Errc::unauthenticated);
  EXPECT_EQ(refused({{"aud", R"("another")"}}), Errc::unauthenticated);
  EXPECT_EQ(refused({{"aud", R"(["fastness","another"])"}}), Errc::unauthenticated);
  EXPECT_EQ(refused({{"exp", std::to_string(kLogoutNow - 60)}}), Errc::unauthenticated);
  EXPECT_EQ(refused({{"exp", ""}}), Errc::unauthenticated);
  EXPECT_EQ(refused({{"iat", std::to_string(kLogoutNow + 61)}}), Errc::unauthenticated);
  EXPECT_EQ(refused({{"iat", "-9223372036854775808"}}), Errc::unauthenticated);
  EXPECT_EQ(refused({{"iat", ""}}), Errc::unauthenticated);
}

TEST_F(LogoutTokens, WithoutTheRightSignatureTheyCountForNothing) {
  const TokenMaker enemy;
  const std::string header = R"({"alg":"ES256","kid":"e","typ":"logout+jwt"})";
  EXPECT_EQ(read(enemy.sign(Algorithm::es256, header, claims())).error().code,
            Errc::unauthenticated);
  EXPECT_EQ(read(compact(header, claims(), {})).error().code, Errc::unauthenticated);
  EXPECT_EQ(read(compact(R"({"alg":"none","typ":"logout+jwt"})", claims(), {})).error().code,
            Errc::invalid_argument);
}

TEST_F(LogoutTokens, MustSayThatSomebodySignedOutAndWho) {
  for (const char* events :
       {"", "{}", "null", R"(["http://schemas.openid.net/event/backchannel-logout"])",
        R"({"http://schemas.openid.net/event/backchannel-logout":true})",
        R"({"http://schemas.openid.net/event/another":{}})"}) {
    EXPECT_EQ(refused({{"events", events}}), Errc::unauthenticated) << events;
  }
  EXPECT_EQ(refused({{"jti", ""}}), Errc::unauthenticated);
  EXPECT_EQ(refused({{"sub", ""}, {"sid", ""}}), Errc::unauthenticated);
  for (const char* name : {"7", "null", R"("")", R"("\n")"}) {
    EXPECT_EQ(refused({{"sub", name}}), Errc::unauthenticated) << name;
    EXPECT_EQ(refused({{"sid", name}}), Errc::unauthenticated) << name << ": not all sessions";
  }
}

TEST_F(LogoutTokens, PassForNoIdTokenAndNoIdTokenForOne) {
  EXPECT_EQ(refused({{"nonce", R"("n0nce")"}}), Errc::unauthenticated);
  EXPECT_EQ(refused({{"nonce", "null"}}), Errc::unauthenticated);
  EXPECT_EQ(SignedToken::parse(TokenKind::id, sign()).error().code, Errc::invalid_argument);

  // Where neither says what it is: what they claim decides, and as what they are read.
  const std::string plain = maker_.sign(Algorithm::es256, claims({{"nonce", R"("n0nce")"}}));
  const auto id = SignedToken::parse(TokenKind::id, plain).value();
  const auto logout = SignedToken::parse(TokenKind::logout, plain).value();
  EXPECT_TRUE(read_id_token(id, key_of(id), expected_, "n0nce"));
  EXPECT_FALSE(read_logout_token(logout, key_of(logout), expected_));
  EXPECT_FALSE(read_logout_token(id, key_of(id), expected_));
  EXPECT_FALSE(read_id_token(logout, key_of(logout), expected_, "n0nce"));
}

}  // namespace
}  // namespace fastness::oidc
