#include "accounts/passkeys/passkeys.h"

#include <algorithm>
#include <utility>

#include "accounts/news/news_book.h"
#include "accounts/passkeys/passkey_store.h"
#include "accounts/sign_in/sign_in.h"
#include "accounts/users.h"

namespace fastness::accounts {
namespace {

// Whom a challenge is for: one made to add a passkey proves nothing and signs nothing, and so on.
std::string to_add(const SessionId& session) {
  return "add:" + to_hex(session);
}
std::string to_prove(const SessionId& session) {
  return "prove:" + to_hex(session);
}
std::string to_sign(const SessionId& session) {
  return "sign:" + to_hex(session);
}

Unexpected<Error> refuse_passkey() {
  return fail(Errc::unauthenticated, "no passkey signed this");
}

}  // namespace

Passkeys::Passkeys(PasskeyStore& store, Users& users, Sessions& sessions, SignIn& sign_in,
                   NewsBook& news, const AccountKeys& keys, const Clock& clock, Random& random)
    : store_(store),
      users_(users),
      sessions_(sessions),
      sign_in_(sign_in),
      news_(news),
      clock_(clock),
      random_(random),
      handle_key_(crypto::hkdf_sha256(keys.session, {}, "fastness passkey user handles", 32)),
      strangers_(clock, random),
      in_sessions_(clock, random) {}

Bytes Passkeys::user_handle(UserId user) const {
  return to_bytes(crypto::hmac_sha256(handle_key_, user.value().bytes()));
}

Result<std::vector<Passkey>> Passkeys::list(UserId user) {
  return store_.of(user);
}

Result<PasskeyOffer> Passkeys::offer(const SessionId& session, UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const auto there, store_.of(user));
  if (there.size() >= kMostOfOne) return fail(Errc::exhausted, "too many passkeys");
  PasskeyOffer made{in_sessions_.make(to_add(session)), clock_.now() + Challenges::kLife,
                    user_handle(user)};
  for (const Passkey& each : there) made.credentials.push_back(each.credential.id.bytes());
  return made;
}

Result<Passkey> Passkeys::add(const SessionId& session, UserId user, std::string name,
                              ByteView untrusted_client_data, ByteView untrusted_authenticator_data,
                              const webauthn::RelyingParty& party) {
  FASTNESS_ASSIGN_OR_RETURN(const auto client_data,
                            webauthn::ClientData::parse(untrusted_client_data));
  if (!in_sessions_.take(client_data.challenge(), to_add(session))) {
    return fail(Errc::not_found, "no passkey was offered");
  }
  FASTNESS_ASSIGN_OR_RETURN(
      webauthn::Credential credential,
      webauthn::register_credential(client_data, untrusted_authenticator_data, party));
  const Passkey made{PasskeyId(random_uuid(random_)), user,        std::move(name), party.id(),
                     std::move(credential),           clock_.now()};
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const auto there, store_.of(user));
  if (there.size() >= kMostOfOne) return fail(Errc::exhausted, "too many passkeys");
  FASTNESS_RETURN_IF_ERROR(store_.insert(made));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::passkey_added, user}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  // It is there in any case; at worst it is asked for in this session.
  static_cast<void>(sessions_.strengthen(session).has_value());
  return made;
}

Result<void> Passkeys::rename(UserId user, PasskeyId id, const std::string& name) {
  FASTNESS_ASSIGN_OR_RETURN(const bool was_there, store_.rename(user, id, name));
  if (!was_there) return fail(Errc::not_found, "no such passkey");
  return {};
}

Result<void> Passkeys::remove(UserId user, PasskeyId id) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const bool was_there, store_.remove(user, id));
  if (!was_there) return fail(Errc::not_found, "no such passkey");
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::passkey_removed, user}));
  return transaction.commit();
}

Result<void> Passkeys::reset(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t gone, store_.remove_all(user));
  if (gone != 0) FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::passkeys_reset, user}));
  return transaction.commit();
}

PasskeyOffer Passkeys::offer_sign_in(const Visitor& visitor) {
  return {strangers_.make(network_of(visitor.address)), clock_.now() + Challenges::kLife};
}

Passkeys::Followed Passkeys::sign_in(const RawPasskeyUse& raw, const webauthn::RelyingParty& party,
                                     const Visitor& visitor) {
  const std::string network = network_of(visitor.address);
  if (!by_network_.take(network, clock_.steady())) {
    return {std::nullopt, fail(Errc::exhausted, "too many attempts to sign in")};
  }
  const auto client_data = webauthn::ClientData::parse(raw.client_data);
  // A challenge is good in another network too: a phone changes them as its person walks.
  if (!client_data || !strangers_.take(client_data->challenge())) {
    return {std::nullopt, refuse_passkey()};
  }
  auto by = verify(*client_data, raw, party);
  if (!by) return {std::nullopt, propagate(std::move(by))};
  if (raw.user_handle.empty()) return {std::nullopt, refuse_passkey()};
  const auto user = users_.find(by->passkey.user);
  if (!user) return {std::nullopt, Unexpected<Error>{user.error()}};
  if (auto counted = count(*by, visitor); !counted) {
    return {user->organisation, propagate(std::move(counted))};
  }
  by_network_.give_back(network);
  return {user->organisation, sign_in_.enter_proven(*user, visitor)};
}

// Without a challenge yet.
Result<PasskeyOffer> Passkeys::offer_use(UserId user, const webauthn::RelyingParty& party) {
  FASTNESS_ASSIGN_OR_RETURN(const auto theirs, store_.of(user));
  PasskeyOffer made{{}, clock_.now() + Challenges::kLife};
  for (const Passkey& each : theirs) {
    if (each.party == party.id()) made.credentials.push_back(each.credential.id.bytes());
  }
  if (made.credentials.empty()) return fail(Errc::not_found, "no passkey for this party");
  return made;
}

// An answer to a challenge of `owner`, by a passkey of that person's.
Result<Passkeys::Signed> Passkeys::use_in_session(const SessionId& session, UserId user,
                                                  const RawPasskeyUse& raw, std::string_view owner,
                                                  const webauthn::RelyingParty& party) {
  const std::string bucket = to_hex(session);
  if (!by_session_.take(bucket, clock_.steady())) {
    return fail(Errc::exhausted, "too many attempts in this session");
  }
  const auto client_data = webauthn::ClientData::parse(raw.client_data);
  if (!client_data || !in_sessions_.take(client_data->challenge(), owner)) return refuse_passkey();
  FASTNESS_ASSIGN_OR_RETURN(Signed by, verify(*client_data, raw, party));
  if (by.passkey.user != user) return refuse_passkey();
  FASTNESS_RETURN_IF_ERROR(count(by, {}));
  by_session_.give_back(bucket);
  return by;
}

Result<PasskeyOffer> Passkeys::offer_proof(const SessionId& session, UserId user,
                                           const webauthn::RelyingParty& party) {
  FASTNESS_ASSIGN_OR_RETURN(PasskeyOffer made, offer_use(user, party));
  made.challenge = in_sessions_.make(to_prove(session));
  return made;
}

Result<void> Passkeys::prove(const SessionId& session, UserId user, const RawPasskeyUse& raw,
                             const webauthn::RelyingParty& party) {
  FASTNESS_RETURN_IF_ERROR(use_in_session(session, user, raw, to_prove(session), party));
  return sessions_.prove(session, Strength::two_factors);
}

Result<PasskeyOffer> Passkeys::offer_signature(const SessionId& session, UserId user,
                                               std::string_view statement,
                                               const webauthn::RelyingParty& party) {
  FASTNESS_ASSIGN_OR_RETURN(PasskeyOffer made, offer_use(user, party));
  made.challenge = crypto::sha256(as_bytes(statement));
  in_sessions_.open(made.challenge, to_sign(session));
  return made;
}

Result<StatementSignature> Passkeys::sign(const SessionId& session, UserId user,
                                          std::string statement, const RawPasskeyUse& raw,
                                          const webauthn::RelyingParty& party) {
  const auto client_data = webauthn::ClientData::parse(raw.client_data);
  if (!client_data || client_data->challenge() != crypto::sha256(as_bytes(statement))) {
    return refuse_passkey();
  }
  FASTNESS_ASSIGN_OR_RETURN(const Signed by,
                            use_in_session(session, user, raw, to_sign(session), party));
  FASTNESS_RETURN_IF_ERROR(sessions_.prove(session, Strength::two_factors));
  return StatementSignature{std::move(statement), by.passkey.credential.key, raw.client_data,
                            raw.authenticator_data, raw.signature};
}

// All that is asked of a use but whether its count grew; and of the person, who it is.
Result<Passkeys::Signed> Passkeys::verify(const webauthn::ClientData& client_data,
                                          const RawPasskeyUse& raw,
                                          const webauthn::RelyingParty& party) {
  const webauthn::RawAssertion said{raw.authenticator_data, raw.signature};
  FASTNESS_ASSIGN_OR_RETURN(auto found, store_.find(raw.credential));
  if (!found) return webauthn::refuse_assertion(client_data, said, party);
  FASTNESS_ASSIGN_OR_RETURN(
      const webauthn::Use use,
      webauthn::check_assertion(client_data, said, party, found->credential.key));
  const bool is_theirs = raw.user_handle.empty() ||
                         crypto::constant_time_equal(raw.user_handle, user_handle(found->user));
  const bool is_same = use.backup.is_eligible == found->credential.backup.is_eligible;
  if (found->party != party.id() || !is_theirs || !is_same) return refuse_passkey();
  return Signed{std::move(*found), use};
}

// On disk before anybody is told that it was right.
Result<void> Passkeys::count(const Signed& by, const Visitor& visitor) {
  const Timestamp now = clock_.now();
  FASTNESS_ASSIGN_OR_RETURN(const bool is_in_order, store_.use(by.passkey.id, by.use.counter,
                                                               by.use.backup.is_backed_up, now));
  if (is_in_order) return {};
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.set_doubted(by.passkey.id, now));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::passkey_doubted, by.passkey.user, {}, visitor}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return fail(Errc::unauthenticated, "the passkey's count did not grow");
}

}  // namespace fastness::accounts
