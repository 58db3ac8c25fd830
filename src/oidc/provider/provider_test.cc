#include "oidc/provider/provider.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/fixed_limits.h"

namespace fastness::oidc {
namespace {

using ::testing::HasSubstr;

ProviderSettings settings_of(const std::string& provider) {
  const std::string id = provider.substr(0, provider.find('='));
  return {{provider}, {}, {id + "=client"}, {id + "=/etc/secret"}};
}

TEST(ConfiguredProviders, PresetsKnowTheirIssuers) {
  const struct {
    const char* line;
    const char* name;
    Kind kind;
    const char* issuer;
  } cases[] = {
      {"google", "Google", Kind::openid, "https://accounts.google.com"},
      {"github", "GitHub", Kind::github, "https://github.com/login/oauth"},
      {"apple=TEAM/KEY", "Apple", Kind::apple, "https://appleid.apple.com"},
      {"microsoft=9188040d-6c67-4c5b-b112-36a304b66dad", "Microsoft", Kind::openid,
       "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"},
      {"company=https://id.example/realms/x", "company", Kind::openid,
       "https://id.example/realms/x"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.line);
    const auto read = read_providers(settings_of(c.line));
    ASSERT_TRUE(read) << read.error().message;
    const Provider& made = read->front();
    EXPECT_EQ(made.name, c.name);
    EXPECT_EQ(made.kind, c.kind);
    EXPECT_EQ(made.issuer, c.issuer);
    EXPECT_EQ(made.client_id, "client");
    EXPECT_EQ(made.secret_file, "/etc/secret");
  }
  const auto apple = read_providers(settings_of("apple=TEAM/KEY"));
  EXPECT_EQ(apple->front().apple_team, "TEAM");
  EXPECT_EQ(apple->front().apple_key, "KEY");
}

TEST(ConfiguredProviders, ANameIsWhatPeopleRead) {
  ProviderSettings settings = settings_of("company=https://id.example");
  settings.names = {"company=Our company = yours"};
  EXPECT_EQ(read_providers(settings)->front().name, "Our company = yours");
  for (const std::string& wrong : {std::string("two\nlines"), std::string(65, 'x')}) {
    settings.names = {"company=" + wrong};
    EXPECT_THAT(read_providers(settings).error().message, HasSubstr("sign_in.names"));
  }
}

TEST(ConfiguredProviders, WhatMakesNoSenseIsNamed) {
  for (const char* line :
       {"company", "google=x", "github=x", "apple", "apple=TEAM", "apple=/KEY", "microsoft",
        "microsoft=common", "microsoft=contoso.example", "company=http://id.example",
        "company=https://", "company=https://u@id.example", "company=https://id.example?x",
        "company=https://id.example#x", "Company=https://id.example", "7=https://id.example",
        "a/b=https://id.example", "company=https://id.example/ x"}) {
    const auto refused = read_providers(settings_of(line));
    ASSERT_FALSE(refused) << line;
    EXPECT_EQ(refused.error().code, Errc::invalid_argument);
    EXPECT_THAT(refused.error().message, HasSubstr("sign_in.providers")) << line;
  }
}

TEST(ConfiguredProviders, EachHasAClientAndAFileAndNobodyElseHas) {
  ProviderSettings settings = settings_of("google");
  settings.client_ids = {};
  EXPECT_THAT(read_providers(settings).error().message, HasSubstr("sign_in.client_ids"));
  settings = settings_of("google");
  settings.secret_files = {"google=relative"};
  EXPECT_THAT(read_providers(settings).error().message, HasSubstr("sign_in.client_secret_files"));
  settings = settings_of("google");
  settings.names = {"gogle=Google"};
  EXPECT_THAT(read_providers(settings).error().message, HasSubstr("sign_in.names"));
  settings = settings_of("google");
  settings.client_ids.emplace_back("google=another");
  EXPECT_THAT(read_providers(settings).error().message, HasSubstr("twice"));
  settings = settings_of("google");
  settings.client_ids = {"google"};
  EXPECT_FALSE(read_providers(settings));
}

TEST(ConfiguredProviders, NoneIsThereTwice) {
  ProviderSettings settings{{"a=https://id.example", "b=https://id.example"},
                            {},
                            {"a=client", "b=client"},
                            {"a=/x", "b=/y"}};
  EXPECT_THAT(read_providers(settings).error().message, HasSubstr("twice"));
  settings.client_ids = {"a=client", "b=another"};
  EXPECT_TRUE(read_providers(settings));
  settings.providers = {"a=https://id.example", "a=https://other.example"};
  EXPECT_FALSE(read_providers(settings));
}

TEST(ConfiguredProviders, ThereAreOnlySoMany) {
  ProviderSettings settings;
  const auto add = [&](std::size_t i) {
    const std::string id = "p" + std::to_string(i);
    settings.providers.push_back(id + "=https://" + id + ".example");
    settings.client_ids.push_back(id + "=client");
    settings.secret_files.push_back(id + "=/etc/secret");
  };
  for (std::size_t i = 0; i < fixed_limit("oidc.providers"); ++i) add(i);
  EXPECT_EQ(read_providers(settings)->size(), fixed_limit("oidc.providers"));
  add(fixed_limit("oidc.providers"));
  EXPECT_FALSE(read_providers(settings));
}

}  // namespace
}  // namespace fastness::oidc
