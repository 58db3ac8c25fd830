// libfido2 behind our types; for the .cc files of this folder only.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "webauthn/attested.h"
#include "webauthn/credential.h"

namespace fastness::webauthn::fido {

// The key of the credential that `found` names, at the end of these bytes. `invalid_argument` if it
// can be none, such as a point that is not on its curve.
[[nodiscard]] Result<PublicKey> read_key(ByteView untrusted_authenticator_data,
                                         const Attested& found);

// Whether `key` signed the two together, for the party of that id, with the user present and
// verified. `unauthenticated` if not.
[[nodiscard]] Result<void> verify(ByteView untrusted_authenticator_data, ByteView signature,
                                  const crypto::Digest& client_data, const std::string& party,
                                  const PublicKey& key);

}  // namespace fastness::webauthn::fido
