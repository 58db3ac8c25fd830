#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/public_key/p256.h"
#include "crypto/secret/system_random.h"
#include "crypto/x509/certificate_request.h"
#include "identity/identity.h"
#include "vault/testing/in_process_vault.h"

namespace fastness::identity::testing {

// One organisation with one device that is not enrolled yet, over a real database and a real vault
// whose authority key the test knows.
class IdentityTest : public ::testing::Test {
 protected:
  IdentityTest() {
    reopen();
    EXPECT_TRUE(identity->add_device(mine, device));
  }

  static crypto::PrivateKey copy_of(const crypto::PrivateKey& original) {
    return crypto::PrivateKey::from_pkcs8(original.to_pkcs8()).value();
  }

  static std::string request_for(const crypto::PrivateKey& for_key) {
    return std::string(as_text(crypto::CertificateRequest::build(for_key, "ignored").value()));
  }

  // Starts identity anew over what is stored.
  void reopen();
  // The same with another policy.
  void reopen_with(DetectionPolicy wanted) {
    policy = wanted;
    reopen();
  }
  // The same, where it may fail.
  Result<std::unique_ptr<Identity>> open(vault::testing::InProcessVault& with);

  // The DER of a fresh certificate for the device.
  Bytes enrol(vault_ipc::Profile profile) { return enrol(profile, key, {}); }
  Bytes enrol(vault_ipc::Profile profile, const crypto::PrivateKey& with,
              const vault_ipc::ContinuityProof& proof) {
    auto issued = identity->enrol({mine, device, profile, request_for(with), proof});
    EXPECT_TRUE(issued) << issued.error().message;
    return issued ? to_bytes(issued->certificate.der()) : Bytes();
  }

  fastness::testing::ManualClock clock{
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)) +
      std::chrono::minutes(90)};
  crypto::SystemRandom random;
  const crypto::PrivateKey authority_key = crypto::PrivateKey::generate();
  vault::testing::InProcessVault vault{clock, random, copy_of(authority_key)};
  storage::Database database = storage::Database::open_in_memory().value();
  std::unique_ptr<Identity> identity;
  DetectionPolicy policy;
  std::vector<Revocation> revocations;
  std::vector<ForgeryAlarm> alarms;
  const OrganisationId mine{random_uuid(random)};
  const OrganisationId theirs{random_uuid(random)};
  const DeviceId device{random_uuid(random)};
  const crypto::PrivateKey key = crypto::PrivateKey::generate();
};

}  // namespace fastness::identity::testing
