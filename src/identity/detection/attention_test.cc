// When a device needs a person because of its certificate, and when that is over.
#include "identity/detection/attention.h"

#include <gtest/gtest.h>

#include "identity/identity_fixture_test.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using testing::IdentityTest;
using vault_ipc::GenerationId;
using vault_ipc::Profile;

class CertificateAttentionTest : public IdentityTest {
 protected:
  std::optional<AttentionReason> reason() {
    const auto needed = identity->certificate_attention(mine, device);
    EXPECT_TRUE(needed);
    if (!needed || !*needed) return std::nullopt;
    return (**needed).reason;
  }
  void give_up(std::optional<Timestamp> cut_off) {
    clock.advance(1s);
    ASSERT_TRUE(identity->authority().rotate({RotationKind::emergency, "stolen", 0s, cut_off}));
  }
};

TEST_F(CertificateAttentionTest, ABoardNeedsNobodyUntilItsCutOffIsNear) {
  static_cast<void>(enrol(Profile::board));
  EXPECT_EQ(reason(), std::nullopt);
  const Timestamp cut_off = clock.now() + 24h * 90;
  give_up(cut_off);
  EXPECT_EQ(reason(), std::nullopt);
  clock.advance(cut_off - kCutOffSoon - 1s - clock.now());
  EXPECT_EQ(reason(), std::nullopt);
  clock.advance(cut_off - kCutOffSoon - clock.now());
  EXPECT_EQ(reason(), AttentionReason::cut_off_nears);
  EXPECT_EQ(identity->certificate_attention(mine, device).value()->deadline, cut_off);
  clock.advance(cut_off - clock.now());
  EXPECT_EQ(reason(), AttentionReason::cut_off_is_passed);
  reopen();
  EXPECT_EQ(reason(), AttentionReason::cut_off_is_passed);
}

TEST_F(CertificateAttentionTest, ANewCertificateClearsIt) {
  static_cast<void>(enrol(Profile::board));
  give_up(clock.now() + 24h * 7);
  ASSERT_EQ(reason(), AttentionReason::cut_off_nears);
  static_cast<void>(enrol(Profile::board));
  EXPECT_EQ(reason(), std::nullopt);
}

TEST_F(CertificateAttentionTest, ALaterCutOffClearsIt) {
  static_cast<void>(enrol(Profile::board));
  give_up(clock.now() + 24h * 7);
  ASSERT_EQ(reason(), AttentionReason::cut_off_nears);
  ASSERT_TRUE(identity->authority().distrust(GenerationId(1), clock.now() + 24h * 60));
  EXPECT_EQ(reason(), std::nullopt);
  ASSERT_TRUE(identity->authority().distrust(GenerationId(1), std::nullopt));
  EXPECT_EQ(reason(), std::nullopt) << "and so does none";
}

TEST_F(CertificateAttentionTest, ABoardThatRenewsByItselfNeedsNobody) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::board));
  const Bytes request = crypto::CertificateRequest::build(key, device.value().to_text()).value();
  ASSERT_TRUE(identity->renew(leaf, request));
  give_up(clock.now() + 24h * 7);
  EXPECT_EQ(reason(), std::nullopt);
}

TEST_F(CertificateAttentionTest, WhoCannotUseTheCertificateAnyhowNeedsNobodyBecauseOfIt) {
  static_cast<void>(enrol(Profile::board));
  give_up(clock.now() + 24h * 7);
  ASSERT_EQ(reason(), AttentionReason::cut_off_nears);
  ASSERT_TRUE(identity->suspend(mine, device, "holiday"));
  EXPECT_EQ(reason(), std::nullopt);
  ASSERT_TRUE(identity->resume(mine, device));
  EXPECT_EQ(reason(), AttentionReason::cut_off_nears);
  ASSERT_TRUE(identity->set_secret(mine, device, identity->suggest_secret(),
                                   Identity::SecretOrigin::suggested));
  EXPECT_EQ(reason(), std::nullopt) << "it comes in by that";
}

TEST_F(CertificateAttentionTest, ACertificateThatEndsNeedsSomebodyUntilItIsRenewed) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::standard));
  clock.advance(24h * 45);
  EXPECT_EQ(reason(), std::nullopt);
  clock.advance(24h * 2);
  EXPECT_EQ(reason(), AttentionReason::certificate_ends);
  clock.advance(24h * 30);
  EXPECT_EQ(reason(), AttentionReason::certificate_ends) << "and once it has";
  const Bytes request = crypto::CertificateRequest::build(key, device.value().to_text()).value();
  ASSERT_TRUE(identity->renew(leaf, request));
  EXPECT_EQ(reason(), std::nullopt);
}

TEST_F(CertificateAttentionTest, AnotherOrganisationIsToldNothing) {
  static_cast<void>(enrol(Profile::board));
  EXPECT_EQ(identity->certificate_attention(theirs, device).error().code, Errc::not_found);
}

TEST_F(CertificateAttentionTest, ADeviceWithoutACertificateNeedsNobodyBecauseOfIt) {
  EXPECT_EQ(reason(), std::nullopt);
  const Bytes certificate = enrol(Profile::board);
  give_up(clock.now() + 24h * 7);
  ASSERT_TRUE(identity->revoke_certificate(mine, device, crypto::sha256(certificate), "lost"));
  EXPECT_EQ(reason(), std::nullopt);
}

}  // namespace
}  // namespace fastness::identity
