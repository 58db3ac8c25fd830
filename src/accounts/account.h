// People, organisations and their credentials, as values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/api_keys/scope.h"
#include "accounts/people/thing_rights.h"
#include "accounts/sign_in/vouched.h"
#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/network.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::accounts {

// Owns devices, things and all else. Every user has one of their own.
struct Organisation {
  OrganisationId id;
  std::string name;
  Timestamp created_at;
};

// A person. The e-mail address is sealed on disk: Users::email opens it.
struct User {
  UserId id;
  OrganisationId organisation;  // their own
  Timestamp created_at;
  bool has_password = false;
};

// A person, and when they last signed in, if that is known.
struct SeenUser {
  User user;
  std::optional<Timestamp> last_sign_in;
};

// A honey key opens nothing. Its owner puts it where only somebody who looks for keys finds it: who
// tries it has been there.
enum class KeyUse : std::uint8_t { program = 0, honey = 1 };

// The right of a program to act for a user in one organisation.
struct ApiKey {
  std::string client_id;  // `fk` and 30 of base62; public
  OrganisationId organisation;
  UserId user;
  std::string name;
  Scopes scopes;
  Timestamp created_at;
  Timestamp expires_at;
  std::optional<Timestamp> last_used_at;    // kept to about ten minutes
  std::optional<Timestamp> leaked_at = {};  // when somebody showed its secret: it is dead since
  std::optional<Timestamp> previous_ends_at = {};  // until when the secret before this one is good
  Networks networks = {};  // from where it may be used; empty: from anywhere
  KeyUse use = KeyUse::program;
  std::optional<Timestamp> tripped_at = {};  // a honey key: when somebody last tried to use it
  std::string tripped_from = {};             // and from which address
  ThingIds things = {};  // to which its scopes are limited; empty: to none of them
  // When it was seen that its end has come or that nobody uses it: no clock that goes back after
  // that makes it good again.
  std::optional<Timestamp> ended_at = {};
  bool is_suspended = false;  // with its person's account; as of now, and not stored with the key
};

// What the owner of an API key is to hear of its use.
struct KeyAlarm {
  enum class Kind : std::uint8_t {
    honey_used,      // somebody has been where it was put, and was refused
    from_elsewhere,  // the right secret, or a token of the key, from none of its networks: refused
    new_network      // it was let in from where it was not used before
  };
  Kind kind;
  ApiKey key;
  std::string address;
};

// Whether a key opens anything, or why not. A dead one is kept until its owner has seen it.
enum class KeyState : std::uint8_t {
  live,
  expired,    // its end came
  leaked,     // somebody reported it
  unused,     // nobody used it for so long that nobody would miss it
  suspended,  // the account of its person is, until it is resumed
};

[[nodiscard]] std::string_view to_text(KeyState state);
[[nodiscard]] KeyState state_of(const ApiKey& key, Timestamp clock);

// When it ends if nobody uses it meanwhile. It counts from the last use, at first from its making.
[[nodiscard]] Timestamp end_if_unused(const ApiKey& key);

// An API key just made. The secret is nowhere else and cannot be shown again.
struct NewApiKey {
  ApiKey key;
  crypto::SecretBytes secret;  // text: `fastnessk1`, 48 of base62, 6 of checksum
};

// What somebody has shown of themselves. A passkey is two factors, since its authenticator asks for
// a finger, a face or a PIN; so is a password with a code. A provider that vouches is one.
enum class Strength : std::uint8_t { one_factor = 0, two_factors = 1 };  // as stored

// A browser that has signed in.
struct Session {
  UserId user;
  OrganisationId organisation;  // their own
  Timestamp created_at;
  Timestamp last_used_at;  // kept to about five minutes
  Timestamp expires_at;    // whatever happens
  Timestamp proved_at;     // when its person last showed password, and factor if there is one
  std::optional<OrganisationId> works_in = {};  // if that is another than their own
  std::optional<VouchedBy> vouched_by = {};     // if a provider vouched for them
  Strength strength = Strength::one_factor;     // the most that was shown in it
};

// Who is at the door, as far as the connection tells.
struct Visitor {
  std::string address;
  std::string browser = {};  // "Firefox on Linux"; see browser_name
};

// What is unusual at an account's door.
struct DoorAlarm {
  enum class Kind : std::uint8_t {
    new_place,          // somebody came in from another network, or by another browser
    impossible_travel,  // and from too far away from where they were before
    wrong_passwords,    // more than a person mistypes
    wrong_codes,        // the same by somebody who knows the password
    carried_off         // a session was used in another browser than it began in, and was ended
  };
  Kind kind;
  User user;
  Visitor visitor;  // empty if it was in a session
};

// The second factor of a person: the secret of an app, and codes for whoever lost it.
struct FactorState {
  std::optional<Timestamp> since;          // absent: there is none
  std::size_t recovery_codes = 0;          // not used yet
  std::optional<Timestamp> reset_at = {};  // by the host, and none was set since
};

}  // namespace fastness::accounts
