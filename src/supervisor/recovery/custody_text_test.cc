#include "supervisor/recovery/custody_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json/value.h"

namespace fastness::supervisor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string text_of(const std::string& custody) {
  return custody_as_text(json::parse(custody).value());
}

TEST(CustodyText, AFreshInstanceIsToldWhatItLacks) {
  const std::string text = text_of(R"({"keys": "sealed", "opens_with": "key_file",
      "has_standby_root": true, "owners": 2, "owners_without_kit": 2,
      "generations": [{"id": 1, "state": "issuing"}], "kits": []})");

  EXPECT_THAT(text, HasSubstr("authority keys    in sealed files\n"));
  EXPECT_THAT(text, HasSubstr("a stolen disk     gives everything"));
  EXPECT_THAT(text, HasSubstr("standby root      waits here"));
  EXPECT_THAT(text, HasSubstr("generation 1      issuing\n"));
  EXPECT_THAT(text, HasSubstr("recovery kit      none: with this host all data would be lost"));
}

TEST(CustodyText, KitsAreListedWithHowTheyOpenAndWhatTheNewestLacks) {
  const std::string text =
      text_of(R"({"keys": "token", "token": "vault", "opens_with": "passphrase",
      "has_standby_root": false, "owners": 4, "owners_without_kit": 1, "generations": [],
      "kits": [{"id": "a", "created_at": "2026-11-01T08:00:00Z", "owners": 2, "shares": 0,
                "needed": 0, "rehearsed_at": "2026-11-02T08:00:00Z"},
               {"id": "b", "created_at": "2026-11-09T08:00:00Z", "owners": 3, "shares": 5,
                "needed": 3}]})");

  EXPECT_THAT(text, HasSubstr("in the token vault"));
  EXPECT_THAT(text, HasSubstr("gives nothing without the passphrase"));
  EXPECT_THAT(text, HasSubstr("standby root      carried away\n"));
  EXPECT_THAT(text, HasSubstr("made 2026-11-01T08:00:00Z, opens with its passphrase; rehearsed "
                              "2026-11-02T08:00:00Z\n"));
  EXPECT_THAT(text, HasSubstr("opens with 3 of its 5 shares; never rehearsed\n"));
  EXPECT_THAT(text, HasSubstr("1 organisation or person came after the newest kit"));
}

TEST(CustodyText, ATokenWithAKeyFileKeepsTheAuthorityKeysOnly) {
  const std::string text = text_of(R"({"keys": "token", "token": "t", "opens_with": "key_file",
      "has_standby_root": false, "owners": 0, "owners_without_kit": 0, "generations": [],
      "kits": [{"id": "a", "created_at": "x", "owners": 0, "shares": 0, "needed": 0}]})");

  EXPECT_THAT(text, HasSubstr("gives all data"));
  EXPECT_THAT(text, HasSubstr("not the authority keys, which need the token"));
  EXPECT_THAT(text, Not(HasSubstr("needs you")));
}

}  // namespace
}  // namespace fastness::supervisor
