#include "accounts/sign_in/sessions.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "accounts/accounts_store.h"
#include "accounts/clock_tolerance.h"
#include "accounts/suspension/suspensions.h"
#include "crypto/secret/key_text.h"
#include "keys/content_keys.h"

namespace fastness::accounts {
namespace {

// Where somebody signs in from is theirs: erasing the person erases it.
keys::Address visitor_address(const SessionId& id, const Session& session) {
  return {session.organisation, keys::FieldId::web_session, keys::RowId(ByteView(id)),
          session.user};
}

}  // namespace

Sessions::Sessions(AccountsStore& store, const Suspensions& suspensions, keys::ContentKeys& content,
                   const AccountKeys& keys, const Clock& clock, Random& random)
    : store_(store),
      suspensions_(suspensions),
      content_(content),
      keys_(keys),
      clock_(clock),
      random_(random) {}

Result<void> Sessions::load() {
  FASTNESS_ASSIGN_OR_RETURN(auto stored, store_.sessions());
  const Timestamp now = clock_.now();
  sessions_.clear();
  for (StoredSession& each : stored) {
    if (is_over(each.session, now)) {
      FASTNESS_RETURN_IF_ERROR(store_.remove_session(each.digest));
    } else {
      sessions_.insert_or_assign(each.digest, Kept{each.session, std::move(each.sealed_visitor)});
    }
  }
  return {};
}

SessionId Sessions::digest(std::string_view raw_token) const {
  return crypto::hmac_sha256(keys_.session, as_bytes(raw_token));
}

bool Sessions::is_over(const Session& session, Timestamp now) const {
  return now >= session.expires_at || now >= session.last_used_at + kIdle ||
         suspensions_.has(session.user);
}

bool Sessions::is_good(const Session& session, Timestamp now) const {
  return !is_over(session, now) && !is_of_the_future(session.last_used_at, now);
}

Result<NewSession> Sessions::create(UserId user, OrganisationId organisation,
                                    const Visitor& visitor,
                                    const std::optional<VouchedBy>& vouched_by, Strength strength) {
  FASTNESS_RETURN_IF_ERROR(suspensions_.admit(user));
  std::string token = crypto::make_token(random_);

  const Timestamp now = clock_.now();
  FASTNESS_ASSIGN_OR_RETURN(const auto works_in, store_.workplace(user));
  const Session session{user, organisation, now,        now,     now + kLongest,
                        now,  works_in,     vouched_by, strength};
  const SessionId id = digest(token);
  Bytes sealed = seal(id, session, visitor);
  const std::vector<SessionId> gone = in_the_way(user);
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(remove_each(gone));
  FASTNESS_RETURN_IF_ERROR(store_.insert(StoredSession{id, session, sealed}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  forget_each(gone);
  sessions_.insert_or_assign(id, Kept{session, std::move(sealed), visitor.browser});
  std::string proof = csrf(token);
  return NewSession{id, session, std::move(token), std::move(proof)};
}

std::vector<SessionId> Sessions::in_the_way(UserId user) const {
  const Timestamp now = clock_.now();
  std::vector<std::pair<Timestamp, SessionId>> alive;
  std::vector<SessionId> gone;
  for (const auto& [id, kept] : sessions_) {
    const Session& session = kept.session;
    if (session.user != user) continue;
    if (is_over(session, now)) {
      gone.push_back(id);
    } else {
      alive.emplace_back(session.last_used_at, id);
    }
  }
  if (alive.size() >= kMaxPerUser) {
    gone.push_back(std::min_element(alive.begin(), alive.end())->second);
  }
  return gone;
}

Result<Sessions::Found> Sessions::find(std::string_view raw_token) {
  const SessionId id = digest(raw_token);
  const auto found = sessions_.find(id);
  const Timestamp now = clock_.now();
  if (found == sessions_.end() || !is_good(found->second.session, now)) {
    return fail(Errc::unauthenticated, "no live session has this token");
  }
  Session& session = found->second.session;
  if (now - session.last_used_at >= kUseGrain) {
    FASTNESS_RETURN_IF_ERROR(store_.set_used(id, now));
    session.last_used_at = now;
  }
  return Found{id, session};
}

Result<Sessions::Found> Sessions::look(const SessionId& id) {
  FASTNESS_ASSIGN_OR_RETURN(const Kept* const kept, alive(id));
  return Found{id, kept->session};
}

std::string_view Sessions::browser(const SessionId& id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return {};
  Kept& kept = found->second;
  if (!kept.browser) kept.browser = open(id, kept.session, kept.sealed_visitor).browser;
  return *kept.browser;
}

bool Sessions::is_alive(const SessionId& id) const {
  const auto found = sessions_.find(id);
  return found != sessions_.end() && is_good(found->second.session, clock_.now());
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
  if (sessions_.erase(ended) != 0) tell(ended);
  return {};
}

void Sessions::tell(const SessionId& id) const {
  for (const OnEnded& listener : listeners_) listener(id);
}

Result<void> Sessions::end(UserId user, const SessionId& id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second.session.user != user ||
      is_over(found->second.session, clock_.now())) {
    return fail(Errc::not_found, "no such session");
  }
  return end(id);
}

Result<void> Sessions::end_all_of(UserId user, const std::optional<SessionId>& but) {
  FASTNESS_RETURN_IF_ERROR(remove_all_of(user, but));
  forget_all_of(user, but);
  return {};
}

Result<std::vector<Session>> Sessions::end_vouched(const SignedOut& over,
                                                   const std::optional<SessionId>& but) {
  return end_each(vouched(over, but));
}

std::vector<SessionId> Sessions::vouched(const SignedOut& over,
                                         const std::optional<SessionId>& but) const {
  return those([&](const SessionId& id, const Session& session) {
    return id != but && over.means(session.vouched_by, session.created_at);
  });
}

std::vector<SessionId> Sessions::those(
    const std::function<bool(const SessionId&, const Session&)>& are_meant) const {
  std::vector<SessionId> ids;
  for (const auto& [id, kept] : sessions_) {
    if (are_meant(id, kept.session)) ids.push_back(id);
  }
  return ids;
}

Result<void> Sessions::remove_each(const std::vector<SessionId>& ids) {
  for (const SessionId& id : ids) FASTNESS_RETURN_IF_ERROR(store_.remove_session(id));
  return {};
}

Result<std::vector<Session>> Sessions::end_each(const std::vector<SessionId>& ids) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(remove_each(ids));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return forget_each(ids);
}

std::vector<Session> Sessions::forget_each(const std::vector<SessionId>& ids) {
  std::vector<Session> ended;
  for (const SessionId& id : ids) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) continue;  // by a listener of one before it
    ended.push_back(found->second.session);
    sessions_.erase(found);
    tell(id);
  }
  return ended;
}

Result<void> Sessions::remove_all_of(UserId user, const std::optional<SessionId>& but) {
  return store_.remove_sessions_of(user, but);
}

void Sessions::forget_all_of(UserId user, const std::optional<SessionId>& but) {
  forget_each(those([&](const SessionId& id, const Session& session) {
    return session.user == user && id != but;
  }));
}

Result<void> Sessions::remove_vouched(const SignedOut& over, const std::optional<SessionId>& but) {
  return remove_each(vouched(over, but));
}

std::vector<Session> Sessions::forget_vouched(const SignedOut& over,
                                              const std::optional<SessionId>& but) {
  return forget_each(vouched(over, but));
}

Result<Sessions::Kept*> Sessions::alive(const SessionId& id) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || !is_good(found->second.session, clock_.now())) {
    return fail(Errc::not_found, "no such session");
  }
  return &found->second;
}

Result<void> Sessions::work_in(const SessionId& id, std::optional<OrganisationId> organisation) {
  FASTNESS_ASSIGN_OR_RETURN(Kept* const kept, alive(id));
  Session& session = kept->session;
  if (organisation == session.organisation) organisation.reset();
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.set_workplace(id, session.user, organisation));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  session.works_in = organisation;
  kept->viewed_as.reset();
  kept->visiting.reset();
  tell(id);
  return {};
}

Result<void> Sessions::view_as(const SessionId& id, std::optional<Role> role) {
  FASTNESS_ASSIGN_OR_RETURN(Kept* const kept, alive(id));
  kept->viewed_as = role;
  tell(id);
  return {};
}

std::optional<Role> Sessions::viewed_as(const SessionId& id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? std::nullopt : found->second.viewed_as;
}

Result<void> Sessions::visit(const SessionId& id, std::optional<GrantId> grant) {
  FASTNESS_ASSIGN_OR_RETURN(Kept* const kept, alive(id));
  kept->visiting = grant;
  kept->viewed_as.reset();
  tell(id);
  return {};
}

std::optional<GrantId> Sessions::visiting(const SessionId& id) const {
  const auto found = sessions_.find(id);
  return found == sessions_.end() ? std::nullopt : found->second.visiting;
}

void Sessions::end_visits(GrantId grant) {
  for (auto& [id, kept] : sessions_) {
    if (kept.visiting != grant) continue;
    kept.visiting.reset();
    tell(id);
  }
}

void Sessions::standing_changed(OrganisationId organisation, UserId user, bool is_member) {
  for (auto& [id, kept] : sessions_) {
    Session& session = kept.session;
    const bool is_there = session.works_in.value_or(session.organisation) == organisation;
    if (session.user != user || !is_there) continue;
    if (!is_member) session.works_in.reset();
    kept.viewed_as.reset();
    tell(id);
  }
}

Result<void> Sessions::rehome(UserId user, OrganisationId home) {
  for (auto& [id, kept] : sessions_) {
    Session& session = kept.session;
    if (session.user != user) continue;
    const Visitor visitor = open(id, session, kept.sealed_visitor);
    // Who worked in what was theirs goes on doing so.
    const OrganisationId works_in = session.works_in.value_or(session.organisation);
    session.organisation = home;
    session.works_in = works_in;
    kept.sealed_visitor = seal(id, session, visitor);
    FASTNESS_RETURN_IF_ERROR(store_.set_home(id, home, kept.sealed_visitor));
    FASTNESS_RETURN_IF_ERROR(store_.set_workplace(id, user, works_in));
  }
  return {};
}

Result<std::vector<Session>> Sessions::forget_expired() {
  const Timestamp now = clock_.now();
  return end_each(
      those([&](const SessionId&, const Session& session) { return is_over(session, now); }));
}

Result<void> Sessions::prove(const SessionId& id, Strength strength) {
  return set_shown(id, clock_.now(), strength);
}

Result<void> Sessions::strengthen(const SessionId& id) {
  return set_shown(id, std::nullopt, Strength::two_factors);
}

Result<void> Sessions::set_shown(const SessionId& id, std::optional<Timestamp> proved_at,
                                 Strength strength) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return {};
  Session shown = found->second.session;
  shown.proved_at = proved_at.value_or(shown.proved_at);
  shown.strength = std::max(shown.strength, strength);
  FASTNESS_RETURN_IF_ERROR(store_.set_proved(id, shown.proved_at, shown.strength));
  found->second.session = shown;
  return {};
}

bool Sessions::is_proven(const Session& session) const {
  const Timestamp now = clock_.now();
  return session.proved_at <= now && now - session.proved_at < kProof;
}

std::vector<Sessions::Listed> Sessions::list(UserId user) {
  const Timestamp now = clock_.now();
  std::vector<Listed> theirs;
  for (const auto& [id, kept] : sessions_) {
    if (kept.session.user != user || is_over(kept.session, now)) continue;
    theirs.push_back({id, kept.session, open(id, kept.session, kept.sealed_visitor)});
  }
  std::sort(theirs.begin(), theirs.end(), [](const Listed& a, const Listed& b) {
    return std::tie(b.session.last_used_at, b.session.created_at, b.id) <
           std::tie(a.session.last_used_at, a.session.created_at, a.id);
  });
  return theirs;
}

// Not knowing where from is no reason to keep somebody out.
Bytes Sessions::seal(const SessionId& id, const Session& session, const Visitor& visitor) {
  Bytes plain;
  ByteWriter out(plain);
  out.sized(visitor.address);
  out.sized(visitor.browser);
  auto sealed = content_.seal(visitor_address(id, session), plain);
  return sealed ? std::move(sealed).value() : Bytes();
}

Visitor Sessions::open(const SessionId& id, const Session& session, const Bytes& sealed) {
  if (sealed.empty()) return {};
  const auto plain = content_.open(visitor_address(id, session), sealed);
  if (!plain) return {};
  ByteReader in(*plain);
  Visitor visitor{in.sized_text(), in.sized_text()};
  return in.finish("a session's visitor") ? visitor : Visitor{};
}

}  // namespace fastness::accounts
