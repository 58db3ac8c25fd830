// Claim certificates: what may be registered as one, and what its key opens. Above all what it does
// not.
#include "identity/claims/claim_certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/public_key/pem.h"
#include "crypto/testing/self_signed.h"
#include "identity/claims/claims.h"
#include "identity/identity_fixture_test.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string as_pem(ByteView der) {
  return crypto::to_pem(crypto::kCertificateLabel, der);
}

class ClaimCertificatesTest : public testing::IdentityTest {
 protected:
  Claims& claims() { return identity->claims(); }

  Bytes made_for(const OrganisationId& organisation) const {
    return crypto::testing::self_signed(claim_key, organisation.value().to_text(), clock.now(),
                                        clock.now() + 24h * 30);
  }

  ClaimCertificateWish wish(std::int64_t most_uses = 3) const {
    return {mine, by, "lot-7", as_pem(leaf), {}, most_uses, Approval::none, std::nullopt};
  }

  // What `with` is told that cannot be registered.
  std::string refusal_of(const ClaimCertificateWish& with) {
    const auto made = claims().register_certificate(with);
    EXPECT_FALSE(made);
    return made ? "" : made.error().message;
  }

  static ClaimAttempt attempt(const std::string& hardware_id, const std::string& key_name) {
    return {HardwareId::parse(hardware_id).value(), crypto::sha256(as_bytes(key_name)), "192.0.2.7",
            std::nullopt};
  }

  Result<Claim> claim(const ClaimAttempt& with) {
    const auto found = claims().find_certificate(crypto::sha256(leaf));
    EXPECT_TRUE(found);
    auto claimed = claims().claim(*found, with);
    if (!claimed) return propagate(std::move(claimed));
    return std::move(claimed->claim);
  }
  Errc refusal(const ClaimAttempt& with) {
    const auto claimed = claim(with);
    EXPECT_FALSE(claimed);
    return claimed ? Errc::corrupted : claimed.error().code;
  }

  // Whether a handshake where certificates are renewed would go on, and a resumed one.
  bool shakes_hands(ByteView shown) {
    const auto admission = identity->published().load();
    const auto registered = claims().published_certificates().load();
    const bool full = may_ask(*admission, *registered, shown, clock.now()).has_value();
    EXPECT_EQ(may_ask_again(*admission, *registered, crypto::sha256(shown), clock.now()), full);
    return full;
  }

  Timestamp in_a_day() const { return clock.now() + 24h; }

  std::int64_t uses() { return claims().certificates(mine)->front().uses; }

  const UserId by{random_uuid(random)};
  const crypto::PrivateKey claim_key = crypto::PrivateKey::generate();
  const Bytes leaf = made_for(mine);
};

// --- registering one -----------------------------------------------------------------------------

TEST_F(ClaimCertificatesTest, OneIsListedBesideTheCodesAndNotAmongThem) {
  const ClaimCode made = claims().register_certificate(wish()).value();

  EXPECT_EQ(made.certificate->leaf, crypto::sha256(leaf));
  EXPECT_EQ(made.certificate->key, claim_key.public_key().digest());
  EXPECT_EQ(made.expires_at, clock.now() + 24h * 30) << "its own end";
  const auto list = claims().certificates(mine).value();
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].id, made.id);
  EXPECT_EQ(list[0].label, "lot-7");
  EXPECT_EQ(list[0].most_uses, 3);
  EXPECT_EQ(list[0].certificate->hardware_ids, 0);
  EXPECT_TRUE(claims().list(mine)->empty());
  EXPECT_TRUE(claims().certificates(theirs)->empty());
  EXPECT_EQ(claims().register_certificate(wish()).error().code, Errc::already_exists);
}

TEST_F(ClaimCertificatesTest, WhoFoundOneCannotRegisterItForAnotherOrganisation) {
  ClaimCertificateWish found = wish();
  found.organisation = theirs;
  EXPECT_THAT(refusal_of(found), HasSubstr("common name the organisation's id"));
  // Nor one that they made of the key that they found it to have.
  found.untrusted_pem = as_pem(
      crypto::testing::certificate_by(crypto::PrivateKey::generate(), claim_key.public_key(),
                                      theirs.value().to_text(), clock.now(), clock.now() + 24h));
  EXPECT_THAT(refusal_of(found), HasSubstr("signed by its own key"));
}

TEST_F(ClaimCertificatesTest, WhatIsNoneIsRefusedInWords) {
  ClaimCertificateWish bad = wish();
  for (const std::string& text :
       {std::string(), std::string("x"), as_pem(Bytes{0x30, 0x00}), as_pem(leaf) + as_pem(leaf)}) {
    bad.untrusted_pem = text;
    EXPECT_THAT(refusal_of(bad), HasSubstr("certificate_pem"));
  }
  bad.untrusted_pem =
      as_pem(leaf) + crypto::to_pem(crypto::kPrivateKeyLabel, claim_key.to_pkcs8().reveal());
  EXPECT_THAT(refusal_of(bad), HasSubstr("make another")) << "a key that was here is not theirs";
  bad = wish();
  bad.expires_at = clock.now() + 24h * 30 + 1us;
  EXPECT_THAT(refusal_of(bad), HasSubstr("own end"));
  bad.expires_at = clock.now();
  EXPECT_THAT(refusal_of(bad), HasSubstr("expires_at"));
  bad = wish(1);
  bad.hardware_ids = {HardwareId::parse("a").value(), HardwareId::parse("b").value()};
  EXPECT_THAT(refusal_of(bad), HasSubstr("uses"));
  bad = wish(Claims::kMaxUses + 1);
  EXPECT_THAT(refusal_of(bad), HasSubstr("uses"));
  bad = wish();
  clock.advance(24h * 30);
  EXPECT_THAT(refusal_of(bad), HasSubstr("is over"));
  EXPECT_TRUE(claims().certificates(mine)->empty());
}

TEST_F(ClaimCertificatesTest, ADevicesCertificateIsNone) {
  ClaimCertificateWish devices = wish();
  devices.untrusted_pem = as_pem(enrol(vault_ipc::Profile::standard));
  EXPECT_THAT(refusal_of(devices), HasSubstr("certificate_pem"));
}

TEST_F(ClaimCertificatesTest, ACodeIsNotFoundByADigestNorACertificateByAWord) {
  ASSERT_TRUE(claims().register_certificate(wish()));
  auto store = ClaimStore::open(database).value();
  EXPECT_FALSE(store.find_code(crypto::sha256(leaf)).value());
  ASSERT_TRUE(
      claims().create({mine, by, "", std::nullopt, 1, Approval::none, clock.now() + 1h}, 1));
  const auto hash =
      database
          .query_one<crypto::Digest>("SELECT hash FROM identity_claim_code WHERE leaf_key IS NULL")
          .value();
  ASSERT_TRUE(hash);
  EXPECT_FALSE(claims().find_certificate(std::get<0>(*hash)).value());
  EXPECT_FALSE(claims().published_certificates().load()->has(std::get<0>(*hash), clock.now()));
}

// --- what its key opens --------------------------------------------------------------------------

TEST_F(ClaimCertificatesTest, ItShakesHandsWhereFirstCertificatesAreAskedForAndNowhereElse) {
  EXPECT_FALSE(shakes_hands(leaf)) << "not before it is registered";
  ASSERT_TRUE(claims().register_certificate(wish()));

  EXPECT_TRUE(shakes_hands(leaf));
  const auto admission = identity->published().load();
  const auto refused = admission->admit_certificate(leaf, clock.now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, RefusalReason::unknown_certificate);
  EXPECT_FALSE(refused.error().forged) << "and that is no alarm";
  EXPECT_FALSE(admission->admit_digest(crypto::sha256(leaf), clock.now()));
  EXPECT_FALSE(identity->admit_renewal(crypto::sha256(leaf)));
  EXPECT_FALSE(admission->recognise(leaf, clock.now()));
}

TEST_F(ClaimCertificatesTest, ItEndsWithItsTime) {
  ASSERT_TRUE(claims().register_certificate(wish()));
  ASSERT_TRUE(claim(attempt("a", "a")));
  reopen();
  EXPECT_TRUE(shakes_hands(leaf)) << "a restart changes nothing";
  clock.advance(24h * 30 - 1us);
  EXPECT_TRUE(shakes_hands(leaf));
  clock.advance(1us);
  EXPECT_FALSE(shakes_hands(leaf));
  EXPECT_EQ(refusal(attempt("b", "b")), Errc::unauthenticated);
  EXPECT_EQ(refusal(attempt("a", "a")), Errc::unauthenticated);
}

TEST_F(ClaimCertificatesTest, ItEndsAtOnceWhenItIsRevoked) {
  const ClaimCode made = claims().register_certificate(wish()).value();
  ASSERT_TRUE(claim(attempt("a", "a")));
  EXPECT_EQ(claims().remove(mine, made.id).error().code, Errc::not_found) << "it is no code";
  EXPECT_EQ(claims().remove_certificate(theirs, made.id).error().code, Errc::not_found);
  EXPECT_TRUE(shakes_hands(leaf));
  ASSERT_TRUE(claims().remove_certificate(mine, made.id));
  EXPECT_FALSE(shakes_hands(leaf));
  EXPECT_EQ(refusal(attempt("b", "b")), Errc::unauthenticated);
  EXPECT_EQ(refusal(attempt("a", "a")), Errc::unauthenticated);
}

TEST_F(ClaimCertificatesTest, ItEndsAtOnceWhenItsOrganisationIsErased) {
  ASSERT_TRUE(claims().register_certificate(wish()));
  ASSERT_TRUE(
      claims().create({mine, by, "label", std::nullopt, 1, Approval::owner, in_a_day()}, 1));
  ASSERT_TRUE(
      claims().create({theirs, by, "label", std::nullopt, 1, Approval::owner, in_a_day()}, 1));
  ASSERT_TRUE(claim(attempt("a", "a")));

  ASSERT_TRUE(claims().forget(mine));

  EXPECT_FALSE(shakes_hands(leaf));
  EXPECT_EQ(refusal(attempt("a", "a")), Errc::unauthenticated);
  EXPECT_TRUE(claims().certificates(mine)->empty());
  EXPECT_TRUE(claims().list(mine)->empty());
  EXPECT_EQ(claims().list(theirs)->size(), 1U) << "others' stay";
  EXPECT_TRUE(claims().forget(mine)) << "who was erased is erased";
}

// Whoever has a loose authority key may register what it signed; its use is told all the same.
TEST_F(ClaimCertificatesTest, WhatIsForgedIsThatWhoeverRegisteredIt) {
  const Bytes forged = crypto::testing::self_signed(authority_key, mine.value().to_text(),
                                                    clock.now(), clock.now() + 24h);
  ClaimCertificateWish bad = wish();
  bad.untrusted_pem = as_pem(forged);
  ASSERT_TRUE(claims().register_certificate(bad));
  const auto answer = may_ask(*identity->published().load(),
                              *claims().published_certificates().load(), forged, clock.now());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, RefusalReason::forged);
}

TEST_F(ClaimCertificatesTest, ABatchAdmitsItsCountAndNotOneMore) {
  ASSERT_TRUE(claims().register_certificate(wish()));
  for (const char* name : {"a", "b", "c"}) {
    const auto claimed = claim(attempt(name, name));
    ASSERT_TRUE(claimed);
    EXPECT_EQ(claimed->state, ClaimState::admitted);
    EXPECT_EQ(claimed->by, ClaimBy::certificate);
    EXPECT_NE(claimed->device, device) << "never one that is there";
  }
  EXPECT_EQ(refusal(attempt("d", "d")), Errc::unauthenticated);
  EXPECT_TRUE(claim(attempt("b", "b"))) << "who lost the answer";
  EXPECT_EQ(refusal(attempt("b", "another key")), Errc::unauthenticated);
  EXPECT_EQ(uses(), 3);
}

TEST_F(ClaimCertificatesTest, ItsOwnKeyIsNoDevices) {
  ASSERT_TRUE(claims().register_certificate(wish()));
  ClaimAttempt with_claim_key = attempt("a", "");
  with_claim_key.key = claim_key.public_key().digest();
  EXPECT_EQ(refusal(with_claim_key), Errc::invalid_argument);
  EXPECT_EQ(uses(), 0);
}

TEST_F(ClaimCertificatesTest, OneForNamedDevicesIsForThose) {
  ClaimCertificateWish named = wish(2);
  named.hardware_ids = {HardwareId::parse("AB-01").value(), HardwareId::parse("ab-02").value()};
  EXPECT_EQ(claims().register_certificate(named)->certificate->hardware_ids, 2);
  EXPECT_EQ(refusal(attempt("ab-03", "c")), Errc::unauthenticated);
  EXPECT_TRUE(claim(attempt("ab-01", "a")));
  EXPECT_EQ(refusal(attempt("ab-01", "b")), Errc::already_exists) << "which has its key";
  EXPECT_TRUE(claim(attempt("AB-02", "b")));
}

TEST_F(ClaimCertificatesTest, ItsDevicesWaitIfItsOwnerWantsThat) {
  ClaimCertificateWish asking = wish();
  asking.approval = Approval::owner;
  const ClaimCode made = claims().register_certificate(asking).value();
  const Claim waits = claim(attempt("a", "a")).value();
  EXPECT_EQ(waits.state, ClaimState::waiting);
  ASSERT_EQ(claims().waiting(mine)->size(), 1U);
  EXPECT_EQ(claims().waiting(mine)->front().by, ClaimBy::certificate);
  EXPECT_EQ(claims().approve(theirs, waits.id).error().code, Errc::not_found);
  ASSERT_TRUE(claims().approve(mine, waits.id));
  EXPECT_EQ(claim(attempt("a", "a"))->state, ClaimState::admitted);
  ASSERT_TRUE(claim(attempt("b", "b")));
  ASSERT_TRUE(claims().remove_certificate(mine, made.id));
  EXPECT_TRUE(claims().waiting(mine)->empty()) << "who waits goes with it";
}

TEST_F(ClaimCertificatesTest, AnotherOrganisationsIsNotWhatADeviceAskedFor) {
  ASSERT_TRUE(claims().register_certificate(wish()));
  ClaimAttempt elsewhere = attempt("a", "a");
  elsewhere.organisation = theirs;
  EXPECT_EQ(refusal(elsewhere), Errc::unauthenticated);
}

}  // namespace
}  // namespace fastness::identity
