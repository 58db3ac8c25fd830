#include "identity/claims/claim_certificates.h"

#include <string>

#include "crypto/public_key/pem.h"

namespace fastness::identity {
namespace {

Unexpected<Error> no_claim_certificate(const std::string& why) {
  return fail(Errc::invalid_argument, "certificate_pem " + why);
}

}  // namespace

Result<crypto::Certificate> read_claim_certificate(std::string_view untrusted_pem,
                                                   OrganisationId organisation) {
  if (untrusted_pem.find("PRIVATE KEY-----") != std::string_view::npos) {
    return no_claim_certificate(
        "must not hold the private key, which is for the devices alone: make another");
  }
  const auto blocks = crypto::all_from_pem(crypto::kCertificateLabel, untrusted_pem);
  if (!blocks || blocks->size() != 1) {
    return no_claim_certificate("must be one certificate, PEM");
  }
  auto certificate = crypto::Certificate::parse(blocks->front());
  if (!certificate) {
    return no_claim_certificate("must be a certificate of version 3 with ecdsa-with-SHA256");
  }
  const auto key = certificate->public_key();
  if (!key) return no_claim_certificate("must be for a P-256 key");
  const auto name = Uuid::parse(certificate->common_name());
  if (!name || OrganisationId(*name) != organisation) {
    return no_claim_certificate("must have as its common name the organisation's id, " +
                                organisation.value().to_text());
  }
  if (!certificate->is_signed_by(*key)) {
    return no_claim_certificate("must be signed by its own key");
  }
  return certificate;
}

bool ClaimCertificates::has(const crypto::Digest& leaf, Timestamp now) const {
  const auto found = ends_.find(leaf);
  return found != ends_.end() && now < found->second;
}

Result<void, Refusal> may_ask(const AdmissionSnapshot& admission, const ClaimCertificates& claims,
                              ByteView untrusted_leaf, Timestamp now) {
  const auto known = admission.recognise(untrusted_leaf, now);
  if (known) return {};
  const bool is_unknown = known.error().reason == RefusalReason::unknown_certificate;
  if (is_unknown && claims.has(crypto::sha256(untrusted_leaf), now)) return {};
  return Unexpected<Refusal>{known.error()};
}

bool may_ask_again(const AdmissionSnapshot& admission, const ClaimCertificates& claims,
                   const crypto::Digest& leaf, Timestamp now) {
  return admission.leaves().find(leaf) != nullptr || claims.has(leaf, now);
}

}  // namespace fastness::identity
