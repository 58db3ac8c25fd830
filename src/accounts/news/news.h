// What people are told of their own accounts by mail, as values.
#pragma once

#include <cstdint>
#include <string>

#include "accounts/account.h"

namespace fastness::accounts {

// The numbers are stored.
enum class NewsKind : std::uint8_t {
  password_changed = 1,           // by somebody who knew the one before
  password_set_by_link = 2,       // for an account that had one
  factor_set = 3,                 // which makes recovery codes, too
  factor_removed = 4,             // in a session of the person's
  factor_reset = 5,               // by the host
  recovery_codes_made = 6,        // others than before
  recovery_code_used = 7,         // in place of the app's code
  signed_out_elsewhere = 8,       // all sessions but one ended
  new_place = 9,                  // somebody came in, from another network or by another browser
  wrong_passwords = 10,           // more than a person types
  wrong_codes = 11,               // the same by somebody who knows the password
  key_created = 12,               // an API key
  key_in_new_network = 13,        // one was used where it was not before
  key_refused_elsewhere = 14,     // one was tried outside of its networks
  honey_key_used = 15,            // somebody tried one
  key_leaked = 16,                // somebody reported a secret, which ended it
  exported = 17,                  // all that is kept about the person, in a session of theirs
  exported_by_host = 18,          // the same on the host
  passkey_added = 19,             // in a session of the person's
  passkey_removed = 20,           // the same
  passkeys_reset = 21,            // by the host
  passkey_doubted = 22,           // its count did not grow: there may be two of it
  role_changed = 25,              // they are something else in an organisation than before
  left_organisation = 26,         // they were let go, or left
  joined_organisation = 27,       // they came into one
  invitation_accepted = 28,       // somebody whom they invited is in
  organisation_handed_over = 29,  // it was theirs and is somebody else's now
  organisation_received = 30,     // it is theirs now
  sign_in_linked = 31,            // by a provider, in a session of the person's
  sign_in_unlinked = 32,          // the same
  sign_ins_reset = 33,            // by the host
  impossible_travel = 34,         // somebody came in from too far away from where they were before
  key_read_much = 35,             // an API key reads far more than it does
  read_much = 36,                 // the same in sessions of theirs
  access_asked = 37,              // an operator wants to be let into an organisation of theirs
  access_granted = 38,            // another operator let one in
  glass_broken = 39,              // one let themself in, by the sealed codes
  access_to_approve = 40,         // to operators: another one wants to be let in somewhere
  made_operator = 41,             // by the host
  operator_no_more = 42,          // the same
  account_suspended = 43,         // by the host
  account_resumed = 44,           // the same
  signed_out_by_host = 45,        // all sessions ended
  order_to_approve = 46,          // to operators: a grave order of the host's waits for two of them
  order_by_codes = 47,            // the same: the sealed codes took their place
  session_carried_off = 48,       // one was used in another browser, and was ended
};

// Something that happened to somebody's account.
struct News {
  NewsKind kind;
  UserId user;
  std::string client_id = {};  // of the API key that it is about; or the provider's name
  Visitor from = {};           // who did it, as far as that is known
};

// News that waits to be told. What happened again meanwhile is the same news: of who did it and of
// the key, the last one counts.
struct WaitingNews {
  std::int64_t number;
  News news;
  Timestamp first;
  Timestamp last;
  std::uint64_t times = 1;
};

}  // namespace fastness::accounts
