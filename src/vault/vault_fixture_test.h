// A vault on a disk that a test can break; for the tests of this folder.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"
#include "crypto/x509/certificate_request.h"
#include "os/testing/faulty_file_system.h"
#include "vault/vault.h"

namespace fastness::vault::testing {

inline const std::filesystem::path kDirectory = "/vault";

inline Uuid uuid(std::uint8_t last) {
  Uuid::Bytes bytes{};
  bytes[0] = 0xfa;
  bytes[15] = last;
  return Uuid(bytes);
}

class VaultTest : public ::testing::Test {
 protected:
  VaultTest() {
    static_cast<void>(files.create_directory(kDirectory));
    vault = open().value();
  }

  Result<std::unique_ptr<Vault>> open(std::optional<std::string> passphrase = std::nullopt) {
    std::optional<crypto::SecretBytes> secret;
    if (passphrase) {
      Bytes bytes = to_bytes(as_bytes(*passphrase));
      secret = crypto::SecretBytes::take(bytes);
    }
    return Vault::open({.files = files,
                        .directory = kDirectory,
                        .clock = clock,
                        .random = random,
                        .passphrase = std::move(secret),
                        .unwrap_limits = {.each = {3, 60}, .total = {5, 600}},
                        .issuing_rate = {6, 3600}});
  }

  void restart() {
    vault.reset();
    vault = open().value();
  }

  Result<vault_ipc::IssuedDeviceCertificate> issue(
      DeviceId whose, const crypto::PrivateKey& with,
      vault_ipc::Profile profile = vault_ipc::Profile::standard,
      vault_ipc::ContinuityProof proof = {}) {
    return vault->answer(vault_ipc::IssueDeviceCertificate{
        whose, profile, crypto::CertificateRequest::build(with, "ignored").value(),
        std::move(proof)});
  }

  vault_ipc::Generation generation(std::uint32_t id) {
    return vault->answer(vault_ipc::ListGenerations{})->generations.at(id - 1);
  }

  Errc change(std::uint32_t id, vault_ipc::GenerationState state) {
    const auto result = vault->answer(
        vault_ipc::ChangeGeneration{vault_ipc::GenerationId(id), state, std::nullopt});
    return result ? Errc{} : result.error().code;
  }

  os::testing::FaultyFileSystem files{1};
  fastness::testing::ManualClock clock{
      Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)) +
      std::chrono::minutes(90)};
  crypto::SystemRandom random;
  std::unique_ptr<Vault> vault;
  const DeviceId device{uuid(1)};
  const crypto::PrivateKey key = crypto::PrivateKey::generate();
  const crypto::PrivateKey other_key = crypto::PrivateKey::generate();
};

}  // namespace fastness::vault::testing
