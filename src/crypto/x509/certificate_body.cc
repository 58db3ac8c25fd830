#include "crypto/x509/certificate_body.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "base/fixed_limits.h"
#include "crypto/x509/der.h"
#include "crypto/x509/extension.h"
#include "crypto/x509/object_identifiers.h"

namespace fastness::crypto {
namespace {

constexpr std::size_t kMaxNameValue =
    fixed_limit("certificates.name_bytes");  // ub-common-name and its like (RFC 5280, appendix A)
constexpr std::array<std::uint8_t, 1> kTrue{0xff};
constexpr std::array<std::uint8_t, 1> kVersion3{2};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// X.680, 41.4.
bool is_printable(std::string_view text) {
  constexpr std::string_view kMarks = " '()+,-./:=?";
  return std::ranges::all_of(
      text, [&](char c) { return is_alphanumeric(c) || kMarks.find(c) != std::string_view::npos; });
}

ByteView identifier_of(NameAttribute attribute) {
  switch (attribute) {
    case NameAttribute::country:
      return oid::kCountry;
    case NameAttribute::organisation:
      return oid::kOrganisation;
    case NameAttribute::organisational_unit:
      return oid::kOrganisationalUnit;
    case NameAttribute::common_name:
      return oid::kCommonName;
  }
  return {};
}

bool is_dns_name(std::string_view name) {
  if (name.empty() || name.size() > 253 || name.front() == '.' || name.back() == '.') return false;
  return std::ranges::all_of(
      name, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '*'; });
}

// One GeneralName (RFC 5280, 4.2.1.6): dNSName [2] or iPAddress [7].
Result<Bytes> general_name(const std::string& name) {
  std::array<std::uint8_t, 16> address{};
  if (inet_pton(AF_INET, name.c_str(), address.data()) == 1) {
    return der::element(der::primitive_context_tag(7), {ByteView(address).first(4)});
  }
  if (inet_pton(AF_INET6, name.c_str(), address.data()) == 1) {
    return der::element(der::primitive_context_tag(7), {address});
  }
  if (!is_dns_name(name)) {
    return fail(Errc::invalid_argument, "neither a host name nor an address");
  }
  return der::text(der::primitive_context_tag(2), name);
}

}  // namespace

Result<Bytes> encode_name(const std::vector<NamePart>& parts) {
  Bytes content;
  for (const NamePart& part : parts) {
    if (part.value.empty() || part.value.size() > kMaxNameValue || !is_printable(part.value)) {
      return fail(Errc::invalid_argument, "a certificate name has a value it may not hold");
    }
    const Bytes pair = der::sequence({object_identifier(identifier_of(part.attribute)),
                                      der::text(der::Tag::printable_string, part.value)});
    const Bytes relative = der::element(der::Tag::set, {pair});
    content.insert(content.end(), relative.begin(), relative.end());
  }
  return der::sequence({content});
}

Result<std::string> common_name_of(ByteView encoded_name) {
  der::Reader outer(encoded_name);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element name, outer.expect(der::Tag::sequence));
  FASTNESS_RETURN_IF_ERROR(outer.finish());
  std::string common_name;
  for (der::Reader sets(name.content); !sets.at_end();) {
    FASTNESS_ASSIGN_OR_RETURN(const der::Element relative, sets.expect(der::Tag::set));
    for (der::Reader pairs(relative.content); !pairs.at_end();) {
      FASTNESS_ASSIGN_OR_RETURN(const der::Element pair, pairs.expect(der::Tag::sequence));
      der::Reader parts(pair.content);
      FASTNESS_ASSIGN_OR_RETURN(const der::Element id, parts.expect(der::Tag::object_identifier));
      FASTNESS_ASSIGN_OR_RETURN(const der::Element value, parts.next());
      FASTNESS_RETURN_IF_ERROR(parts.finish());
      if (!oid::is(id.content, oid::kCommonName)) continue;
      // Two common names would let two readers see two holders.
      if (!common_name.empty()) {
        return fail(Errc::invalid_argument, "a name has two common names");
      }
      common_name = as_text(value.content);
    }
  }
  return common_name;
}

Bytes authority_key_id_extension(ByteView key_id) {
  const Bytes id = der::element(der::primitive_context_tag(0), {key_id});
  return extension(oid::kAuthorityKeyId, Criticality::may_be_ignored, der::sequence({id}));
}

Bytes subject_key_id_extension(ByteView key_id) {
  return extension(oid::kSubjectKeyId, Criticality::may_be_ignored,
                   der::element(der::Tag::octet_string, {key_id}));
}

Bytes authority_extension(std::optional<std::uint8_t> path_length) {
  const Bytes is_authority = der::element(der::Tag::boolean, {kTrue});
  Bytes limit;
  if (path_length) {
    const std::array<std::uint8_t, 1> value{*path_length};
    limit = der::unsigned_integer(value);
  }
  return extension(oid::kBasicConstraints, Criticality::critical,
                   der::sequence({is_authority, limit}));
}

Bytes end_entity_extension() {
  return extension(oid::kBasicConstraints, Criticality::critical, der::sequence({}));
}

Bytes key_usage_extension(KeyUsage usage) {
  // Named bits (RFC 5280, 4.2.1.3): keyCertSign and cRLSign, or digitalSignature. DER counts the
  // unused bits at the end.
  static constexpr std::array<std::uint8_t, 2> kCertificatesAndLists{1, 0x06};
  static constexpr std::array<std::uint8_t, 2> kEverything{1, 0x86};
  static constexpr std::array<std::uint8_t, 2> kSignatures{7, 0x80};
  const auto bits = [&]() -> ByteView {
    switch (usage) {
      case KeyUsage::signs_certificates:
        return kCertificatesAndLists;
      case KeyUsage::signs_certificates_and_answers:
        return kEverything;
      case KeyUsage::signs:
        return kSignatures;
    }
    return {};
  };
  return extension(oid::kKeyUsage, Criticality::critical,
                   der::element(der::Tag::bit_string, {bits()}));
}

Bytes extended_key_usage_extension(ExtendedKeyUsage usage) {
  const auto& purpose = usage == ExtendedKeyUsage::server ? oid::kServerAuth : oid::kClientAuth;
  return extension(oid::kExtendedKeyUsage, Criticality::may_be_ignored,
                   der::sequence({object_identifier(purpose)}));
}

Result<Bytes> subject_names_extension(const std::vector<std::string>& names) {
  Bytes content;
  for (const std::string& name : names) {
    FASTNESS_ASSIGN_OR_RETURN(const Bytes encoded, general_name(name));
    content.insert(content.end(), encoded.begin(), encoded.end());
  }
  if (content.empty()) return fail(Errc::invalid_argument, "a certificate needs a name");
  return extension(oid::kSubjectAltName, Criticality::may_be_ignored, der::sequence({content}));
}

Bytes CertificateBody::to_tbs() const {
  Bytes list;
  for (const Bytes& one : extensions) list.insert(list.end(), one.begin(), one.end());
  const Bytes version =
      der::element(der::context_tag(0), {der::element(der::Tag::integer, {kVersion3})});
  const Bytes validity = der::sequence({der::time(not_before), der::time(not_after)});
  const Bytes wrapped = der::element(der::context_tag(3), {der::sequence({list})});
  return der::sequence({version, der::unsigned_integer(serial), ecdsa_with_sha256(), issuer,
                        validity, subject, spki, wrapped});
}

Bytes assemble_certificate(ByteView tbs, const EcdsaSignature& signature) {
  return der::sequence({tbs, ecdsa_with_sha256(), der::bit_string(signature.to_der())});
}

}  // namespace fastness::crypto
