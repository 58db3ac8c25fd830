#include "keys/vault_keys.h"

#include "vault_ipc/client.h"

namespace fastness::keys {
namespace {

constexpr std::size_t kSegmentKeySize = 32;

}  // namespace

Result<crypto::SealPublicKey> VaultKeys::public_key(OrganisationId organisation) {
  return client_.make_organisation_key(organisation);
}

Result<crypto::SecretBytes> VaultKeys::unwrap(OrganisationId organisation, DataClass data_class,
                                              ByteView sealed_key) {
  return client_.unwrap(organisation, static_cast<std::uint8_t>(data_class), sealed_key);
}

Result<crypto::SecretBytes> VaultKeys::organisation_share(OrganisationId organisation) {
  return client_.share({organisation, std::nullopt});
}

Result<crypto::SecretBytes> VaultKeys::person_share(OrganisationId organisation, UserId person) {
  return client_.share({organisation, person});
}

Result<SegmentKeys::Fresh> VaultKeys::make() {
  crypto::SecretBytes key(kSegmentKeySize);
  random_.fill(key.reveal());
  FASTNESS_ASSIGN_OR_RETURN(Bytes wrapped, client_.wrap_segment_key(key));
  return Fresh{std::move(key), std::move(wrapped)};
}

Result<crypto::SecretBytes> VaultKeys::unwrap(ByteView wrapped) {
  return client_.unwrap_segment_key(wrapped);
}

}  // namespace fastness::keys
