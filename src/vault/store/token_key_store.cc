#include "vault/store/token_key_store.h"

#include <algorithm>

#include "crypto/digest.h"

namespace fastness::vault {

Result<pkcs11::ObjectHandle> TokenKeyStore::find(Kind kind, const std::string& label) {
  FASTNESS_ASSIGN_OR_RETURN(const auto found, token_->find(kind, prefix_ + label));
  if (!found) return fail(Errc::not_found, "the token has no key of this label");
  return *found;
}

Result<crypto::PublicKey> TokenKeyStore::create_key(const std::string& label) {
  for (const Kind kind : {Kind::private_key, Kind::public_key}) {
    FASTNESS_ASSIGN_OR_RETURN(const auto existing, token_->find(kind, prefix_ + label));
    if (existing) return fail(Errc::already_exists, "the token has a key of this label");
  }
  FASTNESS_ASSIGN_OR_RETURN(private_keys_[label], token_->make_p256(prefix_ + label));
  return public_key(label);
}

Result<crypto::PublicKey> TokenKeyStore::public_key(const std::string& label) {
  FASTNESS_ASSIGN_OR_RETURN(const auto handle, find(Kind::public_key, label));
  FASTNESS_ASSIGN_OR_RETURN(const Bytes point, token_->point_of(handle));
  return crypto::PublicKey::from_point(point);
}

Result<crypto::EcdsaSignature> TokenKeyStore::sign(const std::string& label, ByteView message) {
  auto known = private_keys_.find(label);
  if (known == private_keys_.end()) {
    FASTNESS_ASSIGN_OR_RETURN(const auto handle, find(Kind::private_key, label));
    known = private_keys_.emplace(label, handle).first;
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto both, token_->sign(known->second, crypto::sha256(message)));
  crypto::EcdsaSignature signature;
  std::ranges::copy(std::span(both).first<32>(), signature.r.begin());
  std::ranges::copy(std::span(both).last<32>(), signature.s.begin());
  return signature;
}

// The private one first: half a pair that cannot sign is harmless.
Result<crypto::SecretBytes> TokenKeyStore::take_out(const std::string& /*label*/) {
  return fail(Errc::permission_denied,
              "the token never gives a key out. To have no root key here, switch to the standby "
              "root, whose key is made to be carried away: fastness host ca switch-to-standby");
}

Result<void> TokenKeyStore::destroy(const std::string& label) {
  private_keys_.erase(label);
  for (const Kind kind : {Kind::private_key, Kind::public_key}) {
    FASTNESS_ASSIGN_OR_RETURN(const auto found, token_->find(kind, prefix_ + label));
    if (found) FASTNESS_RETURN_IF_ERROR(token_->destroy(*found));
  }
  return {};
}

}  // namespace fastness::vault
