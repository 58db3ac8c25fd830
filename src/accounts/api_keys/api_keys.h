#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "accounts/account.h"
#include "accounts/account_keys.h"
#include "accounts/api_keys/seen_over.h"
#include "accounts/news/seen_networks.h"
#include "accounts/sign_in/throttle.h"
#include "base/fixed_limits.h"
#include "base/published.h"
#include "base/random.h"
#include "crypto/digest.h"

namespace fastness::accounts {

inline constexpr std::size_t kMaxNetworks = fixed_limit("api_keys.networks");

class AccountsStore;
class Members;
class NewsBook;
class Suspensions;

// What the rest of the process may know of a live key.
struct KeyView {
  OrganisationId organisation;
  UserId user;
  Scopes scopes;  // what the key was given, as far as its person may still
  Timestamp expires_at;
  ThingScopes things = {};  // as `scopes`, of single things; of a limited key all is here
};

// Every key that lives, and those that have ended since it was made. Immutable, so thread-safe.
class KeySnapshot {
 public:
  using Keys = std::unordered_map<std::string, KeyView>;

  KeySnapshot() = default;
  explicit KeySnapshot(Keys keys) : keys_(std::move(keys)) {}

  // Null if the key never was, was revoked or reported, has expired, or is of an account that is
  // suspended.
  [[nodiscard]] const KeyView* find(const std::string& client_id, Timestamp now) const;

 private:
  Keys keys_;
};

// The credentials of programs. Lives on the control thread; `published()` is for all threads.
class ApiKeys {
 public:
  // Called within revoke(), end_leaked(), standing_changed() and suspension_changed(), after the
  // key is gone from the snapshot or can do other things than before: whatever lives by it must
  // end.
  using OnRevoked = std::function<void(const std::string& client_id)>;

  static constexpr std::size_t kMaxNameBytes = fixed_limit("api_keys.name_bytes");
  static constexpr std::size_t kMaxPerOrganisation = fixed_limit("api_keys.of_organisation");
  static constexpr std::chrono::hours kLongestLife{24 * fixed_limit("api_keys.life_days")};
  // Without a use: a key that is forgotten is one whose theft nobody notices.
  static constexpr std::chrono::hours kLongestUnused{24 * fixed_limit("api_keys.unused_days")};

  // All must outlive this.
  ApiKeys(AccountsStore& store, Members& members, const Suspensions& suspensions, NewsBook& news,
          const AccountKeys& keys, const Clock& clock, Random& random);

  [[nodiscard]] Result<void> load();
  void on_revoked(OnRevoked callback) { listeners_.push_back(std::move(callback)); }
  [[nodiscard]] const Published<KeySnapshot>& published() const { return published_; }

  // `invalid_argument` if the name is empty or over kMaxNameBytes, there are no scopes, there are
  // more than kMaxNetworks networks, or the end is past or beyond kLongestLife, and for a honey key
  // that has scopes, networks or things, for more than kMaxThingRights things, and for things with
  // a scope that means nothing of one; `exhausted` at kMaxPerOrganisation.
  [[nodiscard]] Result<NewApiKey> create(OrganisationId organisation, UserId user, std::string name,
                                         Scopes scopes, Timestamp expires_at,
                                         Networks networks = {}, KeyUse use = KeyUse::program,
                                         ThingIds things = {});

  // Which key has this id and secret, for a caller at `address`. `unauthenticated` for all that is
  // wrong, in like time: also for a honey key, and for one that is limited to other networks, of
  // which the alarm is told. An address that is not known is in no network.
  [[nodiscard]] Result<ApiKey> authenticate(std::string_view client_id, std::string_view secret,
                                            std::string_view address = {});

  // Whether the key may be used from `address`; if not, the alarm is told.
  [[nodiscard]] bool may_be_used_from(const std::string& client_id, std::string_view address);

  // Who hears of alarms: of each key from each network once in kAlarmGrain, and of new networks as
  // `used` says.
  using OnAlarm = std::function<void(const KeyAlarm&)>;
  static constexpr std::chrono::minutes kAlarmGrain{10};
  void on_alarm(OnAlarm callback) { alarm_listeners_.push_back(std::move(callback)); }

  // A new secret for a live key. The one before it is good for kOverlap more, for whatever uses the
  // key to take the new one meanwhile; one before that ends now. The id, the scopes and the end
  // stay. `not_found` also for another organisation's key; `invalid_argument` if it opens nothing.
  static constexpr std::chrono::hours kOverlap{fixed_limit("api_keys.overlap_hours")};
  [[nodiscard]] Result<NewApiKey> rotate(OrganisationId organisation, const std::string& client_id);

  // Ends every live key that has one of these secrets, because somebody who is not to know it does.
  // What is on disk when `done` hears which they were, by the place of their secrets; only then are
  // the listeners told, so that how much lived by a key is not seen in when the answer comes.
  //
  // Costs the same whether a secret is good, was once, or is made up: each is compared with every
  // key, the report is written in one transaction, and the snapshot is made anew. On an error,
  // which is the disk's, no key has ended and `done` has not been called.
  using Leaked = std::vector<std::optional<ApiKey>>;
  [[nodiscard]] Result<void> end_leaked(std::span<const std::string_view> secrets,
                                        const std::function<void(const Leaked&)>& done);

  // `not_found` also for another organisation's key.
  [[nodiscard]] Result<ApiKey> find(OrganisationId organisation,
                                    const std::string& client_id) const;

  // What a person may do in an organisation is not what it was. If they are gone from it, so are
  // their keys there, on the disk already.
  void standing_changed(OrganisationId organisation, UserId user, bool is_member);

  // A person's account was suspended: their keys open nothing, and whatever lives by them ends; a
  // honey key waits all the same. Or it is no longer: those that have not ended are good again.
  void suspension_changed(UserId user);

  // Writes down which keys have come to their end or to that of their use, and forgets secrets
  // whose overlap is over, so that a clock that goes back brings none of them back. To be called
  // often; it believes the calendar after SeenOver::kSettled, so that one that jumped ahead and is
  // put right in time ends nothing. On an error, which is the disk's, all is as before.
  [[nodiscard]] Result<void> note_ends();

  // Those that a person made, wherever they did.
  [[nodiscard]] std::vector<ApiKey> list_of(UserId user) const;
  // Ends them.
  Result<void> revoke_all_of(UserId user);

  // Oldest first; also those that are dead, for their owner to see why.
  [[nodiscard]] std::vector<ApiKey> list(OrganisationId organisation) const;

  // Ends a key, or forgets one that is dead. `not_found` also for another organisation's key.
  [[nodiscard]] Result<void> revoke(OrganisationId organisation, const std::string& client_id);

  // Remembers that a key was used now, from `address` if that is known; writes it down at most
  // every kUseGrain. A network that it was not used from before is remembered, and an alarm once
  // the key is settled in; so many at once and one each kNetworkGrain, and those beyond wait for
  // their turn.
  static constexpr std::chrono::minutes kUseGrain{10};
  static constexpr double kNetworksAtOnce = 4;
  static constexpr std::chrono::hours kNetworkGrain{6};
  void used(const std::string& client_id, std::string_view address = {});

 private:
  struct Entry {
    crypto::Digest secret;
    ApiKey key;
    std::optional<crypto::Digest> previous = {};  // good until key.previous_ends_at
    SeenNetworks seen = {};
    SeenOver end = {};
    SeenOver overlap = {};

    [[nodiscard]] bool is_end_new(Timestamp now, SteadyTime steady);
    [[nodiscard]] bool is_overlap_over(Timestamp now, SteadyTime steady);
    void forget_previous();
  };
  // In time that does not depend on which of its secrets it is, if any.
  [[nodiscard]] static bool is_secret_of(const Entry& entry, const crypto::Digest& given,
                                         Timestamp now);
  [[nodiscard]] crypto::Digest digest(std::string_view secret) const;
  [[nodiscard]] std::optional<ApiKey> live_key_of(std::string_view secret) const;
  [[nodiscard]] KeyView view_of(const ApiKey& key) const;
  void publish();
  void tell_revoked(const std::string& client_id) const;
  void raise(KeyAlarm::Kind kind, Entry& entry, std::string_view address);
  void tell(const KeyAlarm& alarm) const;
  [[nodiscard]] crypto::Digest network_digest(const std::string& client_id,
                                              const std::string& network) const;
  void look_from_where(Entry& entry, std::string_view address);
  [[nodiscard]] Result<bool> remember_network(Entry& entry, std::string_view address);

  AccountsStore& store_;
  Members& members_;
  const Suspensions& suspensions_;
  NewsBook& news_;
  const AccountKeys& keys_;
  const Clock& clock_;
  Random& random_;
  crypto::SecretBytes network_key_;
  std::unordered_map<std::string, Entry> entries_;
  Published<KeySnapshot> published_;
  std::vector<OnRevoked> listeners_;
  std::vector<OnAlarm> alarm_listeners_;
  Throttle alarms_{1, kAlarmGrain};
  Throttle new_networks_{kNetworksAtOnce, kNetworkGrain};
};

}  // namespace fastness::accounts
