#include "crypto/x509/est_messages.h"

#include <algorithm>
#include <array>

#include "crypto/x509/der.h"
#include "crypto/x509/extension.h"
#include "crypto/x509/malformed.h"
#include "crypto/x509/object_identifiers.h"

namespace fastness::crypto {
namespace {

constexpr std::array<std::uint8_t, 1> kCmsVersion1{1};

// The content of `signedData` in a ContentInfo (RFC 5652, 3).
Result<der::Element> signed_data_in(ByteView message) {
  der::Reader outer(message);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element whole, outer.expect(der::Tag::sequence));
  FASTNESS_RETURN_IF_ERROR(outer.finish());
  der::Reader info(whole.content);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element type, info.expect(der::Tag::object_identifier));
  if (!oid::is(type.content, oid::kPkcs7SignedData)) return malformed("not a signed message");
  FASTNESS_ASSIGN_OR_RETURN(const der::Element wrapped, info.expect(der::context_tag(0)));
  FASTNESS_RETURN_IF_ERROR(info.finish());
  der::Reader inside(wrapped.content);
  FASTNESS_ASSIGN_OR_RETURN(const der::Element signed_data, inside.expect(der::Tag::sequence));
  FASTNESS_RETURN_IF_ERROR(inside.finish());
  return signed_data;
}

}  // namespace

Bytes certs_only_message(std::vector<Bytes> certificates) {
  std::ranges::sort(certificates);  // as DER spells a set (X.690, 11.6)
  Bytes set;
  for (const Bytes& each : certificates) set.insert(set.end(), each.begin(), each.end());
  const Bytes none = der::element(der::Tag::set, {});
  const Bytes no_content = der::sequence({object_identifier(oid::kPkcs7Data)});
  const Bytes signed_data =
      der::sequence({der::element(der::Tag::integer, {kCmsVersion1}), none, no_content,
                     der::element(der::context_tag(0), {set}), none});
  return der::sequence(
      {object_identifier(oid::kPkcs7SignedData), der::element(der::context_tag(0), {signed_data})});
}

Result<std::vector<Bytes>> read_certs_only(ByteView untrusted_message) {
  FASTNESS_ASSIGN_OR_RETURN(const der::Element signed_data, signed_data_in(untrusted_message));
  der::Reader parts(signed_data.content);
  FASTNESS_ASSIGN_OR_RETURN([[maybe_unused]] const ByteView version, parts.expect_unsigned());
  FASTNESS_ASSIGN_OR_RETURN([[maybe_unused]] const auto digests, parts.expect(der::Tag::set));
  FASTNESS_ASSIGN_OR_RETURN([[maybe_unused]] const auto content, parts.expect(der::Tag::sequence));
  FASTNESS_ASSIGN_OR_RETURN(const der::Element set, parts.expect(der::context_tag(0)));
  std::vector<Bytes> certificates;
  for (der::Reader list(set.content); !list.at_end();) {
    FASTNESS_ASSIGN_OR_RETURN(const der::Element each, list.expect(der::Tag::sequence));
    certificates.push_back(to_bytes(each.whole));
  }
  return certificates;
}

Bytes request_attributes() {
  const Bytes curve = der::element(der::Tag::set, {object_identifier(oid::kPrime256v1)});
  return der::sequence({der::sequence({object_identifier(oid::kEcPublicKey), curve}),
                        object_identifier(oid::kEcdsaWithSha256)});
}

}  // namespace fastness::crypto
