// How SQLite3MultipleCiphers is told a key. Not for other folders.
#pragma once

#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

struct sqlite3;

namespace fastness::storage {

// `invalid_argument` unless it is a key of a database by its size.
[[nodiscard]] Result<void> check_size(const crypto::SecretBytes& key);

// The spelling x'<64 digits>', which says that these are the key's own bytes and not a passphrase.
[[nodiscard]] crypto::SecretBytes spelled(const crypto::SecretBytes& key);

// For the next key that the connection is given; then it is forgotten.
[[nodiscard]] Result<void> choose_cipher(sqlite3* handle);

}  // namespace fastness::storage
