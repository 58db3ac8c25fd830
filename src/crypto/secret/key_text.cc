#include "crypto/secret/key_text.h"

#include <algorithm>
#include <array>
#include <span>

namespace fastness::crypto {
namespace {

constexpr std::string_view kBase62 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kChecksumSize = 6;

void put_checksum(std::span<std::uint8_t> secret) {
  const std::size_t body = secret.size() - kChecksumSize;
  std::uint32_t rest = crc32(secret.first(body));
  for (std::size_t i = secret.size(); i > body; --i) {
    secret[i - 1] = static_cast<std::uint8_t>(kBase62[rest % kBase62.size()]);
    rest /= static_cast<std::uint32_t>(kBase62.size());
  }
}

}  // namespace

std::string make_token(Random& random) {
  std::array<std::uint8_t, 32> secret{};
  random.fill(secret);
  std::string token = to_base64url(secret);
  secure_zero(secret);
  return token;
}

std::uint32_t crc32(ByteView data) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::uint8_t byte : data) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

void fill_base62(Random& random, std::span<std::uint8_t> out) {
  // The largest multiple of 62 in a byte: what lies above would favour the first characters.
  constexpr std::uint8_t kFair = 248;
  for (std::size_t filled = 0; filled < out.size();) {
    std::array<std::uint8_t, 64> bytes{};
    random.fill(bytes);
    for (const std::uint8_t byte : bytes) {
      if (byte < kFair && filled < out.size()) {
        out[filled++] = static_cast<std::uint8_t>(kBase62[byte % kBase62.size()]);
      }
    }
    secure_zero(bytes);
  }
}

std::string make_client_id(Random& random) {
  Bytes id(kClientIdSize);
  id[0] = 'f';
  id[1] = 'k';
  fill_base62(random, std::span(id).subspan(2));
  return std::string(as_text(id));
}

SecretBytes make_client_secret(Random& random) {
  SecretBytes secret(kClientSecretSize);
  const auto text = secret.reveal();
  std::copy(kClientSecretPrefix.begin(), kClientSecretPrefix.end(), text.begin());
  const std::size_t body = text.size() - kClientSecretPrefix.size() - kChecksumSize;
  fill_base62(random, text.subspan(kClientSecretPrefix.size(), body));
  put_checksum(text);
  return secret;
}

bool is_client_secret(std::string_view text) {
  if (text.size() != kClientSecretSize || !text.starts_with(kClientSecretPrefix)) return false;
  if (text.find_first_not_of(kBase62) != std::string_view::npos) return false;
  SecretBytes expected(kClientSecretSize);
  std::copy(text.begin(), text.end(), expected.reveal().begin());
  put_checksum(expected.reveal());
  return constant_time_equal(expected.reveal(), as_bytes(text));
}

}  // namespace fastness::crypto
