#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

struct crypto_secretstream_xchacha20poly1305_state;

namespace fastness::crypto {

enum class StreamPart : std::uint8_t { more, last };

// What starts every stream; it is no secret.
inline constexpr std::size_t kStreamHeaderSize = 24;
using StreamHeader = std::array<std::uint8_t, kStreamHeaderSize>;
// So much longer is a sealed part.
inline constexpr std::size_t kStreamOverhead = 17;

struct FreeStream {
  void operator()(crypto_secretstream_xchacha20poly1305_state* state) const noexcept;
};

// A long message sealed in parts, for files that do not fit the memory: libsodium's secretstream
// (XChaCha20-Poly1305). No part can be changed, left out, repeated, moved, or put after the last
// without the opener seeing it. One thread at a time.
class StreamSealer {
 public:
  // `key` has 32 bytes, else the process ends.
  explicit StreamSealer(const SecretBytes& key);

  [[nodiscard]] const StreamHeader& header() const { return header_; }
  // `context` is authenticated, not kept. Nothing follows the last part.
  [[nodiscard]] Bytes seal(ByteView plain, ByteView context, StreamPart part);

 private:
  StreamHeader header_{};
  std::unique_ptr<crypto_secretstream_xchacha20poly1305_state, FreeStream> state_;
};

// Whoever opens must go on until `last` has come: what ends before it was cut.
class StreamOpener {
 public:
  // `key` has 32 bytes, else the process ends. `corrupted` for a header that is none.
  [[nodiscard]] static Result<StreamOpener> create(const SecretBytes& key,
                                                   const StreamHeader& header);

  struct Opened {
    Bytes plain;
    StreamPart part = StreamPart::more;
  };
  // `corrupted` unless this is the next part, whole, of the stream that has this key and header.
  [[nodiscard]] Result<Opened> open(ByteView sealed, ByteView context);

 private:
  StreamOpener() = default;

  std::unique_ptr<crypto_secretstream_xchacha20poly1305_state, FreeStream> state_;
};

}  // namespace fastness::crypto
