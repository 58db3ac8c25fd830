#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "crypto/public_key/p256.h"

namespace fastness::crypto {

enum class NameAttribute { country, organisation, organisational_unit, common_name };

struct NamePart {
  NameAttribute attribute;
  std::string value;
};

// A distinguished name with one attribute in each part, all PrintableString: the form that boards
// rebuild. `invalid_argument` if a value has a character outside PrintableString, is empty or has
// more than 64 characters.
[[nodiscard]] Result<Bytes> encode_name(const std::vector<NamePart>& parts);

// What a name holds as its common name; empty if it has none. `invalid_argument` if malformed.
[[nodiscard]] Result<std::string> common_name_of(ByteView encoded_name);

// One certificate extension, encoded.
[[nodiscard]] Bytes authority_key_id_extension(ByteView key_id);
[[nodiscard]] Bytes subject_key_id_extension(ByteView key_id);
[[nodiscard]] Bytes authority_extension(std::optional<std::uint8_t> path_length);
[[nodiscard]] Bytes end_entity_extension();
// The second is for a key that also answers about its certificates (RFC 6960): what is neither a
// certificate nor a list of revoked ones counts as any other signature.
enum class KeyUsage { signs_certificates, signs_certificates_and_answers, signs };
[[nodiscard]] Bytes key_usage_extension(KeyUsage usage);
enum class ExtendedKeyUsage { server, client };
[[nodiscard]] Bytes extended_key_usage_extension(ExtendedKeyUsage usage);
// Names that parse as IPv4 or IPv6 addresses become addresses, others DNS names.
// `invalid_argument` if a name is neither.
[[nodiscard]] Result<Bytes> subject_names_extension(const std::vector<std::string>& names);

// Everything a certificate (RFC 5280, 4.1) says before it is signed.
struct CertificateBody {
  Bytes serial;  // big-endian, at most 20 bytes
  Bytes issuer;  // from encode_name
  Timestamp not_before{};
  Timestamp not_after{};
  Bytes subject;  // from encode_name
  Bytes spki;
  std::vector<Bytes> extensions;

  // The bytes to sign with ecdsa-with-SHA256.
  [[nodiscard]] Bytes to_tbs() const;
};

// The certificate out of the signed bytes and their signature.
[[nodiscard]] Bytes assemble_certificate(ByteView tbs, const EcdsaSignature& signature);

}  // namespace fastness::crypto
