#include "tls/record/traffic_keys.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "tls/openssl.h"

namespace fastness::tls {
namespace {

using KdfPtr = Handle<EVP_KDF, EVP_KDF_free>;
using KdfContextPtr = Handle<EVP_KDF_CTX, EVP_KDF_CTX_free>;

const char* hash_name(Suite suite) {
  return suite == Suite::aes256_gcm_sha384 ? "SHA384" : "SHA256";
}

OSSL_PARAM octets(const char* name, ByteView bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes.data()),
                                           bytes.size());
}

OSSL_PARAM text(const char* name, const char* value) {
  return OSSL_PARAM_construct_utf8_string(name, const_cast<char*>(value), 0);
}

bool derive(const char* kdf_name, std::span<const OSSL_PARAM> params, std::span<std::uint8_t> out) {
  const KdfPtr kdf(EVP_KDF_fetch(nullptr, kdf_name, nullptr));
  const KdfContextPtr context(EVP_KDF_CTX_new(kdf.get()));
  return context && EVP_KDF_derive(context.get(), out.data(), out.size(), params.data()) == 1;
}

// HKDF-Expand-Label with an empty context (RFC 8446, 7.1).
bool expand_label(Suite suite, const TrafficSecret& secret, std::string_view label,
                  std::span<std::uint8_t> out) {
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  const std::array<OSSL_PARAM, 6> params = {text(OSSL_KDF_PARAM_DIGEST, hash_name(suite)),
                                            OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
                                            octets(OSSL_KDF_PARAM_KEY, secret.reveal()),
                                            octets(OSSL_KDF_PARAM_PREFIX, as_bytes("tls13 ")),
                                            octets(OSSL_KDF_PARAM_LABEL, as_bytes(label)),
                                            OSSL_PARAM_construct_end()};
  return derive("TLS13-KDF", params, out);
}

// Bytes of a derivation, cut off piece by piece and wiped at the end.
template <std::size_t Capacity>
class Material {
 public:
  explicit Material(std::size_t size) : size_(size) {}
  ~Material() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
  Material(const Material&) = delete;
  Material& operator=(const Material&) = delete;

  [[nodiscard]] std::span<std::uint8_t> all() { return std::span(bytes_).first(size_); }
  [[nodiscard]] ByteView take(std::size_t size) {
    const ByteView piece(bytes_.data() + taken_, size);
    taken_ += size;
    return piece;
  }

 private:
  std::array<std::uint8_t, Capacity> bytes_{};
  std::size_t size_;
  std::size_t taken_ = 0;
};

}  // namespace

std::size_t key_size(Suite suite) {
  return suite == Suite::aes128_gcm_sha256 ? 16 : 32;
}

std::size_t hash_size(Suite suite) {
  return suite == Suite::aes256_gcm_sha384 ? 48 : 32;
}

std::size_t fixed_iv_size(Suite suite) {
  return suite == Suite::chacha20_poly1305_sha256 ? kNonceSize : 4;
}

template <std::size_t Capacity>
InlineSecret<Capacity>& InlineSecret<Capacity>::operator=(InlineSecret&& other) noexcept {
  if (this == &other) return *this;
  bytes_ = other.bytes_;
  size_ = other.size_;
  other.wipe();
  return *this;
}

template <std::size_t Capacity>
void InlineSecret<Capacity>::set(ByteView bytes) {
  if (bytes.size() > Capacity) std::abort();
  wipe();
  std::ranges::copy(bytes, bytes_.begin());
  size_ = static_cast<std::uint8_t>(bytes.size());
}

template <std::size_t Capacity>
void InlineSecret<Capacity>::wipe() noexcept {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
  size_ = 0;
}

template class InlineSecret<12>;
template class InlineSecret<32>;
template class InlineSecret<48>;

std::optional<TrafficKeys> derive_keys(Suite suite, const TrafficSecret& secret) {
  Material<32> key(key_size(suite));
  Material<kNonceSize> iv(kNonceSize);
  if (!expand_label(suite, secret, "key", key.all())) return std::nullopt;
  if (!expand_label(suite, secret, "iv", iv.all())) return std::nullopt;
  return TrafficKeys{InlineSecret<32>(key.all()), InlineSecret<12>(iv.all())};
}

std::optional<TrafficSecret> next_secret(Suite suite, const TrafficSecret& secret) {
  Material<48> next(hash_size(suite));
  if (!expand_label(suite, secret, "traffic upd", next.all())) return std::nullopt;
  return TrafficSecret(next.all());
}

std::optional<KeyBlock> derive_key_block(Suite suite, ByteView master_secret,
                                         ByteView client_random, ByteView server_random) {
  const std::size_t key = key_size(suite);
  const std::size_t iv = fixed_iv_size(suite);
  Material<2 * (32 + kNonceSize)> block(2 * (key + iv));
  Bytes seed = to_bytes(as_bytes("key expansion"));
  seed.insert(seed.end(), server_random.begin(), server_random.end());
  seed.insert(seed.end(), client_random.begin(), client_random.end());
  const std::array<OSSL_PARAM, 4> params = {
      text(OSSL_KDF_PARAM_DIGEST, hash_name(suite)), octets(OSSL_KDF_PARAM_SECRET, master_secret),
      octets(OSSL_KDF_PARAM_SEED, seed), OSSL_PARAM_construct_end()};
  if (!derive("TLS1-PRF", params, block.all())) return std::nullopt;
  KeyBlock keys;  // in the order of RFC 5246, 6.3; AEADs have no MAC keys
  keys.client.key.set(block.take(key));
  keys.server.key.set(block.take(key));
  keys.client.iv.set(block.take(iv));
  keys.server.iv.set(block.take(iv));
  return keys;
}

}  // namespace fastness::tls
