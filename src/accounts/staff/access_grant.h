// Access that an operator of this server is given to somebody's organisation, as values.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/api_keys/scope.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "webauthn/credential.h"

namespace fastness::accounts {

using GrantId = StrongId<struct GrantIdTag>;

// What an operator wants to look at or change, for how long, and why.
struct AccessWish {
  static constexpr std::chrono::minutes kLongest{fixed_limit("staff.grant_minutes")};
  static constexpr std::size_t kReasonBytes = fixed_limit("staff.reason_bytes");

  OrganisationId organisation;
  Scopes scopes;
  std::chrono::minutes time;
  std::string reason;  // one line, which its people read
};

// The same of one operator's, with the name that it goes by from then on.
struct AccessRequest {
  GrantId id;
  UserId by;
  AccessWish wish;
};

// The numbers are stored.
enum class GrantState : std::uint8_t {
  waiting = 1,    // for somebody's approval
  live = 2,       // its operator may go in
  refused = 3,    // by the organisation, or by another operator
  withdrawn = 4,  // by whoever asked
  lapsed = 5,     // nobody answered in time
  ended = 6,      // by somebody, before its time was over
  expired = 7,    // its time is over
};

// "waiting", …
[[nodiscard]] std::string_view to_text(GrantState state);

[[nodiscard]] constexpr bool is_over(GrantState state) {
  return state != GrantState::waiting && state != GrantState::live;
}

// Who let an operator in. The numbers are stored.
enum class GrantedBy : std::uint8_t {
  organisation = 1,  // one of those who administer it
  another_operator = 2,
  break_glass = 3,  // nobody: two of the sealed codes
};

// "organisation", "operator", "break_glass".
[[nodiscard]] std::string_view to_text(GrantedBy by);

struct AccessGrant {
  AccessRequest request;
  GrantState state;
  Timestamp asked_at;
  // Of one that waits: until when it can be answered. Of a live one: until when it is good. Of one
  // that is over: since when.
  Timestamp until;
  std::optional<GrantedBy> granted_by = {};
  std::optional<UserId> decided_by = {};  // who approved, refused or ended it; nobody: time, host
  std::optional<Timestamp> granted_at = {};
};

// What somebody puts their passkey to.
enum class Deed : std::uint8_t { ask = 1, approve = 2, break_glass = 3 };

// "ask", "approve", "break_glass".
[[nodiscard]] std::string_view to_text(Deed deed);

// What they sign: lines of text that say all of it, in one way only. SHA-256 of it is the challenge
// of the passkey's use, so that with the signature anybody can check who agreed to what.
[[nodiscard]] std::string statement_of(Deed deed, UserId by, const AccessRequest& request);

// A passkey's signature of a statement (WebAuthn 6.3.3), with the key that it was made by at the
// time.
struct StatementSignature {
  std::string statement;
  webauthn::PublicKey key;
  Bytes client_data;
  Bytes authenticator_data;
  Bytes signature;
};

struct SignedDeed {
  Deed deed;
  UserId by;
  Timestamp at;
  StatementSignature signature;
};

}  // namespace fastness::accounts
