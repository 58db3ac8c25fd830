// A claim certificate is a certificate that a member registered: its key, flashed into a batch of
// devices, opens the first enrolment and nothing else. Nobody signs it but its own key, so no key
// of ours stands for it and admission knows none of it (docs/decisions/0053).
#pragma once

#include <map>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/x509/certificate.h"
#include "identity/admission/admission.h"

namespace fastness::identity {

// Reads what a member wants to register: one certificate, PEM, of a P-256 key that signed it
// itself, whose common name is the organisation's id. So who registers it has had that key sign
// for this organisation: nobody registers a certificate that they found. `invalid_argument` in
// words for whoever asked. Its dates are not looked at, nor what else it says.
[[nodiscard]] Result<crypto::Certificate> read_claim_certificate(std::string_view untrusted_pem,
                                                                 OrganisationId organisation);

// The claim certificates of all organisations as of one moment, for the TLS handshake. Immutable,
// thread-safe.
class ClaimCertificates {
 public:
  // By digest, with when each is over.
  explicit ClaimCertificates(std::map<crypto::Digest, Timestamp> ends) : ends_(std::move(ends)) {}

  // Whether there is one with this digest that is not over. What its holder may still have is for
  // Claims to say.
  [[nodiscard]] bool has(const crypto::Digest& leaf, Timestamp now) const;

 private:
  std::map<crypto::Digest, Timestamp> ends_;  // ordered: members choose what is in it
};

// Whether the holder of this leaf may shake hands where certificates are renewed and first ones
// asked for: the vault issued it (AdmissionSnapshot::recognise), or it is a claim certificate. What
// is forged is that, whoever registered it.
[[nodiscard]] Result<void, Refusal> may_ask(const AdmissionSnapshot& admission,
                                            const ClaimCertificates& claims,
                                            ByteView untrusted_leaf, Timestamp now);

// The same for a leaf that shook hands before.
[[nodiscard]] bool may_ask_again(const AdmissionSnapshot& admission,
                                 const ClaimCertificates& claims, const crypto::Digest& leaf,
                                 Timestamp now);

}  // namespace fastness::identity
