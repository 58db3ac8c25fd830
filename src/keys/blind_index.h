#pragma once

#include <string_view>

#include "crypto/digest.h"
#include "crypto/secret/secret_bytes.h"
#include "keys/field_id.h"

namespace fastness::keys {

// What a sealed field is looked up by: a keyed hash of its normalised text, different for each
// field. `key` is the vault's blind-index key. Equal texts give equal hashes, and nothing else can
// be told from them without the key. Thread-safe.
[[nodiscard]] crypto::Digest blind_index(const crypto::SecretBytes& key, FieldId field,
                                         std::string_view normalised);

}  // namespace fastness::keys
