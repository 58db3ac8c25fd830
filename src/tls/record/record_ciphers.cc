#include "tls/record/record_ciphers.h"

#include <bit>
#include <cstdlib>
#include <utility>

#include <openssl/crypto.h>

#include "tls/openssl.h"

namespace fastness::tls {
namespace {

using CipherPtr = Handle<EVP_CIPHER, EVP_CIPHER_free>;
using CipherContextPtr = Handle<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

const char* cipher_name(Suite suite) {
  switch (suite) {
    case Suite::aes128_gcm_sha256:
      return "AES-128-GCM";
    case Suite::aes256_gcm_sha384:
      return "AES-256-GCM";
    case Suite::chacha20_poly1305_sha256:
      return "ChaCha20-Poly1305";
  }
  std::abort();
}

// Adds `context` and processes `data` in place.
bool update(EVP_CIPHER_CTX* cipher, ByteView context, std::span<std::uint8_t> data) {
  int size = 0;
  if (EVP_CipherUpdate(cipher, nullptr, &size, context.data(), static_cast<int>(context.size())) !=
      1) {
    return false;
  }
  if (data.empty()) return true;
  return EVP_CipherUpdate(cipher, data.data(), &size, data.data(), static_cast<int>(data.size())) ==
         1;
}

bool finish(EVP_CIPHER_CTX* cipher) {
  std::array<std::uint8_t, 16> nothing{};  // an AEAD holds no block back
  int size = 0;
  return EVP_CipherFinal_ex(cipher, nothing.data(), &size) == 1;
}

}  // namespace

// What OpenSSL makes contexts of, looked up once.
class RecordCiphers::Algorithms {
 public:
  [[nodiscard]] const EVP_CIPHER* of(Suite suite) {
    CipherPtr& cipher = ciphers_.at(static_cast<std::size_t>(suite));
    if (!cipher) cipher.reset(EVP_CIPHER_fetch(nullptr, cipher_name(suite), nullptr));
    return cipher.get();
  }

 private:
  std::array<CipherPtr, 3> ciphers_;
};

// A context and the key that it has. Whose it is must never be guessed, so the key itself is
// compared: an address may be another connection's by now.
class RecordCiphers::Keyed {
 public:
  Keyed() : context_(EVP_CIPHER_CTX_new()) {}

  [[nodiscard]] bool has(Suite suite, Direction direction, ByteView key) const {
    const ByteView mine = key_.reveal();
    return suite_ == suite && direction_ == direction && mine.size() == key.size() &&
           CRYPTO_memcmp(mine.data(), key.data(), key.size()) == 0;
  }

  // False if OpenSSL fails: then it has no key.
  [[nodiscard]] bool set(Algorithms& algorithms, Suite suite, Direction direction, ByteView key) {
    const int is_sealing = direction == Direction::sealing ? 1 : 0;
    key_ = {};
    if (EVP_CipherInit_ex2(context_.get(), algorithms.of(suite), key.data(), nullptr, is_sealing,
                           nullptr) != 1) {
      return false;
    }
    suite_ = suite;
    direction_ = direction;
    key_.set(key);
    return true;
  }

  // Begins a record.
  [[nodiscard]] bool begin(const Nonce& nonce) const {
    return EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, nonce.data(), -1, nullptr) == 1;
  }

  [[nodiscard]] EVP_CIPHER_CTX* context() const { return context_.get(); }

  bool is_used = true;  // since the last rest

 private:
  CipherContextPtr context_;
  InlineSecret<32> key_;  // empty: none
  Suite suite_{};
  Direction direction_{};
};

RecordCiphers::RecordCiphers() : algorithms_(std::make_unique<Algorithms>()) {}
RecordCiphers::~RecordCiphers() = default;

RecordCiphers::Keyed* RecordCiphers::keyed(Suite suite, Direction direction, ByteView key) {
  // The address is no secret, and the keys of one connection lie side by side.
  const auto address = reinterpret_cast<std::uintptr_t>(key.data());
  constexpr std::uint64_t kSpread = 0x9E37'79B9'7F4A'7C15;  // 2^64 over the golden ratio
  constexpr unsigned kShift = 64 - std::countr_zero(kPlaces);
  std::unique_ptr<Keyed>& place = places_.at((address * kSpread) >> kShift);
  if (!place) {
    place = std::make_unique<Keyed>();
    ++held_;
  }
  place->is_used = true;
  if (place->has(suite, direction, key)) return place.get();
  return place->set(*algorithms_, suite, direction, key) ? place.get() : nullptr;
}

void RecordCiphers::rest() {
  if (held_ == 0) return;
  for (std::unique_ptr<Keyed>& place : places_) {
    if (!place || std::exchange(place->is_used, false)) continue;
    place.reset();
    --held_;
  }
}

bool RecordCiphers::seal(Suite suite, ByteView key, const Nonce& nonce, ByteView context,
                         std::span<std::uint8_t> data, std::span<std::uint8_t, kTag> tag) {
  const Keyed* keyed = this->keyed(suite, Direction::sealing, key);
  return keyed != nullptr && keyed->begin(nonce) && update(keyed->context(), context, data) &&
         finish(keyed->context()) &&
         EVP_CIPHER_CTX_ctrl(keyed->context(), EVP_CTRL_AEAD_GET_TAG, kTag, tag.data()) == 1;
}

bool RecordCiphers::open(Suite suite, ByteView key, const Nonce& nonce, ByteView context,
                         std::span<std::uint8_t> data, std::span<std::uint8_t, kTag> tag) {
  const Keyed* keyed = this->keyed(suite, Direction::opening, key);
  return keyed != nullptr && keyed->begin(nonce) &&
         EVP_CIPHER_CTX_ctrl(keyed->context(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
         update(keyed->context(), context, data) && finish(keyed->context());
}

}  // namespace fastness::tls
