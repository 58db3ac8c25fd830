#include <algorithm>

#include <gtest/gtest.h>

#include "accounts/accounts.h"
#include "accounts/testing/accounts_fixture.h"

namespace fastness::accounts {
namespace {

using testing::AccountsFixture;
using testing::kPassword;
using testing::secret;
using testing::text;

class People : public AccountsFixture {
 protected:
  People() : owner_(make_user("owner@x.y").session) {}

  [[nodiscard]] OrganisationId here() const { return owner_.organisation; }
  NewInvitation invite(const std::string& email, Role role) {
    return accounts().invitations().create(here(), owner_.user, Role::owner, email, role).value();
  }
  Result<NewSession> join(const std::string& token, std::string_view password = kPassword) {
    Result<NewSession> made = fail(Errc::unavailable, "nobody answered");
    accounts().invitations().join(token, secret(password), {"192.0.2.7"},
                                  [&](Result<NewSession> result) { made = std::move(result); });
    return made;
  }
  Session add(const std::string& email, Role role) {
    return join(invite(email, role).token).value().session;
  }
  [[nodiscard]] std::optional<Role> role(UserId user) {
    return accounts().members().role(here(), user).value();
  }
  NewApiKey key_of(UserId user, Scopes scopes = Scopes::all()) {
    return accounts()
        .api_keys()
        .create(here(), user, "k", scopes, clock.now() + std::chrono::hours(24))
        .value();
  }
  [[nodiscard]] const KeyView* view(const std::string& client_id) {
    snapshot_ = accounts().api_keys().published().load();
    return snapshot_->find(client_id, clock.now());
  }

  const Session owner_;

 private:
  std::shared_ptr<const KeySnapshot> snapshot_;
};

TEST(Role, TheGreaterOneMayAllThatTheLesserMay) {
  for (const Role role : kAllRoles) {
    EXPECT_EQ(parse_role(to_text(role)), role);
    for (const Role lesser : kAllRoles) {
      if (!is_at_least(role, lesser)) continue;
      EXPECT_TRUE(scopes_of(role).includes(scopes_of(lesser)));
    }
  }
  EXPECT_FALSE(parse_role("root"));
  EXPECT_FALSE(scopes_of(Role::viewer).has(Scope::values_write));
  EXPECT_FALSE(scopes_of(Role::member).has(Scope::audit_read));
}

TEST(Role, NobodyGivesTheirOwnOrAGreaterOne) {
  for (const Role by : kAllRoles) {
    EXPECT_FALSE(may_give(by, by));
    EXPECT_FALSE(may_give(by, Role::owner));
  }
  EXPECT_TRUE(may_give(Role::owner, Role::administrator));
  EXPECT_TRUE(may_give(Role::administrator, Role::member));
  EXPECT_FALSE(may_give(Role::member, Role::viewer));
}

TEST_F(People, WhoMakesAnOrganisationOwnsIt) {
  EXPECT_EQ(role(owner_.user), Role::owner);
  EXPECT_EQ(accounts().members().of_organisation(here())->size(), 1U);
}

TEST_F(People, SomebodyNewComesInByALinkAndWorksThere) {
  const NewInvitation invitation = invite("New@X.y", Role::member);
  const auto offer = accounts().invitations().look_up(invitation.token);
  ASSERT_TRUE(offer);
  EXPECT_EQ(offer->email, "new@x.y");
  EXPECT_FALSE(offer->has_account);

  const auto session = join(invitation.token);

  ASSERT_TRUE(session);
  EXPECT_EQ(session->session.works_in, here());
  EXPECT_NE(session->session.organisation, here()) << "everybody has one of their own";
  EXPECT_EQ(role(session->session.user), Role::member);
  EXPECT_EQ(sign_in("new@x.y", kPassword)->session.works_in, here()) << "and does the next time";
  EXPECT_EQ(join(invitation.token).error().code, Errc::unauthenticated) << "it was good once";
}

TEST_F(People, AnInvitationIsForOneAddress) {
  const Session other = make_user("other@x.y").session;
  const NewInvitation invitation = invite("new@x.y", Role::member);

  EXPECT_EQ(accounts().invitations().accept(invitation.token, other.user).error().code,
            Errc::permission_denied);

  EXPECT_EQ(role(other.user), std::nullopt);
  EXPECT_TRUE(accounts().invitations().look_up(invitation.token)) << "it is still good";
}

TEST_F(People, WhoeverHasAnAccountSignsInFirst) {
  const Session known = make_user("known@x.y").session;
  const NewInvitation invitation = invite("known@x.y", Role::viewer);
  EXPECT_TRUE(accounts().invitations().look_up(invitation.token)->has_account);
  EXPECT_EQ(join(invitation.token, "another long password").error().code, Errc::already_exists);
  EXPECT_TRUE(sign_in("known@x.y", kPassword)) << "the password is what it was";

  ASSERT_TRUE(accounts().invitations().accept(invitation.token, known.user));

  EXPECT_EQ(role(known.user), Role::viewer);
  EXPECT_EQ(accounts().members().role(known.organisation, known.user).value(), Role::owner);
  EXPECT_EQ(accounts().invitations().accept(invitation.token, known.user).error().code,
            Errc::unauthenticated);
}

TEST_F(People, AnInvitationEnds) {
  const NewInvitation old = invite("new@x.y", Role::member);
  const NewInvitation next = invite("new@x.y", Role::viewer);
  EXPECT_FALSE(accounts().invitations().look_up(old.token)) << "the next one ended it";
  ASSERT_TRUE(accounts().invitations().look_up(next.token));
  clock.advance(Invitations::kLife);
  EXPECT_EQ(join(next.token).error().code, Errc::unauthenticated);

  const NewInvitation third = invite("new@x.y", Role::viewer);
  const Session other = make_user("other@x.y").session;
  EXPECT_EQ(accounts().invitations().withdraw(other.organisation, third.invitation.id).error().code,
            Errc::not_found)
      << "another organisation's";
  ASSERT_TRUE(accounts().invitations().withdraw(here(), third.invitation.id));
  EXPECT_EQ(join(third.token).error().code, Errc::unauthenticated);
}

TEST_F(People, AnInvitationThatIsWithdrawnWhileThePasswordIsHashedLetsNobodyIn) {
  const NewInvitation invitation = invite("new@x.y", Role::administrator);
  hasher.hold = true;
  std::optional<Result<NewSession>> made;
  accounts().invitations().join(
      invitation.token, secret(kPassword), {"192.0.2.7"},
      [&](Result<NewSession> result) { made.emplace(std::move(result)); });
  ASSERT_TRUE(accounts().invitations().withdraw(here(), invitation.invitation.id));

  hasher.release();

  EXPECT_EQ(made->error().code, Errc::unauthenticated);
  EXPECT_EQ(accounts().users().find_by_email("new@x.y").error().code, Errc::not_found);
}

TEST_F(People, NobodyInvitesSomebodyAboveThem) {
  const Session administrator = add("admin@x.y", Role::administrator);
  const auto invited = [&](Role as, Role role) {
    return accounts()
        .invitations()
        .create(here(), administrator.user, as, "new@x.y", role)
        .has_value();
  };
  EXPECT_TRUE(invited(Role::administrator, Role::member));
  EXPECT_FALSE(invited(Role::administrator, Role::administrator));
  EXPECT_FALSE(invited(Role::owner, Role::owner)) << "an organisation is handed over";
  EXPECT_FALSE(invited(Role::member, Role::viewer));
}

TEST_F(People, AnInvitationsAddressAndTokenAreOnTheDiskForNobody) {
  const NewInvitation invitation = invite("secret@x.y", Role::member);

  const auto row = database.query_one<Bytes, Bytes>("SELECT sealed_email, token FROM invitation");

  const auto& [email, token] = row.value().value();
  EXPECT_EQ(as_text(email).find("secret@x.y"), std::string_view::npos);
  EXPECT_NE(as_text(token), invitation.token);
}

TEST_F(People, InvitationsThatWaitAreBounded) {
  for (std::size_t i = 0; i < Invitations::kMaxWaiting; ++i) {
    invite("p" + std::to_string(i) + "@x.y", Role::viewer);
    clock.advance(Invitations::kRefill);
  }
  EXPECT_EQ(accounts()
                .invitations()
                .create(here(), owner_.user, Role::owner, "one@more.y", Role::viewer)
                .error()
                .code,
            Errc::exhausted);
}

TEST_F(People, InvitationsComeSlowlyAfterTheFirstOnes) {
  const auto made = [&](const std::string& email) {
    return accounts()
        .invitations()
        .create(here(), owner_.user, Role::owner, email, Role::viewer)
        .has_value();
  };
  for (int i = 0; i < Invitations::kAtOnce; ++i) EXPECT_TRUE(made("one@x.y"));
  EXPECT_FALSE(made("one@x.y"));
  clock.advance(Invitations::kRefill);
  EXPECT_TRUE(made("one@x.y"));
}

TEST_F(People, PeopleOfAnOrganisationAreBounded) {
  const NewInvitation last = invite("last@x.y", Role::viewer);
  for (std::size_t i = 1; i < Members::kMax; ++i) {
    const auto user = accounts().users().create("p" + std::to_string(i) + "@x.y", "o").value();
    ASSERT_TRUE(accounts().members().add({here(), user.id, Role::viewer, clock.now()}));
  }
  EXPECT_EQ(join(last.token).error().code, Errc::exhausted);
  EXPECT_EQ(accounts().users().find_by_email("last@x.y").error().code, Errc::not_found);
}

TEST_F(People, AnAdministratorChangesNobodyAtOrAboveThem) {
  const Session administrator = add("admin@x.y", Role::administrator);
  const Session second = add("second@x.y", Role::administrator);
  Members& members = accounts().members();
  const auto code = [](const Result<void>& result) {
    return result ? std::optional<Errc>() : std::optional(result.error().code);
  };

  EXPECT_EQ(code(members.set_role(here(), Role::administrator, owner_.user, Role::viewer)),
            Errc::permission_denied);
  EXPECT_EQ(code(members.set_role(here(), Role::administrator, second.user, Role::viewer)),
            Errc::permission_denied);
  EXPECT_EQ(code(members.remove(here(), Role::administrator, owner_.user)),
            Errc::permission_denied);
  EXPECT_EQ(code(members.set_role(here(), Role::administrator, administrator.user, Role::owner)),
            Errc::permission_denied);
  EXPECT_EQ(code(members.leave(here(), owner_.user)), Errc::permission_denied);
  EXPECT_EQ(code(members.remove(here(), Role::owner, UserId(Uuid(Uuid::Bytes{1})))),
            Errc::not_found);
}

TEST_F(People, AKeyMayNeverMoreThanItsPerson) {
  const Session member = add("member@x.y", Role::member);
  const NewApiKey key = key_of(member.user);
  EXPECT_EQ(view(key.key.client_id)->scopes, scopes_of(Role::member));
  std::vector<std::string> cut;
  accounts().api_keys().on_revoked([&](const std::string& id) { cut.push_back(id); });

  ASSERT_TRUE(accounts().members().set_role(here(), Role::owner, member.user, Role::viewer));

  EXPECT_EQ(view(key.key.client_id)->scopes, scopes_of(Role::viewer));
  EXPECT_EQ(cut, std::vector{key.key.client_id}) << "whoever is connected by it begins anew";
  reopen();
  EXPECT_EQ(view(key.key.client_id)->scopes, scopes_of(Role::viewer));
}

TEST_F(People, WhoeverIsLetGoHasNothingThereAnyMore) {
  const Session member = add("member@x.y", Role::member);
  const NewApiKey key = key_of(member.user);
  const NewApiKey owners = key_of(owner_.user);
  const NewSession browser = sign_in("member@x.y", kPassword).value();
  std::vector<SessionId> moved;
  accounts().sessions().on_ended([&](const SessionId& id) { moved.push_back(id); });

  ASSERT_TRUE(accounts().members().remove(here(), Role::administrator, member.user));

  EXPECT_EQ(role(member.user), std::nullopt);
  EXPECT_EQ(view(key.key.client_id), nullptr);
  EXPECT_FALSE(accounts().api_keys().authenticate(key.key.client_id, text(key.secret)));
  EXPECT_NE(view(owners.key.client_id), nullptr) << "nobody else's";
  EXPECT_EQ(accounts().sessions().find(browser.token)->session.works_in, std::nullopt);
  EXPECT_NE(std::ranges::find(moved, browser.id), moved.end()) << "what lives by it ends";
  reopen();
  EXPECT_EQ(accounts().sessions().find(browser.token)->session.works_in, std::nullopt);
  EXPECT_FALSE(accounts().api_keys().authenticate(key.key.client_id, text(key.secret)));
}

TEST_F(People, ASessionWorksWhereItsPersonSaysAlsoAfterARestart) {
  const Session known = make_user("known@x.y").session;
  ASSERT_TRUE(accounts().invitations().accept(invite("known@x.y", Role::viewer).token, known.user));
  const NewSession browser = sign_in("known@x.y", kPassword).value();
  EXPECT_EQ(browser.session.works_in, std::nullopt) << "until they say";

  ASSERT_TRUE(accounts().sessions().work_in(browser.id, here()));

  reopen();
  EXPECT_EQ(accounts().sessions().find(browser.token)->session.works_in, here());
  ASSERT_TRUE(accounts().sessions().work_in(browser.id, known.organisation));
  EXPECT_EQ(accounts().sessions().find(browser.token)->session.works_in, std::nullopt);
}

TEST_F(People, ViewingAsSomebodyElseEndsWithTheSessionOrTheRole) {
  const Session administrator = add("admin@x.y", Role::administrator);
  const NewSession browser = sign_in("admin@x.y", kPassword).value();
  Sessions& sessions = accounts().sessions();
  ASSERT_TRUE(sessions.view_as(browser.id, Role::viewer));
  EXPECT_EQ(sessions.viewed_as(browser.id), Role::viewer);

  ASSERT_TRUE(accounts().members().set_role(here(), Role::owner, administrator.user, Role::member));

  EXPECT_EQ(sessions.viewed_as(browser.id), std::nullopt);
  EXPECT_FALSE(sessions.view_as(SessionId{}, Role::viewer));
}

}  // namespace
}  // namespace fastness::accounts
