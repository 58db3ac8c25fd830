#pragma once

#include <map>
#include <memory>
#include <string>

#include "vault/store/key_store.h"
#include "vault/store/pkcs11/token.h"

namespace fastness::vault {

// Keys in a PKCS#11 token: a hardware module, a smart card, or a TPM behind tpm2-pkcs11. None is
// ever in this process's memory, in a file of ours, or in a backup.
class TokenKeyStore final : public KeyStore {
 public:
  // `prefix` stands before every label, so that instances can share a token.
  TokenKeyStore(std::unique_ptr<pkcs11::Token> token, std::string prefix)
      : token_(std::move(token)), prefix_(std::move(prefix)) {}

  [[nodiscard]] Result<crypto::PublicKey> create_key(const std::string& label) override;
  [[nodiscard]] Result<crypto::PublicKey> public_key(const std::string& label) override;
  [[nodiscard]] Result<crypto::EcdsaSignature> sign(const std::string& label,
                                                    ByteView message) override;
  [[nodiscard]] Result<crypto::SecretBytes> take_out(const std::string& label) override;
  [[nodiscard]] Result<void> destroy(const std::string& label) override;

 private:
  using Kind = pkcs11::Token::Kind;

  [[nodiscard]] Result<pkcs11::ObjectHandle> find(Kind kind, const std::string& label);

  std::unique_ptr<pkcs11::Token> token_;
  std::string prefix_;
  std::map<std::string, pkcs11::ObjectHandle> private_keys_;  // that were looked for before
};

}  // namespace fastness::vault
