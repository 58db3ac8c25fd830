#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "device/key_holder.h"

namespace fastness::device {

// A key pair on P-256 in a PKCS#11 token: a secure element, an HSM, or a TPM by tpm2-pkcs11. It was
// made there by the token's own tools and never leaves it; this signs with it. Lives on one thread;
// one token of a module at a time.
class TokenKey final : public KeyHolder {
 public:
  struct Place {
    std::filesystem::path module;  // the library of the token's maker, by its whole path
    std::string token;             // its label
    std::string key;               // the label of both halves
  };
  // Loads the module and logs in; `pin` is not kept. `not_found` without the module, token or key,
  // `unauthenticated` for a wrong PIN, `corrupted` if the key is none on P-256, `permission_denied`
  // if the token would give the private half away.
  [[nodiscard]] static Result<TokenKey> open(const Place& place, std::string_view pin);
  TokenKey(const TokenKey&) = delete;
  TokenKey& operator=(const TokenKey&) = delete;
  TokenKey(TokenKey&&) noexcept;
  TokenKey& operator=(TokenKey&&) noexcept;
  ~TokenKey() override;

  [[nodiscard]] const Bytes& public_key() const override { return public_key_; }
  [[nodiscard]] Result<Bytes> sign(ByteView message) const override;

 private:
  class Session;
  TokenKey(std::unique_ptr<Session> session, Bytes public_key);

  std::unique_ptr<Session> session_;
  Bytes public_key_;
};

}  // namespace fastness::device
