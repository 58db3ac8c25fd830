// What is carried to a root and back, against whoever carries it.
#include "roots/ceremony.h"

#include <gtest/gtest.h>

#include "base/fixed_limits.h"
#include "crypto/public_key/pem.h"
#include "roots/testing/test_root.h"

namespace fastness::roots {
namespace {

using testing::set_of;
using testing::TestRoot;

constexpr Timestamp kAskedAt{std::chrono::sys_days(std::chrono::year(2027) / 3 / 1) +
                             std::chrono::hours(7)};

class CeremonyTest : public ::testing::Test {
 protected:
  RootRequest ask(Purpose purpose) {
    RootRequest::Parts parts{purpose, set_of(1, a, b), issuer.public_key(), kAskedAt};
    if (purpose == Purpose::switch_to_standby) parts.next_standby = c.certificate;
    return RootRequest::make(std::move(parts)).value();
  }

  // As an honest signer would, but for what a test wants otherwise.
  RootAnswer answer(const RootRequest& request, const TestRoot& signer) {
    RootAnswer made;
    made.request = request.digest();
    made.issuer = issuer_of(signer, issuer.public_key());
    const Bytes statement = request.statement();
    if (!statement.empty()) {
      made.root_set =
          root_set_document(statement, a.key.sign(statement), signer.key.sign(statement));
    }
    return sign(std::move(made), signer);
  }

  static RootAnswer sign(RootAnswer made, const TestRoot& signer) {
    made.by_signer = signer.key.sign(made.to_be_signed());
    return made;
  }

  static Bytes issuer_of(const TestRoot& root, const crypto::PublicKey& key,
                         Timestamp at = kAskedAt) {
    const Bytes tbs = issuer_body(root.certificate, key, Bytes(16, 0x43), at).value().to_tbs();
    return crypto::assemble_certificate(tbs, root.key.sign(tbs));
  }

  TestRoot a = TestRoot::make(kAskedAt, kActiveRole);
  TestRoot b = TestRoot::make(kAskedAt);
  TestRoot c = TestRoot::make(kAskedAt);
  TestRoot thief = TestRoot::make(kAskedAt);
  crypto::PrivateKey issuer = crypto::PrivateKey::generate();
};

TEST_F(CeremonyTest, ARequestIsReadAsItWasMade) {
  for (const Purpose purpose : {Purpose::renew_issuer, Purpose::switch_to_standby}) {
    const RootRequest request = ask(purpose);
    const std::string pem = request.to_pem(issuer.sign(request.to_be_signed()));

    const auto again = RootRequest::parse_pem(pem);

    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->digest(), request.digest());
    EXPECT_EQ(again->next(), request.next());
    EXPECT_EQ(again->to_text(), request.to_text());
  }
}

TEST_F(CeremonyTest, ARequestThatWasChangedOnItsWayIsNone) {
  const RootRequest request = ask(Purpose::switch_to_standby);
  const std::string pem = request.to_pem(issuer.sign(request.to_be_signed()));
  const Bytes good = crypto::from_pem("FASTNESS ROOT REQUEST", pem).value();
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes changed = good;
    changed[i] ^= 0x20U;
    EXPECT_FALSE(RootRequest::parse_pem(crypto::to_pem("FASTNESS ROOT REQUEST", changed)))
        << "byte " << i;
  }
  EXPECT_FALSE(RootRequest::parse_pem(request.to_pem(thief.key.sign(request.to_be_signed()))));
  EXPECT_FALSE(RootRequest::parse_pem(crypto::to_pem("FASTNESS SIGNED ROOT", good)));
  EXPECT_FALSE(RootRequest::parse_pem(""));
}

TEST_F(CeremonyTest, AFileHasAsManyBytesAsAllowedAndNotOneMore) {
  constexpr std::size_t kMost = fixed_limit("roots.ceremony_bytes");
  const RootRequest request = ask(Purpose::switch_to_standby);
  std::string pem = request.to_pem(issuer.sign(request.to_be_signed()));
  pem += std::string(kMost - pem.size(), '\n');
  EXPECT_TRUE(RootRequest::parse_pem(pem));
  EXPECT_FALSE(RootRequest::parse_pem(pem + "\n"));
}

TEST_F(CeremonyTest, ARequestSaysWhatItIsAbout) {
  const std::string renewal = ask(Purpose::renew_issuer).to_text();
  EXPECT_NE(renewal.find("The active root will sign"), std::string::npos) << renewal;
  EXPECT_NE(renewal.find(to_hex(issuer.public_key().key_id())), std::string::npos);
  EXPECT_EQ(renewal.find("root set"), std::string::npos);
  const std::string change = ask(Purpose::switch_to_standby).to_text();
  EXPECT_NE(change.find("The standby root will sign"), std::string::npos) << change;
  EXPECT_NE(change.find("root set 2"), std::string::npos);
}

TEST_F(CeremonyTest, PartsThatDoNotFitMakeNoRequest) {
  RootRequest::Parts parts{Purpose::renew_issuer, set_of(1, a, b), issuer.public_key(), kAskedAt};
  parts.next_standby = c.certificate;
  EXPECT_FALSE(RootRequest::make(parts)) << "a renewal changes no root";
  parts.purpose = Purpose::switch_to_standby;
  EXPECT_TRUE(RootRequest::make(parts));
  parts.next_standby = a.certificate;
  EXPECT_FALSE(RootRequest::make(parts)) << "what was given up does not come back";
  parts.next_standby = b.certificate;
  EXPECT_FALSE(RootRequest::make(parts)) << "two roots have two keys";
  parts.next_standby = c.certificate;
  parts.by_active = thief.key.sign(Bytes{1});
  EXPECT_FALSE(RootRequest::make(parts)) << "a signature that is wrong";
}

TEST_F(CeremonyTest, TheRootThatWasAskedAnswers) {
  const RootRequest renewal = ask(Purpose::renew_issuer);
  const RootRequest change = ask(Purpose::switch_to_standby);
  EXPECT_TRUE(check_answer(renewal, answer(renewal, a), kAskedAt));
  const RootAnswer to_change = answer(change, b);
  EXPECT_TRUE(check_answer(change, to_change, kAskedAt));
  const auto carried = RootAnswer::parse_pem(to_change.to_pem());
  ASSERT_TRUE(carried);
  EXPECT_TRUE(check_answer(change, *carried, kAskedAt));

  EXPECT_FALSE(check_answer(renewal, answer(renewal, b), kAskedAt)) << "the other root";
  EXPECT_FALSE(check_answer(change, answer(change, a), kAskedAt)) << "the one that is given up";
  EXPECT_FALSE(check_answer(renewal, answer(renewal, thief), kAskedAt));
  EXPECT_FALSE(check_answer(renewal, to_change, kAskedAt)) << "of another request";
}

TEST_F(CeremonyTest, AnAnswerThatSaysOtherThingsIsNone) {
  const RootRequest change = ask(Purpose::switch_to_standby);
  const RootAnswer good = answer(change, b);
  const auto refused = [&](RootAnswer changed) {
    return !check_answer(change, sign(std::move(changed), b), kAskedAt);
  };

  RootAnswer changed = good;
  changed.issuer = issuer_of(b, thief.key.public_key());
  EXPECT_TRUE(refused(changed)) << "an authority of a key that nobody asked for";
  changed.issuer = issuer_of(thief, issuer.public_key());
  EXPECT_TRUE(refused(changed)) << "signed by another root";
  changed.issuer = to_bytes(b.certificate.der());
  EXPECT_TRUE(refused(changed)) << "a root in its place";
  changed.issuer = b.vouch_for(thief, kAskedAt);
  EXPECT_TRUE(refused(changed)) << "an authority that may sign authorities";
  changed.issuer = issuer_of(b, issuer.public_key(), kAskedAt + std::chrono::days(3));
  EXPECT_TRUE(refused(changed)) << "from a clock that is ahead";

  changed = good;
  changed.root_set = testing::document_for(set_of(2, b, thief), 1, a, b, kAskedAt);
  EXPECT_TRUE(refused(changed)) << "another standby root";
  changed.root_set.back() ^= 1U;
  EXPECT_TRUE(refused(changed));

  // Without the set the standby root may answer, where the active one is lost; but nobody on the
  // way takes the set out.
  changed = good;
  changed.root_set.clear();
  EXPECT_FALSE(check_answer(change, changed, kAskedAt));
  EXPECT_TRUE(check_answer(change, sign(changed, b), kAskedAt));
}

TEST_F(CeremonyTest, ARenewalNamesNoRootSet) {
  const RootRequest renewal = ask(Purpose::renew_issuer);
  RootAnswer changed = answer(renewal, a);
  changed.root_set = testing::document_for(set_of(2, b, thief), 1, a, b, kAskedAt);
  EXPECT_FALSE(check_answer(renewal, sign(changed, a), kAskedAt));
}

TEST_F(CeremonyTest, AnAnswerThatWasCutOrChangedIsNone) {
  const RootRequest change = ask(Purpose::switch_to_standby);
  const std::string pem = answer(change, b).to_pem();
  const Bytes good = crypto::from_pem("FASTNESS SIGNED ROOT", pem).value();
  for (std::size_t i = 0; i < good.size(); i += 3) {
    Bytes changed = good;
    changed[i] ^= 0x04U;
    const auto read = RootAnswer::parse_pem(crypto::to_pem("FASTNESS SIGNED ROOT", changed));
    EXPECT_FALSE(read && check_answer(change, *read, kAskedAt)) << "byte " << i;
  }
  EXPECT_FALSE(RootAnswer::parse_pem(""));
  EXPECT_FALSE(RootAnswer::parse_pem(pem.substr(0, pem.size() / 2)));
}

}  // namespace
}  // namespace fastness::roots
