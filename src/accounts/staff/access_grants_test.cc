// Access of operators, with attacks: approving one's own, another statement, codes used twice, a
// clock that was set back, time that is over, an operator who is none any more.
#include "accounts/staff/access_grants.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "accounts/erasure/erasure_store.h"
#include "accounts/testing/passkey_people.h"

namespace fastness::accounts {
namespace {

using namespace std::chrono_literals;

class Access : public testing::PasskeyPeople {
 protected:
  Access() {
    accounts().news().keep();
    EXPECT_TRUE(accounts().operators().add(anna_.user()));
    EXPECT_TRUE(accounts().operators().add(ben_.user()));
  }

  [[nodiscard]] AccessWish wish() const {
    return {owner_.home(), {Scope::things_read}, 60min, "The pump does not answer"};
  }
  AccessGrants& grants() { return accounts().access_grants(); }

  Result<AccessGrant> ask(const Person& by, const AccessWish& wished) {
    FASTNESS_ASSIGN_OR_RETURN(const auto draft,
                              grants().draft(by.session.id, by.user(), wished, party_));
    return grants().ask(by.session.id, draft.request, sign(by, draft.offer), party_);
  }
  Result<AccessGrant> approve(const Person& by, std::optional<OrganisationId> of, GrantId id) {
    const Decider decider{by.user(), of};
    FASTNESS_ASSIGN_OR_RETURN(const auto offer,
                              grants().offer_approval(by.session.id, decider, id, party_));
    return grants().approve(by.session.id, decider, id, sign(by, offer), party_);
  }
  Result<AccessGrant> break_glass(const Person& by, GrantId id, const std::string& one,
                                  const std::string& other) {
    FASTNESS_ASSIGN_OR_RETURN(const auto offer,
                              grants().offer_break_glass(by.session.id, by.user(), id, party_));
    return grants().break_glass(by.session.id, by.user(), id, {one, other}, sign(by, offer),
                                party_);
  }
  [[nodiscard]] bool is_live(GrantId id, const Person& of) {
    return grants().live(id, of.user()).value().has_value();
  }

  const Person owner_ = person("owner@x.y");
  const Person anna_ = person("anna@operators.x");
  const Person ben_ = person("ben@operators.x");
};

TEST_F(Access, IsAskedForApprovedAndOverByItself) {
  const AccessGrant asked = ask(anna_, wish()).value();
  EXPECT_EQ(asked.state, GrantState::waiting);
  EXPECT_FALSE(is_live(asked.request.id, anna_)) << "nobody approved it";
  EXPECT_TRUE(is_told(owner_, NewsKind::access_asked));
  EXPECT_TRUE(is_told(ben_, NewsKind::access_to_approve));

  const AccessGrant live = approve(owner_, owner_.home(), asked.request.id).value();
  EXPECT_EQ(live.granted_by, GrantedBy::organisation);
  EXPECT_EQ(live.until, clock.now() + 60min);
  EXPECT_TRUE(is_live(live.request.id, anna_));
  EXPECT_FALSE(is_live(live.request.id, ben_)) << "it is Anna's";

  std::vector<GrantState> told;
  grants().on_changed([&](const AccessGrant& grant) { told.push_back(grant.state); });
  clock.advance(60min);
  EXPECT_FALSE(is_live(live.request.id, anna_)) << "whether somebody looked already or not";
  ASSERT_TRUE(grants().tick());
  EXPECT_EQ(told, std::vector{GrantState::expired});
  EXPECT_EQ(grants().find(live.request.id).value()->state, GrantState::expired);
}

TEST_F(Access, IsNeverApprovedByWhoeverAsked) {
  const GrantId id = ask(anna_, wish())->request.id;

  EXPECT_EQ(approve(anna_, std::nullopt, id).error().code, Errc::permission_denied);
  EXPECT_EQ(approve(anna_, owner_.home(), id).error().code, Errc::permission_denied);
  EXPECT_FALSE(is_live(id, anna_));
}

TEST_F(Access, IsApprovedByAnotherOperatorAndTheOrganisationHearsOfIt) {
  const GrantId id = ask(anna_, wish())->request.id;

  EXPECT_EQ(approve(ben_, std::nullopt, id)->granted_by, GrantedBy::another_operator);

  EXPECT_TRUE(is_live(id, anna_));
  EXPECT_TRUE(is_told(owner_, NewsKind::access_granted));
  EXPECT_EQ(approve(owner_, owner_.home(), id).error().code, Errc::already_exists);
}

TEST_F(Access, IsNothingToWhoIsNotConcerned) {
  const Person stranger = person("stranger@x.y");
  const GrantId id = ask(anna_, wish())->request.id;

  EXPECT_EQ(ask(stranger, wish()).error().code, Errc::permission_denied);
  EXPECT_EQ(approve(stranger, std::nullopt, id).error().code, Errc::not_found);
  EXPECT_EQ(approve(stranger, stranger.home(), id).error().code, Errc::not_found);
  EXPECT_EQ(grants().end(Decider{stranger.user(), stranger.home()}, id).error().code,
            Errc::not_found);
  EXPECT_EQ(grants().end(Decider{stranger.user()}, id).error().code, Errc::not_found);
  EXPECT_EQ(break_glass(ben_, id, "A", "B").error().code, Errc::not_found) << "it is Anna's";
}

// What is signed is the statement of that request: a signature moves to no other.
TEST_F(Access, SignsWhatItSaysAndNothingElse) {
  const auto draft = grants().draft(anna_.session.id, anna_.user(), wish(), party_).value();
  const RawPasskeyUse signature = sign(anna_, draft.offer);
  AccessRequest longer = draft.request;
  longer.wish.time = 240min;
  AccessRequest wider = draft.request;
  wider.wish.scopes.add(Scope::values_write);
  AccessRequest elsewhere = draft.request;
  elsewhere.wish.organisation = ben_.home();

  for (const AccessRequest& other : {longer, wider, elsewhere}) {
    EXPECT_EQ(grants().ask(anna_.session.id, other, signature, party_).error().code,
              Errc::unauthenticated);
  }
  EXPECT_TRUE(grants().all()->empty());
  EXPECT_TRUE(grants().ask(anna_.session.id, draft.request, signature, party_));
  EXPECT_EQ(grants().ask(anna_.session.id, draft.request, signature, party_).error().code,
            Errc::unauthenticated)
      << "a signature is good once";
}

TEST_F(Access, AskingIsNotApproving) {
  const auto draft = grants().draft(anna_.session.id, anna_.user(), wish(), party_).value();
  const GrantId id = ask(anna_, wish())->request.id;
  const Decider owner{owner_.user(), owner_.home()};
  ASSERT_TRUE(grants().offer_approval(owner_.session.id, owner, id, party_));

  // Of another statement, of another person, and of nothing that was offered.
  EXPECT_EQ(grants()
                .approve(owner_.session.id, owner, id, sign(owner_, draft.offer), party_)
                .error()
                .code,
            Errc::unauthenticated);
  const auto offer = grants().offer_approval(owner_.session.id, owner, id, party_).value();
  EXPECT_EQ(grants().approve(owner_.session.id, owner, id, sign(ben_, offer), party_).error().code,
            Errc::unauthenticated);
  EXPECT_FALSE(is_live(id, anna_));
}

// Anybody can check later who agreed to what: with WebAuthn's own rules, and the statement.
TEST_F(Access, KeepsProofsThatOthersCanCheck) {
  const GrantId id = ask(anna_, wish())->request.id;
  ASSERT_TRUE(approve(owner_, owner_.home(), id));

  const auto deeds = grants().deeds(id).value();

  ASSERT_EQ(deeds.size(), 2U);
  EXPECT_EQ(deeds[0].deed, Deed::ask);
  EXPECT_EQ(deeds[0].by, anna_.user());
  EXPECT_EQ(deeds[1].deed, Deed::approve);
  EXPECT_EQ(deeds[1].by, owner_.user());
  for (const SignedDeed& each : deeds) {
    const StatementSignature& made = each.signature;
    EXPECT_NE(made.statement.find("reason: The pump does not answer\n"), std::string::npos);
    const auto client_data = webauthn::ClientData::parse(made.client_data).value();
    EXPECT_EQ(client_data.challenge(), crypto::sha256(as_bytes(made.statement)));
    EXPECT_TRUE(webauthn::check_assertion(client_data, {made.authenticator_data, made.signature},
                                          party_, made.key));
  }
}

TEST_F(Access, EndsWhenSomebodyOfTheOrganisationWantsItTo) {
  const GrantId id = ask(anna_, wish())->request.id;
  ASSERT_TRUE(approve(ben_, std::nullopt, id));
  ASSERT_TRUE(accounts().sessions().visit(anna_.session.id, id));
  std::vector<SessionId> cut;
  accounts().sessions().on_ended([&](const SessionId& session) { cut.push_back(session); });

  EXPECT_EQ(grants().end(Decider{owner_.user(), owner_.home()}, id)->state, GrantState::ended);

  EXPECT_FALSE(is_live(id, anna_));
  EXPECT_EQ(cut, std::vector{anna_.session.id}) << "what lives by it ends at once";
  EXPECT_FALSE(accounts().sessions().visiting(anna_.session.id));
  EXPECT_EQ(grants().end(Decider{owner_.user(), owner_.home()}, id).error().code,
            Errc::already_exists);
}

TEST_F(Access, OfAnOperatorWhoIsNoneAnyMoreIsOver) {
  const GrantId live = ask(anna_, wish())->request.id;
  const GrantId waits = ask(anna_, wish())->request.id;
  ASSERT_TRUE(approve(owner_, owner_.home(), live));

  ASSERT_TRUE(grants().dismiss(anna_.user()));

  EXPECT_FALSE(is_live(live, anna_));
  EXPECT_EQ(grants().find(live).value()->state, GrantState::ended);
  EXPECT_EQ(grants().find(waits).value()->state, GrantState::withdrawn);
  EXPECT_EQ(ask(anna_, wish()).error().code, Errc::permission_denied);
  EXPECT_EQ(approve(owner_, owner_.home(), waits).error().code, Errc::already_exists);
  EXPECT_EQ(grants().dismiss(anna_.user()).error().code, Errc::not_found);
}

// T22: who moves the clock back makes nothing longer.
TEST_F(Access, IsNotLongerByAClockThatGoesBack) {
  const GrantId id = ask(anna_, wish())->request.id;
  ASSERT_TRUE(approve(owner_, owner_.home(), id));

  clock.set_calendar_back(std::chrono::hours(24));
  clock.advance(60min);

  ASSERT_TRUE(grants().tick());
  EXPECT_FALSE(is_live(id, anna_));
}

TEST_F(Access, OutlivesARestartWithItsEndAndNotTheVisit) {
  const GrantId id = ask(anna_, wish())->request.id;
  const GrantId waits = ask(anna_, wish())->request.id;
  ASSERT_TRUE(approve(owner_, owner_.home(), id));
  ASSERT_TRUE(accounts().sessions().visit(anna_.session.id, id));
  clock.advance(30min);

  reopen();

  EXPECT_TRUE(is_live(id, anna_));
  EXPECT_FALSE(accounts().sessions().visiting(anna_.session.id));
  clock.advance(30min);
  ASSERT_TRUE(grants().tick());
  EXPECT_FALSE(is_live(id, anna_));
  clock.advance(AccessGrants::kWaits);
  reopen();
  std::vector<GrantState> told;
  grants().on_changed([&](const AccessGrant& grant) { told.push_back(grant.state); });
  ASSERT_TRUE(grants().tick());
  EXPECT_EQ(told, std::vector{GrantState::lapsed}) << "what was over meanwhile is told, too";
  EXPECT_EQ(grants().find(waits).value()->state, GrantState::lapsed);
}

TEST_F(Access, IsForFourHoursAtMostAndForAReason) {
  AccessWish longest = wish();
  longest.time = AccessWish::kLongest;
  EXPECT_EQ(longest.time, 240min);
  EXPECT_TRUE(ask(anna_, longest));
  AccessWish longer = wish();
  longer.time += AccessWish::kLongest;
  AccessWish timeless = wish();
  timeless.time = 0min;
  AccessWish baseless = wish();
  baseless.reason.clear();
  AccessWish two_lines = wish();
  two_lines.reason = "Pump\nminutes: 1";
  AccessWish novel = wish();
  novel.reason = std::string(AccessWish::kReasonBytes + 1, 'x');
  AccessWish for_nothing = wish();
  for_nothing.scopes = {};
  for (const AccessWish& each : {longer, timeless, baseless, two_lines, novel, for_nothing}) {
    EXPECT_EQ(ask(anna_, each).error().code, Errc::invalid_argument);
  }
  AccessWish nowhere = wish();
  nowhere.organisation = OrganisationId(Uuid(Uuid::Bytes{9}));
  EXPECT_EQ(ask(anna_, nowhere).error().code, Errc::not_found);
  AccessWish own = wish();
  own.organisation = anna_.home();
  EXPECT_EQ(ask(anna_, own).error().code, Errc::permission_denied) << "it is theirs anyway";
}

TEST_F(Access, OfOneOperatorWaitsOnlySoOften) {
  for (std::size_t i = 0; i < AccessGrants::kMostWaiting; ++i) ASSERT_TRUE(ask(anna_, wish()));

  EXPECT_EQ(ask(anna_, wish()).error().code, Errc::exhausted);
  EXPECT_TRUE(ask(ben_, wish())) << "others may";
}

TEST_F(Access, ThereAreOnlySoManyOperators) {
  for (std::size_t i = 2; i < Operators::kMost; ++i) {
    ASSERT_TRUE(accounts().operators().add(make_user(std::to_string(i) + "@x.y").session.user));
  }
  const UserId more = make_user("more@x.y").session.user;

  EXPECT_EQ(accounts().operators().add(more).error().code, Errc::exhausted);
  EXPECT_EQ(accounts().operators().add(anna_.user()).error().code, Errc::already_exists);
  EXPECT_FALSE(accounts().operators().has(more));
}

TEST_F(Access, WaitsADayAndIsForgottenAfterAYear) {
  const GrantId id = ask(anna_, wish())->request.id;
  clock.advance(AccessGrants::kWaits);
  EXPECT_EQ(approve(owner_, owner_.home(), id).error().code, Errc::already_exists);
  ASSERT_TRUE(grants().tick());
  EXPECT_EQ(grants().find(id).value()->state, GrantState::lapsed);

  EXPECT_TRUE(grants().forget_old()->empty());
  clock.advance(AccessGrants::kRemembered + 1h);
  const auto forgotten = grants().forget_old().value();

  ASSERT_EQ(forgotten.size(), 1U);
  EXPECT_EQ(forgotten[0].first, owner_.home());
  EXPECT_EQ(forgotten[0].second, 1);
  EXPECT_TRUE(grants().all()->empty());
  EXPECT_TRUE(grants().deeds(id)->empty());
}

TEST_F(Access, GoesWithTheOrganisationAndWithTheOperator) {
  const GrantId id = ask(anna_, wish())->request.id;
  ASSERT_TRUE(approve(owner_, owner_.home(), id));
  ASSERT_TRUE(accounts().sessions().visit(anna_.session.id, id));
  auto erasures = ErasureStore::open(database).value();

  ASSERT_TRUE(erasures.remove_account(owner_.user(), owner_.home()));

  EXPECT_FALSE(is_live(id, anna_));
  clock.advance(60min);
  ASSERT_TRUE(grants().tick());
  EXPECT_FALSE(accounts().sessions().visiting(anna_.session.id));
  ASSERT_TRUE(erasures.remove_account(anna_.user(), anna_.home()));
  EXPECT_EQ(accounts().operators().list()->size(), 1U);
}

TEST_F(Access, TwoOfThreeSealedCodesLetInOnce) {
  const auto codes = accounts().break_glass().make().value();
  ASSERT_EQ(codes.size(), 3U);
  const GrantId id = ask(anna_, wish())->request.id;

  EXPECT_EQ(break_glass(anna_, id, codes[0], codes[0]).error().code, Errc::unauthenticated)
      << "one code twice is one code";
  EXPECT_EQ(break_glass(anna_, id, codes[0], "AAAA-AAAA-AAAA-AAAA").error().code,
            Errc::unauthenticated);
  EXPECT_FALSE(is_live(id, anna_));
  // As people type them.
  std::string typed = codes[2];
  std::erase(typed, '-');
  std::ranges::transform(typed, typed.begin(), [](unsigned char c) { return std::tolower(c); });
  EXPECT_EQ(break_glass(anna_, id, typed, codes[0])->granted_by, GrantedBy::break_glass);

  EXPECT_TRUE(is_live(id, anna_));
  EXPECT_TRUE(is_told(owner_, NewsKind::glass_broken));
  EXPECT_TRUE(is_told(ben_, NewsKind::glass_broken));
  EXPECT_FALSE(accounts().break_glass().are_there().value());
  const GrantId next = ask(anna_, wish())->request.id;
  EXPECT_EQ(break_glass(anna_, next, codes[1], codes[2]).error().code, Errc::unauthenticated)
      << "none of the three is worth anything now";
}

TEST_F(Access, SealedCodesAreNotGuessed) {
  const auto codes = accounts().break_glass().make().value();
  const GrantId id = ask(anna_, wish())->request.id;
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(break_glass(anna_, id, codes[0], "wrong" + std::to_string(i)).error().code,
              Errc::unauthenticated);
  }

  EXPECT_EQ(break_glass(anna_, id, codes[0], codes[1]).error().code, Errc::exhausted)
      << "also with the right ones";
  clock.advance(10min);
  EXPECT_TRUE(break_glass(anna_, id, codes[0], codes[1]));
}

TEST_F(Access, NewSealedCodesEndTheOldOnes) {
  const auto before = accounts().break_glass().make().value();
  ASSERT_TRUE(accounts().break_glass().make());
  const GrantId id = ask(anna_, wish())->request.id;

  EXPECT_EQ(break_glass(anna_, id, before[0], before[1]).error().code, Errc::unauthenticated);
}

TEST_F(Access, IsAskedForByAPasskeyOnly) {
  const NewSession plain = make_user("plain@operators.x");
  ASSERT_TRUE(accounts().operators().add(plain.session.user));

  EXPECT_EQ(grants().draft(plain.id, plain.session.user, wish(), party_).error().code,
            Errc::not_found);
}

}  // namespace
}  // namespace fastness::accounts
