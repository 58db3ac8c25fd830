// Who is in which organisation, and as what, is one thing or the other, whatever the disk does.
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "accounts/accounts.h"
#include "accounts/testing/durable_accounts.h"

namespace fastness::accounts {
namespace {

using testing::DurableAccounts;
using testing::kPassword;
using testing::secret;

constexpr const char* kGuest = "guest@x.y";

class PeopleDurability : public DurableAccounts {
 protected:
  // An owner of an organisation.
  void come() { owner_ = make_user("owner@x.y"); }
  // And somebody in it.
  void come_together(Role role) {
    come();
    guest_ = make_user(kGuest);
    EXPECT_TRUE(accounts().members().add({here(), guest_->session.user, role, clock.now()}));
    EXPECT_TRUE(accounts().sessions().work_in(guest_->id, here()));
    key_ = accounts()
               .api_keys()
               .create(here(), guest_->session.user, "k", Scopes::all(),
                       clock.now() + std::chrono::hours(24))
               .value()
               .key.client_id;
  }
  void invite() {
    token_ = accounts()
                 .invitations()
                 .create(here(), owner_->session.user, Role::owner, kGuest, Role::viewer)
                 .value()
                 .token;
  }

  void come_and_invite() {
    come();
    invite();
  }

  [[nodiscard]] OrganisationId here() const { return owner_->session.organisation; }
  [[nodiscard]] std::string role(UserId user) {
    const auto role = accounts().members().role(here(), user).value();
    return role ? std::string(to_text(*role)) : "nobody";
  }
  [[nodiscard]] std::string guest_role() {
    const auto guest = accounts().users().find_by_email(kGuest);
    return guest ? role(guest->id) : "unknown";
  }
  [[nodiscard]] std::string invitations() {
    return std::to_string(accounts().invitations().list(here())->size()) + " invitations";
  }
  // Where a session's person is and what is their own, in words.
  [[nodiscard]] std::string place(const NewSession& of) {
    const auto found = accounts().sessions().find(of.token);
    if (!found) return "ended";
    const Session& session = found->session;
    const auto user = accounts().users().find(session.user).value();
    const bool is_here = session.works_in.value_or(session.organisation) == here();
    return std::string(user.organisation == here() ? "of" : "not of") + " here, session " +
           (session.organisation == user.organisation ? "of their own" : "of another") +
           (is_here ? ", works here" : ", works elsewhere");
  }
  // What the key that the guest has here opens.
  [[nodiscard]] std::string key() {
    const auto snapshot = accounts().api_keys().published().load();
    const KeyView* view = snapshot->find(key_, clock.now());
    if (view == nullptr) return "no key";
    return view->scopes.includes(scopes_of(Role::administrator)) ? "a great key" : "a small key";
  }

  std::optional<NewSession> owner_;
  std::optional<NewSession> guest_;
  std::string token_;
  std::string key_;
};

TEST_F(PeopleDurability, AnInvitationIsUsedUpByWhoIsInAndNobodyElse) {
  at_each_call({
      .prepare =
          [&] {
            come();
            guest_ = make_user(kGuest);
            invite();
          },
      .attempt =
          [&] { return accounts().invitations().accept(token_, guest_->session.user).has_value(); },
      .look = [&] { return guest_role() + ", " + invitations(); },
      .before = "nobody, 1 invitations",
      .after = "viewer, 0 invitations",
      .then =
          [&](bool) {
            const bool is_in = guest_role() == "viewer";
            EXPECT_NE(is_in,
                      accounts().invitations().accept(token_, guest_->session.user).has_value());
          },
  });
}

TEST_F(PeopleDurability, WhoJoinsHasAnAccountAndIsInOrStillInvited) {
  const auto join = [&] {
    Result<NewSession> made = fail(Errc::unavailable, "nobody answered");
    accounts().invitations().join(token_, secret(kPassword), {"192.0.2.7"},
                                  [&](Result<NewSession> result) { made = std::move(result); });
    return made;
  };
  at_each_call({
      .prepare = [&] { come_and_invite(); },
      .attempt =
          [&] {
            guest_.reset();
            auto made = join();
            if (made) guest_ = std::move(made).value();
            return guest_.has_value();
          },
      .look =
          [&] {
            const auto guest = accounts().users().find_by_email(kGuest);
            const auto alive = guest ? accounts().sessions().list(guest->id).size() : 0;
            return guest_role() + ", " + std::to_string(alive) + " sessions, " + invitations();
          },
      .before = "unknown, 0 sessions, 1 invitations",
      .after = "viewer, 1 sessions, 0 invitations",
      .then =
          [&](bool was_said) {
            if (was_said) {
              EXPECT_EQ(place(*guest_), "not of here, session of their own, works here");
            } else if (guest_role() == "unknown") {
              EXPECT_TRUE(join());
            }
          },
  });
}

TEST_F(PeopleDurability, AnInvitationIsMadeOrNot) {
  at_each_call({
      .prepare = [&] { come(); },
      .attempt =
          [&] {
            auto made = accounts().invitations().create(here(), owner_->session.user, Role::owner,
                                                        kGuest, Role::viewer);
            if (made) token_ = made->token;
            return made.has_value();
          },
      .look = [&] { return invitations(); },
      .before = "0 invitations",
      .after = "1 invitations",
      .then =
          [&](bool was_said) {
            if (was_said) {
              EXPECT_TRUE(accounts().invitations().look_up(token_));
            }
          },
  });
}

TEST_F(PeopleDurability, AWithdrawnInvitationStaysWithdrawn) {
  at_each_call({
      .prepare = [&] { come_and_invite(); },
      .attempt =
          [&] {
            const auto id = accounts().invitations().list(here())->front().invitation.id;
            return accounts().invitations().withdraw(here(), id).has_value();
          },
      .look =
          [&] {
            return invitations() +
                   (accounts().invitations().look_up(token_) ? ", link open" : ", link dead");
          },
      .before = "1 invitations, link open",
      .after = "0 invitations, link dead",
  });
}

TEST_F(PeopleDurability, AnOrganisationHasOneOwnerWhileItIsHandedOver) {
  at_each_call({
      .prepare = [&] { come_together(Role::member); },
      .attempt =
          [&] {
            return accounts()
                .hand_over(here(), owner_->session.user, guest_->session.user, "Personal")
                .has_value();
          },
      .look =
          [&] {
            return role(owner_->session.user) + " (" + place(*owner_) + "), " + guest_role() +
                   " (" + place(*guest_) + ")";
          },
      .before = "owner (of here, session of their own, works here), "
                "member (not of here, session of their own, works here)",
      .after = "administrator (not of here, session of their own, works here), "
               "owner (not of here, session of their own, works here)",
  });
}

TEST_F(PeopleDurability, WhoIsMadeLessHasLessOrAllOfIt) {
  at_each_call({
      .prepare = [&] { come_together(Role::administrator); },
      .attempt =
          [&] {
            return accounts()
                .members()
                .set_role(here(), Role::owner, guest_->session.user, Role::viewer)
                .has_value();
          },
      .look = [&] { return guest_role() + ", " + key(); },
      .before = "administrator, a great key",
      .after = "viewer, a small key",
  });
}

TEST_F(PeopleDurability, WhoIsLetGoIsGoneWithTheirKeys) {
  at_each_call({
      .prepare = [&] { come_together(Role::administrator); },
      .attempt =
          [&] {
            return accounts()
                .members()
                .remove(here(), Role::owner, guest_->session.user)
                .has_value();
          },
      .look = [&] { return guest_role() + ", " + key() + ", " + place(*guest_); },
      .before = "administrator, a great key, not of here, session of their own, works here",
      .after = "nobody, no key, not of here, session of their own, works elsewhere",
  });
}

}  // namespace
}  // namespace fastness::accounts
