#include "crypto/x509/revocation_list.h"

#include <array>

#include "crypto/x509/certificate_body.h"
#include "crypto/x509/extension.h"

namespace fastness::crypto {
namespace {

constexpr std::array<std::uint8_t, 1> kListVersion2{1};

Bytes number_extension(std::uint64_t number) {
  std::array<std::uint8_t, 8> big_endian{};
  for (std::size_t i = 0; i < big_endian.size(); ++i) {
    big_endian[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
  }
  return extension(oid::kCrlNumber, Criticality::may_be_ignored, der::unsigned_integer(big_endian));
}

// The reason is left out if there is none to tell (RFC 5280, 5.3.1).
Bytes reason_extensions(RevocationReason reason) {
  if (reason == RevocationReason::unspecified) return {};
  const std::array<std::uint8_t, 1> code{static_cast<std::uint8_t>(reason)};
  return der::sequence({extension(oid::kCrlReason, Criticality::may_be_ignored,
                                  der::element(der::Tag::enumerated, {code}))});
}

// RFC 5280, 5.1.2.6: without an entry the whole field is absent.
Bytes list_of(const std::vector<RevokedSerial>& revoked) {
  if (revoked.empty()) return {};
  Bytes entries;
  for (const RevokedSerial& each : revoked) {
    const Bytes entry = der::sequence({der::unsigned_integer(each.serial),
                                       der::time(each.revoked_at), reason_extensions(each.reason)});
    entries.insert(entries.end(), entry.begin(), entry.end());
  }
  return der::sequence({entries});
}

}  // namespace

Bytes RevocationListBody::to_tbs() const {
  const Bytes extensions =
      der::sequence({authority_key_id_extension(key_id), number_extension(number)});
  return der::sequence({der::element(der::Tag::integer, {kListVersion2}), ecdsa_with_sha256(),
                        issuer, der::time(this_update), der::time(next_update), list_of(revoked),
                        der::element(der::context_tag(0), {extensions})});
}

}  // namespace fastness::crypto
