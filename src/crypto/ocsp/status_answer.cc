#include "crypto/ocsp/status_answer.h"

#include <array>

#include "crypto/x509/certificate_body.h"
#include "crypto/x509/extension.h"

namespace fastness::crypto {
namespace {

using Kind = CertificateStatus::Kind;

constexpr std::array<std::uint8_t, 1> kSuccessful{0};

Bytes enumerated(std::uint8_t value) {
  const std::array<std::uint8_t, 1> code{value};
  return der::element(der::Tag::enumerated, {code});
}

// The AlgorithmIdentifier with NULL parameters, which is how nearly every client writes it.
Bytes hash_identifier(IssuerHash algorithm) {
  const Bytes none = der::element(der::Tag::null, {});
  return algorithm == IssuerHash::sha1 ? der::sequence({object_identifier(oid::kSha1), none})
                                       : der::sequence({object_identifier(oid::kSha256), none});
}

Bytes certificate_id(const IssuerId& issuer, ByteView serial) {
  return der::sequence(
      {hash_identifier(issuer.algorithm), der::element(der::Tag::octet_string, {issuer.name}),
       der::element(der::Tag::octet_string, {issuer.key}), der::unsigned_integer(serial)});
}

// CertStatus: its three alternatives are told apart by their tags.
Bytes encode_status(const CertificateStatus& status) {
  if (status.kind == Kind::good) return der::element(der::primitive_context_tag(0), {});
  if (status.kind == Kind::unknown) return der::element(der::primitive_context_tag(2), {});
  Bytes reason;
  if (status.reason != RevocationReason::unspecified) {
    reason =
        der::element(der::context_tag(0), {enumerated(static_cast<std::uint8_t>(status.reason))});
  }
  return der::element(der::context_tag(1), {der::generalized_time(status.revoked_at), reason});
}

Bytes nonce_extensions(ByteView nonce) {
  if (nonce.empty()) return {};
  const Bytes value = der::element(der::Tag::octet_string, {nonce});
  const Bytes list =
      der::sequence({extension(oid::kOcspNonce, Criticality::may_be_ignored, value)});
  return der::element(der::context_tag(1), {list});
}

}  // namespace

Bytes StatusAnswerBody::to_tbs() const {
  Bytes answers;
  for (const CertificateStatus& each : statuses) {
    const Bytes until = der::element(der::context_tag(0), {der::generalized_time(next_update)});
    const Bytes answer = der::sequence({certificate_id(issuer, each.serial), encode_status(each),
                                        der::generalized_time(produced_at), until});
    answers.insert(answers.end(), answer.begin(), answer.end());
  }
  // By its key, since all generations have one name; always SHA-1 (RFC 6960, 4.2.1).
  const IssuerId signed_by = issuer_id(IssuerHash::sha1, {}, signer);
  const Bytes responder =
      der::element(der::context_tag(2), {der::element(der::Tag::octet_string, {signed_by.key})});
  return der::sequence({responder, der::generalized_time(produced_at), der::sequence({answers}),
                        nonce_extensions(nonce)});
}

Bytes assemble_status_answer(ByteView tbs, const EcdsaSignature& signature) {
  // A basic answer has a certificate's outermost shape.
  const Bytes basic = assemble_certificate(tbs, signature);
  const Bytes body = der::sequence(
      {object_identifier(oid::kOcspBasic), der::element(der::Tag::octet_string, {basic})});
  return der::sequence({der::element(der::Tag::enumerated, {kSuccessful}),
                        der::element(der::context_tag(0), {body})});
}

Bytes status_refusal(StatusRefusal why) {
  return der::sequence({enumerated(static_cast<std::uint8_t>(why))});
}

}  // namespace fastness::crypto
