#include "accounts/retention/disposals.h"

#include <gtest/gtest.h>

#include "accounts/testing/accounts_fixture.h"

namespace fastness::accounts {
namespace {

using testing::AccountsFixture;

class DisposalsTest : public AccountsFixture {
 protected:
  std::unique_ptr<Disposals> book = Disposals::open(database, clock).value();
  OrganisationId mine{Uuid(Uuid::Bytes{1})};
  OrganisationId theirs{Uuid(Uuid::Bytes{2})};
};

TEST_F(DisposalsTest, AreCountedByKindAndDayForEachOrganisation) {
  ASSERT_TRUE(book->note(mine, DisposalKind::session, 2));
  ASSERT_TRUE(book->note(mine, DisposalKind::session, 3));
  ASSERT_TRUE(book->note(mine, DisposalKind::claim_code, 0));
  ASSERT_TRUE(book->note(theirs, DisposalKind::history_age, 7));
  const Timestamp first = clock.now();
  clock.advance(std::chrono::hours(30));
  ASSERT_TRUE(book->note(mine, DisposalKind::history_cap, 1));

  const auto list = book->list(mine);

  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ(list->at(0).kind, DisposalKind::history_cap);
  EXPECT_EQ(list->at(0).day, std::chrono::floor<std::chrono::days>(clock.now()));
  EXPECT_EQ(list->at(1).kind, DisposalKind::session);
  EXPECT_EQ(list->at(1).count, 5U);
  EXPECT_EQ(list->at(1).day, std::chrono::floor<std::chrono::days>(first));
}

TEST_F(DisposalsTest, AreForgottenAfterAYearAndWithTheirOrganisation) {
  ASSERT_TRUE(book->note(mine, DisposalKind::session, 2));
  clock.advance(Disposals::kRemembered + std::chrono::hours(24));
  ASSERT_TRUE(book->note(theirs, DisposalKind::session, 1));
  EXPECT_TRUE(book->list(mine)->empty());

  ASSERT_TRUE(book->forget(theirs));

  EXPECT_TRUE(book->list(theirs)->empty());
}

TEST_F(DisposalsTest, ExpiredSessionsGoWithoutARestartAndLiveOnesStay) {
  const NewSession old = make_user("me@x.y");
  clock.advance(Sessions::kIdle);
  const NewSession fresh = make_user("you@x.y");

  const auto forgotten = accounts().sessions().forget_expired();

  ASSERT_EQ(forgotten->size(), 1U);
  EXPECT_EQ(forgotten->front().organisation, old.session.organisation);
  EXPECT_TRUE(accounts().sessions().find(fresh.token));
  EXPECT_TRUE(accounts().sessions().forget_expired()->empty());
  const auto rows = database.query_one<std::int64_t>("SELECT count(*) FROM session");
  EXPECT_EQ(std::get<0>(**rows), 1);
}

}  // namespace
}  // namespace fastness::accounts
