#pragma once

#include <array>
#include <memory>
#include <span>

#include "tls/record/traffic_keys.h"

namespace fastness::tls {

// The AEADs of the record layers of one thread: their contexts are keyed anew for each record, so
// that no connection owns one. Thread-compatible.
class RecordCiphers {
 public:
  static constexpr std::size_t kTag = 16;
  using Nonce = std::array<std::uint8_t, 12>;

  RecordCiphers();
  ~RecordCiphers();
  RecordCiphers(const RecordCiphers&) = delete;
  RecordCiphers& operator=(const RecordCiphers&) = delete;

  // Encrypts `data` in place and writes its tag. False only if OpenSSL fails.
  [[nodiscard]] bool seal(Suite suite, ByteView key, const Nonce& nonce, ByteView context,
                          std::span<std::uint8_t> data, std::span<std::uint8_t, kTag> tag);

  // Decrypts `data` in place. False if it is not what was sealed; `data` is then worthless.
  [[nodiscard]] bool open(Suite suite, ByteView key, const Nonce& nonce, ByteView context,
                          std::span<std::uint8_t> data, std::span<std::uint8_t, kTag> tag);

 private:
  class Machine;
  [[nodiscard]] Machine& machine(Suite suite);

  std::array<std::unique_ptr<Machine>, 3> machines_;  // made when first needed
};

}  // namespace fastness::tls
