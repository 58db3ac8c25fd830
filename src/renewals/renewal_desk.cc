#include "renewals/renewal_desk.h"

#include <algorithm>

namespace fastness::renewals {
namespace {

using namespace std::chrono_literals;
using vault_ipc::GenerationState;

constexpr double kMaxAttempts = fixed_limit<double>("renewals.of_device");
// How many windows are looked at in one tick, so that a fleet's do not stop everything else.
constexpr std::size_t kAtOnce = 2'000;
// A device that did not renew in its window is asked again; sooner if it tried and could not.
constexpr std::chrono::hours kAskAgain{1};
constexpr std::chrono::minutes kTryAgain = identity::kRenewalRepeat;
constexpr std::chrono::seconds kBusy{60};
// For a device that came for this alone. Its handshake, which takes longer than a certificate, has
// spread it among the others.
constexpr std::chrono::seconds kWhileItWaits{10};

// How long until there may be another answer to the same device.
std::chrono::seconds wait_after(Complaint complaint) {
  switch (complaint) {
    case Complaint::busy:
      return kBusy;
    case Complaint::twice:
    case Complaint::not_allowed:
      return kTryAgain;
    case Complaint::stale:
    case Complaint::malformed:
    case Complaint::not_offered:
    case Complaint::out_of_order:
    case Complaint::bad_request:
    case Complaint::bad_proof:
      return 0s;  // what is right may be said at once
  }
  return kTryAgain;
}

Complaint complaint_of(const Error& error) {
  switch (error.code) {
    case Errc::invalid_argument:
      return Complaint::bad_request;
    case Errc::permission_denied:
      return Complaint::not_allowed;
    case Errc::already_exists:
      return Complaint::twice;
    default:
      return Complaint::busy;
  }
}

}  // namespace

RenewalDesk::Seat* RenewalDesk::find(std::uint64_t connection) {
  const auto found = seats_.find(connection);
  return found == seats_.end() ? nullptr : &found->second;
}

void RenewalDesk::record(const Seat& seat, const char* action, std::string_view result) const {
  parts_.record({seat.caller, action, std::string(result)});
}

// --- when to renew -------------------------------------------------------------------------------

// Who subscribes again keeps its offer: otherwise it could have as many as it likes.
void RenewalDesk::listens(const Caller& caller) {
  const auto [place, is_new] =
      seats_.try_emplace(caller.connection, Seat{caller, Dialogue(caller.device)});
  if (is_new) consider(place->second);
}

void RenewalDesk::look_again() {
  to_look_at_.clear();
  for (const auto& [connection, seat] : seats_) to_look_at_.push_back(connection);
}

void RenewalDesk::tick() {
  for (std::size_t i = 0; i < kAtOnce && !to_look_at_.empty(); ++i) {
    Seat* seat = find(to_look_at_.back());
    to_look_at_.pop_back();
    if (seat != nullptr) consider(*seat);
  }
  const Timestamp now = parts_.clock.now();
  for (std::size_t i = 0; i < kAtOnce && !agenda_.empty(); ++i) {
    const auto [when, connection] = *agenda_.begin();
    if (when > now) return;
    consider(*find(connection));  // which moves it to a later time
  }
}

void RenewalDesk::left(std::uint64_t connection) {
  const Seat* seat = find(connection);
  if (seat == nullptr) return;
  agenda_.erase({seat->next, connection});
  seats_.erase(connection);
}

void RenewalDesk::look_at(Seat& seat, Timestamp when) {
  agenda_.erase({seat.next, seat.caller.connection});
  seat.next = when;
  agenda_.emplace(when, seat.caller.connection);
}

void RenewalDesk::consider(Seat& seat) {
  const Timestamp now = parts_.clock.now();
  const auto admitted = parts_.identity.admit_renewal(seat.caller.leaf);
  auto window = parts_.identity.renewal_window(seat.caller.leaf);
  if (!admitted || !window) return look_at(seat, now + kAskAgain);
  if (window->start > now) {
    // It came with a certificate that is good for long: whatever was wrong is over.
    parts_.identity.renewal_faults().forget(seat.caller.device);
    return look_at(seat, window->start);
  }
  if (seat.caller.stay == Stay::to_renew)
    window = identity::RenewalWindow{now, now + kWhileItWaits};
  look_at(seat, std::max(now, window->end) + kAskAgain);
  make_offer(seat, *window);
}

void RenewalDesk::make_offer(Seat& seat, const identity::RenewalWindow& window) {
  const auto generation = issuing_generation();
  if (!generation) return look_at(seat, parts_.clock.now() + kBusy);
  Offer offer{{}, *generation, why(seat.caller.leaf), window};
  parts_.random.fill(offer.nonce);
  parts_.send(seat.caller, "renew", {seat.dialogue.make_offer(offer)});
}

std::optional<vault_ipc::GenerationId> RenewalDesk::issuing_generation() const {
  const auto snapshot = parts_.identity.published().load();
  for (const auto& each : *snapshot->generations()) {
    if (each.record.state == GenerationState::issuing) return each.record.id;
  }
  return std::nullopt;
}

Why RenewalDesk::why(const crypto::Digest& leaf) const {
  const auto snapshot = parts_.identity.published().load();
  const identity::LedgeredLeaf* found = snapshot->leaves().find(leaf);
  const auto* generation =
      found != nullptr ? snapshot->find_generation(found->generation) : nullptr;
  const bool is_given_up = generation != nullptr && generation->record.distrusted_at;
  return is_given_up ? Why::rotation : Why::expiry;
}

// --- what devices say ----------------------------------------------------------------------------

void RenewalDesk::hear_request(std::uint64_t connection, ByteView untrusted) {
  Seat* seat = find(connection);
  if (seat == nullptr) return;
  const auto heard = seat->dialogue.hear_request(untrusted);
  if (!heard) return refuse(*seat, heard.error());
  if (*heard) answer(*seat, **heard);
}

// As for EST: so many at once, and one more every minute.
bool RenewalDesk::may_attempt(Seat& seat) const {
  using Minutes = std::chrono::duration<double, std::ratio<60>>;
  const Timestamp now = parts_.clock.now();
  const double passed = Minutes(now - seat.attempted_at).count();
  seat.attempts = std::max(0.0, seat.attempts - std::max(0.0, passed));
  seat.attempted_at = now;
  if (seat.attempts > kMaxAttempts - 1) return false;
  seat.attempts += 1;
  return true;
}

void RenewalDesk::answer(Seat& seat, ByteView request) {
  const auto certificate = renew(seat, request);
  if (!certificate) return refuse(seat, certificate.error());
  parts_.send(seat.caller, "cert", seat.dialogue.answer(*certificate));
}

Heard<Bytes> RenewalDesk::renew(Seat& seat, ByteView request) {
  const vault_ipc::GenerationId offered = seat.dialogue.offer()->generation;
  if (!may_attempt(seat)) return Unexpected<Complaint>{Complaint::busy};
  if (issuing_generation() != offered) return Unexpected<Complaint>{Complaint::stale};
  const auto issued = parts_.identity.renew(seat.caller.leaf, request);
  if (!issued) {
    const Complaint complaint = complaint_of(issued.error());
    if (complaint == Complaint::twice) record(seat, "device.renew_twice", "refused");
    record(seat, "device.renew", "refused");
    return Unexpected<Complaint>{complaint};
  }
  record(seat, "device.renew", "ok");
  // An answer that was given before the generations changed is repeated as it was; the device
  // expects one of the new generation.
  if (issued->entry.generation != offered) return Unexpected<Complaint>{Complaint::stale};
  return to_bytes(issued->certificate.der());
}

// Where another answer takes time there is another offer after it. A generation that took over in
// the meantime is offered at once.
void RenewalDesk::refuse(Seat& seat, Complaint complaint) {
  const std::chrono::seconds wait = wait_after(complaint);
  parts_.send(seat.caller, "cert", {seat.dialogue.refuse(complaint, wait)});
  if (wait > 0s) look_at(seat, parts_.clock.now() + wait);
  if (complaint == Complaint::stale) consider(seat);
}

// Nothing is committed by it: the old certificate is good until the device has come with the new
// one, and after that too.
void RenewalDesk::hear_stored(std::uint64_t connection, ByteView untrusted) {
  Seat* seat = find(connection);
  if (seat == nullptr) return;
  const auto heard = seat->dialogue.hear_stored(untrusted);
  if (heard) look_at(*seat, parts_.clock.now() + kAskAgain);
}

void RenewalDesk::hear_refused(std::uint64_t connection, ByteView untrusted) {
  Seat* seat = find(connection);
  if (seat == nullptr) return;
  const auto fault = seat->dialogue.hear_refused(untrusted);
  if (!fault) return;
  parts_.identity.renewal_faults().note(seat->caller.device, *fault, parts_.clock.now());
  record(*seat, "device.renewal_failed", identity::to_text(*fault));
  look_at(*seat, parts_.clock.now() + kTryAgain);
}

}  // namespace fastness::renewals
