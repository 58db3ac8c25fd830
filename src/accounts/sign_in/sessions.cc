#include "accounts/sign_in/sessions.h"

#include <algorithm>
#include <array>
#include <utility>

#include "accounts/accounts_store.h"

namespace fastness::accounts {

Sessions::Sessions(AccountsStore& store, const AccountKeys& keys, const Clock& clock,
                   Random& random)
    : store_(store), keys_(keys), clock_(clock), random_(random) {}

Result<void> Sessions::load() {
  FASTNESS_ASSIGN_OR_RETURN(const auto stored, store_.sessions());
  const Timestamp now = clock_.now();
  for (const StoredSession& each : stored) {
    if (is_expired(each.session, now)) {
      FASTNESS_RETURN_IF_ERROR(store_.remove_session(each.digest));
    } else {
      sessions_.insert_or_assign(each.digest, each.session);
    }
  }
  return {};
}

SessionId Sessions::digest(std::string_view raw_token) const {
  return crypto::hmac_sha256(keys_.session, as_bytes(raw_token));
}

bool Sessions::is_expired(const Session& session, Timestamp now) const {
  return now >= session.expires_at || now >= session.last_used_at + kIdle;
}

Result<NewSession> Sessions::create(UserId user, OrganisationId organisation) {
  FASTNESS_RETURN_IF_ERROR(make_room(user));
  std::array<std::uint8_t, 32> secret{};
  random_.fill(secret);
  std::string token = to_base64url(secret);
  crypto::secure_zero(secret);

  const Timestamp now = clock_.now();
  const Session session{user, organisation, now, now, now + kLongest};
  const SessionId id = digest(token);
  FASTNESS_RETURN_IF_ERROR(store_.insert(StoredSession{id, session}));
  sessions_.insert_or_assign(id, session);
  std::string proof = csrf(token);
  return NewSession{id, session, std::move(token), std::move(proof)};
}

Result<void> Sessions::make_room(UserId user) {
  const Timestamp now = clock_.now();
  std::vector<std::pair<Timestamp, SessionId>> alive;
  std::vector<SessionId> gone;
  for (const auto& [id, session] : sessions_) {
    if (session.user != user) continue;
    if (is_expired(session, now)) {
      gone.push_back(id);
    } else {
      alive.emplace_back(session.last_used_at, id);
    }
  }
  if (alive.size() >= kMaxPerUser) {
    gone.push_back(std::min_element(alive.begin(), alive.end())->second);
  }
  for (const SessionId& id : gone) FASTNESS_RETURN_IF_ERROR(end(id));
  return {};
}

Result<Sessions::Found> Sessions::find(std::string_view raw_token) {
  const SessionId id = digest(raw_token);
  const auto found = sessions_.find(id);
  const Timestamp now = clock_.now();
  if (found == sessions_.end() || is_expired(found->second, now)) {
    return fail(Errc::unauthenticated, "no live session has this token");
  }
  Session& session = found->second;
  if (now - session.last_used_at >= kUseGrain) {
    FASTNESS_RETURN_IF_ERROR(store_.set_used(id, now));
    session.last_used_at = now;
  }
  return Found{id, session};
}

bool Sessions::is_alive(const SessionId& id) const {
  const auto found = sessions_.find(id);
  return found != sessions_.end() && !is_expired(found->second, clock_.now());
}

std::string Sessions::csrf(std::string_view raw_token) const {
  return to_base64url(crypto::hmac_sha256(keys_.csrf, as_bytes(raw_token)));
}

bool Sessions::is_csrf(std::string_view raw_token, std::string_view raw_csrf) const {
  return crypto::constant_time_equal(as_bytes(csrf(raw_token)), as_bytes(raw_csrf));
}

Result<void> Sessions::end(const SessionId& id) {
  FASTNESS_RETURN_IF_ERROR(store_.remove_session(id));
  const SessionId ended = id;  // the caller's may be the map's own
  if (sessions_.erase(ended) == 0) return {};
  for (const OnEnded& tell : listeners_) tell(ended);
  return {};
}

Result<void> Sessions::end_all_of(UserId user) {
  std::vector<SessionId> theirs;
  for (const auto& [id, session] : sessions_) {
    if (session.user == user) theirs.push_back(id);
  }
  for (const SessionId& id : theirs) FASTNESS_RETURN_IF_ERROR(end(id));
  return {};
}

}  // namespace fastness::accounts
