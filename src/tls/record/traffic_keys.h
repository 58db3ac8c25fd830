#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/bytes.h"
#include "tls/stream/stream.h"

namespace fastness::tls {

// What may be handed over to our record layer: AEADs whose keys are derived as below.
enum class Suite : std::uint8_t { aes128_gcm_sha256, aes256_gcm_sha384, chacha20_poly1305_sha256 };

[[nodiscard]] std::size_t key_size(Suite suite);   // bytes
[[nodiscard]] std::size_t hash_size(Suite suite);  // bytes
// Of each suite's nonce, which in TLS 1.3 is derived as a whole.
inline constexpr std::size_t kNonceSize = 12;
// Bytes of a nonce that TLS 1.2 derives; GCM sends the others (RFC 5288, 3).
[[nodiscard]] std::size_t fixed_iv_size(Suite suite);

// Secret bytes that lie inside the object that owns them, so that a connection costs no allocation
// for its keys. Zeroed when it ends, is moved from or is overwritten. Move-only.
template <std::size_t Capacity>
class InlineSecret {
 public:
  static constexpr std::size_t kCapacity = Capacity;

  InlineSecret() = default;
  explicit InlineSecret(ByteView bytes) { set(bytes); }
  InlineSecret(InlineSecret&& other) noexcept { *this = std::move(other); }
  InlineSecret& operator=(InlineSecret&& other) noexcept;
  InlineSecret(const InlineSecret&) = delete;
  InlineSecret& operator=(const InlineSecret&) = delete;
  ~InlineSecret() { wipe(); }

  // Precondition: at most `Capacity` bytes.
  void set(ByteView bytes);
  // The view must not outlive this object.
  [[nodiscard]] ByteView reveal() const { return {bytes_.data(), size_}; }

 private:
  void wipe() noexcept;

  std::array<std::uint8_t, Capacity> bytes_{};
  std::uint8_t size_ = 0;
};

// A traffic secret of TLS 1.3: as long as the suite's hash.
using TrafficSecret = InlineSecret<48>;

// The keys of one direction.
struct TrafficKeys {
  InlineSecret<32> key;
  InlineSecret<12> iv;  // TLS 1.2 with GCM: the 4 bytes that are not sent
};

// RFC 8446, 7.3. Nothing if OpenSSL refuses.
[[nodiscard]] std::optional<TrafficKeys> derive_keys(Suite suite, const TrafficSecret& secret);

// The secret after the next KeyUpdate (RFC 8446, 7.2).
[[nodiscard]] std::optional<TrafficSecret> next_secret(Suite suite, const TrafficSecret& secret);

struct KeyBlock {
  TrafficKeys client;
  TrafficKeys server;
};
// RFC 5246, 6.3, with the sizes of RFC 5288 and RFC 7905.
[[nodiscard]] std::optional<KeyBlock> derive_key_block(Suite suite, ByteView master_secret,
                                                       ByteView client_random,
                                                       ByteView server_random);

}  // namespace fastness::tls
