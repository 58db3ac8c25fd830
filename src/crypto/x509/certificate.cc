#include "crypto/x509/certificate.h"

#include <vector>

#include "crypto/public_key/pem.h"
#include "crypto/x509/certificate_body.h"
#include "crypto/x509/der.h"
#include "crypto/x509/malformed.h"
#include "crypto/x509/object_identifiers.h"

namespace fastness::crypto {
namespace {

constexpr std::size_t kMaxSerial = 20;  // RFC 5280, 4.1.2.2
constexpr std::size_t kMaxKeyId = 32;

// An AlgorithmIdentifier that must be ecdsa-with-SHA256, which has no parameters (RFC 5758, 3.2).
Result<void> expect_ecdsa_with_sha256(der::Reader& reader) {
  FASTNESS_ASSIGN_OR_RETURN(const der::Element algorithm, reader.expect(der::Tag::sequence));
  der::Reader inside(algorithm.content);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element id, inside.expect(der::Tag::object_identifier));
  if (!oid::is(id.content, oid::kEcdsaWithSha256)) {
    return malformed("a certificate is signed with another algorithm");
  }
  return inside.finish();
}

Result<void> expect_version_3(der::Reader& reader) {
  FASTNESS_ASSIGN_OR_RETURN(const der::Element wrapped, reader.expect(der::context_tag(0)));
  der::Reader inside(wrapped.content);
  FASTNESS_ASSIGN_OR_RETURN(const ByteView version, inside.expect_unsigned());
  if (version.size() != 1 || version[0] != 2) return malformed("not a version 3 certificate");
  return inside.finish();
}

Result<EcdsaSignature> read_signature(der::Reader& reader) {
  FASTNESS_ASSIGN_OR_RETURN(const der::Element bits, reader.expect(der::Tag::bit_string));
  if (bits.content.empty() || bits.content[0] != 0) {
    return malformed("a signature is not a whole number of bytes");
  }
  return EcdsaSignature::from_der(bits.content.subspan(1));
}

// A BOOLEAN whose default is FALSE: DER leaves the default out, so what stands there is TRUE.
Result<void> expect_true(der::Reader& reader) {
  FASTNESS_ASSIGN_OR_RETURN(const der::Element flag, reader.expect(der::Tag::boolean));
  if (flag.content.size() != 1 || flag.content[0] != 0xff) {
    return malformed("a BOOLEAN is not spelled as DER does");
  }
  return {};
}

Result<bool> read_basic_constraints(ByteView value) {
  der::Reader outer(value);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element constraints, outer.expect(der::Tag::sequence));
  FASTNESS_RETURN_IF_ERROR(outer.finish());
  der::Reader inside(constraints.content);
  bool is_authority = false;
  if (inside.next_is(der::Tag::boolean)) {
    FASTNESS_RETURN_IF_ERROR(expect_true(inside));
    is_authority = true;
  }
  if (!inside.at_end()) {
    FASTNESS_ASSIGN_OR_RETURN([[maybe_unused]] const ByteView limit, inside.expect_unsigned());
  }
  FASTNESS_RETURN_IF_ERROR(inside.finish());
  return is_authority;
}

}  // namespace

Result<Certificate> Certificate::parse(ByteView untrusted_der) {
  if (untrusted_der.size() > kMaxSize) {
    return malformed("a certificate has at most 4096 bytes");
  }
  Certificate certificate(untrusted_der);
  FASTNESS_RETURN_IF_ERROR(certificate.read());
  return certificate;
}

Result<Certificate> Certificate::parse_pem(std::string_view untrusted_text) {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes der, from_pem(kCertificateLabel, untrusted_text));
  return parse(der);
}

std::string Certificate::to_pem() const {
  return crypto::to_pem(kCertificateLabel, der_);
}

Certificate::Range Certificate::range_of(ByteView part) const {
  return {static_cast<std::size_t>(part.data() - der_.data()), part.size()};
}

Result<void> Certificate::read() {
  der::Reader outer(der_);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element whole, outer.expect(der::Tag::sequence));
  FASTNESS_RETURN_IF_ERROR(outer.finish());
  der::Reader parts(whole.content);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element tbs, parts.expect(der::Tag::sequence));
  tbs_ = range_of(tbs.whole);
  FASTNESS_RETURN_IF_ERROR(expect_ecdsa_with_sha256(parts));
  FASTNESS_ASSIGN_OR_RETURN(signature_, read_signature(parts));
  FASTNESS_RETURN_IF_ERROR(parts.finish());
  return read_body(tbs.content);
}

Result<void> Certificate::read_body(ByteView body) {
  der::Reader parts(body);
  FASTNESS_RETURN_IF_ERROR(expect_version_3(parts));
  FASTNESS_ASSIGN_OR_RETURN(const ByteView serial, parts.expect_unsigned());
  if (serial.size() > kMaxSerial) return malformed("a serial number is too long");
  serial_ = range_of(serial);
  FASTNESS_RETURN_IF_ERROR(expect_ecdsa_with_sha256(parts));
  FASTNESS_ASSIGN_OR_RETURN(const der::Element issuer, parts.expect(der::Tag::sequence));
  issuer_ = range_of(issuer.whole);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element validity, parts.expect(der::Tag::sequence));
  der::Reader dates(validity.content);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element not_before, dates.next());
  FASTNESS_ASSIGN_OR_RETURN(not_before_, der::read_time(not_before));
  FASTNESS_ASSIGN_OR_RETURN(const der::Element not_after, dates.next());
  FASTNESS_ASSIGN_OR_RETURN(not_after_, der::read_time(not_after));
  FASTNESS_RETURN_IF_ERROR(dates.finish());
  FASTNESS_ASSIGN_OR_RETURN(const der::Element subject, parts.expect(der::Tag::sequence));
  subject_ = range_of(subject.whole);
  FASTNESS_ASSIGN_OR_RETURN(common_name_, common_name_of(subject.whole));
  FASTNESS_ASSIGN_OR_RETURN(const der::Element spki, parts.expect(der::Tag::sequence));
  spki_ = range_of(spki.whole);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element wrapped, parts.expect(der::context_tag(3)));
  FASTNESS_RETURN_IF_ERROR(parts.finish());
  der::Reader inside(wrapped.content);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element list, inside.expect(der::Tag::sequence));
  FASTNESS_RETURN_IF_ERROR(inside.finish());
  return read_extensions(list.content);
}

Result<void> Certificate::read_extensions(ByteView list) {
  std::vector<ByteView> seen;
  for (der::Reader extensions(list); !extensions.at_end();) {
    FASTNESS_ASSIGN_OR_RETURN(const der::Element extension, extensions.expect(der::Tag::sequence));
    der::Reader parts(extension.content);
    FASTNESS_ASSIGN_OR_RETURN(const der::Element id, parts.expect(der::Tag::object_identifier));
    if (parts.next_is(der::Tag::boolean)) {
      FASTNESS_RETURN_IF_ERROR(expect_true(parts));
    }
    FASTNESS_ASSIGN_OR_RETURN(const der::Element value, parts.expect(der::Tag::octet_string));
    FASTNESS_RETURN_IF_ERROR(parts.finish());
    for (const ByteView earlier : seen) {
      if (oid::is(earlier, id.content)) return malformed("a certificate repeats an extension");
    }
    seen.push_back(id.content);
    FASTNESS_RETURN_IF_ERROR(read_extension(id.content, value.content));
  }
  return {};
}

Result<void> Certificate::read_extension(ByteView identifier, ByteView value) {
  der::Reader reader(value);
  if (oid::is(identifier, oid::kBasicConstraints)) {
    FASTNESS_ASSIGN_OR_RETURN(is_authority_, read_basic_constraints(value));
    return {};
  }
  if (oid::is(identifier, oid::kSubjectKeyId)) {
    FASTNESS_ASSIGN_OR_RETURN(const der::Element id, reader.expect(der::Tag::octet_string));
    if (id.content.size() > kMaxKeyId) return malformed("a key identifier is too long");
    subject_key_id_ = range_of(id.content);
    return reader.finish();
  }
  if (!oid::is(identifier, oid::kAuthorityKeyId)) return {};
  FASTNESS_ASSIGN_OR_RETURN(const der::Element sequence, reader.expect(der::Tag::sequence));
  FASTNESS_RETURN_IF_ERROR(reader.finish());
  der::Reader inside(sequence.content);
  if (!inside.next_is(der::primitive_context_tag(0))) return {};
  FASTNESS_ASSIGN_OR_RETURN(const der::Element id, inside.next());
  if (id.content.size() > kMaxKeyId) return malformed("a key identifier is too long");
  authority_key_id_ = range_of(id.content);
  return {};
}

Result<SignedBytes> signed_bytes_of(ByteView untrusted_der) {
  constexpr std::size_t kMaxSize = fixed_limit("certificates.checked_bytes");
  if (untrusted_der.size() > kMaxSize) return malformed("a certificate is too large");
  der::Reader outer(untrusted_der);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element whole, outer.next());
  der::Reader parts(whole.content);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element tbs, parts.next());
  FASTNESS_ASSIGN_OR_RETURN([[maybe_unused]] const der::Element algorithm, parts.next());
  FASTNESS_ASSIGN_OR_RETURN(const EcdsaSignature signature, read_signature(parts));
  return SignedBytes{to_bytes(tbs.whole), signature};
}

}  // namespace fastness::crypto
