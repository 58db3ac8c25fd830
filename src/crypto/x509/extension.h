// What certificates and revocation lists are both made of.
#pragma once

#include <array>
#include <cstdint>

#include "crypto/x509/der.h"
#include "crypto/x509/object_identifiers.h"

namespace fastness::crypto {

enum class Criticality { critical, may_be_ignored };

inline Bytes object_identifier(ByteView content) {
  return der::element(der::Tag::object_identifier, {content});
}

// One Extension (RFC 5280, 4.1).
inline Bytes extension(ByteView id, Criticality criticality, ByteView value) {
  static constexpr std::array<std::uint8_t, 1> kTrue{0xff};
  const Bytes octets = der::element(der::Tag::octet_string, {value});
  if (criticality == Criticality::may_be_ignored) {
    return der::sequence({object_identifier(id), octets});
  }
  return der::sequence({object_identifier(id), der::element(der::Tag::boolean, {kTrue}), octets});
}

// The AlgorithmIdentifier of every signature of ours (RFC 5758, 3.2).
inline Bytes ecdsa_with_sha256() {
  return der::sequence({object_identifier(oid::kEcdsaWithSha256)});
}

}  // namespace fastness::crypto
