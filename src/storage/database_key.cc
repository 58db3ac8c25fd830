#include "storage/database_key.h"

#include <string_view>

#include <sqlite3.h>

#include "storage/database.h"

namespace fastness::storage {

crypto::SecretBytes spelled(const crypto::SecretBytes& key) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  crypto::SecretBytes text(3 + 2 * Database::kKeySize);
  auto out = text.reveal().begin();
  *out++ = 'x';
  *out++ = '\'';
  for (const std::uint8_t byte : key.reveal()) {
    *out++ = static_cast<std::uint8_t>(kDigits[byte >> 4U]);
    *out++ = static_cast<std::uint8_t>(kDigits[byte & 0x0fU]);
  }
  *out = '\'';
  return text;
}

Result<void> check_size(const crypto::SecretBytes& key) {
  if (key.size() == Database::kKeySize) return {};
  return fail(Errc::invalid_argument, "database: the key is not of 32 bytes");
}

Result<void> choose_cipher(sqlite3* handle) {
  const int cipher = sqlite3mc_cipher_index("sqlcipher");
  if (cipher > 0 && sqlite3mc_config(handle, "cipher", cipher) == cipher) return {};
  return fail(Errc::unavailable, "database: this SQLite has no sqlcipher scheme");
}

}  // namespace fastness::storage
