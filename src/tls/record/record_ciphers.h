#pragma once

#include <array>
#include <memory>
#include <span>

#include "tls/record/traffic_keys.h"

namespace fastness::tls {

// The AEADs of the record layers of one thread, so that no connection owns one. A context stays
// keyed while its connection is busy, since setting a key costs half as much as sealing a small
// record; it is let go of soon after. Thread-compatible.
class RecordCiphers {
 public:
  static constexpr std::size_t kTag = 16;
  using Nonce = std::array<std::uint8_t, 12>;

  // How many keys may be held at once, each of about 1,200 bytes. Beyond it keys displace each
  // other, which costs time and nothing else.
  static constexpr std::size_t kPlaces = 1'024;

  RecordCiphers();
  ~RecordCiphers();
  RecordCiphers(const RecordCiphers&) = delete;
  RecordCiphers& operator=(const RecordCiphers&) = delete;

  // Memory for records on their way to the socket, empty at each call. Its own: two calls must not
  // be in use at once.
  [[nodiscard]] Bytes& scratch() {
    scratch_.clear();
    return scratch_;
  }

  // Lets go of, and wipes, the keys that were not used since the call before. From time to time.
  void rest();

  // Keys that are held.
  [[nodiscard]] std::size_t held() const { return held_; }

  // Encrypts `data` in place and writes its tag. False only if OpenSSL fails.
  [[nodiscard]] bool seal(Suite suite, ByteView key, const Nonce& nonce, ByteView context,
                          std::span<std::uint8_t> data, std::span<std::uint8_t, kTag> tag);

  // Decrypts `data` in place. False if it is not what was sealed; `data` is then worthless.
  [[nodiscard]] bool open(Suite suite, ByteView key, const Nonce& nonce, ByteView context,
                          std::span<std::uint8_t> data, std::span<std::uint8_t, kTag> tag);

 private:
  enum class Direction : std::uint8_t { sealing, opening };
  class Keyed;
  class Algorithms;

  // A context that has this very key, or null if OpenSSL fails.
  [[nodiscard]] Keyed* keyed(Suite suite, Direction direction, ByteView key);

  const std::unique_ptr<Algorithms> algorithms_;
  std::array<std::unique_ptr<Keyed>, kPlaces> places_;  // by where the connection keeps its key
  std::size_t held_ = 0;
  Bytes scratch_;
};

}  // namespace fastness::tls
