// The credential in a registration's authenticator data, found without parsing CBOR; for the .cc
// files of this folder only.
#pragma once

#include <cstddef>

#include "base/bytes.h"
#include "base/result.h"
#include "webauthn/credential.h"

namespace fastness::webauthn {

// Where it is, and by what its key signs.
struct Attested {
  CredentialId id;
  Algorithm algorithm;
  std::size_t end;  // of its key; only extensions follow
};

// Keys have one spelling (6.5.1.1: the canonical CBOR of CTAP2, and no optional member), so what is
// around the numbers of a key can be compared byte for byte, and whoever sends a map of 2^60
// members is refused before a parser makes room for it. `invalid_argument` for every other
// algorithm, spelling or length, and for bytes behind the key that no flag announces. Whether the
// numbers are a key is not known yet.
[[nodiscard]] Result<Attested> find_attested(ByteView untrusted_authenticator_data);

}  // namespace fastness::webauthn
