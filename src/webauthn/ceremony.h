// The two ceremonies of WebAuthn (7.1, 7.2), as far as they need nothing but what was sent.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "webauthn/client_data.h"
#include "webauthn/credential.h"
#include "webauthn/relying_party.h"

namespace fastness::webauthn {

// A new credential's `authenticator_data`, without the attestation around it: we ask for none, so
// there is nothing that would vouch for it but the session that it comes in.
//
// `invalid_argument` unless it answers a `create` at this party, with the user present and
// verified, and holds an id and a key of an algorithm of ours. Whether the challenge was one of
// ours is the caller's to know.
[[nodiscard]] Result<Credential> register_credential(const ClientData& client_data,
                                                     ByteView untrusted_authenticator_data,
                                                     const RelyingParty& party);

// What a use of a credential says of it.
struct Use {
  std::uint32_t counter = 0;
  Backup backup;
};

struct RawAssertion {
  Bytes authenticator_data;
  Bytes signature;
};

// `unauthenticated` unless it answers a `get` at this party, with the user present and verified,
// and this key signed it. The challenge and the counter are the caller's to judge.
[[nodiscard]] Result<Use> check_assertion(const ClientData& client_data,
                                          const RawAssertion& untrusted, const RelyingParty& party,
                                          const PublicKey& key);

// The same work for nobody's credential, and always refused: so that an answer's time does not tell
// whether there is one.
[[nodiscard]] Unexpected<Error> refuse_assertion(const ClientData& client_data,
                                                 const RawAssertion& untrusted,
                                                 const RelyingParty& party);

}  // namespace fastness::webauthn
