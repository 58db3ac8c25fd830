#pragma once

#include "base/random.h"
#include "keys/unwrap_service.h"

namespace fastness::vault_ipc {
class Client;
}

namespace fastness::keys {

// The real vault behind the two seams of this component. Thread-safe. `client` and `random` must
// outlive it.
class VaultKeys final : public UnwrapService, public SegmentKeys {
 public:
  VaultKeys(vault_ipc::Client& client, Random& random) : client_(client), random_(random) {}

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
  vault_ipc::Client& client_;
  Random& random_;
};

}  // namespace fastness::keys
