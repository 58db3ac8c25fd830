// What people do with their accounts is done or not, whatever the disk does meanwhile.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "accounts/accounts.h"
#include "accounts/testing/durable_accounts.h"
#include "crypto/password/one_time_code.h"
#include "webauthn/testing/software_authenticator.h"

namespace fastness::accounts {
namespace {

using testing::DurableAccounts;
using testing::kPassword;
using testing::secret;

constexpr const char* kNext = "violet umbrella kitchen";
constexpr const char* kMe = "me@x.y";
const oidc::Identity kThere{"https://id.example", "me"};

class AccountsDurability : public DurableAccounts {
 protected:
  // Somebody with a session of theirs.
  void come() {
    mine_ = make_user(kMe);
    others_.clear();
  }
  void come_with(int others) {
    come();
    for (int i = 0; i < others; ++i) others_.push_back(session());
  }
  void come_with_factor() {
    come();
    set_factor();
  }
  NewSession session() {
    return accounts().sessions().create(me(), mine_->session.organisation).value();
  }
  // A sign-in by an identity provider, and a session that rests on it.
  LinkedSignInId link() {
    return accounts().linked_sign_ins().link(me(), kThere, "Company").value().id;
  }
  NewSession session_by_link() {
    auto entered = accounts().linked_sign_ins().sign_in(kThere, {"192.0.2.1"});
    return std::get<NewSession>(std::move(entered.entered).value());
  }
  [[nodiscard]] UserId me() const { return mine_->session.user; }

  // Which of the two passwords is right.
  [[nodiscard]] std::string password() {
    const bool is_old = sign_in(kMe, kPassword).has_value();
    const bool is_new = sign_in(kMe, kNext).has_value();
    return std::string(is_old ? "old" : "") + (is_new ? "new" : "");
  }
  [[nodiscard]] std::string alive(const NewSession& session) {
    return accounts().sessions().find(session.token) ? "alive" : "ended";
  }
  [[nodiscard]] std::string sessions() {
    const auto alive = std::ranges::count_if(others_, [this](const NewSession& each) {
      return accounts().sessions().find(each.token).has_value();
    });
    return this->alive(*mine_) + " and " + std::to_string(alive) + " others";
  }

  void set_factor() {
    offer_ = accounts().factors().offer(me());
    codes_ = accounts().factors().confirm(user(), code()).value();
    clock.advance(std::chrono::minutes(2));  // the code that was shown is used up
  }
  [[nodiscard]] User user() { return accounts().users().find(me()).value(); }
  [[nodiscard]] std::string code() {
    return crypto::one_time_code(testing::app_secret(offer_.secret),
                                 crypto::one_time_step(clock.now()));
  }
  [[nodiscard]] bool is_good(std::string_view code) {
    return accounts().factors().use(user(), code).has_value();
  }
  [[nodiscard]] std::string factor() {
    const FactorState state = accounts().factors().state(me()).value();
    return std::string(state.since ? "an app" : "no app") + " and " +
           std::to_string(state.recovery_codes) + " codes";
  }

  std::optional<NewSession> mine_;
  std::vector<NewSession> others_;
  Factors::Offer offer_;
  std::vector<std::string> codes_;
};

TEST_F(AccountsDurability, AnInstanceIsSetUpOnceOrNotAtAll) {
  NewSetupLink link;
  std::optional<NewSession> made;
  at_each_call({
      .prepare = [&] { link = accounts().setup_links().create(std::nullopt).value(); },
      .attempt =
          [&] {
            made.reset();
            auto session = set_up(link.token, kMe, "Greenhouse");
            if (session) made = std::move(session).value();
            return made.has_value();
          },
      .look =
          [&] {
            const bool is_open = accounts().setup_links().find(link.token).has_value();
            return std::to_string(accounts().members().owners()->size()) + " owners, link " +
                   (is_open ? "open" : "used");
          },
      .before = "0 owners, link open",
      .after = "1 owners, link used",
      .then =
          [&](bool was_said) {
            if (was_said) {
              EXPECT_EQ(alive(*made), "alive");
            }
            // Whoever had no answer comes in all the same, one way or the other.
            const bool comes_in = sign_in(kMe, kPassword).has_value();
            EXPECT_NE(comes_in, set_up(link.token, kMe, "Greenhouse").has_value());
          },
  });
}

TEST_F(AccountsDurability, TheHostMakesAnAccountWithAllThatGoesWithItOrNone) {
  std::optional<Accounts::Initialised> made;
  const auto initialise = [&] {
    return accounts().initialise(kMe, "Greenhouse", Accounts::WithKey::yes);
  };
  at_each_call({
      .prepare = [&] { static_cast<void>(accounts().setup_links().create(std::nullopt).value()); },
      .attempt =
          [&] {
            made.reset();
            auto done = initialise();
            if (done) made = std::move(done).value();
            return made.has_value();
          },
      .look =
          [&] {
            const std::vector<SeenUser> users = accounts().users().all().value();
            std::size_t keys = 0;
            for (const SeenUser& each : users) {
              keys += accounts().api_keys().list_of(each.user.id).size();
            }
            return std::to_string(users.size()) + " accounts with " + std::to_string(keys) +
                   " keys";
          },
      .before = "0 accounts with 0 keys",
      .after = "1 accounts with 1 keys",
      .then =
          [&](bool was_said) {
            if (was_said) {
              EXPECT_TRUE(accounts().setup_links().find(made->link.token));
              EXPECT_TRUE(accounts().api_keys().authenticate(made->key->key.client_id,
                                                             testing::text(made->key->secret)));
            } else if (accounts().users().all()->empty()) {
              EXPECT_TRUE(initialise()) << "nothing is in the way of another time";
            }
          },
  });
}

TEST_F(AccountsDurability, ASignInGivesASessionOrNone) {
  std::optional<NewSession> made;
  at_each_call({
      .prepare = [&] { come(); },
      .attempt =
          [&] {
            made.reset();
            auto session = sign_in(kMe, kPassword, "198.51.100.9");
            if (session) made = std::move(session).value();
            return made.has_value();
          },
      .look =
          [&] {
            return std::to_string(accounts().sessions().list(me()).size()) + " sessions, mine " +
                   alive(*mine_);
          },
      .before = "1 sessions, mine alive",
      .after = "2 sessions, mine alive",
      .then =
          [&](bool was_said) {
            if (was_said) {
              EXPECT_EQ(alive(*made), "alive");
            }
          },
  });
}

TEST_F(AccountsDurability, OneSessionTooManyTakesAnothersPlaceOrNone) {
  at_each_call({
      .prepare =
          [&] {
            come();
            clock.advance(std::chrono::minutes(1));
            auto filled = database.begin().value();  // at once, which is quicker
            while (accounts().sessions().list(me()).size() < Sessions::kMaxPerUser) session();
            EXPECT_TRUE(filled.commit());
          },
      .attempt =
          [&] {
            return accounts().sessions().create(me(), mine_->session.organisation).has_value();
          },
      .look =
          [&] {
            return std::to_string(accounts().sessions().list(me()).size()) + " sessions, mine " +
                   alive(*mine_);
          },
      .before = "50 sessions, mine alive",
      .after = "50 sessions, mine ended",
  });
}

TEST_F(AccountsDurability, AChangedPasswordEndsTheOtherSessions) {
  at_each_call({
      .prepare = [&] { come_with(2); },
      .attempt =
          [&] {
            bool was_said = false;
            accounts().sign_in().change_password(
                mine_->id, me(), secret(kPassword), secret(kNext),
                [&](const Result<void>& done) { was_said = done.has_value(); });
            return was_said;
          },
      .look = [&] { return password() + ", " + sessions(); },
      .before = "old, alive and 2 others",
      .after = "new, alive and 0 others",
  });
}

TEST_F(AccountsDurability, APasswordThatALinkSetEndsAllSessions) {
  NewSetupLink link;
  at_each_call({
      .prepare =
          [&] {
            come_with(1);
            link = accounts().setup_links().create(me()).value();
          },
      .attempt = [&] { return set_up(link.token, kMe, "Greenhouse", kNext).has_value(); },
      .look =
          [&] {
            const bool is_open = accounts().setup_links().find(link.token).has_value();
            return password() + ", " + sessions() + ", link " + (is_open ? "open" : "used");
          },
      .before = "old, alive and 1 others, link open",
      .after = "new, ended and 0 others, link used",
  });
}

TEST_F(AccountsDurability, SigningOutElsewhereEndsAllOthersOrNone) {
  at_each_call({
      .prepare = [&] { come_with(3); },
      .attempt =
          [&] { return accounts().sign_in().sign_out_elsewhere(mine_->id, me(), {}).has_value(); },
      .look = [&] { return sessions(); },
      .before = "alive and 3 others",
      .after = "alive and 0 others",
  });
}

TEST_F(AccountsDurability, SigningOutEverywhereEndsAllOrNone) {
  at_each_call({
      .prepare = [&] { come_with(3); },
      .attempt = [&] { return accounts().sign_out_everywhere(me()).has_value(); },
      .look = [&] { return sessions(); },
      .before = "alive and 3 others",
      .after = "ended and 0 others",
  });
}

TEST_F(AccountsDurability, ASessionThatWasEndedStaysEnded) {
  at_each_call({
      .prepare = [&] { come_with(1); },
      .attempt = [&] { return accounts().sessions().end_token(mine_->token).has_value(); },
      .look = [&] { return sessions(); },
      .before = "alive and 1 others",
      .after = "ended and 1 others",
  });
}

TEST_F(AccountsDurability, ASuspendedAccountIsShutAndAResumedOneIsNot) {
  const auto look = [&] {
    return std::string(accounts().suspensions().has(me()) ? "shut, " : "open, ") + sessions();
  };
  at_each_call({
      .prepare = [&] { come_with(1); },
      .attempt = [&] { return accounts().suspend(me(), "asked for").has_value(); },
      .look = look,
      .before = "open, alive and 1 others",
      .after = "shut, ended and 0 others",
  });
  at_each_call({
      .prepare =
          [&] {
            come();
            static_cast<void>(accounts().suspend(me(), "asked for").value());
          },
      .attempt = [&] { return accounts().resume(me()).has_value(); },
      .look = look,
      .before = "shut, ended and 0 others",
      .after = "open, ended and 0 others",
  });
}

TEST_F(AccountsDurability, AFactorComesWithItsRecoveryCodes) {
  at_each_call({
      .prepare = [&] { come(); },
      .attempt =
          [&] {
            codes_.clear();
            offer_ = accounts().factors().offer(me());
            auto codes = accounts().factors().confirm(user(), code());
            if (codes) codes_ = std::move(codes).value();
            return !codes_.empty();
          },
      .look = [&] { return factor(); },
      .before = "no app and 0 codes",
      .after = "an app and 10 codes",
      .then =
          [&](bool was_said) {
            EXPECT_FALSE(is_good(code())) << "it was shown to set it";
            if (was_said) {
              EXPECT_TRUE(is_good(codes_.front()));
            }
          },
  });
}

TEST_F(AccountsDurability, AFactorGoesWithItsRecoveryCodes) {
  at_each_call({
      .prepare = [&] { come_with_factor(); },
      .attempt = [&] { return accounts().factors().remove(me()).has_value(); },
      .look = [&] { return factor(); },
      .before = "an app and 10 codes",
      .after = "no app and 0 codes",
  });
}

TEST_F(AccountsDurability, OtherRecoveryCodesTakeThePlaceOfAllOrNone) {
  std::vector<std::string> renewed;
  at_each_call({
      .prepare = [&] { come_with_factor(); },
      .attempt =
          [&] {
            renewed.clear();
            auto codes = accounts().factors().renew_recovery_codes(me());
            if (codes) renewed = std::move(codes).value();
            return !renewed.empty();
          },
      .look = [&] { return factor(); },
      .before = "an app and 10 codes",
      .after = "an app and 10 codes",
      .then =
          [&](bool was_said) {
            if (!was_said) return;
            EXPECT_FALSE(is_good(codes_.front()));
            EXPECT_TRUE(is_good(renewed.front()));
          },
  });
}

TEST_F(AccountsDurability, ARecoveryCodeCountsOnce) {
  at_each_call({
      .prepare = [&] { come_with_factor(); },
      .attempt =
          [&] {
            const std::string token = std::get<FactorNeeded>(enter(kMe).value()).token;
            const auto followed =
                accounts().sign_in().give_code(token, codes_.front(), {"192.0.2.1"});
            return followed.session.has_value();
          },
      .look = [&] { return factor(); },
      .before = "an app and 10 codes",
      .after = "an app and 9 codes",
      .then =
          [&](bool was_said) {
            const bool was_used = factor() == "an app and 9 codes";
            EXPECT_TRUE(was_used || !was_said);
            EXPECT_NE(is_good(codes_.front()), was_used);
          },
  });
}

TEST_F(AccountsDurability, ACodeOfTheAppCountsOnce) {
  at_each_call({
      .prepare = [&] { come_with_factor(); },
      .attempt = [&] { return is_good(code()); },
      .look = [&] { return factor(); },
      .before = "an app and 10 codes",
      .after = "an app and 10 codes",
      .then =
          [&](bool was_said) {
            if (was_said) {
              EXPECT_FALSE(is_good(code()));
            }
          },
  });
}

TEST_F(AccountsDurability, APasskeyIsThereOnceItWasAdded) {
  const auto party =
      webauthn::RelyingParty::of(webauthn::RelyingParty::Scheme::https, "localhost", 8443).value();
  const webauthn::testing::SoftwareAuthenticator authenticator;
  at_each_call({
      .prepare = [&] { come(); },
      .attempt =
          [&] {
            const auto offer = accounts().passkeys().offer(mine_->id, me()).value();
            const auto said =
                authenticator.create(webauthn::testing::Asked(party, offer.challenge));
            return accounts()
                .passkeys()
                .add(mine_->id, me(), "Key", as_bytes(said.client_data), said.authenticator_data,
                     party)
                .has_value();
          },
      .look =
          [&] { return std::to_string(accounts().passkeys().list(me())->size()) + " passkeys"; },
      .before = "0 passkeys",
      .after = "1 passkeys",
  });
}

TEST_F(AccountsDurability, WhatTheHostTakesAwayGoesTogether) {
  at_each_call({
      .prepare =
          [&] {
            come();
            static_cast<void>(link());
            others_.push_back(session_by_link());
            set_factor();
          },
      .attempt = [&] { return accounts().reset_factors(me()).has_value(); },
      .look =
          [&] {
            return factor() + ", " +
                   std::to_string(accounts().linked_sign_ins().list(me())->size()) + " links, " +
                   sessions();
          },
      .before = "an app and 10 codes, 1 links, alive and 1 others",
      .after = "no app and 0 codes, 0 links, alive and 0 others",
  });
}

TEST_F(AccountsDurability, AnUnlinkedSignInTakesWhatRestsOnItAlong) {
  std::optional<LinkedSignInId> id;
  at_each_call({
      .prepare =
          [&] {
            come();
            id = link();
            for (int i = 0; i < 2; ++i) others_.push_back(session_by_link());
          },
      .attempt =
          [&] { return accounts().linked_sign_ins().remove(me(), *id, std::nullopt).has_value(); },
      .look =
          [&] {
            return std::to_string(accounts().linked_sign_ins().list(me())->size()) + " links, " +
                   sessions();
          },
      .before = "1 links, alive and 2 others",
      .after = "0 links, alive and 0 others",
  });
}

}  // namespace
}  // namespace fastness::accounts
