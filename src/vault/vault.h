#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/environment.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/public_key/p256.h"
#include "crypto/secret/secret_bytes.h"
#include "vault/authority/device_authority.h"
#include "vault/authority/server_authority.h"
#include "vault/custody.h"
#include "vault/organisation_keys.h"
#include "vault/recovery/recovery.h"
#include "vault_ipc/service.h"

namespace fastness::os {
class FileSystem;
}

namespace fastness::vault {

// Everything this instance's trust rests on, behind the requests of vault_ipc: no request leads to
// a private key or to the root key, and nothing is signed that was not built here. Lives on one
// thread.
class Vault final : public vault_ipc::Service {
 public:
  // The references must outlive the vault.
  struct Options {
    os::FileSystem& files;
    std::filesystem::path directory;  // its own; nobody else may read it
    const Clock& clock;
    Random& random;
    // Without one a key file in the directory opens the root key.
    std::optional<crypto::SecretBytes> passphrase = std::nullopt;
    OrganisationKeys::Limits unwrap_limits = {};
    Allowance issuing_rate = DeviceAuthority::kDefaultRate;
    // The first generation's key, for tests that forge: `permission_denied` unless the directory
    // is empty.
    std::optional<crypto::PrivateKey> imported_device_authority = std::nullopt;
    // Where the authority keys are, if not in sealed files.
    std::optional<TokenChoice> token = std::nullopt;
    // For how many months after its own a backup can be read.
    std::uint32_t backup_months = EpochRetention::kUsualMonths;
    // What the settings say that the instance is for; nothing from whoever has no settings. An
    // instance that is made without it is production.
    std::optional<Environment> environment = std::nullopt;
  };

  // Opens the instance in the directory, or makes one in an empty directory. `unauthenticated` if
  // the passphrase is missing or wrong, `corrupted` if anything was changed, `permission_denied` if
  // it is for another environment.
  [[nodiscard]] static Result<std::unique_ptr<Vault>> open(Options options);
  Vault(const Vault&) = delete;
  Vault& operator=(const Vault&) = delete;
  ~Vault() override;

  // Keeps, in a file of its own, that the hub did what no honest hub does.
  [[nodiscard]] Result<void> record_violation(std::string_view what);

  // In the vault's directory: what a root that lies elsewhere is asked to sign. The host's owner
  // takes it from there, past the hub.
  static constexpr const char* kRootRequestFile = "root-request.pem";

  // For the host's own commands; no request leads to them.
  [[nodiscard]] ServerAuthority& server_authority();
  // The vault must outlive it.
  [[nodiscard]] Recovery recovery();
  // Forgets the keys of backups that are past their retention: at the start, and every hour. The
  // first of them that a wrong clock would take are kept; see EpochRetention.
  [[nodiscard]] Result<EpochRetention::Outcome> forget_old_backups();
  // The labels of the authority keys that are in sealed files.
  [[nodiscard]] Result<std::vector<std::string>> sealed_key_labels() const;

  Result<vault_ipc::StartKeys> answer(const vault_ipc::TakeStartKeys& request) override;
  Result<vault_ipc::PepperedPassword> answer(const vault_ipc::PepperPassword& request) override;
  Result<vault_ipc::OrganisationKey> answer(const vault_ipc::MakeOrganisationKey& request) override;
  Result<vault_ipc::UnwrappedKey> answer(const vault_ipc::UnwrapContentKey& request) override;
  Result<vault_ipc::UnwrappedKey> answer(const vault_ipc::ReadShare& request) override;
  Result<vault_ipc::Done> answer(const vault_ipc::DestroyShare& request) override;
  Result<vault_ipc::WrappedKey> answer(const vault_ipc::WrapSegmentKey& request) override;
  Result<vault_ipc::UnwrappedKey> answer(const vault_ipc::UnwrapSegmentKey& request) override;
  Result<vault_ipc::IssuedDeviceCertificate> answer(
      const vault_ipc::IssueDeviceCertificate& request) override;
  Result<vault_ipc::IssuedDeviceCertificate> answer(
      const vault_ipc::TakeBackKeyChange& request) override;
  Result<vault_ipc::LedgerPage> answer(const vault_ipc::ReadLedger& request) override;
  Result<vault_ipc::SignedCheckpoint> answer(
      const vault_ipc::SignLedgerCheckpoint& request) override;
  Result<vault_ipc::Generations> answer(const vault_ipc::ListGenerations& request) override;
  Result<vault_ipc::Generations> answer(const vault_ipc::ChangeGeneration& request) override;
  Result<vault_ipc::RevocationList> answer(const vault_ipc::SignRevocationList& request) override;
  Result<vault_ipc::SignedStatus> answer(const vault_ipc::SignCertificateStatus& request) override;
  Result<vault_ipc::IssuedServerCertificate> answer(
      const vault_ipc::IssueServerCertificate& request) override;
  Result<vault_ipc::ServerAnchors> answer(const vault_ipc::ReadServerAnchors& request) override;
  Result<vault_ipc::SignedCheckpoint> answer(
      const vault_ipc::SignAuditCheckpoint& request) override;
  Result<vault_ipc::Custody> answer(const vault_ipc::ReadCustody& request) override;
  Result<vault_ipc::Done> answer(const vault_ipc::PrepareRoots& request) override;
  Result<vault_ipc::ServerAnchors> answer(const vault_ipc::AcceptRoots& request) override;
  Result<vault_ipc::BackupBegun> answer(const vault_ipc::BeginBackup& request) override;
  Result<vault_ipc::BackupHeadPart> answer(const vault_ipc::ReadBackupHead& request) override;

 private:
  class State;
  explicit Vault(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace fastness::vault
