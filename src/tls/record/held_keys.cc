#include "tls/record/held_keys.h"

#include <algorithm>
#include <cstdlib>

#include <openssl/crypto.h>

namespace fastness::tls {
namespace {

void put(ByteView bytes, std::size_t length, std::uint8_t* at) {
  if (bytes.size() != length) std::abort();
  std::ranges::copy(bytes, at);
}

}  // namespace

HeldKeys::HeldKeys(Version version, Suite suite) : version_(version), suite_(suite) {
  bytes_ = std::make_unique<std::uint8_t[]>(2 * lengths().all());
}

HeldKeys& HeldKeys::operator=(HeldKeys&& other) noexcept {
  if (this == &other) return *this;
  wipe();
  bytes_ = std::move(other.bytes_);
  version_ = other.version_;
  suite_ = other.suite_;
  return *this;
}

HeldKeys::Lengths HeldKeys::lengths() const {
  if (version_ == Version::tls13) return {hash_size(suite_), key_size(suite_), kNonceSize};
  return {0, key_size(suite_), fixed_iv_size(suite_)};
}

std::uint8_t* HeldKeys::at(Direction direction) const {
  return bytes_.get() + (direction == Direction::read ? 0 : lengths().all());
}

void HeldKeys::set(Direction direction, const TrafficSecret& secret, const TrafficKeys& keys) {
  const Lengths each = lengths();
  std::uint8_t* const place = at(direction);
  if (each.secret != 0) put(secret.reveal(), each.secret, place);
  put(keys.key.reveal(), each.key, place + each.secret);
  put(keys.iv.reveal(), each.iv, place + each.secret + each.key);
}

ByteView HeldKeys::secret(Direction direction) const {
  return {at(direction), lengths().secret};
}

ByteView HeldKeys::key(Direction direction) const {
  const Lengths each = lengths();
  return {at(direction) + each.secret, each.key};
}

ByteView HeldKeys::iv(Direction direction) const {
  const Lengths each = lengths();
  return {at(direction) + each.secret + each.key, each.iv};
}

void HeldKeys::wipe() noexcept {
  if (bytes_) OPENSSL_cleanse(bytes_.get(), 2 * lengths().all());
}

}  // namespace fastness::tls
