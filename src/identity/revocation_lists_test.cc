// Revocation lists for third parties: who is on them, and for how long.
#include <algorithm>

#include <gtest/gtest.h>

#include "crypto/x509/certificate.h"
#include "identity/identity_fixture_test.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using testing::IdentityTest;
using vault_ipc::GenerationId;
using vault_ipc::Profile;

class RevocationListsTest : public IdentityTest {
 protected:
  Bytes list() {
    const auto signed_list = identity->revocation_list(GenerationId(1));
    EXPECT_TRUE(signed_list) << signed_list.error().message;
    return signed_list ? signed_list->list : Bytes();
  }
  // Whether the list that is signed now has this certificate.
  bool lists(const Bytes& certificate) {
    const auto parsed = crypto::Certificate::parse(certificate).value();
    const Bytes whole = list();
    const auto contents = crypto::signed_bytes_of(whole);
    EXPECT_TRUE(contents && authority_key.public_key().verify(contents->tbs, contents->signature));
    const auto& serial = parsed.serial();
    return std::search(whole.begin(), whole.end(), serial.begin(), serial.end()) != whole.end();
  }
};

TEST_F(RevocationListsTest, ARevokedCertificateIsOnItAndAnotherIsNot) {
  const Bytes revoked = enrol(Profile::board);
  const Bytes kept = enrol(Profile::board);
  EXPECT_FALSE(lists(revoked));
  ASSERT_TRUE(identity->revoke_certificate(mine, device, crypto::sha256(revoked), "lost"));
  EXPECT_TRUE(lists(revoked));
  EXPECT_FALSE(lists(kept));
}

TEST_F(RevocationListsTest, ADeviceOnHoldIsOnItUntilItIsResumed) {
  const Bytes certificate = enrol(Profile::board);
  ASSERT_TRUE(identity->suspend(mine, device, "stolen?"));
  EXPECT_TRUE(lists(certificate));
  ASSERT_TRUE(identity->resume(mine, device));
  EXPECT_FALSE(lists(certificate));
  ASSERT_TRUE(identity->quarantine(mine, device, "odd"));
  EXPECT_TRUE(lists(certificate));
}

TEST_F(RevocationListsTest, ADeviceThatIsRemovedStaysOnIt) {
  const Bytes certificate = enrol(Profile::board);
  ASSERT_TRUE(identity->remove_device(mine, device));
  EXPECT_TRUE(lists(certificate));
  reopen();
  EXPECT_TRUE(lists(certificate)) << "after a restart";
}

TEST_F(RevocationListsTest, WhatHasExpiredIsNotOnIt) {
  const Bytes certificate = enrol(Profile::standard);
  ASSERT_TRUE(identity->revoke(mine, device, "lost"));
  EXPECT_TRUE(lists(certificate));
  clock.advance(61 * 24h);
  EXPECT_FALSE(lists(certificate));
}

TEST_F(RevocationListsTest, WhoeverAsksAgainGetsTheSameOneForADay) {
  const Bytes first = list();
  clock.advance(23h);
  EXPECT_EQ(list(), first);
  clock.advance(2h);
  EXPECT_NE(list(), first);
}

TEST_F(RevocationListsTest, ADistrustedGenerationHasNoneNotEvenTheOneOfBefore) {
  static_cast<void>(list());
  const std::optional<Timestamp> cut_off = clock.now() + 24h;
  ASSERT_TRUE(identity->change_generation(
      {GenerationId(1), vault_ipc::GenerationState::distrusted, cut_off}));
  EXPECT_EQ(identity->revocation_list(GenerationId(1)).error().code, Errc::permission_denied);
  EXPECT_EQ(identity->revocation_list(GenerationId(7)).error().code, Errc::not_found);
}

}  // namespace
}  // namespace fastness::identity
