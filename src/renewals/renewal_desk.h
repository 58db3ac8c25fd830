#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "identity/identity.h"
#include "renewals/dialogue.h"

namespace fastness::renewals {

// Whether a connection is there for this and nothing else, and so for a short time only.
enum class Stay : std::uint8_t { with_session, to_renew };

// A connection by which a device came in with a certificate.
struct Caller {
  OrganisationId organisation;
  DeviceId device;
  std::uint64_t connection = 0;
  crypto::Digest leaf{};  // of that certificate
  std::string remote;
  Stay stay = Stay::with_session;
};

// For the audit trail, in its words: "device.renew" and "ok".
struct RenewalEvent {
  Caller caller;
  std::string action;
  std::string result;
};

// Renews the certificates of devices that are connected and listen: offers when a window is open,
// has Identity renew, and answers the connection that asked. Nothing here outlives a connection:
// what a renewal commits is the first CONNECT with the new certificate. Lives on the control
// thread; holds one entry for each connection that listens.
class RenewalDesk {
 public:
  // Sends payloads to one connection, under a word of its topics: "renew", "cert".
  using Send = std::function<void(const Caller& to, std::string_view word,
                                  std::vector<std::string> payloads)>;
  struct Parts {
    identity::Identity& identity;
    const Clock& clock;
    Random& random;  // these three must outlive it
    Send send;
    std::function<void(const RenewalEvent&)> record;
  };
  explicit RenewalDesk(Parts parts) : parts_(std::move(parts)) {}

  // A device subscribed to `renew`. It gets an offer at once if its window is open.
  void listens(const Caller& caller);
  // What a device published on `csr`, `ack`, `nack`. Ignored from whoever does not listen.
  void hear_request(std::uint64_t connection, ByteView untrusted);
  void hear_stored(std::uint64_t connection, ByteView untrusted);
  void hear_refused(std::uint64_t connection, ByteView untrusted);
  // The connection has ended. Not an error for one that never listened.
  void left(std::uint64_t connection);

  // The generations have changed: every window may have. They are looked at over the next ticks.
  void look_again();
  // About once a second.
  void tick();

 private:
  struct Seat {
    Caller caller;
    Dialogue dialogue;
    Timestamp next{};          // when its window is looked at again
    double attempts = 0;       // requests that cost something, less one a minute
    Timestamp attempted_at{};  // the last
  };

  void consider(Seat& seat);
  void make_offer(Seat& seat, const identity::RenewalWindow& window);
  void look_at(Seat& seat, Timestamp when);
  [[nodiscard]] bool may_attempt(Seat& seat) const;
  void answer(Seat& seat, ByteView request);
  // The certificate, or why there is none.
  [[nodiscard]] Heard<Bytes> renew(Seat& seat, ByteView request);
  void refuse(Seat& seat, Complaint complaint);
  void record(const Seat& seat, const char* action, std::string_view result) const;
  [[nodiscard]] std::optional<vault_ipc::GenerationId> issuing_generation() const;
  [[nodiscard]] Why why(const crypto::Digest& leaf) const;
  [[nodiscard]] Seat* find(std::uint64_t connection);

  Parts parts_;
  std::unordered_map<std::uint64_t, Seat> seats_;         // by connection
  std::set<std::pair<Timestamp, std::uint64_t>> agenda_;  // each seat by its `next`
  std::vector<std::uint64_t> to_look_at_;                 // since the generations changed
};

}  // namespace fastness::renewals
