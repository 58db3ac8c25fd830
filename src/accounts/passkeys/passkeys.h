#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/account.h"
#include "accounts/account_keys.h"
#include "accounts/passkeys/challenges.h"
#include "accounts/passkeys/passkey.h"
#include "accounts/sign_in/sessions.h"
#include "accounts/sign_in/throttle.h"
#include "accounts/staff/access_grant.h"
#include "base/fixed_limits.h"
#include "webauthn/ceremony.h"

namespace fastness::accounts {

class NewsBook;
class PasskeyStore;
class SignIn;
class Users;

// People's passkeys, by which they sign in without anything else and prove that it is them. A
// passkey is two factors, because its authenticator verifies the person each time. Whether there is
// one is told to nobody who has none. Attempts are slowed by network or session, never by account:
// nobody guesses a signature, so nobody needs to be shut out. Lives on the control thread.
class Passkeys {
 public:
  static constexpr std::size_t kMostOfOne = fixed_limit("accounts.passkeys");
  static constexpr double kProofs = 10;  // wrong ones in a session at once, then one each
  static constexpr std::chrono::seconds kProofRefill{30};

  // All must outlive this.
  Passkeys(PasskeyStore& store, Users& users, Sessions& sessions, SignIn& sign_in, NewsBook& news,
           const AccountKeys& keys, const Clock& clock, Random& random);

  // The oldest first.
  [[nodiscard]] Result<std::vector<Passkey>> list(UserId user);

  // What a browser is asked to make for this person, in this session alone. `exhausted` for who has
  // kMostOfOne.
  [[nodiscard]] Result<PasskeyOffer> offer(const SessionId& session, UserId user);
  // Keeps what it made, if it answers an offer of this session. `invalid_argument` if it is no
  // registration at this party, `not_found` if no such offer is open, `already_exists` for a
  // credential that somebody has, `exhausted` as above.
  [[nodiscard]] Result<Passkey> add(const SessionId& session, UserId user, std::string name,
                                    ByteView untrusted_client_data,
                                    ByteView untrusted_authenticator_data,
                                    const webauthn::RelyingParty& party);
  // `not_found` unless it is that person's.
  Result<void> rename(UserId user, PasskeyId id, const std::string& name);
  Result<void> remove(UserId user, PasskeyId id);
  // All of somebody's, by the host. No error if there is none.
  Result<void> reset(UserId user);

  // Says nothing of anybody: the authenticator knows whose passkeys it has.
  [[nodiscard]] PasskeyOffer offer_sign_in(const Visitor& visitor);

  // A session for whose passkey it is. `unauthenticated` for whatever is not right, unknown
  // credentials included, in like time; `exhausted` after too many attempts of this network.
  struct Followed {
    std::optional<OrganisationId> organisation;  // once a passkey has signed, whatever came of it
    Result<NewSession> session;
  };
  [[nodiscard]] Followed sign_in(const RawPasskeyUse& raw, const webauthn::RelyingParty& party,
                                 const Visitor& visitor);

  // For somebody in a session to prove again who they are. `not_found` for who has no passkey at
  // this party.
  [[nodiscard]] Result<PasskeyOffer> offer_proof(const SessionId& session, UserId user,
                                                 const webauthn::RelyingParty& party);
  // `unauthenticated` unless it is that person's passkey and answers an offer of this session;
  // `exhausted` after too many attempts in it.
  [[nodiscard]] Result<void> prove(const SessionId& session, UserId user, const RawPasskeyUse& raw,
                                   const webauthn::RelyingParty& party);

  // For somebody in a session to sign a statement: the challenge is its digest. `not_found` as for
  // a proof.
  [[nodiscard]] Result<PasskeyOffer> offer_signature(const SessionId& session, UserId user,
                                                     std::string_view statement,
                                                     const webauthn::RelyingParty& party);
  // Their signature of it, if that statement was offered in this session less than five minutes
  // ago, and was not signed since. Errors as `prove`, which it does as well.
  [[nodiscard]] Result<StatementSignature> sign(const SessionId& session, UserId user,
                                                std::string statement, const RawPasskeyUse& raw,
                                                const webauthn::RelyingParty& party);

 private:
  struct Signed {
    Passkey passkey;
    webauthn::Use use;
  };
  [[nodiscard]] Bytes user_handle(UserId user) const;
  [[nodiscard]] Result<PasskeyOffer> offer_use(UserId user, const webauthn::RelyingParty& party);
  [[nodiscard]] Result<Signed> use_in_session(const SessionId& session, UserId user,
                                              const RawPasskeyUse& raw, std::string_view owner,
                                              const webauthn::RelyingParty& party);
  [[nodiscard]] Result<Signed> verify(const webauthn::ClientData& client_data,
                                      const RawPasskeyUse& raw,
                                      const webauthn::RelyingParty& party);
  [[nodiscard]] Result<void> count(const Signed& by, const Visitor& visitor);

  PasskeyStore& store_;
  Users& users_;
  Sessions& sessions_;
  SignIn& sign_in_;
  NewsBook& news_;
  const Clock& clock_;
  Random& random_;
  crypto::SecretBytes handle_key_;
  Throttle by_network_{fixed_limit("accounts.attempts_of_network"), std::chrono::seconds(5)};
  Throttle by_session_{kProofs, kProofRefill};
  Challenges strangers_;  // no stranger pushes out what a session has open
  Challenges in_sessions_;
};

}  // namespace fastness::accounts
