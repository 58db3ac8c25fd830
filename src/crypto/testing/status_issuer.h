#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/ocsp/status_answer.h"
#include "crypto/public_key/p256.h"

namespace fastness::crypto::testing {

// Somebody else's authority, which issues certificates and answers about them by OpenSSL: what is
// right and what is wrong.
class StatusIssuer {
 public:
  // Who signs an answer, and the certificate that it does so by.
  struct Responder {
    PrivateKey key = PrivateKey::generate();
    Bytes certificate = {};
  };

  // What an answer says, and how it comes. A member that is not named is as it should be.
  struct Answer {
    Timestamp from{};
    std::optional<Timestamp> until;
    CertificateStatus::Kind kind = CertificateStatus::Kind::good;
    IssuerHash hash = IssuerHash::sha1;
    const Responder* by = nullptr;  // absent: the issuer itself
    enum class Form : std::uint8_t {
      usual,
      said_twice,     // good for one hash, and revoked for the other
      beside_others,  // of the same issuer
      signed_by_sha1,
      critical_of_all,       // an extension of the answer that nobody knows
      critical_of_one,       // the same of what it says of the certificate
      without_certificates,  // of who signed it
    } form = Form::usual;
  };

  // Its certificate is good for a month around `now`.
  explicit StatusIssuer(Timestamp now);
  // With a key that is known, so that what it signed once can be a file.
  StatusIssuer(Timestamp now, PrivateKey key);

  [[nodiscard]] const Bytes& certificate() const { return certificate_; }

  // A certificate for the key; `serial` tells it from others.
  [[nodiscard]] Bytes issue(ByteView spki, std::uint8_t serial,
                            const std::vector<Bytes>& extensions = {}) const;

  // With the purpose OCSPSigning, or without.
  enum class Purpose : std::uint8_t { answers, servers };
  // `until`: when its certificate is over; absent: as the issuer's.
  [[nodiscard]] Responder make_responder(Purpose purpose,
                                         std::optional<Timestamp> until = std::nullopt) const;

  // About `leaf`, which need not be this issuer's.
  [[nodiscard]] Bytes answer(ByteView leaf, const Answer& answer) const;

 private:
  [[nodiscard]] Bytes certify(ByteView subject, ByteView spki, Bytes serial,
                              std::vector<Bytes> extensions,
                              std::optional<Timestamp> until = std::nullopt) const;

  Timestamp now_;
  PrivateKey key_;
  Bytes name_;
  Bytes certificate_;
};

// The extension of a certificate by which it demands to be shown with a status (RFC 7633).
[[nodiscard]] Bytes must_staple_extension();

}  // namespace fastness::crypto::testing
