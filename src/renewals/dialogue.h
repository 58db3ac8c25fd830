#pragma once

#include <optional>
#include <string>
#include <vector>

#include "renewals/messages.h"

namespace fastness::renewals {

// One device that renews, on one connection: the offer that it has, and the pieces of its request
// so far. Everything it says must answer the last offer. Knows neither time nor registry;
// thread-compatible.
class Dialogue {
 public:
  explicit Dialogue(DeviceId device) : device_(device) {}

  // Takes the place of the offer before: whoever answers that one is not heard. The payload for
  // `renew`.
  [[nodiscard]] std::string make_offer(const Offer& offer);
  // Null before the first offer, and after a refusal by the device.
  [[nodiscard]] const Offer* offer() const { return offer_ ? &*offer_ : nullptr; }

  // A payload of `csr`. The whole request once its last piece has come and is proved to answer the
  // offer: signed, like the request, by the key that the request is for. Whether that key is the
  // device's is for Identity::renew to say. A first piece begins anew; whatever is wrong ends what
  // was begun.
  [[nodiscard]] Heard<std::optional<Bytes>> hear_request(ByteView untrusted);

  // The payloads for `cert`, in their order. Precondition: there is an offer.
  [[nodiscard]] std::vector<std::string> answer(ByteView certificate) const;
  [[nodiscard]] std::string refuse(Complaint complaint, std::chrono::seconds wait) const;

  // Payloads of `ack` and `nack`. After the second there is no offer.
  [[nodiscard]] Heard<void> hear_stored(ByteView untrusted) const;
  [[nodiscard]] Heard<identity::RenewalFault> hear_refused(ByteView untrusted);

 private:
  [[nodiscard]] Heard<void> check_nonce(const Nonce& nonce) const;
  [[nodiscard]] Heard<void> check_turn(const RequestPiece& piece) const;
  [[nodiscard]] Heard<std::optional<Bytes>> take(RequestPiece piece);
  [[nodiscard]] Heard<void> check_proof(ByteView request, ByteView signature) const;
  void begin_anew();

  DeviceId device_;
  std::optional<Offer> offer_;
  Bytes request_;             // as far as it has come
  std::size_t came_ = 0;      // pieces
  std::size_t expected_ = 0;  // in all; 0: none has come
};

}  // namespace fastness::renewals
