// What a provider says of itself, and what must not be believed of it (T16, T23).
#include "oidc/provider/discovery.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace fastness::oidc {
namespace {

const std::string kIssuer = "https://id.example/realm";

Result<Discovery> parse(const std::map<std::string, std::string>& other = {}) {
  std::map<std::string, std::string> all{
      {"issuer", R"("https://id.example/realm")"},
      {"authorization_endpoint", R"("https://id.example/authorize")"},
      {"token_endpoint", R"("https://id.example/token")"},
      {"jwks_uri", R"("https://keys.example/set?v=1")"},
      {"response_types_supported", R"(["id_token","code"])"}};
  for (const auto& [name, value] : other) all[name] = value;
  std::string text;
  for (const auto& [name, value] : all) {
    if (!value.empty()) text += (text.empty() ? "{\"" : ",\"") + name + "\":" + value;
  }
  return Discovery::parse(text + "}", kIssuer);
}

TEST(ProviderDocument, IsLookedForBelowTheIssuer) {
  EXPECT_EQ(Discovery::address_of(kIssuer),
            "https://id.example/realm/.well-known/openid-configuration");
  EXPECT_EQ(Discovery::address_of("https://id.example/"),
            "https://id.example/.well-known/openid-configuration");
}

TEST(ProviderDocument, SaysWhereToGoAndWhatItPromises) {
  const auto plain = parse();
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->authorization_endpoint, "https://id.example/authorize");
  EXPECT_EQ(plain->token_endpoint, "https://id.example/token");
  EXPECT_EQ(plain->key_set, "https://keys.example/set?v=1");
  EXPECT_FALSE(plain->promises_issuer);
  EXPECT_EQ(plain->client_authentication, Discovery::ClientAuthentication::basic);

  const auto more = parse({{"authorization_response_iss_parameter_supported", "true"},
                           {"code_challenge_methods_supported", R"(["plain","S256"])"},
                           {"token_endpoint_auth_methods_supported", R"(["client_secret_post"])"}});
  ASSERT_TRUE(more);
  EXPECT_TRUE(more->promises_issuer);
  EXPECT_EQ(more->client_authentication, Discovery::ClientAuthentication::in_form);
}

TEST(ProviderDocument, OfAnotherIssuerIsNotThisOnes) {
  for (const char* issuer : {R"("https://id.example")", R"("https://id.example/realm/")",
                             R"("https://enemy.example/realm")", "7", ""}) {
    EXPECT_EQ(parse({{"issuer", issuer}}).error().code, Errc::invalid_argument) << issuer;
  }
}

TEST(ProviderDocument, NamesAddressesUnderTlsAlone) {
  for (const char* name : {"authorization_endpoint", "token_endpoint", "jwks_uri"}) {
    for (const char* url :
         {"", R"("http://id.example/")", R"("file:///etc/passwd")", R"x("javascript:alert(1)")x",
          R"("https://")", R"("https://user@id.example/")", R"("https://id.example/#x")",
          R"("https://id.example/\r\nX: y")", R"("https://id.example\\@enemy.example/")",
          R"("//id.example/")", R"(["https://id.example/"])"}) {
      EXPECT_FALSE(parse({{name, url}})) << name << " " << url;
    }
    const std::string longest = "\"https://id.example/" + std::string(2'048, 'x') + "\"";
    EXPECT_FALSE(parse({{name, longest}}));
  }
}

TEST(ProviderDocument, WithoutWhatIsAskedForIsRefused) {
  EXPECT_FALSE(parse({{"response_types_supported", R"(["id_token"])"}}));
  EXPECT_FALSE(parse({{"response_types_supported", ""}}));
  EXPECT_FALSE(parse({{"code_challenge_methods_supported", R"(["plain"])"}}));
  EXPECT_FALSE(parse({{"token_endpoint_auth_methods_supported", R"(["private_key_jwt"])"}}));
  for (const char* text : {"", "[]", "null", "{", "<html>"}) {
    EXPECT_FALSE(Discovery::parse(text, kIssuer)) << text;
  }
}

}  // namespace
}  // namespace fastness::oidc
