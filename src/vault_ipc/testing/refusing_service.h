#pragma once

#include "vault_ipc/service.h"

namespace fastness::vault_ipc::testing {

// Refuses every request, with `unavailable` if no test wants another, and counts them: for tests of
// what comes before and after.
class RefusingService : public Service {
 public:
  int calls = 0;
  Errc refuses_with = Errc::unavailable;

  Result<StartKeys> answer(const TakeStartKeys&) override { return refuse(); }
  Result<PepperedPassword> answer(const PepperPassword&) override { return refuse(); }
  Result<OrganisationKey> answer(const MakeOrganisationKey&) override { return refuse(); }
  Result<UnwrappedKey> answer(const UnwrapContentKey&) override { return refuse(); }
  Result<UnwrappedKey> answer(const ReadShare&) override { return refuse(); }
  Result<Done> answer(const DestroyShare&) override { return refuse(); }
  Result<WrappedKey> answer(const WrapSegmentKey&) override { return refuse(); }
  Result<UnwrappedKey> answer(const UnwrapSegmentKey&) override { return refuse(); }
  Result<IssuedDeviceCertificate> answer(const IssueDeviceCertificate&) override {
    return refuse();
  }
  Result<IssuedDeviceCertificate> answer(const TakeBackKeyChange&) override { return refuse(); }
  Result<LedgerPage> answer(const ReadLedger&) override { return refuse(); }
  Result<SignedCheckpoint> answer(const SignLedgerCheckpoint&) override { return refuse(); }
  Result<Generations> answer(const ListGenerations&) override { return refuse(); }
  Result<Generations> answer(const ChangeGeneration&) override { return refuse(); }
  Result<RevocationList> answer(const SignRevocationList&) override { return refuse(); }
  Result<SignedStatus> answer(const SignCertificateStatus&) override { return refuse(); }
  Result<IssuedServerCertificate> answer(const IssueServerCertificate&) override {
    return refuse();
  }
  Result<ServerAnchors> answer(const ReadServerAnchors&) override { return refuse(); }
  Result<SignedCheckpoint> answer(const SignAuditCheckpoint&) override { return refuse(); }
  Result<Custody> answer(const ReadCustody&) override { return refuse(); }
  Result<Done> answer(const PrepareRoots&) override { return refuse(); }
  Result<ServerAnchors> answer(const AcceptRoots&) override { return refuse(); }
  Result<BackupBegun> answer(const BeginBackup&) override { return refuse(); }
  Result<BackupHeadPart> answer(const ReadBackupHead&) override { return refuse(); }

 private:
  Unexpected<Error> refuse() {
    ++calls;
    return fail(refuses_with, "refused");
  }
};

}  // namespace fastness::vault_ipc::testing
