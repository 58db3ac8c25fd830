// Orders that two people have to agree to, with attacks: one person twice, a stranger, an operator
// who is none any more, another request, another statement, codes used twice, time that is over, a
// clock that was set back.
#include "accounts/orders/host_orders.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "accounts/erasure/erasure_store.h"
#include "accounts/testing/passkey_people.h"

namespace fastness::accounts {
namespace {

using namespace std::chrono_literals;
using Verdict = HostOrders::Verdict;
using Outcome = HostOrders::Outcome;

class Orders : public testing::PasskeyPeople {
 protected:
  Orders() {
    accounts().news().keep();
    for (const Person* each : {&anna_, &ben_, &cleo_}) {
      EXPECT_TRUE(accounts().operators().add(each->user()));
    }
    EXPECT_TRUE(orders().guard());
  }

  HostOrders& orders() { return accounts().host_orders(); }
  static HostRequest request(const std::string& object = "generation:1") {
    return {"ca.destroy", object, "devices: 12", "Destroy the key",
            crypto::sha256(as_bytes("ca.destroy " + object))};
  }
  // What becomes of it when it comes.
  Verdict give(const HostRequest& given = request()) {
    return orders().admit(given).value().verdict;
  }
  // The id of a request that waits from now on.
  OrderId ask(const HostRequest& asked = request()) {
    const auto admission = orders().admit(asked).value();
    EXPECT_EQ(admission.verdict, Verdict::asked);
    return admission.order.id;
  }
  Result<HostOrder> approve(const Person& by, OrderId id) {
    FASTNESS_ASSIGN_OR_RETURN(const auto offer,
                              orders().offer_approval(by.session.id, by.user(), id, party_));
    return orders().approve(by.session.id, by.user(), id, sign(by, offer), party_);
  }
  std::vector<std::string> codes() { return accounts().break_glass().make().value(); }

  const Person anna_ = person("anna@operators.x");
  const Person ben_ = person("ben@operators.x");
  const Person cleo_ = person("cleo@operators.x");
  const Person stranger_ = person("stranger@x.y");
};

TEST_F(Orders, GoOnOnceTwoOperatorsHaveSigned) {
  const OrderId id = ask();
  for (const Person* each : {&anna_, &ben_, &cleo_}) {
    EXPECT_TRUE(is_told(*each, NewsKind::order_to_approve));
  }
  EXPECT_FALSE(is_told(stranger_, NewsKind::order_to_approve));
  EXPECT_EQ(give(), Verdict::waits) << "nobody has signed";
  EXPECT_EQ(approve(anna_, id)->state, OrderState::waiting);
  EXPECT_EQ(give(), Verdict::waits) << "one has";
  EXPECT_EQ(approve(ben_, id)->state, OrderState::approved);

  EXPECT_EQ(give(), Verdict::goes_on);

  EXPECT_EQ(orders().admit(request()).error().code, Errc::already_exists) << "it is being done";
  orders().finish(id, Outcome::done);
  EXPECT_TRUE(orders().orders()->empty());
  EXPECT_EQ(give(), Verdict::asked) << "it was good once";
}

TEST_F(Orders, AreNeverApprovedByOnePersonTwice) {
  const OrderId id = ask();
  const auto offer = orders().offer_approval(anna_.session.id, anna_.user(), id, party_).value();
  const RawPasskeyUse signature = sign(anna_, offer);
  ASSERT_TRUE(orders().approve(anna_.session.id, anna_.user(), id, signature, party_));

  EXPECT_EQ(orders().approve(anna_.session.id, anna_.user(), id, signature, party_).error().code,
            Errc::already_exists);
  EXPECT_EQ(approve(anna_, id).error().code, Errc::already_exists);
  EXPECT_EQ(orders().approve(ben_.session.id, ben_.user(), id, signature, party_).error().code,
            Errc::unauthenticated)
      << "nor is it Ben's by being shown as his";
  EXPECT_EQ(give(), Verdict::waits);
}

TEST_F(Orders, AreNothingToWhoIsNoOperator) {
  const OrderId id = ask();

  EXPECT_EQ(approve(stranger_, id).error().code, Errc::not_found);
  EXPECT_EQ(orders().refuse(stranger_.user(), id).error().code, Errc::not_found);
  EXPECT_EQ(approve(anna_, OrderId(Uuid(Uuid::Bytes{9}))).error().code, Errc::not_found);
  EXPECT_EQ(orders().orders()->size(), 1U);
}

// What is signed is the statement of that order: a signature moves to no other.
TEST_F(Orders, AreSignedEachByItself) {
  const OrderId id = ask();
  const OrderId other = ask(request("generation:2"));
  const auto offer = orders().offer_approval(anna_.session.id, anna_.user(), id, party_).value();

  EXPECT_EQ(orders()
                .approve(anna_.session.id, anna_.user(), other, sign(anna_, offer), party_)
                .error()
                .code,
            Errc::unauthenticated);
  ASSERT_TRUE(approve(anna_, id));
  ASSERT_TRUE(approve(ben_, id));

  EXPECT_EQ(give(request("generation:2")), Verdict::waits) << "another content is another order";
  EXPECT_EQ(give(request("generation:3")), Verdict::asked);
  EXPECT_EQ(give(), Verdict::goes_on);
}

TEST_F(Orders, CountNobodyWhoIsNoOperatorAnyMore) {
  const OrderId id = ask();
  ASSERT_TRUE(approve(anna_, id));
  ASSERT_TRUE(accounts().access_grants().dismiss(anna_.user()));

  EXPECT_EQ(approve(ben_, id)->state, OrderState::waiting) << "Anna's does not count";
  EXPECT_EQ(give(), Verdict::waits);
  ASSERT_TRUE(approve(cleo_, id));
  clock.advance(30min);
  ASSERT_TRUE(accounts().suspend(cleo_.user(), "laptop stolen"));
  EXPECT_EQ(give(), Verdict::waits) << "nor does that of somebody who is kept out";

  ASSERT_TRUE(accounts().operators().add(anna_.user()));
  EXPECT_EQ(give(), Verdict::waits) << "an operator again has to sign again";
  EXPECT_EQ(approve(anna_, id)->until, clock.now() + 30min) << "it is good for no longer by that";
  EXPECT_EQ(give(), Verdict::goes_on);
}

TEST_F(Orders, CountNobodyWhoIsErased) {
  const OrderId id = ask();
  ASSERT_TRUE(approve(anna_, id));
  ASSERT_TRUE(approve(ben_, id));
  auto erasures = ErasureStore::open(database).value();

  ASSERT_TRUE(erasures.remove_account(anna_.user(), anna_.home()));

  EXPECT_EQ(give(), Verdict::waits);
  ASSERT_EQ(orders().signatures(id)->size(), 1U) << "what they signed goes with them";
  EXPECT_EQ(orders().signatures(id)->front().by, ben_.user());
}

TEST_F(Orders, WaitADayForTwoPeople) {
  const OrderId id = ask();
  std::vector<OrderId> lapsed;
  orders().on_lapsed([&](const HostOrder& order) { lapsed.push_back(order.id); });
  clock.advance(HostOrders::kWaits - 1s);
  orders().tick();
  EXPECT_TRUE(lapsed.empty());
  clock.advance(1s);

  EXPECT_EQ(give(), Verdict::asked);

  EXPECT_EQ(lapsed, std::vector{id});
  EXPECT_EQ(approve(anna_, id).error().code, Errc::not_found);
}

TEST_F(Orders, AreGoodForAnHourOnceApproved) {
  const OrderId id = ask();
  ASSERT_TRUE(approve(anna_, id));
  EXPECT_EQ(approve(ben_, id)->until, clock.now() + HostOrders::kGood);
  clock.advance(HostOrders::kGood);

  EXPECT_EQ(give(), Verdict::asked) << "too late, so it is asked for again";
}

// T22: who moves the clock back makes nothing longer.
TEST_F(Orders, AreNotLongerByAClockThatGoesBack) {
  const OrderId id = ask();
  ASSERT_TRUE(approve(anna_, id));
  ASSERT_TRUE(approve(ben_, id));
  clock.set_calendar_back(24h);
  clock.advance(HostOrders::kGood);

  EXPECT_EQ(give(), Verdict::asked);
}

TEST_F(Orders, ThatFailedCanBeGivenAgainWhileTheyAreGood) {
  const OrderId id = ask();
  ASSERT_TRUE(approve(anna_, id));
  ASSERT_TRUE(approve(ben_, id));
  ASSERT_EQ(give(), Verdict::goes_on);
  orders().finish(id, Outcome::failed);
  EXPECT_EQ(give(), Verdict::goes_on);
  orders().finish(id, Outcome::failed);
  clock.advance(HostOrders::kGood);

  EXPECT_EQ(give(), Verdict::asked);
}

TEST_F(Orders, OnlySoManyWait) {
  for (std::size_t i = 0; i < HostOrders::kMost; ++i) ask(request(std::to_string(i)));

  EXPECT_EQ(orders().admit(request("one more")).error().code, Errc::exhausted);
  EXPECT_EQ(give(request("0")), Verdict::waits) << "those that wait go on waiting";
  ASSERT_TRUE(orders().refuse(ben_.user(), orders().orders()->front().id));
  EXPECT_EQ(give(request("one more")), Verdict::asked);
}

TEST_F(Orders, AreForgottenOnceOneOperatorRefuses) {
  const OrderId id = ask();
  ASSERT_TRUE(approve(anna_, id));
  ASSERT_TRUE(approve(ben_, id));

  ASSERT_TRUE(orders().refuse(cleo_.user(), id)) << "also what was approved";

  EXPECT_EQ(give(), Verdict::asked);
  EXPECT_EQ(orders().refuse(cleo_.user(), id).error().code, Errc::not_found);
}

TEST_F(Orders, AreApprovedByTwoOfThreeSealedCodesOnce) {
  const auto sealed = codes();
  const OrderId id = ask();
  EXPECT_EQ(orders().approve_by_codes(id, {sealed[0], sealed[0]}).error().code,
            Errc::unauthenticated);
  EXPECT_EQ(orders().approve_by_codes(id, {sealed[0], "AAAA"}).error().code, Errc::unauthenticated);
  EXPECT_EQ(give(), Verdict::waits);

  EXPECT_TRUE(orders().approve_by_codes(id, {sealed[2], sealed[0]})->is_by_codes);

  EXPECT_TRUE(is_told(anna_, NewsKind::order_by_codes));
  EXPECT_EQ(give(), Verdict::goes_on);
  const OrderId next = ask(request("generation:2"));
  EXPECT_EQ(orders().approve_by_codes(next, {sealed[0], sealed[1]}).error().code,
            Errc::unauthenticated)
      << "the third is worth nothing either";
  EXPECT_FALSE(accounts().break_glass().are_there().value());
}

TEST_F(Orders, AreNotApprovedByGuessingCodes) {
  const auto sealed = codes();
  const OrderId id = ask();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(orders().approve_by_codes(id, {"AAAA", "BBBB"}).error().code, Errc::unauthenticated);
  }
  EXPECT_EQ(orders().approve_by_codes(id, {sealed[0], sealed[1]}).error().code, Errc::exhausted);
  EXPECT_EQ(give(), Verdict::waits);
}

// A restart forgets what waits, also what was approved: nobody has to think of what might lie
// there.
TEST_F(Orders, AreForgottenByARestartWhichKeepsTheGuard) {
  const OrderId id = ask();
  ASSERT_TRUE(approve(anna_, id));
  ASSERT_TRUE(approve(ben_, id));

  reopen();

  EXPECT_TRUE(orders().guarded_since());
  EXPECT_TRUE(orders().orders()->empty());
  EXPECT_EQ(give(), Verdict::asked);
  EXPECT_EQ(orders().signatures(id)->size(), 2U) << "what was signed stays provable";
}

TEST_F(Orders, NeedNobodyOnceTheGuardIsOff) {
  ask();
  ASSERT_TRUE(orders().unguard());

  EXPECT_FALSE(orders().guarded_since());
  EXPECT_TRUE(orders().orders()->empty());
  EXPECT_EQ(orders().unguard().error().code, Errc::not_found);
  reopen();
  EXPECT_FALSE(orders().guarded_since());
}

TEST_F(Orders, AreGuardedOnlyIfTwoOperatorsCouldSign) {
  EXPECT_EQ(orders().guard().error().code, Errc::already_exists);
  ASSERT_TRUE(orders().unguard());
  ASSERT_TRUE(accounts().access_grants().dismiss(cleo_.user()));
  ASSERT_TRUE(accounts().reset_factors(ben_.user()));
  EXPECT_EQ(orders().guard().error().code, Errc::permission_denied) << "Ben has no passkey";
  ASSERT_TRUE(accounts().operators().add(cleo_.user()));
  ASSERT_TRUE(accounts().suspend(cleo_.user(), "laptop stolen"));
  EXPECT_EQ(orders().guard().error().code, Errc::permission_denied) << "nor could Cleo sign";
  ASSERT_TRUE(accounts().resume(cleo_.user()));

  EXPECT_TRUE(orders().guard());
}

// Anybody can check later who agreed to what: with WebAuthn's own rules, and the statement.
TEST_F(Orders, KeepProofsThatOthersCanCheckForAYear) {
  const OrderId id = ask();
  ASSERT_TRUE(approve(anna_, id));
  ASSERT_TRUE(approve(ben_, id));

  const auto made = orders().signatures(id).value();

  ASSERT_EQ(made.size(), 2U);
  EXPECT_NE(made[0].by, made[1].by);
  for (const SignedOrder& each : made) {
    const StatementSignature& by_passkey = each.signature;
    EXPECT_EQ(by_passkey.statement,
              "fastness host order 1\ndeed: approve\nby: " + each.by.value().to_text() +
                  "\norder: " + id.value().to_text() +
                  "\naction: ca.destroy\nobject: generation:1\n"
                  "detail: devices: 12\n");
    const auto client_data = webauthn::ClientData::parse(by_passkey.client_data).value();
    EXPECT_EQ(client_data.challenge(), crypto::sha256(as_bytes(by_passkey.statement)));
    EXPECT_TRUE(webauthn::check_assertion(client_data,
                                          {by_passkey.authenticator_data, by_passkey.signature},
                                          party_, by_passkey.key));
  }
  EXPECT_EQ(orders().signatures_of(anna_.user())->size(), 1U);
  EXPECT_EQ(orders().forget_old().value(), 0);
  clock.advance(HostOrders::kRemembered + 1h);
  EXPECT_EQ(orders().forget_old().value(), 2);
  EXPECT_TRUE(orders().signatures(id)->empty());
}

}  // namespace
}  // namespace fastness::accounts
