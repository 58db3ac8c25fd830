#pragma once

#include "base/result.h"
#include "vault_ipc/messages/backup.h"
#include "vault_ipc/messages/certificate_status.h"
#include "vault_ipc/messages/custody.h"
#include "vault_ipc/messages/messages.h"
#include "vault_ipc/messages/server_roots.h"

namespace fastness::vault_ipc {

// What answers requests: the vault, and fakes of it in tests. Lives on one thread.
class Service {
 public:
  virtual ~Service() = default;

  [[nodiscard]] virtual Result<StartKeys> answer(const TakeStartKeys& request) = 0;
  [[nodiscard]] virtual Result<PepperedPassword> answer(const PepperPassword& request) = 0;
  [[nodiscard]] virtual Result<OrganisationKey> answer(const MakeOrganisationKey& request) = 0;
  [[nodiscard]] virtual Result<UnwrappedKey> answer(const UnwrapContentKey& request) = 0;
  [[nodiscard]] virtual Result<UnwrappedKey> answer(const ReadShare& request) = 0;
  [[nodiscard]] virtual Result<Done> answer(const DestroyShare& request) = 0;
  [[nodiscard]] virtual Result<WrappedKey> answer(const WrapSegmentKey& request) = 0;
  [[nodiscard]] virtual Result<UnwrappedKey> answer(const UnwrapSegmentKey& request) = 0;
  [[nodiscard]] virtual Result<IssuedDeviceCertificate> answer(
      const IssueDeviceCertificate& request) = 0;
  [[nodiscard]] virtual Result<IssuedDeviceCertificate> answer(
      const TakeBackKeyChange& request) = 0;
  [[nodiscard]] virtual Result<LedgerPage> answer(const ReadLedger& request) = 0;
  [[nodiscard]] virtual Result<SignedCheckpoint> answer(const SignLedgerCheckpoint& request) = 0;
  [[nodiscard]] virtual Result<Generations> answer(const ListGenerations& request) = 0;
  [[nodiscard]] virtual Result<Generations> answer(const ChangeGeneration& request) = 0;
  [[nodiscard]] virtual Result<RevocationList> answer(const SignRevocationList& request) = 0;
  [[nodiscard]] virtual Result<SignedStatus> answer(const SignCertificateStatus& request) = 0;
  [[nodiscard]] virtual Result<IssuedServerCertificate> answer(
      const IssueServerCertificate& request) = 0;
  [[nodiscard]] virtual Result<ServerAnchors> answer(const ReadServerAnchors& request) = 0;
  [[nodiscard]] virtual Result<SignedCheckpoint> answer(const SignAuditCheckpoint& request) = 0;
  [[nodiscard]] virtual Result<Custody> answer(const ReadCustody& request) = 0;
  [[nodiscard]] virtual Result<Done> answer(const PrepareRoots& request) = 0;
  [[nodiscard]] virtual Result<ServerAnchors> answer(const AcceptRoots& request) = 0;
  [[nodiscard]] virtual Result<BackupBegun> answer(const BeginBackup& request) = 0;
  [[nodiscard]] virtual Result<BackupHeadPart> answer(const ReadBackupHead& request) = 0;
};

}  // namespace fastness::vault_ipc
