#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account.h"
#include "accounts/account_keys.h"
#include "accounts/federated/linked_sign_in.h"
#include "accounts/federated/open_attempts.h"
#include "accounts/sign_in/sessions.h"
#include "accounts/sign_in/sign_in.h"
#include "accounts/sign_in/throttle.h"
#include "base/fixed_limits.h"
#include "oidc/flow/exchange.h"

namespace fastness::accounts {

class LinkStore;
class NewsBook;
class Users;

// Signing in by an identity provider. A person links who they are there from inside, with a fresh
// proof; nobody is made or linked by what a provider says, and an e-mail address counts for
// nothing. It takes the place of the password and of nothing else: whoever has a second factor owes
// its code. Sessions that rest on it end when it is unlinked, and when the provider says that its
// person has signed out there. Attempts are slowed by network alone. Asking the provider is for
// whoever calls: it waits. Lives on the control thread.
class LinkedSignIns {
 public:
  static constexpr std::size_t kMostOfOne = fixed_limit("accounts.linked_sign_ins");

  // All must outlive this.
  LinkedSignIns(LinkStore& store, Users& users, SignIn& sign_in, NewsBook& news,
                keys::ContentKeys& content, const AccountKeys& keys, const Clock& clock,
                Random& random);

  // Sends somebody away. To sign in: `exhausted` after too many attempts of this network. To link:
  // `exhausted` for who has kMostOfOne.
  [[nodiscard]] Result<SentAway> begin_sign_in(std::string provider, std::string redirect_uri,
                                               const Visitor& visitor);
  [[nodiscard]] Result<SentAway> begin_link(const SessionId& session, UserId user,
                                            std::string provider, std::string redirect_uri,
                                            const Visitor& visitor);

  // As OpenAttempts::answer.
  [[nodiscard]] std::optional<AttemptPurpose> answer(std::string_view raw_cookie,
                                                     std::string_view provider,
                                                     std::string_view raw_state,
                                                     oidc::Answer answer) {
    return attempts_.answer(raw_cookie, provider, raw_state, std::move(answer));
  }
  // As OpenAttempts::take; `session` to link.
  [[nodiscard]] std::optional<CameBack> come_back(std::string_view raw_cookie,
                                                  const std::optional<SessionId>& session = {}) {
    return attempts_.take(raw_cookie, session);
  }

  // A session for whom a provider named, or the question for their code. `not_found` if nobody has
  // linked that.
  struct Followed {
    std::optional<OrganisationId> organisation;  // of whom it is, if anybody
    Result<Entered> entered;
  };
  [[nodiscard]] Followed sign_in(const oidc::Identity& identity, const Visitor& visitor);

  // `already_exists` if somebody has linked that, whoever; `exhausted` as above.
  [[nodiscard]] Result<LinkedSignIn> link(UserId user, const oidc::Identity& identity,
                                          std::string provider_name);

  // The oldest first.
  [[nodiscard]] Result<std::vector<LinkedSignIn>> list(UserId user);
  // What the provider calls the person. May ask the vault for a key, so `unavailable` is possible.
  [[nodiscard]] Result<std::string> subject(const LinkedSignIn& linked);
  // Ends the sessions that rest on it, but `current`. `not_found` unless it is that person's.
  Result<void> remove(UserId user, LinkedSignInId id,
                      const std::optional<SessionId>& current = std::nullopt);
  // All of somebody's, and what rests on them, by the host, within the transaction that is open;
  // returns them. No error if there is none. Whoever commits calls `was_reset`, from where on the
  // sessions are gone from memory too.
  [[nodiscard]] Result<std::vector<LinkedSignIn>> reset(UserId user);
  void was_reset(const std::vector<LinkedSignIn>& gone);

  // A provider says that somebody has signed out there: what rests on that ends. Returns the
  // sessions; none if nobody has linked them, and if it was said before.
  [[nodiscard]] Result<std::vector<Session>> sign_out(const oidc::Logout& logout);

  // What is that person's alone is sealed in another organisation. Within the transaction that is
  // open.
  [[nodiscard]] Result<void> rehome(const User& before, const User& after);

 private:
  [[nodiscard]] crypto::Digest index_of(const std::string& issuer,
                                        const std::string& subject) const;
  [[nodiscard]] std::optional<crypto::Digest> session_of(
      const std::string& issuer, const std::optional<std::string>& session) const;

  LinkStore& store_;
  Users& users_;
  SignIn& sign_in_;
  NewsBook& news_;
  keys::ContentKeys& content_;
  const AccountKeys& keys_;
  const Clock& clock_;
  Random& random_;
  crypto::SecretBytes session_key_;
  Throttle by_network_{fixed_limit("accounts.attempts_of_network"), std::chrono::seconds(5)};
  OpenAttempts attempts_;
};

}  // namespace fastness::accounts
