#include "accounts/api_keys/api_keys.h"

#include <algorithm>
#include <utility>

#include "accounts/accounts_store.h"
#include "accounts/news/news_book.h"
#include "accounts/people/members.h"
#include "accounts/suspension/suspensions.h"
#include "crypto/secret/key_text.h"

namespace fastness::accounts {

std::string_view to_text(KeyState state) {
  switch (state) {
    case KeyState::live:
      return "live";
    case KeyState::expired:
      return "expired";
    case KeyState::leaked:
      return "leaked";
    case KeyState::unused:
      return "unused";
    case KeyState::suspended:
      return "suspended";
  }
  return "expired";
}

KeyState state_of(const ApiKey& key, Timestamp clock) {
  const Timestamp now = std::max(clock, key.ended_at.value_or(clock));
  if (key.leaked_at) return KeyState::leaked;
  if (now >= key.expires_at) return KeyState::expired;
  // A honey key waits: that nobody uses it is what it is for, and it opens nothing to suspend.
  if (key.use == KeyUse::honey) return KeyState::live;
  if (now >= end_if_unused(key)) return KeyState::unused;
  return key.is_suspended ? KeyState::suspended : KeyState::live;
}

Timestamp end_if_unused(const ApiKey& key) {
  return key.last_used_at.value_or(key.created_at) + ApiKeys::kLongestUnused;
}

const KeyView* KeySnapshot::find(const std::string& client_id, Timestamp now) const {
  const auto found = keys_.find(client_id);
  if (found == keys_.end() || now >= found->second.expires_at) return nullptr;
  return &found->second;
}

ApiKeys::ApiKeys(AccountsStore& store, Members& members, const Suspensions& suspensions,
                 NewsBook& news, const AccountKeys& keys, const Clock& clock, Random& random)
    : store_(store),
      members_(members),
      suspensions_(suspensions),
      news_(news),
      keys_(keys),
      clock_(clock),
      random_(random),
      network_key_(crypto::hkdf_sha256(keys.api_key, {}, "fastness networks of API keys", 32)),
      published_(std::make_shared<KeySnapshot>()) {}

Result<void> ApiKeys::load() {
  FASTNESS_ASSIGN_OR_RETURN(auto stored, store_.keys());
  for (StoredKey& each : stored) {
    std::string id = each.key.client_id;
    each.key.is_suspended = suspensions_.has(each.key.user);
    entries_.insert_or_assign(std::move(id),
                              Entry{each.secret, std::move(each.key), each.previous_secret});
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto networks, store_.key_networks());
  for (const StoredKeyNetwork& each : networks) {
    entries_.at(each.client_id).seen.add(each.network, each.since);
  }
  publish();
  return {};
}

crypto::Digest ApiKeys::digest(std::string_view secret) const {
  return crypto::hmac_sha256(keys_.api_key, as_bytes(secret));
}

// Nothing for a key whose person is not there, or may be there for all that is known.
KeyView ApiKeys::view_of(const ApiKey& key) const {
  KeyView view{key.organisation, key.user, {}, key.expires_at};
  const auto found = members_.standing(key.organisation, key.user);
  if (!found || !*found) return view;
  const Standing& standing = **found;
  const Scopes of_all = key.scopes & scopes_of(standing.role);
  std::map<ThingId, Scopes> of_things;
  if (key.things.empty()) {
    view.scopes = of_all;
    if (standing.things) of_things = *standing.things;
    for (auto& [thing, scopes] : of_things) scopes = scopes & key.scopes;
  } else {
    for (const ThingId thing : key.things) {
      of_things[thing] = of_all | (key.scopes & scopes_of(standing.things, thing));
    }
  }
  if (!of_things.empty()) {
    view.things = std::make_shared<const std::map<ThingId, Scopes>>(std::move(of_things));
  }
  return view;
}

void ApiKeys::publish() {
  KeySnapshot::Keys views;
  for (const auto& [client_id, entry] : entries_) {
    const ApiKey& key = entry.key;
    if (key.leaked_at || key.ended_at || key.is_suspended || key.use == KeyUse::honey) continue;
    views.emplace(client_id, view_of(key));
  }
  published_.store(std::make_shared<KeySnapshot>(std::move(views)));
}

Result<NewApiKey> ApiKeys::create(OrganisationId organisation, UserId user, std::string name,
                                  Scopes scopes, Timestamp expires_at, Networks networks,
                                  KeyUse use, ThingIds things) {
  const Timestamp now = clock_.now();
  if (name.empty() || name.size() > kMaxNameBytes) {
    return fail(Errc::invalid_argument, "name must have 1 to 64 bytes");
  }
  if (use == KeyUse::honey && !(scopes.is_empty() && networks.empty() && things.empty())) {
    return fail(Errc::invalid_argument,
                "a honey key opens nothing: leave out scopes, networks and things");
  }
  if (use == KeyUse::program && scopes.is_empty()) {
    return fail(Errc::invalid_argument, "scopes must not be empty");
  }
  if (networks.size() > kMaxNetworks) {
    return fail(Errc::invalid_argument, "an API key has at most 16 networks");
  }
  if (things.size() > kMaxThingRights) {
    return fail(Errc::invalid_argument, "an API key is limited to at most 64 things");
  }
  if (!things.empty() && !kScopesOfThings.includes(scopes)) {
    return fail(Errc::invalid_argument,
                "a key that is limited to things has scopes of things, values and history only");
  }
  if (expires_at <= now || expires_at > now + kLongestLife) {
    return fail(Errc::invalid_argument, "expires_at must be in the next five years");
  }
  const auto owned = std::count_if(entries_.begin(), entries_.end(), [&](const auto& each) {
    return each.second.key.organisation == organisation;
  });
  if (static_cast<std::size_t>(owned) >= kMaxPerOrganisation) {
    return fail(Errc::exhausted,
                "the organisation has 1000 API keys, which is the most: end one that is not used");
  }

  ApiKey key{crypto::make_client_id(random_),
             organisation,
             user,
             std::move(name),
             scopes,
             now,
             expires_at,
             {}};
  key.networks = std::move(networks);
  key.use = use;
  key.things = std::move(things);
  key.is_suspended = suspensions_.has(user);
  NewApiKey made{std::move(key), crypto::make_client_secret(random_)};
  Entry entry{digest(as_text(made.secret.reveal())), made.key};
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.insert(StoredKey{entry.secret, entry.key}));
  FASTNESS_RETURN_IF_ERROR(news_.note({NewsKind::key_created, user, made.key.client_id}));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  entries_.insert_or_assign(made.key.client_id, std::move(entry));
  publish();
  return made;
}

Result<ApiKey> ApiKeys::authenticate(std::string_view client_id, std::string_view secret,
                                     std::string_view address) {
  const crypto::Digest given = digest(secret);
  const auto found = entries_.find(std::string(client_id));
  const Timestamp now = clock_.now();
  const bool is_right = found != entries_.end() && is_secret_of(found->second, given, now);
  if (!is_right || state_of(found->second.key, now) != KeyState::live) {
    return fail(Errc::unauthenticated, "no live API key has this id and secret");
  }
  if (found->second.key.use == KeyUse::honey) {
    raise(KeyAlarm::Kind::honey_used, found->second, address);
    return fail(Errc::unauthenticated, "a honey key opens nothing");
  }
  if (!may_be_used_from(found->first, address)) {
    return fail(Errc::unauthenticated, "the API key is limited to other networks");
  }
  return found->second.key;
}

bool ApiKeys::may_be_used_from(const std::string& client_id, std::string_view address) {
  const auto found = entries_.find(client_id);
  if (found == entries_.end()) return false;
  const Networks& limited_to = found->second.key.networks;
  if (limited_to.empty() || any_has(limited_to, address)) return true;
  raise(KeyAlarm::Kind::from_elsewhere, found->second, address);
  return false;
}

void ApiKeys::raise(KeyAlarm::Kind kind, Entry& entry, std::string_view address) {
  const Timestamp now = clock_.now();
  ApiKey& key = entry.key;
  if (!alarms_.take(key.client_id + " " + network_of(address), clock_.steady())) return;
  const bool is_honey = kind == KeyAlarm::Kind::honey_used;
  if (is_honey) {
    // Known at least until the next start, and the trail is told in any case.
    static_cast<void>(store_.set_tripped(key.client_id, now, std::string(address)));
    key.tripped_at = now;
    key.tripped_from = address;
  }
  static_cast<void>(
      news_
          .note({is_honey ? NewsKind::honey_key_used : NewsKind::key_refused_elsewhere, key.user,
                 key.client_id, Visitor{std::string(address)}})
          .has_value());
  tell({kind, key, std::string(address)});
}

void ApiKeys::tell(const KeyAlarm& alarm) const {
  for (const OnAlarm& each : alarm_listeners_) each(alarm);
}

bool ApiKeys::is_secret_of(const Entry& entry, const crypto::Digest& given, Timestamp now) {
  const bool is_current = crypto::constant_time_equal(given, entry.secret);
  const bool is_previous =
      crypto::constant_time_equal(given, entry.previous.value_or(crypto::Digest{}));
  return is_current ||
         (is_previous && entry.previous && now < entry.key.previous_ends_at.value_or(Timestamp()));
}

Result<NewApiKey> ApiKeys::rotate(OrganisationId organisation, const std::string& client_id) {
  const Timestamp now = clock_.now();
  FASTNESS_RETURN_IF_ERROR(find(organisation, client_id));
  Entry& entry = entries_.at(client_id);
  if (state_of(entry.key, now) == KeyState::suspended) {
    return fail(Errc::invalid_argument, "the host suspended the account of this API key's person");
  }
  if (state_of(entry.key, now) != KeyState::live) {
    return fail(Errc::invalid_argument, "this API key has ended: make a new one");
  }
  if (entry.key.use == KeyUse::honey) {
    return fail(Errc::invalid_argument, "a honey key keeps its secret: make another");
  }
  NewApiKey made{entry.key, crypto::make_client_secret(random_)};
  made.key.previous_ends_at = now + kOverlap;
  const crypto::Digest secret = digest(as_text(made.secret.reveal()));
  FASTNESS_RETURN_IF_ERROR(
      store_.set_secret(client_id, secret, entry.secret, *made.key.previous_ends_at));
  entry = Entry{secret, made.key, entry.secret, std::move(entry.seen)};
  return made;
}

// Looks at every key, whichever it is.
std::optional<ApiKey> ApiKeys::live_key_of(std::string_view secret) const {
  const crypto::Digest given = digest(secret);
  const Timestamp now = clock_.now();
  const Entry* found = nullptr;
  for (const auto& [client_id, entry] : entries_) {
    if (is_secret_of(entry, given, now)) found = &entry;
  }
  if (found == nullptr) return std::nullopt;
  // One whose account is suspended for now would come back with its secret known.
  const KeyState state = state_of(found->key, now);
  if (state != KeyState::live && state != KeyState::suspended) return std::nullopt;
  return found->key;
}

Result<void> ApiKeys::end_leaked(std::span<const std::string_view> secrets,
                                 const std::function<void(const Leaked&)>& done) {
  const Timestamp now = clock_.now();
  Leaked leaked;
  for (const std::string_view secret : secrets) leaked.push_back(live_key_of(secret));
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.note_leak_report(now));
  for (std::optional<ApiKey>& key : leaked) {
    if (key) key->leaked_at = now;
    FASTNESS_RETURN_IF_ERROR(store_.set_leaked(key ? key->client_id : std::string(), now));
  }
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  for (const std::optional<ApiKey>& key : leaked) {
    if (key) entries_.at(key->client_id).key.leaked_at = now;
  }
  publish();
  done(leaked);
  for (const std::optional<ApiKey>& key : leaked) {
    if (!key) continue;
    tell_revoked(key->client_id);
    // It is dead whether its owner is written to or not; their home page says so too.
    static_cast<void>(news_.note({NewsKind::key_leaked, key->user, key->client_id}).has_value());
  }
  return {};
}

Result<ApiKey> ApiKeys::find(OrganisationId organisation, const std::string& client_id) const {
  const auto found = entries_.find(client_id);
  if (found == entries_.end() || found->second.key.organisation != organisation) {
    return fail(Errc::not_found, "no such API key");
  }
  return found->second.key;
}

void ApiKeys::standing_changed(OrganisationId organisation, UserId user, bool is_member) {
  std::vector<std::string> theirs;
  for (const auto& [client_id, entry] : entries_) {
    if (entry.key.organisation == organisation && entry.key.user == user) {
      theirs.push_back(client_id);
    }
  }
  if (theirs.empty()) return;
  if (!is_member) {
    for (const std::string& client_id : theirs) entries_.erase(client_id);
  }
  publish();
  for (const std::string& client_id : theirs) tell_revoked(client_id);
}

void ApiKeys::suspension_changed(UserId user) {
  const bool is_suspended = suspensions_.has(user);
  std::vector<std::string> theirs;
  for (auto& [client_id, entry] : entries_) {
    if (entry.key.user != user) continue;
    entry.key.is_suspended = is_suspended;
    theirs.push_back(client_id);
  }
  publish();
  if (!is_suspended) return;
  for (const std::string& client_id : theirs) tell_revoked(client_id);
}

Result<void> ApiKeys::note_ends() {
  const Timestamp now = clock_.now();
  const SteadyTime steady = clock_.steady();
  std::vector<Entry*> ended;
  std::vector<Entry*> rotated;
  for (auto& [client_id, entry] : entries_) {
    if (entry.is_end_new(now, steady)) ended.push_back(&entry);
    if (entry.is_overlap_over(now, steady)) rotated.push_back(&entry);
  }
  if (ended.empty() && rotated.empty()) return {};
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  for (const Entry* entry : ended) {
    FASTNESS_RETURN_IF_ERROR(store_.set_ended(entry->key.client_id, now));
  }
  for (const Entry* entry : rotated) {
    FASTNESS_RETURN_IF_ERROR(store_.forget_previous_secret(entry->key.client_id));
  }
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  for (Entry* entry : ended) entry->key.ended_at = now;
  for (Entry* entry : rotated) entry->forget_previous();
  if (!ended.empty()) publish();
  return {};
}

bool ApiKeys::Entry::is_end_new(Timestamp now, SteadyTime steady) {
  const KeyState state = state_of(key, now);
  const bool is_over = state == KeyState::expired || state == KeyState::unused;
  return end.look(is_over && !key.ended_at, steady);
}

bool ApiKeys::Entry::is_overlap_over(Timestamp now, SteadyTime steady) {
  return overlap.look(previous && now >= key.previous_ends_at.value_or(now), steady);
}

void ApiKeys::Entry::forget_previous() {
  previous.reset();
  key.previous_ends_at.reset();
}

std::vector<ApiKey> ApiKeys::list_of(UserId user) const {
  std::vector<ApiKey> theirs;
  for (const auto& [client_id, entry] : entries_) {
    if (entry.key.user == user) theirs.push_back(entry.key);
  }
  return theirs;
}

Result<void> ApiKeys::revoke_all_of(UserId user) {
  const std::vector<ApiKey> theirs = list_of(user);
  for (const ApiKey& key : theirs) {
    FASTNESS_RETURN_IF_ERROR(revoke(key.organisation, key.client_id));
  }
  return {};
}

void ApiKeys::tell_revoked(const std::string& client_id) const {
  for (const OnRevoked& tell : listeners_) tell(client_id);
}

std::vector<ApiKey> ApiKeys::list(OrganisationId organisation) const {
  std::vector<ApiKey> keys;
  for (const auto& [client_id, entry] : entries_) {
    if (entry.key.organisation == organisation) keys.push_back(entry.key);
  }
  std::sort(keys.begin(), keys.end(), [](const ApiKey& a, const ApiKey& b) {
    return std::tie(a.created_at, a.client_id) < std::tie(b.created_at, b.client_id);
  });
  return keys;
}

Result<void> ApiKeys::revoke(OrganisationId organisation, const std::string& client_id) {
  FASTNESS_RETURN_IF_ERROR(find(organisation, client_id));
  FASTNESS_RETURN_IF_ERROR(store_.remove_key(client_id));
  // The caller's may be the entry's own.
  const std::string revoked = client_id;  // NOLINT(performance-unnecessary-copy-initialization)
  entries_.erase(revoked);
  publish();
  tell_revoked(revoked);
  return {};
}

crypto::Digest ApiKeys::network_digest(const std::string& client_id,
                                       const std::string& network) const {
  return crypto::hmac_sha256(network_key_, as_bytes(client_id + ":" + network));
}

void ApiKeys::look_from_where(Entry& entry, std::string_view address) {
  const ApiKey& key = entry.key;
  const auto hash = [&](const std::string& network) {
    return network_digest(key.client_id, network);
  };
  if (entry.seen.has(address, hash)) return;
  if (!new_networks_.take(key.client_id, clock_.steady())) return;
  // It is worth no failed request: what could not be written is new the next time.
  const auto is_alarm = remember_network(entry, address);
  if (is_alarm && *is_alarm) tell({KeyAlarm::Kind::new_network, key, std::string(address)});
}

// Whether its owner is to hear of it.
Result<bool> ApiKeys::remember_network(Entry& entry, std::string_view address) {
  const ApiKey& key = entry.key;
  const Timestamp now = clock_.now();
  const bool is_alarm = entry.seen.is_settled(now);
  const crypto::Digest network = network_digest(key.client_id, network_of(address));
  SeenNetworks seen = entry.seen;
  const auto oldest = seen.add(network, now);
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, store_.begin());
  FASTNESS_RETURN_IF_ERROR(store_.insert(StoredKeyNetwork{key.client_id, network, now}));
  if (oldest) FASTNESS_RETURN_IF_ERROR(store_.remove_key_network(key.client_id, *oldest));
  if (is_alarm) {
    FASTNESS_RETURN_IF_ERROR(news_.note(
        {NewsKind::key_in_new_network, key.user, key.client_id, Visitor{std::string(address)}}));
  }
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  entry.seen = std::move(seen);
  return is_alarm;
}

void ApiKeys::used(const std::string& client_id, std::string_view address) {
  const auto found = entries_.find(client_id);
  const Timestamp now = clock_.now();
  if (found == entries_.end() || state_of(found->second.key, now) != KeyState::live) return;
  look_from_where(found->second, address);
  std::optional<Timestamp>& last = found->second.key.last_used_at;
  if (last && now - *last < kUseGrain) return;
  // It is worth no failed request: at worst the list shows an older use.
  if (store_.set_used(client_id, now)) last = now;
}

}  // namespace fastness::accounts
