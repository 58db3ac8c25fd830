#include "crypto/x509/certificate_request.h"

#include "crypto/public_key/pem.h"
#include "crypto/x509/certificate_body.h"
#include "crypto/x509/der.h"
#include "crypto/x509/malformed.h"
#include "crypto/x509/object_identifiers.h"

namespace fastness::crypto {
namespace {

constexpr std::array<std::uint8_t, 1> kVersion1{0};

struct RequestInfo {
  PublicKey public_key;
  std::string common_name;
};

// CertificationRequestInfo (RFC 2986, 4.1). Attributes are allowed and ignored: nothing that a
// request asks for is granted because it asks.
Result<RequestInfo> read_info(ByteView content) {
  der::Reader parts(content);
  FASTNESS_ASSIGN_OR_RETURN(const ByteView version, parts.expect_unsigned());
  if (version.size() != 1 || version[0] != 0) return malformed("not a version 1 request");
  FASTNESS_ASSIGN_OR_RETURN(const der::Element subject, parts.expect(der::Tag::sequence));
  FASTNESS_ASSIGN_OR_RETURN(std::string common_name, common_name_of(subject.whole));
  FASTNESS_ASSIGN_OR_RETURN(const der::Element spki, parts.expect(der::Tag::sequence));
  FASTNESS_ASSIGN_OR_RETURN(PublicKey key, PublicKey::from_spki(spki.whole));
  if (!parts.at_end()) {
    FASTNESS_ASSIGN_OR_RETURN([[maybe_unused]] const der::Element attributes,
                              parts.expect(der::context_tag(0)));
  }
  FASTNESS_RETURN_IF_ERROR(parts.finish());
  return RequestInfo{std::move(key), std::move(common_name)};
}

Result<EcdsaSignature> read_request_signature(der::Reader& parts) {
  FASTNESS_ASSIGN_OR_RETURN(const der::Element algorithm, parts.expect(der::Tag::sequence));
  der::Reader inside(algorithm.content);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element id, inside.expect(der::Tag::object_identifier));
  if (!oid::is(id.content, oid::kEcdsaWithSha256)) {
    return malformed("a request is signed with another algorithm than ecdsa-with-SHA256");
  }
  FASTNESS_RETURN_IF_ERROR(inside.finish());
  FASTNESS_ASSIGN_OR_RETURN(const der::Element bits, parts.expect(der::Tag::bit_string));
  if (bits.content.empty() || bits.content[0] != 0) return malformed("a signature has stray bits");
  return EcdsaSignature::from_der(bits.content.subspan(1));
}

}  // namespace

Result<CertificateRequest> CertificateRequest::parse_der(ByteView untrusted_der) {
  if (untrusted_der.size() > kMaxSize)
    return malformed("a certificate request has at most 2048 bytes");
  der::Reader outer(untrusted_der);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element whole, outer.expect(der::Tag::sequence));
  FASTNESS_RETURN_IF_ERROR(outer.finish());
  der::Reader parts(whole.content);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element info, parts.expect(der::Tag::sequence));
  FASTNESS_ASSIGN_OR_RETURN(const EcdsaSignature signature, read_request_signature(parts));
  FASTNESS_RETURN_IF_ERROR(parts.finish());
  FASTNESS_ASSIGN_OR_RETURN(RequestInfo read, read_info(info.content));
  if (!read.public_key.verify(info.whole, signature)) {
    return malformed("a certificate request is not signed by its own key");
  }
  return CertificateRequest(untrusted_der, std::move(read.public_key), std::move(read.common_name));
}

Result<CertificateRequest> CertificateRequest::parse_pem(std::string_view untrusted_text) {
  // Older tools write NEW in front of the label (RFC 7468, 7).
  auto der = from_pem(kCertificateRequestLabel, untrusted_text);
  if (!der && der.error().code == Errc::not_found) {
    der = from_pem("NEW CERTIFICATE REQUEST", untrusted_text);
  }
  if (!der) return malformed("not a certificate request in PEM");
  return parse_der(*der);
}

Result<Bytes> CertificateRequest::build(const PrivateKey& key, std::string_view common_name) {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes subject,
                            encode_name({{NameAttribute::common_name, std::string(common_name)}}));
  const Bytes info =
      der::sequence({der::element(der::Tag::integer, {kVersion1}), subject,
                     key.public_key().to_spki(), der::element(der::context_tag(0), {})});
  const Bytes algorithm =
      der::sequence({der::element(der::Tag::object_identifier, {oid::kEcdsaWithSha256})});
  return der::sequence({info, algorithm, der::bit_string(key.sign(info).to_der())});
}

}  // namespace fastness::crypto
