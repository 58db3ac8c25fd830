#include "wording/phrase.h"

#include <gtest/gtest.h>

#include "wording/letter.h"
#include "wording/testing/leftovers.h"

namespace fastness::wording {
namespace {

TEST(Phrase, EachLanguageGrowsByItsOwnWords) {
  Phrase phrase = "- " + Phrase{.en = "the key ", .de = "der Schlüssel "} + "fk1";
  phrase += Phrase{.en = " ended", .de = " ist beendet"};
  phrase += ".\n";

  EXPECT_EQ(phrase.in(Language::english), "- the key fk1 ended.\n");
  EXPECT_EQ(phrase.in(Language::german), "- der Schlüssel fk1 ist beendet.\n");
}

TEST(Letter, IsWrittenInOneLanguageAlone) {
  const Letter letter{.subject = {.en = "Hello", .de = "Guten Tag"},
                      .body = {.en = "news\n", .de = "Neues\n"}};

  EXPECT_EQ(letter.in(Language::english).subject, "Hello");
  EXPECT_EQ(letter.in(Language::german).subject, "Guten Tag");
  EXPECT_EQ(letter.in(Language::german).body, "Neues\n");
}

// What the tests of all letters rely on.
TEST(Leftovers, AreFoundAndNothingElseIs) {
  using testing::leftovers;
  EXPECT_EQ(leftovers({.en = "the key was used", .de = "der Schlüssel wurde benutzt"}), "");
  EXPECT_EQ(leftovers({.en = "one\nhttps://iot.lan/a b\nfkKey",
                       .de = "eins\nhttps://iot.lan/a b\nfkKey"}),
            "")
      << "addresses and names are alike";

  for (const Phrase& bad :
       {Phrase{.en = "the key", .de = "the Schlüssel"},
        Phrase{.en = "your Konto", .de = "your Konto"},
        Phrase{.en = "mit a key", .de = "mit einem Schlüssel"},
        Phrase{.en = "Two words", .de = "Two words"}, Phrase{.en = "the key", .de = ""}}) {
    EXPECT_NE(leftovers(bad), "") << bad.en << " / " << bad.de;
  }
}

}  // namespace
}  // namespace fastness::wording
