// libfido2 behind our types; for the .cc files of this folder only.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "webauthn/credential.h"

namespace fastness::webauthn::fido {

struct Attested {
  CredentialId id;
  PublicKey key;
};

// The credential in a registration's authenticator data. `invalid_argument` unless there is one, of
// an algorithm of ours, with a key that can be one.
[[nodiscard]] Result<Attested> read_credential(ByteView untrusted_authenticator_data);

// Whether `key` signed the two together, for the party of that id, with the user present and
// verified. `unauthenticated` if not, or if an extension is in it that nobody asked for.
[[nodiscard]] Result<void> verify(ByteView untrusted_authenticator_data, ByteView signature,
                                  const crypto::Digest& client_data, const std::string& party,
                                  const PublicKey& key);

}  // namespace fastness::webauthn::fido
