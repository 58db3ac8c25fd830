#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <mutex>
#include <optional>
#include <unordered_map>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "tls/openssl.h"
#include "tls/record/traffic_keys.h"
#include "tls/stream/stream_state.h"

namespace fastness::tls {

// The TLS 1.3 sessions that may be resumed. A ticket of TLS 1.3 is only the name of a session that
// is kept here (RFC 8446, 4.6.1 leaves that to the server): OpenSSL would write the client's
// certificate into the ticket, and to decode it again is most of what resuming costs. About 140
// bytes each, in memory only, good for one use and at most a day. Thread-safe.
class SavedSessions {
 public:
  // The first half of the name that OpenSSL chose at random; enough never to meet another.
  using Id = std::array<std::uint8_t, SSL_MAX_SSL_SESSION_ID_LENGTH / 2>;
  struct Saved {
    TrafficSecret key;         // the pre-shared key
    std::uint16_t cipher = 0;  // as in ClientHello
    Authentication peer;
  };

  // `clock` must outlive this object.
  explicit SavedSessions(const Clock& clock) : clock_(clock) {}

  void put(const Id& id, Saved session);
  // The session, which is then not here any more: a ticket seen twice costs a full handshake.
  [[nodiscard]] std::optional<Saved> take(const Id& id);
  // Forgets all.
  void drop();

  static constexpr std::chrono::hours kLifetime{fixed_limit("tls.ticket_hours")};

 private:
  struct Hash {
    std::size_t operator()(const Id& id) const noexcept {
      std::size_t hash = 0;
      std::memcpy(&hash, id.data(), sizeof hash);
      return hash;
    }
  };
  // In memory of its own: a session outlives its connection, and must not hold on to the page where
  // the connection's memory was.
  struct Half {
    std::pmr::unsynchronized_pool_resource memory;
    std::pmr::unordered_map<Id, Saved, Hash> sessions{&memory};
  };

  void age(SteadyTime now);

  const Clock& clock_;
  std::mutex mutex_;
  // Two halves of a lifetime: what is old goes with its half, not one by one.
  std::unique_ptr<Half> young_ = std::make_unique<Half>();
  std::unique_ptr<Half> old_ = std::make_unique<Half>();
  SteadyTime young_since_{};
};

}  // namespace fastness::tls
