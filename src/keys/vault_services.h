#pragma once

#include "base/random.h"
#include "keys/unwrap_service.h"
#include "vault_ipc/client.h"

namespace fastness::keys {

// The vault process, as content keys and the journal need it. Thread-safe; `vault` must outlive it.
class VaultServices final : public UnwrapService, public SegmentKeys {
 public:
  VaultServices(vault_ipc::Client& vault, Random& random) : vault_(vault), random_(random) {}

  [[nodiscard]] Result<crypto::SealPublicKey> public_key(OrganisationId organisation) override;
  [[nodiscard]] Result<crypto::SecretBytes> unwrap(OrganisationId organisation,
                                                   DataClass data_class,
                                                   ByteView sealed_key) override;
  [[nodiscard]] Result<crypto::SecretBytes> organisation_share(
      OrganisationId organisation) override;
  [[nodiscard]] Result<crypto::SecretBytes> person_share(OrganisationId organisation,
                                                         UserId person) override;

  [[nodiscard]] Result<Fresh> make() override;
  [[nodiscard]] Result<crypto::SecretBytes> unwrap(ByteView wrapped) override;

 private:
  vault_ipc::Client& vault_;
  Random& random_;
};

}  // namespace fastness::keys
