#include "accounts/people/thing_rights.h"

#include <gtest/gtest.h>

#include "accounts/testing/accounts_fixture.h"

namespace fastness::accounts {
namespace {

using testing::AccountsFixture;

const ThingId kBoiler{Uuid({1})};
const ThingId kCellar{Uuid({2})};

TEST(ThingRights, TheGreaterOneMayAllThatTheLesserMay) {
  for (const ThingRight right : kAllThingRights) {
    EXPECT_EQ(parse_thing_right(to_text(right)), right);
    EXPECT_TRUE(scopes_of(ThingRight::edit).includes(scopes_of(right)));
    EXPECT_TRUE(scopes_of(right).includes(scopes_of(ThingRight::view)));
  }
  EXPECT_FALSE(scopes_of(ThingRight::view).has(Scope::values_write));
  EXPECT_FALSE(scopes_of(ThingRight::operate).has(Scope::things_write));
  EXPECT_FALSE(kScopesOfThings.has(Scope::devices_read)) << "a device is of no thing";
  EXPECT_FALSE(parse_thing_right("own"));
}

TEST(ThingRights, AreReadAsTheyAreWritten) {
  const ThingRights rights = {{kBoiler, ThingRight::operate}, {kCellar, ThingRight::view}};
  EXPECT_EQ(parse_thing_rights(to_text(rights)).value(), rights);
  EXPECT_EQ(parse_thing_rights("")->size(), 0U);
  EXPECT_EQ(parse_thing_ids(to_text(ThingIds{kBoiler, kCellar})).value(),
            (ThingIds{kBoiler, kCellar}));
  for (const std::string bad : {"x", "=view", "x=view", "00000000-0000-0000-0000-000000000001",
                                "00000000-0000-0000-0000-000000000001=own"}) {
    EXPECT_EQ(parse_thing_rights(bad).error().code, Errc::corrupted) << bad;
  }
  EXPECT_EQ(parse_thing_ids("x").error().code, Errc::corrupted);
}

class ThingsByName : public AccountsFixture {
 protected:
  ThingsByName() : owner_(make_user("owner@x.y").session) {
    const User user = accounts().users().create("guest@x.y", "Own").value();
    guest_ = user.id;
    EXPECT_TRUE(accounts().members().add({here(), guest_, Role::guest, clock.now()}));
  }

  [[nodiscard]] OrganisationId here() const { return owner_.organisation; }
  Result<void> give(const ThingRights& rights, Role by = Role::owner) {
    return accounts().members().set_things(here(), by, guest_, rights);
  }
  [[nodiscard]] Standing standing() {
    return accounts().members().standing(here(), guest_).value().value();
  }
  Result<NewApiKey> make(UserId user, Scopes scopes, ThingIds things) {
    return accounts().api_keys().create(here(), user, "k", scopes,
                                        clock.now() + std::chrono::hours(24), {}, KeyUse::program,
                                        std::move(things));
  }
  [[nodiscard]] KeyView view(const NewApiKey& made) {
    return *accounts().api_keys().published().load()->find(made.key.client_id, clock.now());
  }

  const Session owner_;
  UserId guest_{Uuid({})};
};

TEST_F(ThingsByName, AreAllThatAGuestHasAlsoAfterARestart) {
  EXPECT_TRUE(scopes_of(standing().role).is_empty());
  EXPECT_EQ(standing().things, nullptr);

  ASSERT_TRUE(give({{kBoiler, ThingRight::operate}}));

  reopen();
  EXPECT_EQ(scopes_of(standing().things, kBoiler), scopes_of(ThingRight::operate));
  EXPECT_TRUE(scopes_of(standing().things, kCellar).is_empty());
  ASSERT_TRUE(give({}));
  EXPECT_EQ(standing().things, nullptr) << "taken away";
}

TEST_F(ThingsByName, AreGivenByWhoGivesTheRole) {
  EXPECT_TRUE(give({{kBoiler, ThingRight::view}}, Role::administrator));
  EXPECT_EQ(give({}, Role::member).error().code, Errc::permission_denied);
  EXPECT_EQ(accounts().members().set_things(here(), Role::owner, owner_.user, {}).error().code,
            Errc::permission_denied)
      << "an owner has everything";
}

TEST_F(ThingsByName, StayWhenTheRoleChanges) {
  ASSERT_TRUE(give({{kBoiler, ThingRight::edit}}));
  ASSERT_TRUE(accounts().members().set_role(here(), Role::owner, guest_, Role::viewer));
  EXPECT_EQ(standing().role, Role::viewer);
  EXPECT_TRUE(scopes_of(standing().things, kBoiler).has(Scope::things_write));
}

TEST_F(ThingsByName, ComeWithAnInvitation) {
  Invitations& invitations = accounts().invitations();
  const Session known = make_user("known@x.y").session;
  const auto made = invitations.create(here(), owner_.user, Role::owner, "known@x.y", Role::guest,
                                       {{kBoiler, ThingRight::view}});
  ASSERT_TRUE(made);
  reopen();
  EXPECT_EQ(accounts().invitations().list(here())->front().invitation.things.size(), 1U);

  ASSERT_TRUE(accounts().invitations().accept(made->token, known.user));

  const auto is = accounts().members().standing(here(), known.user).value();
  EXPECT_EQ(is->role, Role::guest);
  EXPECT_EQ(scopes_of(is->things, kBoiler), scopes_of(ThingRight::view));
}

TEST_F(ThingsByName, LimitAKeyToThemAlsoAfterARestart) {
  const auto made = make(owner_.user, {Scope::things_read, Scope::values_write}, {kBoiler});
  ASSERT_TRUE(made);
  reopen();
  const KeyView limited = view(*made);
  EXPECT_TRUE(limited.scopes.is_empty()) << "nothing of the rest";
  EXPECT_EQ(scopes_of(limited.things, kBoiler), (Scopes{Scope::things_read, Scope::values_write}));
  EXPECT_TRUE(scopes_of(limited.things, kCellar).is_empty());
  const std::string token = accounts().tokens().issue(made->key, clock.now());
  EXPECT_TRUE(accounts().verify(token)->scopes.is_empty());
}

TEST_F(ThingsByName, OfALimitedKeyAreNoMoreThanItsPersonHas) {
  ASSERT_TRUE(accounts().members().set_role(here(), Role::owner, guest_, Role::member));
  const auto made = make(guest_, {Scope::things_read, Scope::values_write}, {kBoiler, kCellar});
  ASSERT_TRUE(made);
  ASSERT_TRUE(accounts().members().set_role(here(), Role::owner, guest_, Role::guest));
  EXPECT_TRUE(scopes_of(view(*made).things, kBoiler).is_empty());

  ASSERT_TRUE(give({{kBoiler, ThingRight::view}}));

  EXPECT_EQ(scopes_of(view(*made).things, kBoiler), Scopes{Scope::things_read});
  EXPECT_TRUE(scopes_of(view(*made).things, kCellar).is_empty());
}

TEST_F(ThingsByName, LimitOnlyScopesThatMeanSomethingOfAThing) {
  EXPECT_EQ(make(owner_.user, {Scope::devices_read}, {kBoiler}).error().code,
            Errc::invalid_argument);
  EXPECT_TRUE(make(owner_.user, kScopesOfThings, {kBoiler}));
}

TEST_F(ThingsByName, AreBounded) {
  ThingRights rights;
  ThingIds ids;
  for (std::uint8_t i = 0; i < kMaxThingRights; ++i) {
    rights.emplace(ThingId(Uuid({i})), ThingRight::view);
    ids.emplace_back(Uuid({i}));
  }
  EXPECT_TRUE(give(rights));
  EXPECT_TRUE(make(owner_.user, {Scope::things_read}, ids));
  rights.emplace(ThingId(Uuid({255})), ThingRight::view);
  ids.emplace_back(Uuid({255}));
  EXPECT_EQ(give(rights).error().code, Errc::invalid_argument);
  EXPECT_EQ(make(owner_.user, {Scope::things_read}, ids).error().code, Errc::invalid_argument);
  EXPECT_EQ(accounts()
                .invitations()
                .create(here(), owner_.user, Role::owner, "n@x.y", Role::guest, rights)
                .error()
                .code,
            Errc::invalid_argument);
}

}  // namespace
}  // namespace fastness::accounts
