// How secrets that programs and links carry are spelled. API keys: 32 and 64 alphanumerics, because
// real clients insist on both lengths, with a prefix and a checksum, so that scanners find a leaked
// one offline with no false alarms.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::crypto {

inline constexpr std::size_t kClientIdSize = 32;
inline constexpr std::size_t kClientSecretSize = 64;
inline constexpr std::string_view kClientSecretPrefix = "fastnessk1";

// `fk` and 30 of base62.
[[nodiscard]] std::string make_client_id(Random& random);

// `fastnessk1`, 48 of base62, CRC-32 of all before as 6 of base62.
[[nodiscard]] SecretBytes make_client_secret(Random& random);

// 32 random bytes as base64url: for links and cookies, which nobody types.
[[nodiscard]] std::string make_token(Random& random);

// Whether it has the form of a secret of ours, checksum and all.
[[nodiscard]] bool is_client_secret(std::string_view text);

// The reflected CRC-32 of Ethernet and zip.
[[nodiscard]] std::uint32_t crc32(ByteView data);

// `size` characters of [0-9A-Za-z], each equally likely.
void fill_base62(Random& random, std::span<std::uint8_t> out);

}  // namespace fastness::crypto
