#include "vault/store/moved_key_store.h"

namespace fastness::vault {

Result<crypto::PublicKey> MovedKeyStore::create_key(const std::string& label) {
  if (old_labels_.contains(label)) {
    return fail(Errc::already_exists, "the key store has a key of this label");
  }
  return new_place_->create_key(label);
}

Result<crypto::PublicKey> MovedKeyStore::public_key(const std::string& label) {
  return place_of(label).public_key(label);
}

Result<crypto::EcdsaSignature> MovedKeyStore::sign(const std::string& label, ByteView message) {
  return place_of(label).sign(label, message);
}

Result<crypto::SecretBytes> MovedKeyStore::take_out(const std::string& label) {
  return place_of(label).take_out(label);
}

Result<void> MovedKeyStore::destroy(const std::string& label) {
  FASTNESS_RETURN_IF_ERROR(place_of(label).destroy(label));
  old_labels_.erase(label);
  return {};
}

}  // namespace fastness::vault
