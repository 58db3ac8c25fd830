// ID tokens, and what those look like who want to be believed and must not (T16).
#include "oidc/token/id_token.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "oidc/testing/token_maker.h"

namespace fastness::oidc {
namespace {

using testing::compact;
using testing::TokenMaker;

constexpr std::int64_t kNow = 1'800'000'000;

class IdTokens : public ::testing::Test {
 protected:
  // The claims of a right token, some of them replaced; an empty one is left out.
  static std::string claims(const std::map<std::string, std::string>& other = {}) {
    std::map<std::string, std::string> all{{"iss", R"("https://id.example")"},
                                           {"aud", R"("fastness")"},
                                           {"sub", R"("7-of-9")"},
                                           {"nonce", R"("n0nce")"},
                                           {"iat", std::to_string(kNow)},
                                           {"exp", std::to_string(kNow + 300)}};
    for (const auto& [name, value] : other) all[name] = value;
    std::string text;
    for (const auto& [name, value] : all) {
      if (!value.empty()) text += (text.empty() ? "{\"" : ",\"") + name + "\":" + value;
    }
    return text + "}";
  }

  Result<std::string> verify(const std::string& text) const {
    FASTNESS_ASSIGN_OR_RETURN(const Person person, read(text));
    return person.subject;
  }
  Result<Person> read(const std::string& text) const {
    FASTNESS_ASSIGN_OR_RETURN(const SignedToken token, SignedToken::parse(TokenKind::id, text));
    const SigningKey* key = keys_.find(token.key_id(), token.algorithm());
    if (key == nullptr) return fail(Errc::not_found, "no such key");
    return read_id_token(token, *key,
                         {"https://id.example", "fastness", Timestamp(std::chrono::seconds(kNow))},
                         "n0nce");
  }
  Errc refused(const std::string& text) const {
    const auto said = verify(text);
    EXPECT_FALSE(said) << text;
    return said ? Errc::corrupted : said.error().code;
  }
  Errc refused_claims(const std::map<std::string, std::string>& other) const {
    return refused(maker_.sign(Algorithm::es256, claims(other)));
  }

  const TokenMaker maker_;
  const KeySet keys_ = KeySet::parse(maker_.key_set()).value();
};

TEST_F(IdTokens, SayWhoItIsByEachAlgorithm) {
  for (const Algorithm each : {Algorithm::rs256, Algorithm::es256, Algorithm::eddsa}) {
    const auto subject = verify(maker_.sign(each, claims()));
    ASSERT_TRUE(subject) << subject.error().message;
    EXPECT_EQ(*subject, "7-of-9");
  }
  EXPECT_TRUE(verify(maker_.sign(Algorithm::eddsa, claims({{"aud", R"(["fastness"])"}}))));
  EXPECT_TRUE(verify(maker_.sign(Algorithm::eddsa, claims({{"azp", R"("fastness")"}}))));
  EXPECT_TRUE(verify(maker_.sign(Algorithm::es256, R"({"alg":"ES256"})", claims())));
}

TEST_F(IdTokens, MayNameTheSessionThere) {
  const auto session_of = [&](const char* sid) {
    return read(maker_.sign(Algorithm::es256, claims({{"sid", sid}}))).value().session;
  };
  EXPECT_EQ(session_of(R"("s-1")"), "s-1");
  for (const char* none : {"", "null", R"("")", "7", R"(["s-1"])", R"("\n")"}) {
    EXPECT_EQ(session_of(none), std::nullopt) << none;
  }
}

TEST_F(IdTokens, WithoutASignatureTheyCountForNothing) {
  for (const char* header : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"NONE"})",
                             R"({"alg":""})", R"({"alg":null})", R"({"alg":["ES256"]})", "{}"}) {
    EXPECT_EQ(refused(compact(header, claims(), {})), Errc::invalid_argument) << header;
  }
  EXPECT_EQ(refused(compact(R"({"alg":"ES256","kid":"e"})", claims(), {})), Errc::unauthenticated);
  EXPECT_EQ(refused(compact(R"({"alg":"ES256","kid":"e"})", claims(), Bytes(64, 0))),
            Errc::unauthenticated);
  const std::string whole = maker_.sign(Algorithm::es256, claims());
  EXPECT_EQ(refused(whole.substr(0, whole.rfind('.'))), Errc::invalid_argument);
}

// The public key as the secret of an HMAC, in every spelling that some library has fallen for.
TEST_F(IdTokens, ByAKeyThatBothSidesKnowTheyCountForNothing) {
  for (const char* name : {"HS256", "HS384", "HS512"}) {
    const std::string header = R"({"alg":")" + std::string(name) + R"(","kid":"r"})";
    Bytes public_key = to_bytes(as_bytes(maker_.rsa_key()));
    const auto secret = crypto::SecretBytes::take(public_key);
    const std::string unsigned_text = compact(header, claims(), {});
    const auto mac = crypto::hmac_sha256(
        secret, as_bytes(std::string_view(unsigned_text).substr(0, unsigned_text.size() - 1)));
    EXPECT_EQ(refused(compact(header, claims(), mac)), Errc::invalid_argument) << name;
  }
}

TEST_F(IdTokens, OneAlgorithmsKeyIsNoOthers) {
  const auto mixed = [&](Algorithm signs, const char* header) {
    return refused(maker_.sign(signs, header, claims()));
  };
  EXPECT_EQ(mixed(Algorithm::es256, R"({"alg":"RS256","kid":"r"})"), Errc::unauthenticated);
  EXPECT_EQ(mixed(Algorithm::es256, R"({"alg":"EdDSA","kid":"o"})"), Errc::unauthenticated);
  EXPECT_EQ(mixed(Algorithm::es256, R"({"alg":"RS256","kid":"e"})"), Errc::not_found);
  for (const char* name : {"RS384", "RS512", "PS256", "ES384", "ES512", "ES256K", "rs256"}) {
    EXPECT_EQ(mixed(Algorithm::es256, (R"({"alg":")" + std::string(name) + "\"}").c_str()),
              Errc::invalid_argument);
  }
}

TEST_F(IdTokens, SomebodyElsesKeyIsNotTheProviders) {
  const TokenMaker enemy;
  EXPECT_EQ(refused(enemy.sign(Algorithm::es256, claims())), Errc::unauthenticated);
  EXPECT_EQ(refused(enemy.sign(Algorithm::rs256, claims())), Errc::unauthenticated);
  EXPECT_EQ(refused(enemy.sign(Algorithm::es256, R"({"alg":"ES256","kid":"x"})", claims())),
            Errc::not_found);
  // What the token says of where its key is, nobody reads.
  const std::string header =
      R"({"alg":"ES256","kid":"e","jku":"https://enemy.example","jwk":)" + enemy.p256_key() + "}";
  EXPECT_EQ(refused(enemy.sign(Algorithm::es256, header, claims())), Errc::unauthenticated);
}

TEST_F(IdTokens, OfAnotherIssuerForSomebodyElseOrOfAnotherAttempt) {
  for (const char* issuer : {R"("https://id.example/")", R"("https://enemy.example")", "7", "",
                             R"("https://ID.example")", R"(["https://id.example"])"}) {
    EXPECT_EQ(refused_claims({{"iss", issuer}}), Errc::unauthenticated) << issuer;
  }
  for (const char* audience : {R"("another")", "[]", R"(["fastness","another"])", "", "7",
                               R"(["another"])", R"([["fastness"]])", R"("fastness ")"}) {
    EXPECT_EQ(refused_claims({{"aud", audience}}), Errc::unauthenticated) << audience;
  }
  EXPECT_EQ(refused_claims({{"azp", R"("another")"}}), Errc::unauthenticated);
  for (const char* nonce : {R"("another")", R"("")", "", "null", R"("n0nce ")"}) {
    EXPECT_EQ(refused_claims({{"nonce", nonce}}), Errc::unauthenticated) << nonce;
  }
}

TEST_F(IdTokens, AreGoodForTheirTimeAndAMinute) {
  const auto at = [](std::int64_t seconds) { return std::to_string(kNow + seconds); };
  EXPECT_TRUE(verify(maker_.sign(Algorithm::es256, claims({{"exp", at(-59)}}))));
  EXPECT_EQ(refused_claims({{"exp", at(-60)}}), Errc::unauthenticated);
  EXPECT_TRUE(verify(maker_.sign(Algorithm::es256, claims({{"iat", at(60)}}))));
  EXPECT_EQ(refused_claims({{"iat", at(61)}}), Errc::unauthenticated);
  EXPECT_EQ(refused_claims({{"nbf", at(61)}}), Errc::unauthenticated);
  for (const char* name : {"exp", "iat"}) {
    EXPECT_EQ(refused_claims({{name, ""}}), Errc::unauthenticated);
    EXPECT_EQ(refused_claims({{name, R"("1800000000")"}}), Errc::unauthenticated);
  }
  EXPECT_EQ(refused_claims({{"nbf", "true"}}), Errc::unauthenticated);
}

TEST_F(IdTokens, WhatIsNotUnderstoodOrOfAnotherKindIsRefused) {
  const auto with = [&](const std::string& member) {
    const std::string header = R"({"alg":"ES256","kid":"e",)" + member + "}";
    return refused(maker_.sign(Algorithm::es256, header, claims()));
  };
  EXPECT_EQ(with(R"("crit":["b64"],"b64":false)"), Errc::invalid_argument);
  EXPECT_EQ(with(R"("typ":"at+jwt")"), Errc::invalid_argument);
  EXPECT_EQ(with(R"("typ":"logout+jwt")"), Errc::invalid_argument);
  EXPECT_EQ(with(R"("alg":"none")"), Errc::invalid_argument);
  EXPECT_EQ(refused(maker_.sign(Algorithm::es256, R"({"alg":"ES256","kid":7})", claims())),
            Errc::invalid_argument);
  const std::string right = maker_.sign(Algorithm::es256, claims());
  for (const std::string& wrong :
       {std::string(), std::string("."), std::string(".."), right + ".x", right + "=", " " + right,
        right + "\n", "x." + right, right.substr(right.find('.'))}) {
    EXPECT_EQ(refused(wrong), Errc::invalid_argument) << wrong.substr(0, 20);
  }
  EXPECT_EQ(refused(maker_.sign(Algorithm::es256, R"(["iss"])")), Errc::unauthenticated);
  EXPECT_EQ(refused(maker_.sign(Algorithm::es256, R"({"sub":"a","sub":"b"})")),
            Errc::unauthenticated);
}

TEST(IdToken, ASubjectIsHeldToItsBytes) {
  const TokenMaker maker;
  const auto keys = KeySet::parse(maker.key_set()).value();
  const auto subject_of = [&](const std::string& subject) {
    const std::string claims =
        R"({"iss":"i","aud":"c","nonce":"n","iat":1,"exp":2,"sub":")" + subject + "\"}";
    const auto token =
        SignedToken::parse(TokenKind::id, maker.sign(Algorithm::eddsa, claims)).value();
    return read_id_token(token, *keys.find("o", Algorithm::eddsa),
                         {"i", "c", Timestamp(std::chrono::seconds(1))}, "n");
  };
  EXPECT_TRUE(subject_of(std::string(SignedToken::kMostSubject, 's')));
  EXPECT_FALSE(subject_of(std::string(SignedToken::kMostSubject + 1, 's')));
  EXPECT_FALSE(subject_of(""));
  EXPECT_FALSE(subject_of("line\\n"));
  EXPECT_FALSE(subject_of("\xc3\xa4"));
}

TEST(IdToken, IsHeldToItsBytes) {
  const std::string head = to_base64url(as_bytes(R"({"alg":"ES256"})")) + ".";
  const std::string longest(SignedToken::kMostBytes - head.size() - 1, 'A');
  // Base64 has no lengths of one beyond four.
  const std::size_t cut = longest.size() % 4 == 1 ? 1 : 0;
  EXPECT_TRUE(SignedToken::parse(TokenKind::id, head + longest.substr(cut) + "."));
  EXPECT_EQ(SignedToken::parse(TokenKind::id, head + longest + "AA.").error().code,
            Errc::invalid_argument);
}

}  // namespace
}  // namespace fastness::oidc
