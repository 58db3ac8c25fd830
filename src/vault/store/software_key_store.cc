#include "vault/store/software_key_store.h"

namespace fastness::vault {

Result<crypto::PublicKey> SoftwareKeyStore::keep(const std::string& label, crypto::PrivateKey key) {
  FASTNESS_RETURN_IF_ERROR(files_.write(label, key.to_pkcs8().reveal()));
  crypto::PublicKey public_key = key.public_key();
  loaded_.emplace(label, std::move(key));
  return public_key;
}

Result<crypto::PublicKey> SoftwareKeyStore::create_key(const std::string& label) {
  return import_key(label, crypto::PrivateKey::generate());
}

Result<crypto::PublicKey> SoftwareKeyStore::import_key(const std::string& label,
                                                       crypto::PrivateKey key) {
  const auto existing = find(label);
  if (existing) return fail(Errc::already_exists, "the key store has a key of this label");
  if (existing.error().code != Errc::not_found) return Unexpected<Error>{existing.error()};
  return keep(label, std::move(key));
}

Result<const crypto::PrivateKey*> SoftwareKeyStore::find(const std::string& label) {
  const auto loaded = loaded_.find(label);
  if (loaded != loaded_.end()) return &loaded->second;
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes pkcs8, files_.read(label));
  auto key = crypto::PrivateKey::from_pkcs8(pkcs8);
  if (!key) return fail(Errc::corrupted, "a stored key is damaged");
  return &loaded_.emplace(label, std::move(key).value()).first->second;
}

Result<crypto::PublicKey> SoftwareKeyStore::public_key(const std::string& label) {
  FASTNESS_ASSIGN_OR_RETURN(const crypto::PrivateKey* key, find(label));
  return key->public_key();
}

Result<crypto::EcdsaSignature> SoftwareKeyStore::sign(const std::string& label, ByteView message) {
  FASTNESS_ASSIGN_OR_RETURN(const crypto::PrivateKey* key, find(label));
  return key->sign(message);
}

Result<crypto::SecretBytes> SoftwareKeyStore::take_out(const std::string& label) {
  FASTNESS_ASSIGN_OR_RETURN(const crypto::PrivateKey* key, find(label));
  return key->to_pkcs8();
}

Result<void> SoftwareKeyStore::destroy(const std::string& label) {
  FASTNESS_RETURN_IF_ERROR(files_.destroy(label));
  loaded_.erase(label);
  return {};
}

}  // namespace fastness::vault
