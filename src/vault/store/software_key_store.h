#pragma once

#include <map>
#include <string>

#include "vault/store/key_store.h"
#include "vault/store/sealed_files.h"

namespace fastness::vault {

// Keys in sealed files, used in this process's memory: the back end for machines without a
// hardware module. Loads a key when it is first used.
class SoftwareKeyStore final : public KeyStore {
 public:
  explicit SoftwareKeyStore(SealedFiles files) : files_(std::move(files)) {}

  [[nodiscard]] Result<crypto::PublicKey> create_key(const std::string& label) override;
  [[nodiscard]] Result<crypto::PublicKey> public_key(const std::string& label) override;
  [[nodiscard]] Result<crypto::EcdsaSignature> sign(const std::string& label,
                                                    ByteView message) override;
  [[nodiscard]] Result<crypto::SecretBytes> take_out(const std::string& label) override;
  [[nodiscard]] Result<void> destroy(const std::string& label) override;

  // Takes a key that was made elsewhere: for an instance that is being made, so that a test can
  // forge what it signs. Not part of KeyStore, and no request leads here.
  [[nodiscard]] Result<crypto::PublicKey> import_key(const std::string& label,
                                                     crypto::PrivateKey key);

 private:
  [[nodiscard]] Result<crypto::PublicKey> keep(const std::string& label, crypto::PrivateKey key);
  [[nodiscard]] Result<const crypto::PrivateKey*> find(const std::string& label);

  SealedFiles files_;
  std::map<std::string, crypto::PrivateKey> loaded_;
};

}  // namespace fastness::vault
