// What is carried to a root that lies elsewhere, and what is carried back. Both are public.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/public_key/p256.h"
#include "roots/root_set.h"

namespace fastness::roots {

// What a root is asked to sign for. The numbers are on the wire.
enum class Purpose : std::uint8_t {
  renew_issuer = 1,       // the active root: a new issuing authority, and nothing else changes
  switch_to_standby = 2,  // the standby root: the same, and from now on it is the active one
};

// "renew_issuer" and "switch_to_standby".
[[nodiscard]] std::string_view to_text(Purpose purpose);

// What the vault asks for. Nobody signs its bytes: it says a key and two roots, and whoever signs
// builds the certificate and the statement out of them. It is signed by the key it is about, so a
// request that was changed on its way is none. Immutable.
class RootRequest {
 public:
  // What there is to say; `next_standby` and `by_active` belong to a switch. `by_active` is the
  // active root's signature over `statement`, where the vault still has that root.
  struct Parts {
    Purpose purpose;
    RootSet current;
    crypto::PublicKey issuer_key;
    Timestamp made_at;
    std::optional<crypto::Certificate> next_standby = std::nullopt;
    std::optional<crypto::EcdsaSignature> by_active = std::nullopt;
  };

  // `invalid_argument` unless the parts fit the purpose.
  [[nodiscard]] static Result<RootRequest> make(Parts parts);

  // What the issuing authority's key signs.
  [[nodiscard]] Bytes to_be_signed() const;
  [[nodiscard]] std::string to_pem(const crypto::EcdsaSignature& by_issuer_key) const;
  // `corrupted` for anything but a request as it was made.
  [[nodiscard]] static Result<RootRequest> parse_pem(std::string_view untrusted_text);

  // Its name in an answer.
  [[nodiscard]] crypto::Digest digest() const { return crypto::sha256(to_be_signed()); }

  [[nodiscard]] const Parts& parts() const { return parts_; }
  // The root that is asked.
  [[nodiscard]] const crypto::Certificate& signer() const;
  // The set once it was signed; the present one if only the issuing authority is new.
  [[nodiscard]] const RootSet& next() const { return next_; }
  // What both roots sign so that `next` follows; empty if only the issuing authority is new.
  [[nodiscard]] Bytes statement() const;
  // What will be signed, in words for the person who has the root.
  [[nodiscard]] std::string to_text() const;

 private:
  RootRequest(Parts parts, RootSet next) : parts_(std::move(parts)), next_(std::move(next)) {}

  Parts parts_;
  RootSet next_;
};

// What came of it, signed as a whole by the root that was asked, so that nobody on the way leaves a
// part out.
struct RootAnswer {
  crypto::Digest request{};
  Bytes issuer;    // DER, untrusted until it was held against the request
  Bytes root_set;  // the document; empty if there is none
  crypto::EcdsaSignature by_signer;

  // What `by_signer` is over.
  [[nodiscard]] Bytes to_be_signed() const;
  [[nodiscard]] std::string to_pem() const;
  // `corrupted` for anything that is not spelled as one; nothing in it is believed yet.
  [[nodiscard]] static Result<RootAnswer> parse_pem(std::string_view untrusted_text);
};

// `corrupted` unless the answer is to this request, signed by the root that was asked, with the
// issuing authority's certificate that was asked for and, if it names a root set, the one that was
// asked for. The message says what is wrong.
[[nodiscard]] Result<void> check_answer(const RootRequest& request, const RootAnswer& answer,
                                        Timestamp now);

}  // namespace fastness::roots
