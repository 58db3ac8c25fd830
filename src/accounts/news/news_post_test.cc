// News on their way to people: each told once, none lost, no flood, and no word of a stranger's.
#include "accounts/news/news_post.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/testing/accounts_fixture.h"

namespace fastness::accounts {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class NewsPostTest : public testing::AccountsFixture {
 protected:
  struct Sent {
    UserId user;
    NewsLetter letter;
  };

  NewsPostTest() : me_(make_user("me@x.y").session.user) { start(); }

  void start() {
    reopen();
    book().keep();
    post_ = std::make_unique<NewsPost>(
        clock,
        NewsPost::Options{
            [] { return std::string("https://iot.lan/"); },
            [this](UserId user, const NewsLetter& letter, const NewsPost::Done& done) {
              sent_.push_back({user, letter});
              if (is_slow_) return waiting_.push_back(done);
              done(is_away_ ? Result<void>(fail(Errc::unavailable, "away")) : Result<void>());
            },
            [this](UserId, const Result<void>& delivered) {
              reports_.push_back(delivered.has_value());
            }});
  }
  NewsBook& book() { return accounts().news(); }
  void note(NewsKind kind) { ASSERT_TRUE(book().note({kind, me_})); }
  void pass(std::chrono::seconds time) {
    clock.advance(time);
    ASSERT_TRUE(post_->update(book()));
  }

  UserId me_;
  std::unique_ptr<NewsPost> post_;
  std::vector<Sent> sent_;
  std::vector<bool> reports_;
  std::vector<NewsPost::Done> waiting_;
  bool is_away_ = false;
  bool is_slow_ = false;
};

TEST_F(NewsPostTest, NewsAreToldOnceAndARestartTellsNothingAgain) {
  pass(1s);
  EXPECT_THAT(sent_, SizeIs(0));
  ASSERT_TRUE(book().note({NewsKind::new_place, me_, {}, {"198.51.100.7", "Firefox on Linux"}}));
  pass(1s);
  pass(1s);

  ASSERT_THAT(sent_, SizeIs(1));
  EXPECT_EQ(sent_[0].user, me_);
  EXPECT_EQ(sent_[0].letter.subject, "Fastness: a sign-in from a new place");
  EXPECT_THAT(sent_[0].letter.body,
              HasSubstr("On 2026-11-22 00:00 UTC somebody signed in to your account from "
                        "198.51.100.7 with Firefox on Linux"));
  EXPECT_THAT(sent_[0].letter.body, HasSubstr("https://iot.lan/audit"));
  start();
  pass(1s);
  EXPECT_THAT(sent_, SizeIs(1));
}

TEST_F(NewsPostTest, WhatDoesNotArriveIsSentUntilItDoesAndARestartLosesNothing) {
  is_away_ = true;
  note(NewsKind::factor_removed);
  pass(1s);
  pass(1s);
  EXPECT_THAT(sent_, SizeIs(1)) << "not each second";
  pass(NewsPost::kFirstPause);
  pass(NewsPost::kFirstPause);
  EXPECT_THAT(sent_, SizeIs(2)) << "the pause doubles";
  EXPECT_THAT(reports_, ElementsAre(false, false));

  start();
  is_away_ = false;
  pass(1s);
  ASSERT_THAT(sent_, SizeIs(3));
  EXPECT_EQ(sent_[2].letter.subject, "Fastness: your second factor was taken away");
  pass(1h);
  EXPECT_THAT(sent_, SizeIs(3));
}

TEST_F(NewsPostTest, OnePersonGetsOnlySoManyMailsAnHourAndThenOneWithAllThatWaits) {
  for (int i = 0; i < NewsPost::kMostAnHour; ++i) {
    note(NewsKind::factor_set);
    pass(1s);
  }
  ASSERT_THAT(sent_, SizeIs(NewsPost::kMostAnHour));
  for (int i = 0; i < 50; ++i) {
    note(NewsKind::factor_set);
    note(NewsKind::factor_removed);
    pass(1s);
  }
  start();  // which must not be a way to more
  pass(1s);
  EXPECT_THAT(sent_, SizeIs(NewsPost::kMostAnHour));

  pass(1h);
  ASSERT_THAT(sent_, SizeIs(NewsPost::kMostAnHour + 1));
  const NewsLetter& last = sent_.back().letter;
  EXPECT_EQ(last.subject, "Fastness: 2 pieces of news of your account");
  EXPECT_THAT(last.body, HasSubstr("That was the last of 50 times since 2026-11-22 00:00 UTC"));
}

TEST_F(NewsPostTest, WhatHappensWhileAMailIsOnItsWayIsToldByTheNext) {
  is_slow_ = true;
  note(NewsKind::key_created);
  pass(1s);
  clock.advance(2min);
  note(NewsKind::key_created);
  note(NewsKind::key_created);
  pass(1s);
  ASSERT_THAT(sent_, SizeIs(1)) << "one mail at a time";

  waiting_.at(0)(Result<void>());
  pass(1s);

  ASSERT_THAT(sent_, SizeIs(2));
  EXPECT_THAT(sent_[1].letter.body, HasSubstr("the last of 2 times since 2026-11-22 00:02 UTC"));
  waiting_.at(1)(Result<void>());
  pass(1s);
  EXPECT_THAT(sent_, SizeIs(2));
}

TEST_F(NewsPostTest, NobodyWaitsForAnothersMailAndOnlySoManyAreOnTheirWay) {
  is_slow_ = true;
  std::vector<UserId> others;
  for (int i = 0; i < 6; ++i) {
    others.push_back(make_user("p" + std::to_string(i) + "@x.y").session.user);
    ASSERT_TRUE(book().note({NewsKind::password_changed, others.back()}));
  }
  pass(1s);
  ASSERT_THAT(waiting_, SizeIs(NewsPost::kMostAtOnce));

  waiting_.at(0)(Result<void>(fail(Errc::unavailable, "no such mailbox")));
  pass(1s);

  ASSERT_THAT(sent_, SizeIs(NewsPost::kMostAtOnce + 1));
  EXPECT_NE(sent_.back().user, sent_.front().user);
}

TEST_F(NewsPostTest, WhoIsErasedIsWrittenToNoMoreAndNothingOfThemStays) {
  is_slow_ = true;
  note(NewsKind::password_changed);
  pass(1s);
  note(NewsKind::factor_set);
  ASSERT_TRUE(database.run("DELETE FROM user WHERE id = ?", me_));

  waiting_.at(0)(Result<void>());
  pass(1h);

  EXPECT_THAT(sent_, SizeIs(1));
  EXPECT_THAT(reports_, ElementsAre(true));
  const auto rows = database.query_one<std::int64_t>(
      "SELECT (SELECT count(*) FROM account_news) + (SELECT count(*) FROM account_news_mail)");
  ASSERT_TRUE(rows && *rows);
  EXPECT_EQ(std::get<0>(**rows), 0);
}

TEST_F(NewsPostTest, WhatNobodyCouldBeToldIsForgottenAtLast) {
  note(NewsKind::factor_set);
  ASSERT_TRUE(book().forget_old());
  clock.advance(NewsBook::kKept + 1h);

  ASSERT_TRUE(book().forget_old());
  pass(1s);

  EXPECT_THAT(sent_, SizeIs(0));
}

TEST_F(NewsPostTest, AClockThatIsSetBackHoldsNothingBack) {
  for (int i = 0; i < NewsPost::kMostAnHour; ++i) {
    ASSERT_TRUE(database.run("INSERT INTO account_news_mail (user, sent_at) VALUES (?, ?)", me_,
                             clock.now() + std::chrono::hours(24 * 365)));
  }
  note(NewsKind::factor_set);

  pass(1s);

  EXPECT_THAT(sent_, SizeIs(1));
}

// Whoever has come in must not be able to make the server write their words, or a way in.
TEST(NewsLetter, HasWordsForEachKindAndNoWayInAndNoSecret) {
  const UserId user(Uuid(Uuid::Bytes{1}));
  std::set<std::string> subjects;
  constexpr int kNone[] = {23, 24};
  for (int number = 1; number <= static_cast<int>(NewsKind::read_much); ++number) {
    if (std::ranges::count(kNone, number) != 0) continue;
    SCOPED_TRACE(number);
    const News news{static_cast<NewsKind>(number), user, "fkPublicId", {"192.0.2.1", "Firefox"}};

    const NewsLetter letter = letter_about({{1, news, {}, {}, 1}}, "https://iot.lan/");

    EXPECT_TRUE(subjects.insert(letter.subject).second) << letter.subject;
    EXPECT_NE(letter.subject, "Fastness: see the console");
    for (const char c : letter.subject) EXPECT_TRUE(c >= ' ' && c <= '~');
    EXPECT_THAT(letter.body, HasSubstr("What to do"));
    for (const char* way_in : {"setup", "#", "?", "token", "fastnessk1"}) {
      EXPECT_THAT(letter.body, Not(HasSubstr(way_in)));
    }
  }
}

TEST(NewsLetter, WhereItIsNotKnownFromWhereThatIsLeftOut) {
  const News news{NewsKind::wrong_passwords, UserId(Uuid(Uuid::Bytes{1}))};

  const NewsLetter letter = letter_about({{1, news, {}, {}, 1}}, "");

  EXPECT_THAT(letter.body, HasSubstr("your account, the last in a session of yours."));
}

TEST(NewsLetter, WithoutAConsoleNamesNoAddress) {
  const News news{NewsKind::factor_set, UserId(Uuid(Uuid::Bytes{1}))};

  const NewsLetter letter = letter_about({{1, news, {}, {}, 1}}, "");

  EXPECT_THAT(letter.body, Not(HasSubstr("http")));
}

}  // namespace
}  // namespace fastness::accounts
