// Attempts with a provider that is here, and with its enemies (T16, T23).
#include "oidc/flow/exchange.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/public_key/pem.h"
#include "crypto/secret/system_random.h"
#include "json/object_reader.h"
#include "oidc/testing/token_maker.h"
#include "oidc/token/id_token.h"

namespace fastness::oidc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::TokenMaker;

constexpr const char* kDocument = "https://id.example/.well-known/openid-configuration";
constexpr const char* kToken = "https://id.example/token";
constexpr const char* kKeys = "https://id.example/keys";

crypto::SecretBytes secret_of(std::string_view text) {
  Bytes bytes = to_bytes(as_bytes(text));
  return crypto::SecretBytes::take(bytes);
}

Client client_of(Kind kind) {
  Provider provider{"company", "Company", kind, "https://id.example", "fast ness", "/x"};
  if (kind == Kind::github) provider.issuer = "https://github.com/login/oauth";
  return make_client(std::move(provider), secret_of("s3:cret\n")).value();
}

std::string document_with(const std::string& more = "") {
  return R"({"issuer":"https://id.example","authorization_endpoint":"https://id.example/auth?x=1",)"
         R"("token_endpoint":"https://id.example/token","jwks_uri":"https://id.example/keys",)"
         R"("response_types_supported":["code"])" +
         more + "}";
}

class Exchanges : public ::testing::Test {
 protected:
  Exchanges() {
    answers_[kDocument] = document_with();
    answers_[kKeys] = maker_.key_set();
  }

  Exchange make(Kind kind = Kind::openid) {
    std::vector<Client> clients;
    clients.push_back(client_of(kind));
    return Exchange(
        std::move(clients),
        [this](const Request& request) -> Result<std::string> {
          asked_.push_back(request);
          const auto found = answers_.find(request.url);
          if (found == answers_.end()) return fail(Errc::unavailable, "nobody answers");
          return found->second;
        },
        clock_);
  }
  // What the provider says when somebody signs out there.
  std::string sign_out() const {
    const auto now =
        std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
    return maker_.sign(
        Algorithm::es256,
        R"({"iss":"https://id.example","aud":"fast ness","sub":"me","jti":"1",)"
        R"("events":{"http://schemas.openid.net/event/backchannel-logout":{}},"iat":)" +
            std::to_string(now) + R"(,"exp":)" + std::to_string(now + 60) + "}");
  }
  std::string claims(const Attempt& attempt) const {
    const auto now =
        std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
    return R"({"iss":"https://id.example","aud":"fast ness","sub":"me","nonce":")" + attempt.nonce +
           R"(","iat":)" + std::to_string(now) + R"(,"exp":)" + std::to_string(now + 60) + "}";
  }
  void give_token(const std::string& token) {
    answers_[kToken] = R"({"access_token":"x","token_type":"Bearer","id_token":")" + token + "\"}";
  }
  int times(const std::string& url) const {
    int count = 0;
    for (const Request& each : asked_) count += each.url == url ? 1 : 0;
    return count;
  }

  fastness::testing::ManualClock clock_{Timestamp(std::chrono::seconds(1'800'000'000))};
  crypto::SystemRandom random_;
  const TokenMaker maker_;
  std::map<std::string, std::string> answers_;
  std::vector<Request> asked_;
  const Attempt attempt_ =
      Attempt::make("company", "https://iot.lan:8443/api/v1/callback", random_);
};

TEST_F(Exchanges, AnAttemptIsRandomAndShowsNoSecretInTheBrowser) {
  const Attempt another = Attempt::make("company", "x", random_);
  EXPECT_NE(attempt_.state, another.state);
  EXPECT_NE(attempt_.nonce, another.nonce);
  EXPECT_NE(attempt_.verifier, another.verifier);
  EXPECT_EQ(attempt_.verifier.size(), 43U);

  Exchange exchange = make();
  const auto url = exchange.begin(attempt_);
  ASSERT_TRUE(url) << url.error().message;
  EXPECT_EQ(*url,
            "https://id.example/auth?x=1&response_type=code&client_id=fast%20ness&redirect_uri="
            "https%3A%2F%2Fiot.lan%3A8443%2Fapi%2Fv1%2Fcallback&state=" +
                attempt_.state + "&code_challenge=" + attempt_.challenge() +
                "&code_challenge_method=S256&scope=openid&nonce=" + attempt_.nonce);
  EXPECT_THAT(*url, Not(HasSubstr(attempt_.verifier)));
}

// RFC 7636, appendix B.
TEST_F(Exchanges, TheChallengeIsTheStandards) {
  Attempt attempt;
  attempt.verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  EXPECT_EQ(attempt.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

TEST_F(Exchanges, ACodeBecomesSomebody) {
  Exchange exchange = make();
  give_token(maker_.sign(Algorithm::rs256, claims(attempt_)));

  const auto who = exchange.redeem(attempt_, {"the code", std::nullopt});

  ASSERT_TRUE(who) << who.error().message;
  EXPECT_EQ(*who, (Identity{"https://id.example", "me"}));
  const Request& token = asked_.at(1);
  EXPECT_EQ(token.url, kToken);
  EXPECT_EQ(token.form,
            "grant_type=authorization_code&code=the%20code&redirect_uri=https%3A%2F%2Fiot.lan%"
            "3A8443%2Fapi%2Fv1%2Fcallback&code_verifier=" +
                attempt_.verifier);
  EXPECT_EQ(token.authorization, "Basic " + to_base64(as_bytes("fast%20ness:s3%3Acret")));
}

TEST_F(Exchanges, ASecretGoesIntoTheFormWhereThatIsAllThereIs) {
  answers_[kDocument] =
      document_with(R"(,"token_endpoint_auth_methods_supported":["client_secret_post"])");
  Exchange exchange = make();
  static_cast<void>(exchange.redeem(attempt_, {"c", std::nullopt}).has_value());
  EXPECT_EQ(asked_.back().authorization, "");
  EXPECT_THAT(asked_.back().form, HasSubstr("&client_id=fast%20ness&client_secret=s3%3Acret"));
}

// RFC 9207: the code of one provider must not be shown to another.
TEST_F(Exchanges, TheAnswerOfAnotherProviderEndsBeforeItsCodeIsShown) {
  Exchange exchange = make();
  const auto refused = exchange.redeem(attempt_, {"c", "https://enemy.example"});
  EXPECT_EQ(refused.error().code, Errc::unauthenticated);
  EXPECT_EQ(times(kToken), 0);
  give_token(maker_.sign(Algorithm::rs256, claims(attempt_)));
  EXPECT_TRUE(exchange.redeem(attempt_, {"c", "https://id.example"}));

  answers_[kDocument] = document_with(R"(,"authorization_response_iss_parameter_supported":true)");
  Exchange promising = make();
  asked_.clear();
  EXPECT_EQ(promising.redeem(attempt_, {"c", std::nullopt}).error().code, Errc::unauthenticated);
  EXPECT_EQ(times(kToken), 0);
  EXPECT_TRUE(promising.redeem(attempt_, {"c", "https://id.example"}));
}

TEST_F(Exchanges, ATokenOfAnotherAttemptOrWithoutASignatureIsNobody) {
  Exchange exchange = make();
  const Attempt another = Attempt::make("company", "x", random_);
  for (const std::string& token :
       {maker_.sign(Algorithm::es256, claims(another)),
        testing::compact(R"({"alg":"none"})", claims(attempt_), {}), std::string("x")}) {
    give_token(token);
    EXPECT_FALSE(exchange.redeem(attempt_, {"c", std::nullopt}));
  }
  for (const char* answer : {"", "[]", "{}", R"({"id_token":7})", R"({"error":"invalid_grant"})"}) {
    answers_[kToken] = answer;
    EXPECT_FALSE(exchange.redeem(attempt_, {"c", std::nullopt})) << answer;
  }
  EXPECT_EQ(exchange.redeem(attempt_, {"", std::nullopt}).error().code, Errc::unauthenticated);
}

TEST_F(Exchanges, WhatIsPublicIsKeptAndAskedForAnew) {
  Exchange exchange = make();
  give_token(maker_.sign(Algorithm::es256, claims(attempt_)));
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(exchange.begin(attempt_));
    ASSERT_TRUE(exchange.redeem(attempt_, {"c", std::nullopt}));
  }
  EXPECT_EQ(times(kDocument), 1);
  EXPECT_EQ(times(kKeys), 1);

  clock_.advance(Exchange::kKept);
  give_token(maker_.sign(Algorithm::es256, claims(attempt_)));
  ASSERT_TRUE(exchange.redeem(attempt_, {"c", std::nullopt}));
  EXPECT_EQ(times(kDocument), 2);
  EXPECT_EQ(times(kKeys), 2);
}

TEST_F(Exchanges, AKeyThatIsNotThereIsLookedForOnceAMinute) {
  Exchange exchange = make();
  give_token(maker_.sign(Algorithm::es256, claims(attempt_)));
  ASSERT_TRUE(exchange.redeem(attempt_, {"c", std::nullopt}));
  const TokenMaker next;
  const auto try_next = [&] {
    give_token(next.sign(Algorithm::es256, R"({"alg":"ES256","kid":"next"})", claims(attempt_)));
    return exchange.redeem(attempt_, {"c", std::nullopt});
  };
  EXPECT_EQ(try_next().error().code, Errc::unauthenticated);
  EXPECT_EQ(times(kKeys), 1);

  clock_.advance(Exchange::kReload);
  EXPECT_FALSE(try_next());
  EXPECT_FALSE(try_next());
  EXPECT_EQ(times(kKeys), 2);

  std::string rotated = next.p256_key();
  rotated.replace(rotated.find(R"("kid":"e")"), 9, R"("kid":"next")");
  answers_[kKeys] = R"({"keys":[)" + rotated + "]}";
  clock_.advance(Exchange::kReload);
  EXPECT_TRUE(try_next());
  EXPECT_EQ(times(kKeys), 3);
}

TEST_F(Exchanges, AProviderThatFailsIsNotAskedAgainAtOnce) {
  answers_.erase(kDocument);
  Exchange exchange = make();
  EXPECT_EQ(exchange.begin(attempt_).error().code, Errc::unavailable);
  EXPECT_EQ(exchange.begin(attempt_).error().code, Errc::unavailable);
  EXPECT_EQ(times(kDocument), 1);
  clock_.advance(Exchange::kPause);
  answers_[kDocument] = R"({"issuer":"https://enemy.example"})";
  EXPECT_EQ(exchange.begin(attempt_).error().code, Errc::invalid_argument);
  clock_.advance(Exchange::kPause);
  answers_[kDocument] = document_with();
  EXPECT_TRUE(exchange.begin(attempt_));
  EXPECT_EQ(exchange.begin(Attempt::make("nobody", "x", random_)).error().code, Errc::not_found);
}

TEST_F(Exchanges, GitHubIsAskedForTheNumberOfTheAccount) {
  Exchange exchange = make(Kind::github);
  const auto url = exchange.begin(attempt_);
  ASSERT_TRUE(url);
  EXPECT_THAT(*url, HasSubstr("https://github.com/login/oauth/authorize?response_type=code"));
  EXPECT_THAT(*url, HasSubstr("code_challenge_method=S256"));
  EXPECT_THAT(*url, Not(HasSubstr("scope")));
  answers_["https://github.com/login/oauth/access_token"] = R"({"access_token":"gho_x"})";
  answers_["https://api.github.com/user"] = R"({"login":"octocat","id":583231})";

  const auto who = exchange.redeem(attempt_, {"c", std::nullopt});

  ASSERT_TRUE(who) << who.error().message;
  EXPECT_EQ(*who, (Identity{"https://github.com/login/oauth", "583231"}));
  EXPECT_EQ(asked_.back().authorization, "Bearer gho_x");
  for (const char* nobody : {"{}", R"({"id":"583231"})", R"({"id":0})", R"({"id":-1})"}) {
    answers_["https://api.github.com/user"] = nobody;
    EXPECT_FALSE(exchange.redeem(attempt_, {"c", std::nullopt})) << nobody;
  }
}

TEST_F(Exchanges, ApplesSecretIsSignedByTheOwnersKey) {
  const auto key = crypto::PrivateKey::generate();
  const std::string file = crypto::to_pem(crypto::kPrivateKeyLabel, key.to_pkcs8().reveal());
  Provider apple{"apple", "Apple", Kind::apple, "https://appleid.apple.com",
                 "org.x", "/x",    "TEAM",      "KEY"};
  const auto client = make_client(apple, secret_of(file));
  ASSERT_TRUE(client) << client.error().message;
  EXPECT_FALSE(make_client(apple, secret_of("no key")));

  const std::string secret = apple_client_secret(apple, *client->apple_key, clock_.now());
  const auto token = SignedToken::parse(TokenKind::id, secret);
  ASSERT_TRUE(token);
  EXPECT_EQ(token->key_id(), "KEY");
  const std::string claims = std::string(as_text(
      from_base64url(secret.substr(secret.find('.') + 1, secret.rfind('.') - secret.find('.') - 1))
          .value()));
  EXPECT_EQ(claims, R"({"iss":"TEAM","iat":1800000000,"exp":1800000300,)"
                    R"("aud":"https://appleid.apple.com","sub":"org.x"})");
  const SigningKey signer{"", key.public_key()};
  EXPECT_TRUE(signer.verify(as_bytes(std::string_view(secret).substr(0, secret.rfind('.'))),
                            from_base64url(secret.substr(secret.rfind('.') + 1)).value()));
}

TEST_F(Exchanges, ASecretIsTheFirstLineOfItsFile) {
  for (const char* file : {"s3cret", "s3cret\n", "s3cret\r\n", "s3cret\nmore\n"}) {
    const auto client = make_client(client_of(Kind::openid).provider, secret_of(file));
    ASSERT_TRUE(client);
    EXPECT_EQ(as_text(client->secret.reveal()), "s3cret");
  }
  for (const char* file : {"", "\n", "\r\n", "\ns3cret"}) {
    EXPECT_FALSE(make_client(client_of(Kind::openid).provider, secret_of(file)));
  }
}

TEST(OidcAnswer, ACodeIsHeldToItsBytes) {
  EXPECT_TRUE(Answer::read(std::string(Answer::kMostCode, 'x'), std::nullopt));
  EXPECT_FALSE(Answer::read(std::string(Answer::kMostCode + 1, 'x'), std::nullopt));
  EXPECT_FALSE(Answer::read("x\r\ny", std::nullopt));
  EXPECT_TRUE(Answer::read("", std::nullopt)->code.empty());
}

TEST_F(Exchanges, AProviderSaysWhoIsSignedOut) {
  Exchange exchange = make();
  const auto logout = exchange.read_logout("company", sign_out());
  ASSERT_TRUE(logout) << logout.error().message;
  EXPECT_EQ(logout->issuer, "https://id.example");
  EXPECT_EQ(logout->subject, "me");
  EXPECT_EQ(logout->at, clock_.now());

  EXPECT_EQ(exchange.read_logout("another", sign_out()).error().code, Errc::not_found);
  EXPECT_EQ(make(Kind::github).read_logout("company", sign_out()).error().code, Errc::not_found);
}

// Whoever may send anything must not have us ask the provider for each of it.
TEST_F(Exchanges, WhatIsNoLogoutTokenAsksNobody) {
  Exchange exchange = make();
  for (const char* text : {"", "x", "a.b.c"}) {
    EXPECT_EQ(exchange.read_logout("company", text).error().code, Errc::invalid_argument);
  }
  EXPECT_TRUE(asked_.empty());

  const TokenMaker enemy;
  const std::string unknown_key =
      enemy.sign(Algorithm::es256, R"({"alg":"ES256","kid":"x"})", "{}");
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(exchange.read_logout("company", unknown_key).error().code, Errc::unauthenticated);
  }
  EXPECT_EQ(times(kDocument), 1);
  EXPECT_EQ(times(kKeys), 1);
}

}  // namespace
}  // namespace fastness::oidc
