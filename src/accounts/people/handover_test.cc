#include <gtest/gtest.h>

#include "accounts/accounts.h"
#include "accounts/news/news_book.h"
#include "accounts/testing/accounts_fixture.h"
#include "crypto/password/one_time_code.h"

namespace fastness::accounts {
namespace {

using testing::AccountsFixture;
using testing::kPassword;

class Handover : public AccountsFixture {
 protected:
  Handover() : from_(make_user("from@x.y")), to_(make_user("to@x.y")) {
    EXPECT_TRUE(accounts().members().add({here(), to_.session.user, Role::member, clock.now()}));
  }
  [[nodiscard]] OrganisationId here() const { return from_.session.organisation; }
  Result<void> hand_over() {
    return accounts().hand_over(here(), from_.session.user, to_.session.user, "Personal");
  }
  [[nodiscard]] std::optional<Role> role(const NewSession& of) {
    return accounts().members().role(here(), of.session.user).value();
  }

  const NewSession from_;
  const NewSession to_;
};

TEST_F(Handover, GivesItAwayAndLeavesWhatIsTheirsWithThem) {
  accounts().news().keep();
  const auto offer = accounts().factors().offer(from_.session.user);
  const auto app = testing::app_secret(offer.secret);
  const auto code = [&] { return crypto::one_time_code(app, crypto::one_time_step(clock.now())); };
  const User before = accounts().users().find(from_.session.user).value();
  ASSERT_TRUE(accounts().factors().confirm(before, code()));

  ASSERT_TRUE(hand_over());

  EXPECT_EQ(role(to_), Role::owner);
  EXPECT_EQ(role(from_), Role::administrator);
  const User after = accounts().users().find(from_.session.user).value();
  EXPECT_NE(after.organisation, here());
  EXPECT_EQ(accounts().users().organisation(after.organisation)->name, "Personal");
  EXPECT_EQ(*accounts().users().email(after.id), "from@x.y");
  const auto session = accounts().sessions().find(from_.token);
  EXPECT_EQ(session->session.organisation, after.organisation);
  EXPECT_EQ(session->session.works_in, here()) << "they go on where they were";
  reopen();
  EXPECT_FALSE(sign_in("from@x.y", kPassword)) << "the factor is still asked for";
  clock.advance(std::chrono::minutes(1));
  EXPECT_TRUE(accounts().factors().use(after, code()));
  EXPECT_EQ(accounts().sessions().list(after.id).front().visitor.address,
            accounts().sessions().list(to_.session.user).front().visitor.address);
}

TEST_F(Handover, TellsBoth) {
  accounts().news().keep();

  ASSERT_TRUE(hand_over());

  const auto kinds = [&](UserId user) {
    std::vector<NewsKind> noted;
    const auto waiting = accounts().news().waiting(user);
    for (const WaitingNews& each : waiting.value()) noted.push_back(each.news.kind);
    return noted;
  };
  EXPECT_EQ(kinds(from_.session.user), std::vector{NewsKind::organisation_handed_over});
  EXPECT_EQ(kinds(to_.session.user), std::vector{NewsKind::organisation_received});
}

TEST_F(Handover, OnlyTheOwnerAndOnlyToSomebodyWhoIsIn) {
  const NewSession stranger = make_user("stranger@x.y");
  EXPECT_EQ(
      accounts().hand_over(here(), to_.session.user, from_.session.user, "Personal").error().code,
      Errc::permission_denied);
  EXPECT_EQ(accounts()
                .hand_over(here(), from_.session.user, stranger.session.user, "Personal")
                .error()
                .code,
            Errc::not_found);
  EXPECT_EQ(
      accounts().hand_over(here(), from_.session.user, from_.session.user, "Personal").error().code,
      Errc::permission_denied);
  EXPECT_EQ(role(from_), Role::owner);
}

// Sealing what is theirs anew needs the vault. Without it nothing has happened at all.
TEST_F(Handover, IsAllOrNothing) {
  const auto refused =
      accounts().hand_over(here(), from_.session.user, to_.session.user, std::string(65, 'x'));

  EXPECT_EQ(refused.error().code, Errc::invalid_argument);
  EXPECT_EQ(role(from_), Role::owner);
  EXPECT_EQ(role(to_), Role::member);
  EXPECT_EQ(accounts().users().find(from_.session.user)->organisation, here());
  EXPECT_EQ(accounts().sessions().find(from_.token)->session.organisation, here());
}

// Whoever is mailed about alarms hears of those since it is theirs, and not of a year before.
TEST_F(Handover, WhoOwnsAnOrganisationDoesSoSinceThen) {
  clock.advance(std::chrono::hours(24 * 365));
  ASSERT_TRUE(hand_over());

  const auto owners = accounts().members().owners();
  ASSERT_EQ(owners->size(), 3U) << "their two own ones, and this";
  for (const Membership& each : *owners) {
    if (each.organisation != here()) continue;
    EXPECT_EQ(each.user, to_.session.user);
    EXPECT_EQ(each.since, clock.now());
  }
}

TEST_F(Handover, ComesBack) {
  ASSERT_TRUE(hand_over());

  ASSERT_TRUE(accounts().hand_over(here(), to_.session.user, from_.session.user, "Personal"));

  EXPECT_EQ(role(from_), Role::owner);
  EXPECT_EQ(accounts().users().find(to_.session.user)->organisation, to_.session.organisation)
      << "theirs was another all the time";
  EXPECT_EQ(accounts().members().owned_by(from_.session.user)->size(), 2U);
}

}  // namespace
}  // namespace fastness::accounts
