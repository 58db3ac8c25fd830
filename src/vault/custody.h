#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "crypto/secret/secret_bytes.h"
#include "vault/store/key_store.h"
#include "vault/store/pkcs11/token.h"
#include "vault/store/root_key.h"
#include "vault/store/sealed_files.h"

namespace fastness::vault {

// A token for the authority keys, as the host's owner names it.
struct TokenChoice {
  const pkcs11::Module* module;  // outlives the vault
  std::string label;
  // Kept sealed once it has opened the token; needed again only if it changes.
  std::optional<crypto::SecretBytes> pin = std::nullopt;
  // Whether keys of old may be in sealed files: then new ones are made in the token from now on,
  // and those of old stay until they are destroyed, for no key can be put into a token.
  enum class OldKeys : std::uint8_t { in_the_token, in_sealed_files };
  OldKeys old_keys = OldKeys::in_the_token;
};

// The label of the token that keeps the authority keys; nothing if sealed files do.
[[nodiscard]] Result<std::optional<std::string>> token_in_use(const SealedFiles& records);

// Opens what keeps the authority keys of this instance: what it was made with or went over to once,
// since keys are made where they stay. `is_new`: there are none yet. `invalid_argument` if another
// place is chosen than that of old; `unauthenticated` if the token's PIN is wrong, or unknown yet.
// A token that is new to the instance makes a key, signs with it and destroys it before anything is
// written down.
// `records` is used during the call, `sealed` belongs to the store that is returned.
[[nodiscard]] Result<std::unique_ptr<KeyStore>> open_key_store(const SealedFiles& records,
                                                               SealedFiles sealed,
                                                               const RootKey& root, bool is_new,
                                                               std::optional<TokenChoice> token);

}  // namespace fastness::vault
