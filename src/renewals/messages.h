// What a device and the server say to each other about a certificate, as JSON; docs/identity.md has
// an example of each.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "crypto/x509/certificate_request.h"
#include "identity/detection/renewal_watch.h"
#include "identity/renewal.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::renewals {

// Names one offer, so that an answer to another is none to this. Random, never used twice.
using Nonce = std::array<std::uint8_t, 16>;

// Why a device is asked to renew.
enum class Why : std::uint8_t {
  expiry,    // its certificate is in the middle of its life
  rotation,  // the key that signed it was given up
};

struct Offer {
  Nonce nonce{};
  vault_ipc::GenerationId generation{0};  // which will sign
  Why why = Why::expiry;
  identity::RenewalWindow window;
};

// Why a request gets no certificate. The device may try again after a while, with a new offer.
enum class Complaint : std::uint8_t {
  malformed,     // not a message of this protocol
  not_offered,   // another nonce than that of the last offer to this connection
  out_of_order,  // pieces begin with the first, and none is left out
  bad_request,   // not a PKCS#10 request for a P-256 key with the device's name
  bad_proof,     // the signature over the offer is missing or wrong
  not_allowed,   // the rules say no, or it is for another key
  twice,         // another request renewed this certificate a moment ago
  stale,         // another generation signs by now
  busy,
};

[[nodiscard]] std::string_view to_text(Complaint complaint);

template <typename T>
using Heard = Result<T, Complaint>;

// A piece of a request or certificate has at most so many bytes, so that every message fits
// renewals.message_bytes.
inline constexpr std::size_t kPieceBytes = 192;
inline constexpr std::size_t kMaxPieces =
    (crypto::CertificateRequest::kMaxSize + kPieceBytes - 1) / kPieceBytes;

// --- from a device
// ---------------------------------------------------------------------------------

// One piece of a request. The last has the signature, all others have none.
struct RequestPiece {
  Nonce nonce{};
  std::size_t index = 0;
  std::size_t count = 1;  // 1 … kMaxPieces, and more than `index`
  Bytes data;             // 1 … kPieceBytes
  Bytes signature;        // DER

  friend bool operator==(const RequestPiece&, const RequestPiece&) = default;
};

// `malformed` for all that is not exactly that.
[[nodiscard]] Heard<RequestPiece> parse_request_piece(ByteView untrusted);
// The offer that a device says it has stored the certificate of.
[[nodiscard]] Heard<Nonce> parse_stored(ByteView untrusted);
struct RefusedByDevice {
  Nonce nonce{};
  identity::RenewalFault fault = identity::RenewalFault::other;
};
[[nodiscard]] Heard<RefusedByDevice> parse_refused(ByteView untrusted);

// --- to a device
// -----------------------------------------------------------------------------------

[[nodiscard]] std::string to_message(const Offer& offer);
// One piece of a certificate, with everything that it is an answer to.
[[nodiscard]] std::string certificate_piece(const Offer& offer, DeviceId device, std::size_t index,
                                            std::size_t count, ByteView data);
// `wait` is how long to wait for another offer before asking to be heard again.
[[nodiscard]] std::string refusal_message(ByteView nonce, Complaint complaint,
                                          std::chrono::seconds wait);

// What a device signs with its pinned key, so that its request answers this offer and no other: a
// text of five lines.
[[nodiscard]] std::string proof_text(const Offer& offer, DeviceId device, ByteView request);

}  // namespace fastness::renewals
