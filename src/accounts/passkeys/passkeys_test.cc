// Passkeys of people, with attacks: of others, of other places, used again, copied.
#include "accounts/passkeys/passkeys.h"

#include <algorithm>
#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "accounts/erasure/erasure_store.h"
#include "accounts/testing/accounts_fixture.h"
#include "crypto/password/one_time_code.h"
#include "webauthn/testing/software_authenticator.h"

namespace fastness::accounts {
namespace {

using webauthn::RelyingParty;
using webauthn::testing::Asked;
using webauthn::testing::Said;
using webauthn::testing::SoftwareAuthenticator;

class PeoplesPasskeys : public testing::AccountsFixture {
 protected:
  PeoplesPasskeys() { accounts().news().keep(); }

  static RelyingParty party_of(std::string_view name) {
    return RelyingParty::of(RelyingParty::Scheme::https, name, 8443).value();
  }

  Result<Passkey> add(const NewSession& to, const SoftwareAuthenticator& authenticator,
                      const std::function<void(Asked&)>& lie = {}) {
    FASTNESS_ASSIGN_OR_RETURN(const PasskeyOffer offer,
                              accounts().passkeys().offer(to.id, to.session.user));
    Asked asked(party_, offer.challenge);
    if (lie) lie(asked);
    const Said said = authenticator.create(asked);
    return accounts().passkeys().add(to.id, to.session.user, "Phone", as_bytes(said.client_data),
                                     said.authenticator_data, party_);
  }

  // What a browser sends of it; `of` is whose handle the authenticator keeps.
  RawPasskeyUse use(const SoftwareAuthenticator& authenticator, const Asked& asked, UserId of) {
    const Said said = authenticator.get(asked);
    return {authenticator.id(), handle_of(of), to_bytes(as_bytes(said.client_data)),
            said.authenticator_data, said.signature};
  }
  Bytes handle_of(UserId user) {
    return accounts().passkeys().offer(SessionId{}, user)->user_handle;
  }
  Asked asked_to_sign_in(std::uint32_t counter = 0) {
    Asked asked(party_, accounts().passkeys().offer_sign_in(visitor_).challenge);
    asked.counter = counter;
    return asked;
  }
  Result<NewSession> sign_in(const RawPasskeyUse& raw) {
    return std::move(accounts().passkeys().sign_in(raw, party_, visitor_).session);
  }
  // As its browser and authenticator do it.
  Result<NewSession> sign_in(const NewSession& who, std::uint32_t counter = 0) {
    return sign_in(use(phone_, asked_to_sign_in(counter), who.session.user));
  }
  Result<void> prove(const NewSession& session, const RawPasskeyUse& raw) {
    return accounts().passkeys().prove(session.id, session.session.user, raw, party_);
  }
  Asked asked_to_prove(const NewSession& session) {
    const auto offer = accounts().passkeys().offer_proof(session.id, session.session.user, party_);
    return Asked(party_, offer ? offer->challenge : webauthn::Challenge{});
  }
  std::vector<NewsKind> news_of(const NewSession& session) {
    std::vector<NewsKind> kinds;
    const auto waiting = accounts().news().waiting(session.session.user);
    for (const WaitingNews& each : *waiting) kinds.push_back(each.news.kind);
    return kinds;
  }

  const RelyingParty party_ = party_of("iot.lan");
  const Visitor visitor_{"192.0.2.1", "Firefox on Linux"};
  const NewSession mine_ = make_user("me@x.y");
  const NewSession yours_ = make_user("you@x.y");
  const SoftwareAuthenticator phone_;
};

TEST_F(PeoplesPasskeys, OneIsAddedAndSignsInAlone) {
  const auto added = add(mine_, phone_);
  ASSERT_TRUE(added) << added.error().message;
  reopen();
  clock.advance(std::chrono::hours(1));

  const auto session = sign_in(mine_);

  ASSERT_TRUE(session) << session.error().message;
  EXPECT_EQ(session->session.user, mine_.session.user);
  EXPECT_TRUE(accounts().sessions().is_proven(session->session));
  const auto listed = accounts().passkeys().list(mine_.session.user);
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().name, "Phone");
  EXPECT_EQ(listed->front().party, "iot.lan");
  EXPECT_EQ(listed->front().created_at, clock.now() - std::chrono::hours(1));
  EXPECT_EQ(listed->front().last_used_at, clock.now());
  EXPECT_TRUE(accounts().passkeys().list(yours_.session.user)->empty());
}

TEST_F(PeoplesPasskeys, ItIsTwoFactorsAndAsksForNoCode) {
  const User user = accounts().users().find(mine_.session.user).value();
  const auto offer = accounts().factors().offer(user.id);
  const std::string code =
      crypto::one_time_code(testing::app_secret(offer.secret), crypto::one_time_step(clock.now()));
  ASSERT_TRUE(accounts().factors().confirm(user, code));
  ASSERT_TRUE(add(mine_, phone_));

  EXPECT_TRUE(sign_in(mine_));
  const auto entered = enter("me@x.y");
  EXPECT_TRUE(std::holds_alternative<FactorNeeded>(*entered));
}

TEST_F(PeoplesPasskeys, WhatIsSaidTwiceIsRefused) {
  ASSERT_TRUE(add(mine_, phone_));
  const RawPasskeyUse raw = use(phone_, asked_to_sign_in(), mine_.session.user);

  EXPECT_TRUE(sign_in(raw));
  EXPECT_EQ(sign_in(raw).error().code, Errc::unauthenticated);

  const auto offer = accounts().passkeys().offer(mine_.id, mine_.session.user);
  const Said said = SoftwareAuthenticator().create(Asked(party_, offer->challenge));
  const auto keep = [&] {
    return accounts().passkeys().add(mine_.id, mine_.session.user, "x", as_bytes(said.client_data),
                                     said.authenticator_data, party_);
  };
  EXPECT_TRUE(keep());
  EXPECT_EQ(keep().error().code, Errc::not_found);
}

TEST_F(PeoplesPasskeys, AChallengeIsForOnePurposeAndOneSession) {
  ASSERT_TRUE(add(mine_, phone_));
  ASSERT_TRUE(add(yours_, SoftwareAuthenticator()));
  const UserId me = mine_.session.user;
  const Asked to_add(party_, accounts().passkeys().offer(mine_.id, me)->challenge);
  const Asked for_you = asked_to_prove(yours_);

  EXPECT_FALSE(prove(mine_, use(phone_, to_add, me)));
  EXPECT_FALSE(prove(mine_, use(phone_, for_you, me)));
  EXPECT_FALSE(prove(mine_, use(phone_, asked_to_sign_in(), me)));
  EXPECT_FALSE(sign_in(use(phone_, asked_to_prove(mine_), me)));
  EXPECT_FALSE(sign_in(use(phone_, Asked(party_), me)));
  EXPECT_FALSE(
      add(mine_, SoftwareAuthenticator(), [&](Asked& asked) { asked = asked_to_sign_in(); }));
  EXPECT_FALSE(add(mine_, SoftwareAuthenticator(), [&](Asked& asked) {
    asked.challenge = accounts().passkeys().offer(yours_.id, yours_.session.user)->challenge;
  }));

  EXPECT_TRUE(prove(mine_, use(phone_, asked_to_prove(mine_), me)));
}

TEST_F(PeoplesPasskeys, AChallengeLivesFiveMinutes) {
  ASSERT_TRUE(add(mine_, phone_));
  const Asked early = asked_to_sign_in();
  clock.advance(Challenges::kLife);

  EXPECT_FALSE(sign_in(use(phone_, early, mine_.session.user)));
  EXPECT_TRUE(sign_in(mine_));
}

TEST_F(PeoplesPasskeys, SomebodyElsesProvesNothing) {
  const SoftwareAuthenticator theirs;
  ASSERT_TRUE(add(mine_, phone_));
  ASSERT_TRUE(add(yours_, theirs));
  clock.advance(Sessions::kProof);
  const UserId me = mine_.session.user;
  const UserId you = yours_.session.user;

  EXPECT_EQ(prove(mine_, use(theirs, asked_to_prove(mine_), you)).error().code,
            Errc::unauthenticated);
  RawPasskeyUse silent = use(theirs, asked_to_prove(mine_), you);
  silent.user_handle.clear();
  EXPECT_EQ(prove(mine_, silent).error().code, Errc::unauthenticated);
  // Somebody's credential under another's handle, or another's key under the credential's name.
  EXPECT_FALSE(sign_in(use(theirs, asked_to_sign_in(), me)));
  RawPasskeyUse renamed = use(theirs, asked_to_sign_in(), me);
  renamed.credential = phone_.id();
  EXPECT_FALSE(sign_in(renamed));
  EXPECT_FALSE(accounts().sessions().is_proven(accounts().sessions().find(mine_.token)->session));

  EXPECT_TRUE(prove(mine_, use(phone_, asked_to_prove(mine_), me)));
  EXPECT_TRUE(accounts().sessions().is_proven(accounts().sessions().find(mine_.token)->session));
}

TEST_F(PeoplesPasskeys, AnUnknownOneIsRefusedInTheSameWords) {
  ASSERT_TRUE(add(mine_, phone_));
  RawPasskeyUse tampered = use(phone_, asked_to_sign_in(), mine_.session.user);
  tampered.signature.back() ^= 0x01U;
  RawPasskeyUse anonymous = use(phone_, asked_to_sign_in(), mine_.session.user);
  anonymous.user_handle.clear();
  const auto wrong = accounts().passkeys().sign_in(tampered, party_, visitor_);
  const auto unknown = accounts().passkeys().sign_in(
      use(SoftwareAuthenticator(), asked_to_sign_in(), mine_.session.user), party_, visitor_);

  EXPECT_EQ(wrong.session.error().code, Errc::unauthenticated);
  EXPECT_EQ(unknown.session.error().code, Errc::unauthenticated);
  // Nobody's trail is written by who proved nothing.
  EXPECT_FALSE(wrong.organisation);
  EXPECT_FALSE(unknown.organisation);
  EXPECT_FALSE(sign_in(anonymous));
}

TEST_F(PeoplesPasskeys, WhatIsNotAsAskedIsNotAdded) {
  const std::function<void(Asked&)> lies[] = {
      [](Asked& asked) { asked.origin = "https://evil.example"; },
      [](Asked& asked) { asked.party = "evil.example"; },
      [](Asked& asked) { asked.flags = webauthn::testing::kPresent; },
      [](Asked& asked) { asked.more_client_data = R"(,"topOrigin":"https://evil.example")"; },
      [](Asked& asked) { asked.challenge[0] ^= 0x01U; },
  };
  for (const auto& lie : lies) EXPECT_FALSE(add(mine_, phone_, lie));
  EXPECT_TRUE(accounts().passkeys().list(mine_.session.user)->empty());
  EXPECT_TRUE(news_of(mine_).empty());
}

TEST_F(PeoplesPasskeys, IsGoodAtTheNameThatItWasMadeForAlone) {
  ASSERT_TRUE(add(mine_, phone_));
  const RelyingParty other = party_of("other.lan");
  const webauthn::Challenge challenge = accounts().passkeys().offer_sign_in(visitor_).challenge;
  // An authenticator that would sign for any party.
  const RawPasskeyUse raw = use(phone_, Asked(other, challenge), mine_.session.user);

  EXPECT_FALSE(accounts().passkeys().sign_in(raw, other, visitor_).session);
  EXPECT_EQ(accounts().passkeys().offer_proof(mine_.id, mine_.session.user, other).error().code,
            Errc::not_found);
}

TEST_F(PeoplesPasskeys, ACountThatDoesNotGrowIsRefusedAndItsPersonHearsOfIt) {
  ASSERT_TRUE(add(mine_, phone_, [](Asked& asked) { asked.counter = 7; }));
  ASSERT_TRUE(sign_in(mine_, 9));
  const SoftwareAuthenticator clone = phone_;

  for (const std::uint32_t counter : {9U, 8U, 7U, 0U}) {
    const auto followed = accounts().passkeys().sign_in(
        use(clone, asked_to_sign_in(counter), mine_.session.user), party_, visitor_);
    EXPECT_EQ(followed.session.error().code, Errc::unauthenticated) << counter;
    EXPECT_EQ(followed.organisation, mine_.session.organisation);
  }
  Asked proof = asked_to_prove(mine_);
  proof.counter = 9;
  EXPECT_FALSE(prove(mine_, use(clone, proof, mine_.session.user)));

  EXPECT_TRUE(std::ranges::count(news_of(mine_), NewsKind::passkey_doubted) == 1);
  EXPECT_EQ(accounts().passkeys().list(mine_.session.user)->front().doubted_at, clock.now());
  EXPECT_TRUE(sign_in(mine_, 10));
}

TEST_F(PeoplesPasskeys, WhatNeverCountsIsLetIn) {
  ASSERT_TRUE(add(mine_, phone_));
  EXPECT_TRUE(sign_in(mine_, 0));
  EXPECT_TRUE(sign_in(mine_, 0));
  EXPECT_TRUE(std::ranges::count(news_of(mine_), NewsKind::passkey_doubted) == 0);
}

TEST_F(PeoplesPasskeys, WhetherItCanBeCopiedDoesNotChange) {
  ASSERT_TRUE(add(mine_, phone_));
  Asked asked = asked_to_sign_in();
  asked.flags |= webauthn::testing::kEligible;
  EXPECT_FALSE(sign_in(use(phone_, asked, mine_.session.user)));

  clock.advance(std::chrono::seconds(1));
  const SoftwareAuthenticator synced;
  ASSERT_TRUE(add(mine_, synced, [](Asked& made) { made.flags |= webauthn::testing::kEligible; }));
  asked = asked_to_sign_in();
  asked.flags |= webauthn::testing::kEligible | webauthn::testing::kBackedUp;
  EXPECT_TRUE(sign_in(use(synced, asked, mine_.session.user)));
  EXPECT_TRUE(
      accounts().passkeys().list(mine_.session.user)->back().credential.backup.is_backed_up);
}

TEST_F(PeoplesPasskeys, ACredentialIsOnePersons) {
  ASSERT_TRUE(add(mine_, phone_));
  EXPECT_EQ(add(mine_, phone_).error().code, Errc::already_exists);
  EXPECT_EQ(add(yours_, phone_).error().code, Errc::already_exists);
}

TEST_F(PeoplesPasskeys, HandlesSayNothingAndAreEachPersonsOwn) {
  const Bytes handle = handle_of(mine_.session.user);
  EXPECT_EQ(handle.size(), 32U);
  EXPECT_EQ(handle, handle_of(mine_.session.user));
  EXPECT_NE(handle, handle_of(yours_.session.user));
}

TEST_F(PeoplesPasskeys, APersonHasOnlySoMany) {
  for (std::size_t i = 0; i < Passkeys::kMostOfOne; ++i) {
    const auto made = add(mine_, SoftwareAuthenticator());
    ASSERT_TRUE(made) << made.error().message;
  }
  const auto theirs = accounts().passkeys().list(mine_.session.user);
  EXPECT_EQ(add(mine_, SoftwareAuthenticator()).error().code, Errc::exhausted);
  EXPECT_TRUE(add(yours_, SoftwareAuthenticator()));

  ASSERT_TRUE(accounts().passkeys().remove(mine_.session.user, theirs->front().id));
  EXPECT_TRUE(add(mine_, SoftwareAuthenticator()));
}

TEST_F(PeoplesPasskeys, OnlyTheirOwnerRenamesAndRemovesThem) {
  const PasskeyId id = add(mine_, phone_)->id;
  const UserId me = mine_.session.user;
  const UserId you = yours_.session.user;

  EXPECT_EQ(accounts().passkeys().rename(you, id, "x").error().code, Errc::not_found);
  EXPECT_EQ(accounts().passkeys().remove(you, id).error().code, Errc::not_found);
  EXPECT_TRUE(accounts().passkeys().rename(me, id, "Key ring"));
  EXPECT_EQ(accounts().passkeys().list(me)->front().name, "Key ring");

  EXPECT_TRUE(accounts().passkeys().remove(me, id));
  EXPECT_EQ(accounts().passkeys().remove(me, id).error().code, Errc::not_found);
  EXPECT_EQ(sign_in(mine_).error().code, Errc::unauthenticated);
  EXPECT_EQ(news_of(mine_), (std::vector{NewsKind::passkey_added, NewsKind::passkey_removed}));
}

TEST_F(PeoplesPasskeys, TheHostsResetTakesThemAwayWithTheApp) {
  ASSERT_TRUE(add(mine_, phone_));
  ASSERT_TRUE(accounts().reset_factors(mine_.session.user));

  EXPECT_FALSE(sign_in(mine_));
  EXPECT_TRUE(std::ranges::count(news_of(mine_), NewsKind::passkeys_reset) == 1);
  ASSERT_TRUE(accounts().reset_factors(yours_.session.user));
  EXPECT_TRUE(news_of(yours_).empty());
}

TEST_F(PeoplesPasskeys, AnErasureTakesThemAlong) {
  ASSERT_TRUE(add(mine_, phone_));
  ASSERT_TRUE(add(yours_, SoftwareAuthenticator()));
  auto erasures = ErasureStore::open(database).value();
  ASSERT_TRUE(erasures.remove_account(mine_.session.user, mine_.session.organisation));

  EXPECT_FALSE(sign_in(mine_));
  EXPECT_TRUE(accounts().passkeys().list(mine_.session.user)->empty());
  EXPECT_EQ(accounts().passkeys().list(yours_.session.user)->size(), 1U);
}

TEST_F(PeoplesPasskeys, WhoeverGuessesPasswordsKeepsNobodysPasskeyOut) {
  ASSERT_TRUE(add(mine_, phone_));
  for (int i = 0; i < 50; ++i) static_cast<void>(enter("me@x.y", "guess").has_value());
  EXPECT_EQ(enter("me@x.y").error().code, Errc::exhausted);

  EXPECT_TRUE(sign_in(mine_));
}

TEST_F(PeoplesPasskeys, OneNetworkGetsOnlySoManyWrongOnes) {
  ASSERT_TRUE(add(mine_, phone_));
  const auto guess = [&](const Visitor& from) {
    const Asked asked(party_, accounts().passkeys().offer_sign_in(from).challenge);
    const auto raw = use(SoftwareAuthenticator(), asked, mine_.session.user);
    return accounts().passkeys().sign_in(raw, party_, from).session.error().code;
  };
  for (std::size_t i = 0; i < fixed_limit("accounts.attempts_of_network"); ++i) {
    EXPECT_EQ(guess({"198.51.100.1"}), Errc::unauthenticated);
  }

  EXPECT_EQ(guess({"198.51.100.9"}), Errc::exhausted);
  EXPECT_TRUE(sign_in(mine_));
}

TEST_F(PeoplesPasskeys, OneSessionGetsOnlySoManyWrongProofs) {
  ASSERT_TRUE(add(mine_, phone_));
  for (int i = 0; i < static_cast<int>(Passkeys::kProofs); ++i) {
    EXPECT_EQ(prove(mine_, use(SoftwareAuthenticator(), asked_to_prove(mine_), mine_.session.user))
                  .error()
                  .code,
              Errc::unauthenticated);
  }
  const RawPasskeyUse right = use(phone_, asked_to_prove(mine_), mine_.session.user);
  EXPECT_EQ(prove(mine_, right).error().code, Errc::exhausted);

  const auto elsewhere = sign_in(mine_);
  ASSERT_TRUE(elsewhere);
  EXPECT_TRUE(prove(*elsewhere, use(phone_, asked_to_prove(*elsewhere), mine_.session.user)));
}

}  // namespace
}  // namespace fastness::accounts
