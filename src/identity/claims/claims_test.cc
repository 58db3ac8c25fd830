#include "identity/claims/claims.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"
#include "identity/claims/claim_secret.h"
#include "identity/identity_fixture_test.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

crypto::SecretBytes hash_key(std::uint8_t byte) {
  Bytes bytes(32, byte);
  return crypto::SecretBytes::take(bytes);
}

class ClaimsTest : public ::testing::Test {
 protected:
  Claims open(std::uint8_t key = 7) {
    return Claims::open(database_, clock_, random_, lockdown_, hash_key(key)).value();
  }

  ClaimCodeWish wish() const {
    return {mine_, by_, "sensors", std::nullopt, 1, Approval::none, clock_.now() + 24h};
  }

  // A code, as its label has it.
  std::string make(const ClaimCodeWish& wish) {
    auto made = claims_.create(wish, 1);
    EXPECT_TRUE(made) << made.error().message;
    return std::string(as_text(made->front().text.reveal()));
  }

  static crypto::Digest key(const std::string& name) { return crypto::sha256(as_bytes(name)); }

  static ClaimAttempt attempt(const std::string& hardware_id, const std::string& key_name) {
    return {HardwareId::parse(hardware_id).value(), key(key_name), "192.0.2.7", std::nullopt};
  }

  Result<Claim> claim(const std::string& code, const ClaimAttempt& attempt) {
    const auto found = claims_.find(code);
    EXPECT_TRUE(found);
    auto claimed = claims_.claim(*found, attempt);
    if (!claimed) return propagate(std::move(claimed));
    return std::move(claimed->claim);
  }

  Errc refusal(const std::string& code, const ClaimAttempt& attempt) {
    const auto claimed = claim(code, attempt);
    EXPECT_FALSE(claimed);
    return claimed ? Errc::corrupted : claimed.error().code;
  }

  std::int64_t uses() { return claims_.list(mine_)->front().uses; }

  fastness::testing::ManualClock clock_{Timestamp(std::chrono::hours(24 * 20'000))};
  crypto::SystemRandom random_;
  storage::Database database_ = storage::Database::open_in_memory().value();
  const Lockdown lockdown_ = Lockdown::open(database_).value();
  Claims claims_ = open();
  const OrganisationId mine_{random_uuid(random_)};
  const OrganisationId theirs_{random_uuid(random_)};
  const UserId by_{random_uuid(random_)};
};

// --- making them ---------------------------------------------------------------------------------

TEST_F(ClaimsTest, ACodeIsListedWithoutItself) {
  ClaimCodeWish asked = wish();
  asked.hardware_id = HardwareId::parse("B8-27-EB-01").value();
  asked.approval = Approval::owner;
  const std::string code = make(asked);

  const auto list = claims_.list(mine_).value();

  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].label, "sensors");
  EXPECT_EQ(list[0].hardware_id, "b8-27-eb-01");
  EXPECT_EQ(list[0].uses, 0);
  EXPECT_EQ(list[0].most_uses, 1);
  EXPECT_EQ(list[0].approval, Approval::owner);
  EXPECT_EQ(list[0].created_by, by_);
  EXPECT_EQ(list[0].expires_at, asked.expires_at);
  EXPECT_EQ(claims_.find(code).value()->id, list[0].id);
  EXPECT_TRUE(claims_.list(theirs_)->empty());
}

TEST_F(ClaimsTest, WhatIsStoredIsAHashUnderAKey) {
  const std::string code = make(wish());
  const auto secret = ClaimSecret::parse(code).value();

  const auto row = database_.query_one<Bytes>("SELECT hash FROM identity_claim_code").value();

  ASSERT_TRUE(row);
  EXPECT_EQ(std::get<0>(*row), to_bytes(crypto::hmac_sha256(hash_key(7), secret.reveal())));
  EXPECT_NE(std::get<0>(*row), to_bytes(crypto::sha256(secret.reveal())));
  Claims of_another_vault = open(8);
  EXPECT_FALSE(of_another_vault.find(code).value()) << "the database alone is worth nothing";
}

TEST_F(ClaimsTest, ManyAreMadeAtOnceAndEachIsAnother) {
  const auto made = claims_.create(wish(), 3).value();
  EXPECT_EQ(claims_.list(mine_)->size(), 3U);
  EXPECT_NE(as_text(made[0].text.reveal()), as_text(made[1].text.reveal()));
  EXPECT_NE(made[0].code.id, made[1].code.id);
}

TEST_F(ClaimsTest, WishesThatCannotBeAreRefusedInWords) {
  const auto why = [this](const ClaimCodeWish& asked, std::size_t count = 1) {
    const auto made = claims_.create(asked, count);
    EXPECT_FALSE(made);
    return made ? "" : made.error().message;
  };
  ClaimCodeWish bad = wish();
  bad.label = std::string(Claims::kMaxLabel + 1, 'x');
  EXPECT_THAT(why(bad), HasSubstr("label"));
  bad.label = "a\x1b[2J";
  EXPECT_THAT(why(bad), HasSubstr("label"));
  bad = wish();
  bad.most_uses = 0;
  EXPECT_THAT(why(bad), HasSubstr("uses"));
  bad.most_uses = Claims::kMaxUses + 1;
  EXPECT_THAT(why(bad), HasSubstr("uses"));
  EXPECT_THAT(why(wish(), 0), HasSubstr("codes"));
  EXPECT_THAT(why(wish(), Claims::kMaxAtOnce + 1), HasSubstr("codes"));
  bad = wish();
  bad.expires_at = clock_.now();
  EXPECT_THAT(why(bad), HasSubstr("expires_at"));
  bad.expires_at = clock_.now() + Claims::kLongestLife + 1us;
  EXPECT_THAT(why(bad), HasSubstr("366 days"));
  bad = wish();
  bad.hardware_id = HardwareId::parse("a").value();
  EXPECT_THAT(why(bad, 2), HasSubstr("hardware_id"));
  bad.most_uses = 2;
  EXPECT_THAT(why(bad), HasSubstr("hardware_id"));
  EXPECT_TRUE(claims_.list(mine_)->empty());
}

TEST_F(ClaimsTest, WishesAtTheirLimitsAreGranted) {
  ClaimCodeWish largest = wish();
  largest.label = std::string(Claims::kMaxLabel, 'x');
  largest.most_uses = Claims::kMaxUses;
  largest.expires_at = clock_.now() + Claims::kLongestLife;
  EXPECT_TRUE(claims_.create(largest, Claims::kMaxAtOnce));
}

TEST_F(ClaimsTest, AnOrganisationHasAsManyAsAllowedAndNotOneMore) {
  for (std::size_t made = 0; made < Claims::kMaxCodes; made += Claims::kMaxAtOnce) {
    ASSERT_TRUE(claims_.create(wish(), Claims::kMaxAtOnce));
  }
  EXPECT_EQ(claims_.create(wish(), 1).error().code, Errc::exhausted);
  ClaimCodeWish of_others = wish();
  of_others.organisation = theirs_;
  EXPECT_TRUE(claims_.create(of_others, 1));
  ASSERT_TRUE(claims_.remove(mine_, claims_.list(mine_)->front().id));
  EXPECT_TRUE(claims_.create(wish(), 1));
}

TEST_F(ClaimsTest, ThoseThatAreLongOverAreForgotten) {
  make(wish());
  clock_.advance(24h + Claims::kRemembered);
  make(wish());
  ASSERT_TRUE(claims_.forget_old());
  EXPECT_EQ(claims_.list(mine_)->size(), 2U);
  clock_.advance(1us);
  make(wish());
  ASSERT_TRUE(claims_.forget_old());
  EXPECT_EQ(claims_.list(mine_)->size(), 2U);
}

TEST_F(ClaimsTest, ForgettingCountsThemForTheirOrganisation) {
  make(wish());
  make(wish());
  EXPECT_TRUE(claims_.forget_old()->empty());
  clock_.advance(24h + Claims::kRemembered + 1us);

  const auto forgotten = claims_.forget_old();

  ASSERT_EQ(forgotten->size(), 1U);
  EXPECT_EQ(forgotten->front().first, mine_);
  EXPECT_EQ(forgotten->front().second, 2U);
  EXPECT_TRUE(claims_.list(mine_)->empty());
}

TEST(HardwareId, HasOneSpelling) {
  EXPECT_EQ(HardwareId::parse("B8-27.EB_9F")->text(), "b8-27.eb_9f");
  EXPECT_TRUE(HardwareId::parse(std::string(HardwareId::kMaxSize, 'a')));
  for (const std::string& bad :
       {std::string(), std::string(HardwareId::kMaxSize + 1, 'a'), std::string("a b"),
        std::string("a:b"), std::string("a/b"), std::string("a\n"), std::string("a\0b", 3),
        std::string("\xc3\xa4"), std::string(1 << 20, 'a')}) {
    const auto id = HardwareId::parse(bad);
    ASSERT_FALSE(id) << bad.substr(0, 80);
    EXPECT_EQ(id.error().code, Errc::invalid_argument);
  }
}

// --- using them ----------------------------------------------------------------------------------

TEST_F(ClaimsTest, AUseIsSpentForOneKeyAndForGood) {
  const std::string code = make(wish());

  const Claim first = claim(code, attempt("a", "key")).value();

  EXPECT_EQ(first.state, ClaimState::admitted);
  EXPECT_EQ(first.organisation, mine_);
  EXPECT_EQ(first.label, "sensors");
  EXPECT_EQ(uses(), 1);
  const Claim again = claim(code, attempt("a", "key")).value();
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(again.device, first.device) << "or a crash would make two of it";
  EXPECT_EQ(uses(), 1);
  ASSERT_TRUE(claims_.note_issued(first.id));
  EXPECT_EQ(claim(code, attempt("a", "key"))->state, ClaimState::issued);
  EXPECT_EQ(refusal(code, attempt("a", "another key")), Errc::unauthenticated);
  EXPECT_EQ(refusal(code, attempt("b", "another key")), Errc::unauthenticated);
}

TEST_F(ClaimsTest, WhatAdmitsNobodyLooksLikeACodeThatNeverWas) {
  const auto error_of = [this](const std::string& code, const ClaimAttempt& with) {
    const auto claimed = claim(code, with);
    EXPECT_FALSE(claimed);
    return std::pair(claimed.error().code, claimed.error().message);
  };
  const ClaimAttempt mine = attempt("a", "key");
  ClaimCodeWish bound = wish();
  bound.hardware_id = HardwareId::parse("b").value();
  ClaimAttempt elsewhere = mine;
  elsewhere.organisation = theirs_;
  const std::string spent = make(wish());
  ASSERT_TRUE(claim(spent, attempt("z", "first")));
  const std::string removed = make(wish());
  ASSERT_TRUE(claims_.remove(mine_, claims_.find(removed).value()->id));
  ClaimCodeWish brief = wish();
  brief.expires_at = clock_.now() + 1us;
  const std::string over = make(brief);
  clock_.advance(1us);

  const auto unknown =
      error_of(std::string(as_text(ClaimSecret::make(random_).to_text().reveal())), mine);

  EXPECT_EQ(unknown.first, Errc::unauthenticated);
  EXPECT_EQ(error_of(spent, mine), unknown);
  EXPECT_EQ(error_of(removed, mine), unknown);
  EXPECT_EQ(error_of(over, mine), unknown);
  EXPECT_EQ(error_of(make(bound), mine), unknown);
  EXPECT_EQ(error_of(make(wish()), elsewhere), unknown);
}

TEST_F(ClaimsTest, ACodeForOneHardwareIdTakesItInEitherCase) {
  ClaimCodeWish bound = wish();
  bound.hardware_id = HardwareId::parse("AB-01").value();
  EXPECT_TRUE(claim(make(bound), attempt("ab-01", "key")));
}

TEST_F(ClaimsTest, TheOwnHoldersOfASpentCodeLoseItWhenItIsOver) {
  const std::string code = make(wish());
  ASSERT_TRUE(claim(code, attempt("a", "key")));
  clock_.advance(24h);
  EXPECT_EQ(refusal(code, attempt("a", "key")), Errc::unauthenticated);
}

TEST_F(ClaimsTest, ABatchAdmitsItsCountAndNotOneMore) {
  ClaimCodeWish batch = wish();
  batch.most_uses = 3;
  const std::string code = make(batch);
  for (const char* name : {"a", "b", "c"}) ASSERT_TRUE(claim(code, attempt(name, name)));
  EXPECT_EQ(uses(), 3);
  EXPECT_EQ(refusal(code, attempt("d", "d")), Errc::unauthenticated);
  EXPECT_TRUE(claim(code, attempt("b", "b"))) << "it has its use";
  EXPECT_EQ(uses(), 3);
}

TEST_F(ClaimsTest, InABatchAHardwareIdHasOneKey) {
  ClaimCodeWish batch = wish();
  batch.most_uses = 3;
  const std::string code = make(batch);
  ASSERT_TRUE(claim(code, attempt("a", "key")));
  EXPECT_EQ(refusal(code, attempt("a", "another key")), Errc::already_exists);
  EXPECT_EQ(uses(), 1) << "or a board that forgets its key eats the batch";
}

// Whoever read the code before another took its last use must not get one more.
TEST_F(ClaimsTest, TwoAtOnceCannotOverrunTheCount) {
  const std::string code = make(wish());
  const auto read_before = claims_.find(code).value();
  ASSERT_TRUE(claim(code, attempt("a", "key")));

  const auto late = claims_.claim(read_before, attempt("b", "another key"));

  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::unauthenticated);
  EXPECT_EQ(uses(), 1);
}

TEST_F(ClaimsTest, AUseThatCannotBeKeptIsNotTaken) {
  ClaimCodeWish batch = wish();
  batch.most_uses = 2;
  const std::string code = make(batch);
  auto store = ClaimStore::open(database_).value();
  Claim made = claim(code, attempt("a", "key")).value();
  made.id = ClaimId(random_uuid(random_));

  EXPECT_EQ(store.spend(made).error().code, Errc::already_exists) << "the key has one";

  EXPECT_EQ(uses(), 1);
}

TEST_F(ClaimsTest, ARestartChangesNothing) {
  const std::string code = make(wish());
  const Claim first = claim(code, attempt("a", "key")).value();
  claims_ = open();
  EXPECT_EQ(claim(code, attempt("a", "key"))->device, first.device);
  EXPECT_EQ(refusal(code, attempt("b", "another key")), Errc::unauthenticated);
}

// --- with an owner in between --------------------------------------------------------------------

class ApprovedClaims : public ClaimsTest {
 protected:
  ClaimCodeWish waiting_wish() const {
    ClaimCodeWish asked = wish();
    asked.approval = Approval::owner;
    return asked;
  }

  const std::string code_ = make(waiting_wish());
  const Claim claim_ = claim(code_, attempt("a", "key")).value();
};

TEST_F(ApprovedClaims, WaitUntilTheOwnerSaysYes) {
  EXPECT_EQ(claim_.state, ClaimState::waiting);
  const auto waiting = claims_.waiting(mine_).value();
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].id, claim_.id);
  EXPECT_EQ(waiting[0].key, key("key"));
  EXPECT_EQ(waiting[0].hardware_id, "a");
  EXPECT_EQ(waiting[0].address, "192.0.2.7");
  EXPECT_EQ(claim(code_, attempt("a", "key"))->state, ClaimState::waiting);

  ASSERT_TRUE(claims_.approve(mine_, claim_.id));

  EXPECT_EQ(claim(code_, attempt("a", "key"))->state, ClaimState::admitted);
  EXPECT_TRUE(claims_.waiting(mine_)->empty());
  EXPECT_TRUE(claims_.approve(mine_, claim_.id)) << "twice is once";
}

TEST_F(ApprovedClaims, AnotherKeyIsToldThatItIsNotTheOneThatWaits) {
  EXPECT_EQ(refusal(code_, attempt("a", "another key")), Errc::already_exists);
  EXPECT_EQ(refusal(code_, attempt("b", "another key")), Errc::already_exists);
  ASSERT_TRUE(claims_.approve(mine_, claim_.id));
  EXPECT_EQ(refusal(code_, attempt("b", "another key")), Errc::unauthenticated);
}

TEST_F(ApprovedClaims, WhoWasRefusedIsToldAndTheCodeIsSpent) {
  ASSERT_TRUE(claims_.refuse(mine_, claim_.id));
  EXPECT_EQ(refusal(code_, attempt("a", "key")), Errc::permission_denied);
  EXPECT_EQ(refusal(code_, attempt("a", "another key")), Errc::unauthenticated);
  EXPECT_EQ(claims_.approve(mine_, claim_.id).error().code, Errc::already_exists);
  EXPECT_TRUE(claims_.refuse(mine_, claim_.id)) << "twice is once";
}

TEST_F(ApprovedClaims, AYesIsTakenBackUntilTheCertificateIsThere) {
  ASSERT_TRUE(claims_.approve(mine_, claim_.id));
  ASSERT_TRUE(claims_.refuse(mine_, claim_.id));
  EXPECT_EQ(refusal(code_, attempt("a", "key")), Errc::permission_denied);

  const std::string other = make(waiting_wish());
  const Claim issued = claim(other, attempt("a", "key")).value();
  ASSERT_TRUE(claims_.note_issued(issued.id));
  EXPECT_EQ(claims_.refuse(mine_, issued.id).error().code, Errc::already_exists);
}

TEST_F(ApprovedClaims, AreNobodyElsesToDecide) {
  EXPECT_TRUE(claims_.waiting(theirs_)->empty());
  EXPECT_EQ(claims_.approve(theirs_, claim_.id).error().code, Errc::not_found);
  EXPECT_EQ(claims_.refuse(theirs_, claim_.id).error().code, Errc::not_found);
  EXPECT_EQ(claims_.remove(theirs_, claim_.code).error().code, Errc::not_found);
  EXPECT_EQ(claims_.approve(mine_, ClaimId(random_uuid(random_))).error().code, Errc::not_found);
  EXPECT_EQ(claim(code_, attempt("a", "key"))->state, ClaimState::waiting);
}

TEST_F(ApprovedClaims, EndWithTheirCode) {
  ASSERT_TRUE(claims_.remove(mine_, claim_.code));
  EXPECT_TRUE(claims_.waiting(mine_)->empty());
  EXPECT_EQ(refusal(code_, attempt("a", "key")), Errc::unauthenticated);
  EXPECT_EQ(claims_.approve(mine_, claim_.id).error().code, Errc::not_found);
}

TEST_F(ApprovedClaims, OfACodeThatIsOverAreApprovedNoMore) {
  clock_.advance(24h);
  EXPECT_TRUE(claims_.waiting(mine_)->empty());
  EXPECT_EQ(claims_.approve(mine_, claim_.id).error().code, Errc::permission_denied);
}

TEST_F(ApprovedClaims, AreShownOldestFirstUpToTheirLimit) {
  ClaimCodeWish batch = waiting_wish();
  batch.most_uses = static_cast<std::int64_t>(Claims::kMaxWaiting);
  const std::string code = make(batch);
  for (std::size_t i = 0; i + 1 < Claims::kMaxWaiting; ++i) {
    ASSERT_TRUE(claim(code, attempt(std::to_string(i), std::to_string(i))));
  }
  EXPECT_EQ(claims_.waiting(mine_)->size(), Claims::kMaxWaiting);
  clock_.advance(1s);
  ASSERT_TRUE(claim(code, attempt("late", "late")));
  const auto shown = claims_.waiting(mine_).value();
  EXPECT_EQ(shown.size(), Claims::kMaxWaiting);
  EXPECT_NE(shown.back().hardware_id, "late");
}

// --- within identity -----------------------------------------------------------------------------

using testing::IdentityTest;

TEST_F(IdentityTest, ClaimCodesHaveAKeyOfTheirOwnAndOutliveARestart) {
  auto made = identity->claims().create(
      {mine, UserId(random_uuid(random)), "", std::nullopt, 1, Approval::none, clock.now() + 1h},
      1);
  ASSERT_TRUE(made);
  const std::string code(as_text(made->front().text.reveal()));
  reopen();
  EXPECT_TRUE(identity->claims().find(code).value());

  const auto row = database.query_one<Bytes>("SELECT hash FROM identity_claim_code").value();
  const auto secret = ClaimSecret::parse(code).value();
  EXPECT_NE(std::get<0>(*row),
            to_bytes(crypto::hmac_sha256(vault.start_keys().device_secret, secret.reveal())));
}

}  // namespace
}  // namespace fastness::identity
