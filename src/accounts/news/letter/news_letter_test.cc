// What people read of their own accounts, in every language, and what is in none of it.
#include "accounts/news/letter/news_letter.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wording/testing/leftovers.h"

namespace fastness::accounts {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;
using wording::Letter;

const Timestamp kWhen = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)) + 90min;

std::vector<NewsKind> all_kinds() {
  constexpr int kNone[] = {23, 24};
  std::vector<NewsKind> kinds;
  for (int number = 1; number <= static_cast<int>(NewsKind::session_carried_off); ++number) {
    if (std::ranges::count(kNone, number) == 0) kinds.push_back(static_cast<NewsKind>(number));
  }
  return kinds;
}

News news_of(NewsKind kind, const Visitor& visitor = {"192.0.2.1", "Firefox on Linux"}) {
  return {kind, UserId(Uuid(Uuid::Bytes{1})), "fkPublicId", visitor};
}

Letter letter_of(const News& news, const std::string& console = "https://iot.lan/") {
  return letter_about({{1, news, kWhen, kWhen, 1}}, console);
}

TEST(NewsLetter, EachKindHasWordsOfItsOwnInEachLanguage) {
  for (const wording::Language language : wording::kLanguages) {
    std::set<std::string> subjects;
    for (const NewsKind kind : all_kinds()) {
      SCOPED_TRACE(static_cast<int>(kind));
      const std::string subject = letter_of(news_of(kind)).in(language).subject;
      EXPECT_TRUE(subjects.insert(subject).second) << subject;
      EXPECT_TRUE(subject.starts_with("Fastness: ")) << subject;
      EXPECT_THAT(subject, Not(HasSubstr("onsole"))) << "the words for what is not known";
    }
  }
}

TEST(NewsLetter, IsWhollyInItsLanguage) {
  for (const NewsKind kind : all_kinds()) {
    for (const Visitor& visitor : {Visitor{"192.0.2.1", "Firefox on Linux"}, Visitor{"192.0.2.1"},
                                   Visitor{"", "another program"}, Visitor{}}) {
      SCOPED_TRACE(static_cast<int>(kind));
      EXPECT_EQ(wording::testing::leftovers(letter_of(news_of(kind, visitor))), "");
    }
  }
  std::vector<WaitingNews> all;
  for (const NewsKind kind : all_kinds()) all.push_back({1, news_of(kind), kWhen, kWhen, 1'234});
  const Letter letter = letter_about(all, "https://iot.lan/");
  EXPECT_EQ(wording::testing::leftovers(letter), "");
  EXPECT_EQ(letter.subject.de, "Fastness: 46 Neuigkeiten zu Ihrem Konto");
  EXPECT_THAT(letter.body.de, HasSubstr("das letzte von 1.234 Malen seit dem 22.11.2026"));
}

TEST(NewsLetter, SaysTheSameInEachLanguage) {
  for (const NewsKind kind : all_kinds()) {
    SCOPED_TRACE(static_cast<int>(kind));
    const Letter letter = letter_of(news_of(kind));
    EXPECT_THAT(letter.body.en, HasSubstr("What happened\nOn 2026-11-22 01:30 UTC "));
    EXPECT_THAT(letter.body.en, HasSubstr("\n\nWhat to do\n"));
    EXPECT_THAT(letter.body.de, HasSubstr("Was geschehen ist\nAm 22.11.2026 um 01:30 Uhr UTC "));
    EXPECT_THAT(letter.body.de, HasSubstr("\n\nWas zu tun ist\n"));
    for (const char* fact : {"fkPublicId", "192.0.2.1", "Firefox", "https://iot.lan/audit"}) {
      EXPECT_EQ(letter.body.en.find(fact) == std::string::npos,
                letter.body.de.find(fact) == std::string::npos)
          << fact;
    }
  }
}

// Whoever has come in must not be able to make the server write their words, or a way in.
TEST(NewsLetter, HasNoWayInAndNoSecret) {
  for (const NewsKind kind : all_kinds()) {
    SCOPED_TRACE(static_cast<int>(kind));
    for (const wording::Language language : wording::kLanguages) {
      const auto written = letter_of(news_of(kind)).in(language);
      for (const char* way_in : {"setup", "#", "?", "token", "fastnessk1"}) {
        EXPECT_THAT(written.subject + written.body, Not(HasSubstr(way_in)));
      }
    }
  }
}

TEST(NewsLetter, SaysFromWhereAndByWhatInWords) {
  EXPECT_THAT(letter_of(news_of(NewsKind::new_place)).body.de,
              HasSubstr("hat sich jemand von 192.0.2.1 aus mit Firefox unter Linux bei Ihrem Konto "
                        "angemeldet"));
  const Letter unknown = letter_of(news_of(NewsKind::wrong_passwords, {}));
  EXPECT_THAT(unknown.body.en, HasSubstr("your account, the last in a session of yours."));
  EXPECT_THAT(unknown.body.de, HasSubstr("worden, zuletzt in einer Ihrer Sitzungen."));
}

TEST(NewsLetter, WithoutAConsoleNamesNoAddress) {
  const Letter letter = letter_of(news_of(NewsKind::factor_set), "");

  EXPECT_THAT(letter.body.en, Not(HasSubstr("http")));
  EXPECT_THAT(letter.body.de, Not(HasSubstr("http")));
}

}  // namespace
}  // namespace fastness::accounts
