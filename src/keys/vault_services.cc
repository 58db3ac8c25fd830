#include "keys/vault_services.h"

#include <utility>

#include "crypto/aead.h"

namespace fastness::keys {

Result<crypto::SealPublicKey> VaultServices::public_key(OrganisationId organisation) {
  return vault_.make_organisation_key(organisation);
}

Result<crypto::SecretBytes> VaultServices::unwrap(OrganisationId organisation, DataClass data_class,
                                                  ByteView sealed_key) {
  return vault_.unwrap(organisation, static_cast<std::uint8_t>(data_class), sealed_key);
}

Result<crypto::SecretBytes> VaultServices::organisation_share(OrganisationId organisation) {
  return vault_.share({organisation, std::nullopt});
}

Result<crypto::SecretBytes> VaultServices::person_share(OrganisationId organisation,
                                                        UserId person) {
  return vault_.share({organisation, person});
}

Result<SegmentKeys::Fresh> VaultServices::make() {
  Fresh fresh{crypto::SecretBytes(crypto::AeadKey::kKeySize), {}};
  random_.fill(fresh.key.reveal());
  FASTNESS_ASSIGN_OR_RETURN(fresh.wrapped, vault_.wrap_segment_key(fresh.key));
  if (fresh.wrapped.size() > kMaxWrapped) {
    return fail(Errc::corrupted, "the vault's wrapped segment key is too long");
  }
  return fresh;
}

Result<crypto::SecretBytes> VaultServices::unwrap(ByteView wrapped) {
  return vault_.unwrap_segment_key(wrapped);
}

}  // namespace fastness::keys
