// Passkeys on their way through requests and answers.
#pragma once

#include <string>

#include "accounts/passkeys/passkeys.h"
#include "api/v1/body.h"

namespace fastness::api::v1 {

// Where the request arrived, if passkeys can belong to it: a name of this server, not a number, and
// not whatever else a client writes in its Host field. 409 else.
[[nodiscard]] Result<webauthn::RelyingParty, Problem> party_of(const Parts& parts,
                                                               const http::Request& request);

// 400 that names the field for what is not base64url.
[[nodiscard]] Result<Bytes, Problem> read_bytes(const std::string& text, std::string field);
[[nodiscard]] Result<accounts::RawPasskeyUse, Problem> read_passkey_use(
    const UsePasskeyRequest& request);
// Of a request whose body is that.
[[nodiscard]] Result<accounts::RawPasskeyUse, Problem> read_passkey_use(const Call& call);

// What a browser is to ask an authenticator.
void write_members(json::Writer& out, const accounts::PasskeyOffer& offer,
                   const webauthn::RelyingParty& party);
[[nodiscard]] http::Response show_offer(const accounts::PasskeyOffer& offer,
                                        const webauthn::RelyingParty& party);

}  // namespace fastness::api::v1
