// Passwords that are known from breaches, by a list that is said here: the file itself is tested
// where it is read, and both together by real processes.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "accounts/accounts.h"
#include "accounts/accounts_store.h"
#include "accounts/testing/accounts_fixture.h"

namespace fastness::accounts {
namespace {

using testing::AccountsFixture;
using testing::kPassword;
using testing::secret;

constexpr std::string_view kStolen = "violet tractor umbrella lamp";
constexpr std::string_view kUnheardOf = "another battery of horses";

class BreachedPassword : public AccountsFixture {
 protected:
  BreachedPassword() {
    hasher.is_breached = [this](std::string_view password) -> Result<bool> {
      if (!is_readable_) return fail(Errc::corrupted, "a line is not a SHA-1");
      return list_.contains(password);
    };
  }

  static Error error_of(const Result<NewSession>& made) {
    return made ? Error{Errc::corrupted, "it was taken"} : made.error();
  }
  Result<NewSession> join(const std::string& token, std::string_view password) {
    Result<NewSession> made = fail(Errc::corrupted, "nobody answered");
    accounts().invitations().join(token, secret(password), {"192.0.2.7"},
                                  [&](Result<NewSession> result) { made = std::move(result); });
    return made;
  }
  Result<void> change_password(const NewSession& session, std::string_view current,
                               std::string_view wanted) {
    Result<void> changed = fail(Errc::corrupted, "nobody answered");
    accounts().sign_in().change_password(session.id, session.session.user, secret(current),
                                         secret(wanted),
                                         [&](Result<void> result) { changed = std::move(result); });
    return changed;
  }
  // The person's password as it was stored when a guess cost less.
  void store_cheaply(UserId user) {
    constexpr crypto::PasswordCost kCheap{2, 64 * 1024};
    const Bytes salt(16, 7);
    hasher.hash(secret(kPassword), salt, kCheap, [&](Result<crypto::Digest> hash) {
      ASSERT_TRUE(accounts().users().set_password(user, salt, *hash, kCheap));
    });
  }
  NewInvitation invite(const Session& by) {
    return accounts()
        .invitations()
        .create(by.organisation, by.user, Role::owner, "guest@x.y", Role::member)
        .value();
  }

  std::set<std::string, std::less<>> list_{std::string(kStolen)};
  bool is_readable_ = true;
};

// The refusal does not repeat it, and the same link is good for another.
TEST_F(BreachedPassword, MakesNoFirstAccountAndTheLinkStays) {
  const auto link = accounts().setup_links().create(std::nullopt);

  const Error refused = error_of(set_up(link->token, "me@x.y", "Mine", kStolen));

  EXPECT_EQ(refused.code, Errc::invalid_argument);
  EXPECT_TRUE(is_for_breach(refused));
  EXPECT_EQ(refused.message.find(kStolen), std::string::npos);
  EXPECT_FALSE(*accounts().users().has_any());
  EXPECT_EQ(hasher.count, 0) << "nothing is spent on it";
  EXPECT_TRUE(set_up(link->token, "me@x.y", "Mine", kUnheardOf));
}

TEST_F(BreachedPassword, IsNotChosenByALinkOfTheHostNeitherAtFirstNorLater) {
  const auto made = accounts().initialise("me@x.y", "Mine", Accounts::WithKey::no);
  EXPECT_TRUE(is_for_breach(error_of(set_up(made->link.token, "me@x.y", "Mine", kStolen))));
  ASSERT_TRUE(set_up(made->link.token, "me@x.y", "Mine"));

  const auto link = accounts().setup_links().create(made->user.id);
  EXPECT_TRUE(is_for_breach(error_of(set_up(link->token, "me@x.y", "", kStolen))));
  EXPECT_TRUE(sign_in("me@x.y", kPassword)) << "nothing has changed";
  EXPECT_FALSE(sign_in("me@x.y", kStolen));
  EXPECT_TRUE(set_up(link->token, "me@x.y", "", kUnheardOf));
}

TEST_F(BreachedPassword, IsNotChosenByWhoIsInvited) {
  const auto invitation = invite(make_user("owner@x.y").session);

  EXPECT_TRUE(is_for_breach(error_of(join(invitation.token, kStolen))));
  EXPECT_FALSE(accounts().users().find_by_email("guest@x.y"));
  EXPECT_TRUE(join(invitation.token, kUnheardOf)) << "the invitation stays";
}

TEST_F(BreachedPassword, IsNotChosenInPlaceOfAnother) {
  const NewSession me = make_user("me@x.y");
  const auto elsewhere = sign_in("me@x.y", kPassword);

  const auto refused = change_password(me, kPassword, kStolen);

  ASSERT_FALSE(refused);
  EXPECT_TRUE(is_for_breach(refused.error()));
  EXPECT_TRUE(accounts().sessions().find(elsewhere->token)) << "nobody was signed out";
  EXPECT_TRUE(sign_in("me@x.y", kPassword));
  EXPECT_TRUE(change_password(me, kPassword, kUnheardOf));
}

// Whose password became known later must still come in, to choose another.
TEST_F(BreachedPassword, OpensItsAccountAndIsProofAsBefore) {
  const NewSession made = make_user("me@x.y");
  list_.emplace(kPassword);
  store_cheaply(made.session.user);  // so that it is stored anew

  const auto session = sign_in("me@x.y", kPassword);
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(accounts().users().stored(made.session.user)->cost, crypto::kPasswordCost);
  Result<void> proved = fail(Errc::corrupted, "nobody answered");
  accounts().sign_in().prove(session->id, session->session.user, secret(kPassword), "",
                             [&](Result<void> result) { proved = std::move(result); });
  EXPECT_TRUE(proved);
  EXPECT_TRUE(is_for_breach(change_password(*session, kPassword, kPassword).error()));
  EXPECT_TRUE(change_password(*session, kPassword, kUnheardOf));
}

// To take it unlooked at would hide that nobody looks, and the password would stay.
TEST_F(BreachedPassword, NoneIsChosenWhileNobodyKnowsAndEverybodyComesIn) {
  const NewSession me = make_user("me@x.y");
  const auto invitation = invite(me.session);
  const auto link = accounts().setup_links().create(me.session.user);
  is_readable_ = false;

  EXPECT_EQ(error_of(set_up(link->token, "me@x.y", "", kUnheardOf)).code, Errc::unavailable);
  EXPECT_EQ(error_of(join(invitation.token, kUnheardOf)).code, Errc::unavailable);
  EXPECT_EQ(change_password(me, kPassword, kUnheardOf).error().code, Errc::unavailable);
  EXPECT_TRUE(sign_in("me@x.y", kPassword));

  is_readable_ = true;
  EXPECT_TRUE(join(invitation.token, kUnheardOf));
  EXPECT_TRUE(set_up(link->token, "me@x.y", "", kUnheardOf));
}

}  // namespace
}  // namespace fastness::accounts
