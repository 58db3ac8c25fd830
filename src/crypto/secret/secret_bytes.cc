#include "crypto/secret/secret_bytes.h"

#include <algorithm>
#include <utility>

#include <openssl/crypto.h>

namespace fastness::crypto {

void secure_zero(std::span<std::uint8_t> bytes) noexcept {
  OPENSSL_cleanse(bytes.data(), bytes.size());
}

bool constant_time_equal(std::span<const std::uint8_t> a,
                         std::span<const std::uint8_t> b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

SecretBytes::SecretBytes(std::size_t size)
    : data_(std::make_unique<std::uint8_t[]>(size)), size_(size) {}

SecretBytes SecretBytes::take(std::span<std::uint8_t> source) {
  SecretBytes secret(source.size());
  std::ranges::copy(source, secret.data_.get());
  secure_zero(source);
  return secret;
}

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::move(other.data_)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    secure_zero(reveal());
    data_ = std::move(other.data_);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

SecretBytes::~SecretBytes() {
  secure_zero(reveal());
}

}  // namespace fastness::crypto
