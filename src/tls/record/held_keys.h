#pragma once

#include <cstdint>
#include <memory>

#include "base/bytes.h"
#include "tls/record/traffic_keys.h"
#include "tls/stream/stream.h"

namespace fastness::tls {

enum class Direction : std::uint8_t { read, write };

// The secrets, keys and nonces of a connection for as long as it lives: both directions behind each
// other in one block, which is as long as version and suite need. That is 120 bytes for AES-128 in
// TLS 1.3, where the longest suite has 184: an idle connection is little else. Zeroed when it ends
// or is overwritten. Move-only; one that was moved from has none.
class HeldKeys {
 public:
  HeldKeys(Version version, Suite suite);
  HeldKeys(HeldKeys&& other) noexcept = default;
  HeldKeys& operator=(HeldKeys&& other) noexcept;
  HeldKeys(const HeldKeys&) = delete;
  HeldKeys& operator=(const HeldKeys&) = delete;
  ~HeldKeys() { wipe(); }

  [[nodiscard]] Version version() const { return version_; }
  [[nodiscard]] Suite suite() const { return suite_; }

  // Replaces those of one direction. Precondition: they are as long as version and suite say. TLS
  // 1.2 has no secret.
  void set(Direction direction, const TrafficSecret& secret, const TrafficKeys& keys);

  // The views are good until the next `set` or the end.
  [[nodiscard]] ByteView secret(Direction direction) const;
  [[nodiscard]] ByteView key(Direction direction) const;
  [[nodiscard]] ByteView iv(Direction direction) const;

 private:
  // Bytes of each in one direction.
  struct Lengths {
    std::size_t secret;
    std::size_t key;
    std::size_t iv;
    [[nodiscard]] std::size_t all() const { return secret + key + iv; }
  };
  [[nodiscard]] Lengths lengths() const;
  [[nodiscard]] std::uint8_t* at(Direction direction) const;
  void wipe() noexcept;

  std::unique_ptr<std::uint8_t[]> bytes_;
  Version version_;
  Suite suite_;
};

}  // namespace fastness::tls
