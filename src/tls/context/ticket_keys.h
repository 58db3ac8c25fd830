#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/random.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::tls {

// A key under which session tickets are sealed.
struct TicketKey {
  using Name = std::array<std::uint8_t, 16>;

  Name name{};
  crypto::SecretBytes cipher_key;  // AES-256
  crypto::SecretBytes mac_key;     // HMAC-SHA256
  SteadyTime made;
};

// The ticket keys of one context: in memory only, a new one each hour, gone after a day. A stolen
// process image of today opens no ticket of yesterday. Thread-safe.
class TicketKeys {
 public:
  static constexpr std::chrono::hours kRotation{1};
  static constexpr std::chrono::hours kLifetime{fixed_limit("tls.ticket_hours")};

  // Both must outlive the keys.
  TicketKeys(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  // The key to seal new tickets with. Shared, so that a key in use outlives its being dropped.
  [[nodiscard]] std::shared_ptr<const TicketKey> current();

  // The key named in a ticket, or null if it is unknown or too old.
  [[nodiscard]] std::shared_ptr<const TicketKey> find(std::span<const std::uint8_t, 16> name);

  // Forgets all: no ticket made before can be opened.
  void drop();

 private:
  std::shared_ptr<const TicketKey> make(SteadyTime now);
  void forget_old(SteadyTime now);

  const Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::deque<std::shared_ptr<const TicketKey>> keys_;  // newest first
};

}  // namespace fastness::tls
