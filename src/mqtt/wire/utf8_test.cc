#include "mqtt/wire/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace fastness::mqtt {
namespace {

TEST(Utf8, PermitsWellFormedText) {
  const std::string_view cases[] = {
      "",           "sport/tennis", "\u00e9",      "\u20ac",
      "\U0001f331", "\u00a0",       "A\U0002a6d4", "\ufeff at the start is a character"};
  for (const auto text : cases) {
    SCOPED_TRACE(text);
    EXPECT_TRUE(is_permitted_utf8(text));
  }
}

TEST(Utf8, RefusesWhatIsMalformedOrDisturbs) {
  const struct {
    const char* why;
    std::string text;
  } cases[] = {
      {"U+0000", std::string("a\0b", 3)},
      {"control", "a\nb"},
      {"escape", "\x1b[31m"},
      {"delete", "\x7f"},
      {"C1 control", "\xc2\x85"},
      {"lone continuation", "\x80"},
      {"lead without follower", "\xc3"},
      {"lead then ASCII", "\xc3("},
      {"three bytes cut", "\xe2\x82"},
      {"four bytes cut", "\xf0\x9f\x8c"},
      {"overlong slash", "\xc0\xaf"},
      {"overlong in three", "\xe0\x80\xaf"},
      {"overlong in four", "\xf0\x80\x80\xaf"},
      {"overlong U+0000", "\xc0\x80"},
      {"high surrogate", "\xed\xa0\x80"},
      {"low surrogate", "\xed\xbf\xbf"},
      {"surrogate pair (CESU-8)", "\xed\xa0\xbd\xed\xb8\x80"},
      {"above U+10FFFF", "\xf4\x90\x80\x80"},
      {"five-byte lead", "\xf8\x88\x80\x80\x80"},
      {"0xff", "\xff"},
      {"non-character U+FFFE", "\xef\xbf\xbe"},
      {"non-character U+FDD0", "\xef\xb7\x90"},
      {"non-character U+1FFFF", "\xf0\x9f\xbf\xbf"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.why);
    EXPECT_FALSE(is_permitted_utf8(c.text));
  }
}

}  // namespace
}  // namespace fastness::mqtt
