#pragma once

#include <memory>
#include <set>
#include <string>

#include "vault/store/key_store.h"

namespace fastness::vault {

// The keys of an instance that went over from one place to another: keys stay where they were made,
// so old ones are used where they are until they are destroyed, and new ones are made in the new
// place. Lives on one thread.
class MovedKeyStore final : public KeyStore {
 public:
  // `old_labels`: of the keys that `old_place` still has.
  MovedKeyStore(std::unique_ptr<KeyStore> old_place, std::set<std::string> old_labels,
                std::unique_ptr<KeyStore> new_place)
      : old_place_(std::move(old_place)),
        old_labels_(std::move(old_labels)),
        new_place_(std::move(new_place)) {}

  [[nodiscard]] Result<crypto::PublicKey> create_key(const std::string& label) override;
  [[nodiscard]] Result<crypto::PublicKey> public_key(const std::string& label) override;
  [[nodiscard]] Result<crypto::EcdsaSignature> sign(const std::string& label,
                                                    ByteView message) override;
  [[nodiscard]] Result<crypto::SecretBytes> take_out(const std::string& label) override;
  [[nodiscard]] Result<void> destroy(const std::string& label) override;

 private:
  [[nodiscard]] KeyStore& place_of(const std::string& label) {
    return old_labels_.contains(label) ? *old_place_ : *new_place_;
  }

  std::unique_ptr<KeyStore> old_place_;
  std::set<std::string> old_labels_;
  std::unique_ptr<KeyStore> new_place_;
};

}  // namespace fastness::vault
