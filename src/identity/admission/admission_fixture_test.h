// What the tests of admission share. The vault behind it is a real one, into which the test put an
// authority key that it also keeps: so it can forge whatever a thief could.
#pragma once

#include <chrono>
#include <optional>

#include <gtest/gtest.h>

#include "crypto/x509/certificate.h"
#include "crypto/x509/certificate_body.h"
#include "identity/admission/admission.h"
#include "identity/identity_fixture_test.h"

namespace fastness::identity::testing {

class AdmissionTest : public IdentityTest {
 protected:
  // What a thief of the authority key would sign.
  Bytes forge(DeviceId claimed, const crypto::PrivateKey& leaf_key, bool with_key_id = true) {
    crypto::CertificateBody body;
    body.serial = Bytes(16, 0x41);
    const auto generation = vault.client().generations().value().at(0);
    const auto authority = crypto::Certificate::parse(generation.certificate).value();
    body.issuer = to_bytes(authority.subject());
    body.not_before = clock.now() - std::chrono::hours(1);
    body.not_after = clock.now() + std::chrono::hours(24 * 30);
    body.subject =
        crypto::encode_name({{crypto::NameAttribute::common_name, claimed.value().to_text()}})
            .value();
    body.spki = leaf_key.public_key().to_spki();
    if (with_key_id) {
      body.extensions = {crypto::authority_key_id_extension(authority.subject_key_id())};
    } else {
      body.extensions = {crypto::end_entity_extension()};
    }
    const Bytes tbs = body.to_tbs();
    return crypto::assemble_certificate(tbs, authority_key.sign(tbs));
  }

  // As if somebody had written this leaf into the hub's copy of the ledger.
  AdmissionSnapshot with_smuggled(ByteView leaf, vault_ipc::Profile profile) {
    const auto snapshot = identity->published().load();
    const LedgeredLeaf smuggled{device,
                                key.public_key().digest(),
                                vault_ipc::GenerationId(1),
                                profile,
                                clock.now(),
                                clock.now() + std::chrono::hours(24),
                                false};
    return {snapshot->generations(), snapshot->devices(),
            snapshot->leaves().with(crypto::sha256(leaf), smuggled), snapshot->secret_hash()};
  }

  RefusalReason refusal(ByteView leaf) {
    const auto answer = identity->published().load()->admit_certificate(leaf, clock.now());
    if (answer) {
      ADD_FAILURE() << "it was admitted";
      return RefusalReason::malformed;
    }
    return answer.error().reason;
  }

  bool admits(ByteView leaf) {
    const auto snapshot = identity->published().load();
    const auto full = snapshot->admit_certificate(leaf, clock.now());
    // What a full handshake refuses, a resumed one must refuse too, and the other way round.
    const auto resumed = snapshot->admit_digest(crypto::sha256(leaf), clock.now());
    EXPECT_EQ(full.has_value(), resumed.has_value());
    // Where devices connect, a handshake ends well for them, and for whoever may renew.
    const auto renewing = snapshot->admit_renewal(crypto::sha256(leaf), clock.now());
    const auto handshake = snapshot->admit_handshake(leaf, clock.now());
    EXPECT_EQ(handshake.has_value(), full.has_value() || renewing.has_value());
    EXPECT_EQ(snapshot->admit_resumption(crypto::sha256(leaf), clock.now()).has_value(),
              handshake.has_value());
    if (!handshake) {
      EXPECT_EQ(handshake.error().forged.has_value(), full.error().forged.has_value());
    }
    if (full) {
      EXPECT_EQ(full->device, device);
      EXPECT_EQ(full->organisation, mine);
      EXPECT_EQ(full->leaf, crypto::sha256(leaf));
    }
    return full.has_value();
  }

  void distrust(std::uint32_t generation, std::optional<Timestamp> cut_off = std::nullopt) {
    ASSERT_TRUE(identity->change_generation(
        {vault_ipc::GenerationId(generation), vault_ipc::GenerationState::distrusted, cut_off}));
  }
};

}  // namespace fastness::identity::testing
