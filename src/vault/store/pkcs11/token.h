#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::vault::pkcs11 {

// What a PKCS#11 module names its objects by; good while the token stays in its slot.
using ObjectHandle = unsigned long;

// A module: a library of the token's maker that speaks Cryptoki (OASIS PKCS #11 2.40). It runs in
// this process with all its rights, so it is as trusted as the vault's own code. Lives on one
// thread; one of each library at a time.
class Module {
 public:
  // Loads and starts the library: before a sandbox that forbids it. `not_found` without the file,
  // `invalid_argument` if it is no module, `unavailable` if it does not start.
  [[nodiscard]] static Result<std::unique_ptr<Module>> load(const std::filesystem::path& path);
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module();

  class Functions;  // hides the C interface
  [[nodiscard]] const Functions& functions() const { return *functions_; }

 private:
  Module(void* library, std::unique_ptr<Functions> functions);

  void* library_;
  std::unique_ptr<Functions> functions_;
};

// A token, and a session on it in which its user is logged in. Its P-256 keys are made inside and
// can neither be read nor leave. Lives on one thread.
class Token {
 public:
  // `not_found`, naming the tokens there are, if none has the label or more than one;
  // `unauthenticated` if the token refuses the PIN or has locked it; `already_exists` if it is open
  // in this process, which has one login for all its sessions. `module` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<Token>> open(const Module& module,
                                                           const std::string& label,
                                                           const crypto::SecretBytes& pin);
  Token(const Token&) = delete;
  Token& operator=(const Token&) = delete;
  ~Token();

  enum class Kind : std::uint8_t { private_key, public_key };

  // The object of that kind with that label; nothing without one. `corrupted` if there are more.
  [[nodiscard]] Result<std::optional<ObjectHandle>> find(Kind kind, const std::string& label) const;
  // The two below may log in anew for a TPM, which has room for few keys at a time.
  // Makes a pair of keys that bear the label; the handle of the private one. `permission_denied`,
  // with no key left behind, if the token would let it out.
  [[nodiscard]] Result<ObjectHandle> make_p256(const std::string& label);
  // The curve's point (X9.62) of a public key.
  [[nodiscard]] Result<Bytes> point_of(ObjectHandle public_key) const;
  // ECDSA over a digest: r and s, each of 32 bytes.
  [[nodiscard]] Result<std::array<std::uint8_t, 64>> sign(ObjectHandle private_key,
                                                          std::span<const std::uint8_t, 32> digest);
  [[nodiscard]] Result<void> destroy(ObjectHandle object);

 private:
  Token(const Module::Functions& functions, unsigned long session)
      : functions_(functions), session_(session) {}

  [[nodiscard]] Result<void> log_in(const crypto::SecretBytes& pin);
  [[nodiscard]] Result<void> make_room_for(std::optional<ObjectHandle> key);
  [[nodiscard]] Result<void> check_that_it_stays(ObjectHandle private_key) const;

  const Module::Functions& functions_;
  unsigned long session_;
  bool is_logged_in_ = false;  // a logout would end every session of this process
  // Of a module that lets go of keys at a logout only; empty for others.
  std::optional<crypto::SecretBytes> pin_for_room_;
  std::optional<ObjectHandle> in_use_;  // the key that such a token has loaded
};

}  // namespace fastness::vault::pkcs11
