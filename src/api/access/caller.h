// Who is asking, and how we know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/accounts.h"
#include "api/problem.h"
#include "base/ids/ids.h"
#include "crypto/digest.h"
#include "http/message.h"

namespace fastness::api {

struct Caller {
  enum class Kind : std::uint8_t {
    anonymous,
    session,
    api_key,
    host,
    certificate,  // nothing but a client certificate, whose key the TLS handshake proved
    claimant,     // a claim code by HTTP Basic, not looked at yet, or a claim certificate: a
                  // credential for one row alone
  };

  Kind kind = Kind::anonymous;
  // Of a session or an API key.
  OrganisationId organisation{Uuid(Uuid::Bytes{})};  // where they work
  UserId user{Uuid(Uuid::Bytes{})};
  accounts::Scopes scopes;            // of everything there; of a session by its person's role
  accounts::ThingScopes things = {};  // and beyond these, of single things

  std::string client_id;                        // of an API key
  std::string claim_code_id;                    // of what a claimant shows, once that is known
  accounts::Role role = accounts::Role::guest;  // of their person in `organisation`

  // Of a session.
  OrganisationId home{Uuid(Uuid::Bytes{})};  // its person's own; their account's trail is there
  bool is_viewing = false;                   // as somebody of that role, who they are not
  std::optional<accounts::SessionId> session;
  std::optional<Timestamp> session_expires_at;
  std::string csrf;
  bool is_proven = false;    // of a session: its person has just shown who they are
  bool is_operator = false;  // of a session: its person is an operator of this server
  // Of a session, where this server asks everybody for two factors: that none but one was shown.
  enum class Owes : std::uint8_t { nothing, to_show, to_add };
  Owes owes = Owes::nothing;
  // Of a session: what lets its person, an operator, into `organisation`, whose they are not. Then
  // `scopes` is what it is for, and no role gives them more.
  std::optional<accounts::GrantId> grant = {};

  // Of a certificate; whose it is, identity decides. Of a claimant exactly if it shows one.
  std::optional<crypto::Digest> leaf;

  // Of that thing, and of any one at all.
  [[nodiscard]] bool may(accounts::Scope scope, ThingId thing) const;
  [[nodiscard]] bool may_of_some(accounts::Scope scope) const;

  // "user:<id>": of a session or an API key.
  [[nodiscard]] std::string person() const { return "user:" + user.value().to_text(); }
  // "user:<id>", "grant:<id>" of an operator, "api_key:<client id>", "host",
  // "certificate:<fingerprint>", "claim_code:<id>", "claim_certificate:<id>", "anonymous": what the
  // audit trail writes.
  [[nodiscard]] std::string actor() const;
};

// The cookie of a session: `__Host-session`, which browsers take only from TLS, or `session` on the
// loopback listener.
[[nodiscard]] std::string_view session_cookie_name(http::Channel channel);
[[nodiscard]] std::string make_session_cookie(http::Channel channel, const std::string& token);
[[nodiscard]] std::string make_expired_cookie(http::Channel channel);

// Finds out who sent a request. No credentials make an anonymous caller; bad ones are 401. A client
// certificate counts only where nothing else is sent, HTTP Basic only where claim codes are taken.
// A session's request that changes something needs the session's CSRF token and must not come from
// another site, else 403. An X-Organization header that is not the caller's organisation is 403.
// Control thread.
enum class ClaimCodes : std::uint8_t { not_taken, taken };
[[nodiscard]] Result<Caller, Problem> identify(const http::Request& request,
                                               accounts::Accounts& accounts,
                                               ClaimCodes claim_codes = ClaimCodes::not_taken);

// "nothing", "to_show", "to_add".
[[nodiscard]] std::string_view to_text(Caller::Owes owes);

// Who acts by a session. `unauthenticated` if its person is in no organisation any more.
[[nodiscard]] Result<Caller> caller_of(const accounts::Sessions::Found& found, std::string csrf,
                                       accounts::Accounts& accounts);

// Whether a caller hears of a key: of those that their person made, and of all if they administer.
[[nodiscard]] bool may_see(const Caller& caller, const accounts::ApiKey& key);
// The same of ending it and giving it a new secret; a key that asks does so for itself alone.
[[nodiscard]] bool may_end(const Caller& caller, const accounts::ApiKey& key);

// Whether the browser says that a page of ours sent this: Sec-Fetch-Site, else Origin. A program
// that sends neither passes, since it holds no cookie that it was not given.
[[nodiscard]] bool is_same_site(const http::Request& request);

// Where a request comes from and by which browser, as accounts remembers people's visits.
[[nodiscard]] accounts::Visitor visitor_of(const http::Request& request);

}  // namespace fastness::api
