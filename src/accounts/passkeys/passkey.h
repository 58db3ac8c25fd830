// Passkeys as values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids/ids.h"
#include "webauthn/client_data.h"
#include "webauthn/credential.h"

namespace fastness::accounts {

using PasskeyId = StrongId<struct PasskeyIdTag>;

// A person's key in a device or a password manager, of which the server has the public half.
struct Passkey {
  PasskeyId id;
  UserId user;
  std::string name;   // in the person's words
  std::string party;  // the host name that it was made for, and is good at
  webauthn::Credential credential;
  Timestamp created_at;
  std::optional<Timestamp> last_used_at = {};
  std::optional<Timestamp> doubted_at = {};  // when its count last did not grow: are there two?
};

// What a browser is to ask an authenticator.
struct PasskeyOffer {
  webauthn::Challenge challenge;
  Timestamp expires_at;
  Bytes user_handle = {};               // to add one: whose it is, as authenticators keep it
  std::vector<Bytes> credentials = {};  // to add one: those there are; to prove: those that may
};

// A use of a passkey, as a browser sends it.
struct RawPasskeyUse {
  Bytes credential;
  Bytes user_handle;  // empty if the authenticator sent none
  Bytes client_data;
  Bytes authenticator_data;
  Bytes signature;
};

}  // namespace fastness::accounts
