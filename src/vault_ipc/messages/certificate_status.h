// What the hub asks the vault to say of certificates to third parties (OCSP, RFC 6960).
#pragma once

#include <optional>
#include <vector>

#include "crypto/ocsp/status_request.h"
#include "crypto/x509/revocation_list.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::vault_ipc {

struct SignedStatus {
  Bytes answer;  // DER of an OCSPResponse
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<SignedStatus> decode(ByteReader& in);
};

// Signs what is so of certificates of one generation. The vault builds the answer itself: it sets
// the times, names the issuer, and says `good` or `revoked` of nothing but a certificate that it is
// shown and finds in its ledger; of revocations it takes the hub's word, as in a list of them.
// `invalid_argument` for a serial number that is none, `not_found` for a generation that never was,
// `permission_denied` for one that is distrusted and for a certificate that is not in the ledger.
struct SignCertificateStatus {
  static constexpr Kind kKind = Kind::sign_certificate_status;
  using Reply = SignedStatus;

  struct Revocation {
    Timestamp at{};
    crypto::RevocationReason reason = crypto::RevocationReason::unspecified;
  };
  struct Issued {
    std::uint64_t ledger_index = 0;
    Bytes certificate;  // DER
    std::optional<Revocation> revocation;
  };
  struct Asked {
    Bytes serial;
    std::optional<Issued> issued;  // none: nobody knows it
  };

  GenerationId generation{0};
  crypto::IssuerHash named_by = crypto::IssuerHash::sha1;
  std::vector<Asked> asked;
  Bytes nonce;  // to be repeated; empty if there is none

  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<SignCertificateStatus> decode(ByteReader& in);
};

}  // namespace fastness::vault_ipc
