#include "accounts/erasure/erasures.h"

#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "accounts/testing/accounts_fixture.h"

namespace fastness::accounts {
namespace {

using testing::AccountsFixture;
using testing::kPassword;

class ErasuresTest : public AccountsFixture {
 protected:
  // A process that dies forgets all but the database and the vault.
  void restart() {
    erasures_.reset();
    reopen();
    start();
  }
  void start() {
    erasures_ = Erasures::open(database, accounts(), clock).value();
    erasures_->set_work(
        {[this](OrganisationId organisation) -> Result<bool> {
           if (is_vault_away) return fail(Errc::unavailable, "the vault is away");
           const auto share = content.vault().organisation_share(organisation);
           return !share && share.error().code == Errc::not_found;
         },
         [this](OrganisationId organisation, std::optional<UserId> person) -> Result<void> {
           if (is_vault_away) return fail(Errc::unavailable, "the vault is away");
           if (person) {
             content.vault().destroy_share(organisation, *person);
           } else {
             content.vault().destroy_share(organisation);
           }
           content.keys().forget(organisation);
           return {};
         },
         [this](OrganisationId organisation, const Erasures::Done& done) {
           removed.push_back(organisation);
           if (is_disk_full) return done(fail(Errc::exhausted, "the disk is full"));
           done({});
         }});
  }
  Erasures& erasures() {
    if (!erasures_) start();
    return *erasures_;
  }
  User find(const Session& session) { return accounts().users().find(session.user).value(); }
  Erasure erase(const User& user) {
    std::optional<Erasure> told;
    erasures().erase(user, ErasureCause::person,
                     [&](const Result<Erasure>& result) { told = result.value(); });
    EXPECT_TRUE(told);
    return told.value_or(Erasure{user.organisation, user.id});
  }
  std::int64_t rows_of_accounts() {
    const auto row = database.query_one<std::int64_t>(
        "SELECT (SELECT count(*) FROM user) + (SELECT count(*) FROM organisation)"
        " + (SELECT count(*) FROM session) + (SELECT count(*) FROM api_key)"
        " + (SELECT count(*) FROM setup_link) + (SELECT count(*) FROM known_place)");
    return std::get<0>(row.value().value());
  }

  bool is_vault_away = false;
  bool is_disk_full = false;
  std::vector<OrganisationId> removed;

 private:
  std::unique_ptr<Erasures> erasures_;
};

TEST_F(ErasuresTest, ErasesAPersonAndNobodyElse) {
  const NewSession mine = make_user("me@x.y");
  const NewSession other = make_user("you@x.y");
  const NewApiKey key = make_key(mine.session);
  const User me = find(mine.session);
  const Bytes sealed = accounts().users().stored(me.id)->sealed_email;
  std::vector<std::string> ended;
  accounts().api_keys().on_revoked([&](const std::string& id) { ended.push_back(id); });
  int ended_sessions = 0;
  accounts().sessions().on_ended([&](const SessionId&) { ++ended_sessions; });

  const Erasure erasure = erase(me);

  EXPECT_EQ(erasure.state, ErasureState::erased);
  EXPECT_EQ(complete_at(erasure, std::chrono::months(12)),
            Timestamp(std::chrono::sys_days(std::chrono::year(2027) / 12 / 1)))
      << "a backup of this November ends with the next";
  EXPECT_EQ(removed, std::vector{me.organisation});
  EXPECT_EQ(ended, std::vector{key.key.client_id});
  EXPECT_EQ(ended_sessions, 1);
  EXPECT_FALSE(accounts().sessions().find(mine.token));
  EXPECT_FALSE(accounts().users().find(me.id));
  EXPECT_EQ(sign_in("me@x.y", kPassword).error().code, Errc::unauthenticated);
  const auto opened =
      content.keys().open({me.organisation, keys::FieldId::user_email, me.id, me.id}, sealed);
  EXPECT_EQ(opened.error().code, Errc::not_found) << "whoever kept the row has nothing";
  EXPECT_TRUE(accounts().sessions().find(other.token));
  EXPECT_EQ(*accounts().users().email(other.session.user), "you@x.y");
}

TEST_F(ErasuresTest, NobodyIsErasedWithAnOrganisationThatOthersAreIn) {
  const NewSession mine = make_user("me@x.y");
  const NewSession other = make_user("you@x.y");
  const OrganisationId here = mine.session.organisation;
  ASSERT_TRUE(accounts().members().add({here, other.session.user, Role::viewer, clock.now()}));
  std::optional<Errc> refused;

  erasures().erase(find(mine.session), ErasureCause::person, [&](const Result<Erasure>& erasure) {
    if (!erasure) refused = erasure.error().code;
  });

  EXPECT_EQ(refused, Errc::permission_denied);
  EXPECT_TRUE(erasures().list()->empty());
  EXPECT_TRUE(accounts().sessions().find(mine.token));
}

// Also what was sealed as theirs in what they handed over goes; that organisation stays.
TEST_F(ErasuresTest, WhoHandedTheirOrganisationOverLeavesNothingOfTheirOwnInIt) {
  const NewSession mine = make_user("me@x.y");
  const NewSession other = make_user("you@x.y");
  const OrganisationId here = mine.session.organisation;
  const UserId me = mine.session.user;
  const Bytes before = accounts().users().stored(me)->sealed_email;
  ASSERT_TRUE(accounts().members().add({here, other.session.user, Role::viewer, clock.now()}));
  ASSERT_TRUE(accounts().hand_over(here, me, other.session.user, "Personal"));
  const keys::Address address{here, keys::FieldId::user_email, me, me};
  ASSERT_TRUE(content.keys().open(address, before)) << "as in a backup of then";
  const Timestamp tomorrow = clock.now() + std::chrono::hours(24);
  ASSERT_TRUE(accounts().api_keys().create(here, me, "k", Scopes::all(), tomorrow));

  const Erasure erasure = erase(find(mine.session));

  EXPECT_EQ(erasure.state, ErasureState::erased);
  EXPECT_NE(erasure.organisation, here);
  EXPECT_EQ(content.keys().open(address, before).error().code, Errc::not_found);
  EXPECT_TRUE(accounts().api_keys().list(here).empty());
  EXPECT_EQ(accounts().members().role(here, other.session.user).value(), Role::owner);
  EXPECT_TRUE(accounts().users().organisation(here));
}

TEST_F(ErasuresTest, WhatSomebodyWasHandedGoesWithThem) {
  const NewSession giver = make_user("giver@x.y");
  const NewSession mine = make_user("me@x.y");
  const OrganisationId given = giver.session.organisation;
  ASSERT_TRUE(accounts().members().add({given, mine.session.user, Role::viewer, clock.now()}));
  ASSERT_TRUE(accounts().hand_over(given, giver.session.user, mine.session.user, "Personal"));
  ASSERT_TRUE(accounts().members().leave(given, giver.session.user));

  erase(find(mine.session));

  EXPECT_EQ(accounts().users().organisation(given).error().code, Errc::not_found);
  EXPECT_EQ(content.vault().organisation_share(given).error().code, Errc::not_found);
  EXPECT_EQ(removed.size(), 2U);
  EXPECT_TRUE(accounts().users().find(giver.session.user));
}

TEST_F(ErasuresTest, AnErasedAddressComesAnewAndGetsNothingOfBefore) {
  const NewSession before = make_user("me@x.y");
  const NewApiKey key = make_key(before.session);
  erase(find(before.session));

  const NewSession after = make_user("ME@x.y");

  EXPECT_NE(after.session.user, before.session.user);
  EXPECT_NE(after.session.organisation, before.session.organisation);
  EXPECT_TRUE(accounts().api_keys().list(after.session.organisation).empty());
  EXPECT_FALSE(accounts().api_keys().authenticate(key.key.client_id, testing::text(key.secret)));
  EXPECT_EQ(*accounts().users().email(after.session.user), "me@x.y");
  ASSERT_TRUE(erasures().resume());
  EXPECT_TRUE(accounts().users().find(after.session.user)) << "only who was erased stays so";
}

// Wherever it stops, nobody comes in any more, and the next start brings it to its end.
TEST_F(ErasuresTest, ACrashAtEachStepIsTakenUpAtTheNextStart) {
  for (const char* what : {"vault", "disk"}) {
    SCOPED_TRACE(what);
    const NewSession session = make_user("me@x.y");
    const User me = find(session.session);
    is_vault_away = std::string(what) == "vault";
    is_disk_full = !is_vault_away;

    EXPECT_EQ(erase(me).state, ErasureState::erasing);

    EXPECT_FALSE(accounts().sessions().find(session.token));
    EXPECT_EQ(sign_in("me@x.y", kPassword).error().code, Errc::unauthenticated);
    EXPECT_EQ(rows_of_accounts(), 0);
    is_vault_away = is_disk_full = false;
    restart();
    ASSERT_TRUE(erasures().resume());
    const auto list = erasures().list();
    EXPECT_EQ(list->back().organisation, me.organisation);
    EXPECT_EQ(list->back().state, ErasureState::erased);
    EXPECT_EQ(content.vault().organisation_share(me.organisation).error().code, Errc::not_found);
    clock.advance(std::chrono::hours(1));
  }
}

// The order is on disk before anything is done: a process that died at once finds it.
TEST_F(ErasuresTest, AnOrderThatWasOnlyWrittenDownIsCarriedOut) {
  const NewSession session = make_user("me@x.y");
  const User me = find(session.session);
  static_cast<void>(erasures());
  ASSERT_TRUE(database.run("INSERT INTO erasure VALUES (?, ?, 1, 1, ?, NULL)", me.organisation,
                           me.id, clock.now()));

  restart();
  ASSERT_TRUE(erasures().resume());

  EXPECT_EQ(rows_of_accounts(), 0);
  EXPECT_EQ(erasures().list()->front().state, ErasureState::erased);
}

TEST_F(ErasuresTest, WhomABackupBringsBackGoesAgainBeforeAnybodyIsServed) {
  const NewSession session = make_user("me@x.y");
  const User me = find(session.session);
  const NewSession other = make_user("you@x.y");
  // The vault knows of an erasure that this database, being older, does not.
  content.vault().destroy_share(me.organisation);
  content.keys().forget(me.organisation);
  restart();
  EXPECT_TRUE(accounts().users().find(me.id));

  ASSERT_TRUE(erasures().resume());

  EXPECT_FALSE(accounts().users().find(me.id));
  EXPECT_EQ(sign_in("me@x.y", kPassword).error().code, Errc::unauthenticated);
  EXPECT_TRUE(accounts().users().find(other.session.user));
  const auto list = erasures().list();
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().cause, ErasureCause::restore);
}

// Who cannot be told from somebody erased is not let in.
TEST_F(ErasuresTest, AStartWithoutTheVaultFails) {
  make_user("me@x.y");
  is_vault_away = true;

  EXPECT_EQ(erasures().resume().error().code, Errc::unavailable);
}

TEST_F(ErasuresTest, ASignInUnderWayMakesNoSessionOfWhoWasErasedMeanwhile) {
  const NewSession session = make_user("me@x.y");
  hasher.hold = true;
  std::vector<Result<Entered>> results;
  accounts().sign_in().enter("me@x.y", testing::secret(kPassword), Visitor{"192.0.2.1"},
                             [&](auto result) { results.push_back(std::move(result)); });

  erase(find(session.session));
  hasher.release();

  ASSERT_EQ(results.size(), 1U);
  EXPECT_FALSE(results.front());
  EXPECT_EQ(rows_of_accounts(), 0);
}

TEST_F(ErasuresTest, ASecondOrderChangesNothing) {
  const NewSession session = make_user("me@x.y");
  const User me = find(session.session);
  const Erasure first = erase(me);
  clock.advance(std::chrono::hours(24));

  const Erasure second = erase(me);

  EXPECT_EQ(second.erased_at, first.erased_at);
  EXPECT_EQ(erasures().list()->size(), 1U);
}

}  // namespace
}  // namespace fastness::accounts
