// The object identifiers of certificates, as the content octets of their DER.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/bytes.h"

namespace fastness::crypto::oid {

template <std::size_t N>
using Oid = std::array<std::uint8_t, N>;

inline constexpr Oid<8> kEcdsaWithSha256{0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};
inline constexpr Oid<3> kCommonName{0x55, 0x04, 0x03};
inline constexpr Oid<3> kCountry{0x55, 0x04, 0x06};
inline constexpr Oid<3> kOrganisation{0x55, 0x04, 0x0a};
inline constexpr Oid<3> kOrganisationalUnit{0x55, 0x04, 0x0b};
inline constexpr Oid<3> kSubjectKeyId{0x55, 0x1d, 0x0e};
inline constexpr Oid<3> kKeyUsage{0x55, 0x1d, 0x0f};
inline constexpr Oid<3> kSubjectAltName{0x55, 0x1d, 0x11};
inline constexpr Oid<3> kBasicConstraints{0x55, 0x1d, 0x13};
inline constexpr Oid<3> kAuthorityKeyId{0x55, 0x1d, 0x23};
inline constexpr Oid<3> kExtendedKeyUsage{0x55, 0x1d, 0x25};
inline constexpr Oid<8> kServerAuth{0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01};
inline constexpr Oid<8> kClientAuth{0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02};

[[nodiscard]] inline bool is(ByteView content, ByteView identifier) {
  return std::ranges::equal(content, identifier);
}

}  // namespace fastness::crypto::oid
