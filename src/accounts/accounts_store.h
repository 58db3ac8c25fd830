// The tables of accounts. Only this folder uses it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "accounts/account.h"
#include "base/bytes.h"
#include "base/ids/ids.h"
#include "crypto/digest.h"
#include "crypto/password/password_hash.h"
#include "storage/database.h"

namespace fastness::accounts {

struct StoredUser {
  User user;
  Bytes sealed_email;
  std::optional<Bytes> salt;
  std::optional<crypto::Digest> password;
  crypto::PasswordCost cost = crypto::kPasswordCost;
};

struct StoredSession {
  crypto::Digest digest;
  Session session;
  Bytes sealed_visitor;  // empty if it is not known
};

struct StoredFactor {
  Bytes sealed_secret;
  Timestamp since;
};

struct StoredKey {
  crypto::Digest secret;
  ApiKey key;
  std::optional<crypto::Digest> previous_secret = {};
};

// Where an API key was used.
struct StoredKeyNetwork {
  std::string client_id;
  crypto::Digest network;
  Timestamp since;
};

// What of the place that somebody came in from is known. The numbers are stored.
enum class PlaceKind : std::uint8_t { network = 0, browser = 1, route = 2 };

struct StoredLink {
  crypto::Digest digest;
  std::optional<UserId> user;  // absent: it makes the first user
  Timestamp expires_at;
};

// Rows in and out, no rules. `already_exists` when an e-mail address or a digest is there already.
// Lives on the control thread.
class AccountsStore {
 public:
  // Brings the tables up to date. `database` must outlive the store.
  [[nodiscard]] static Result<AccountsStore> open(storage::Database& database);

  [[nodiscard]] Result<storage::Transaction> begin() { return database_.begin(); }

  Result<void> insert(const Organisation& organisation);
  [[nodiscard]] Result<std::optional<Organisation>> organisation(OrganisationId id);
  [[nodiscard]] Result<std::vector<Organisation>> organisations();

  Result<void> insert(const User& user, const Bytes& sealed_email,
                      const crypto::Digest& email_index);
  [[nodiscard]] Result<std::optional<StoredUser>> user(UserId id);
  [[nodiscard]] Result<std::optional<StoredUser>> user(const crypto::Digest& email_index);
  [[nodiscard]] Result<bool> has_users();
  // Everybody, who came first, first; and when they last came in, as far as places remember it.
  [[nodiscard]] Result<std::vector<SeenUser>> users();
  // Everybody who has chosen a password.
  [[nodiscard]] Result<std::vector<User>> users_with_password();
  // At most `max` of those who have not chosen a password yet.
  [[nodiscard]] Result<std::vector<UserId>> users_without_password(int max);
  Result<void> set_language(UserId id, std::string_view language);
  // As it was set; nothing if it never was. `not_found` if there is nobody.
  [[nodiscard]] Result<std::optional<std::string>> language(UserId id);
  Result<void> set_email(UserId id, const Bytes& sealed_email, const crypto::Digest& email_index);
  // Another organisation is a person's own. The one before is remembered.
  Result<void> set_home(UserId id, OrganisationId home, const Bytes& sealed_email);
  Result<void> set_name(OrganisationId id, const std::string& name);
  Result<void> set_password(UserId id, const Bytes& salt, const crypto::Digest& password,
                            crypto::PasswordCost cost);
  // The same if the salt is still `before`; else nothing happens.
  Result<void> replace_password(UserId id, const Bytes& before, const Bytes& salt,
                                const crypto::Digest& password, crypto::PasswordCost cost);

  // `last_step` is the step of the code that was shown to set it.
  Result<void> set_factor(UserId user, const StoredFactor& factor, std::uint64_t last_step);
  Result<void> reseal_factor(UserId user, const Bytes& sealed_secret);
  [[nodiscard]] Result<std::optional<StoredFactor>> factor(UserId user);
  // Whether this step was later than every one before: in one statement, so that of two at once
  // only one is told yes, and on disk before anybody is.
  [[nodiscard]] Result<bool> use_step(UserId user, std::uint64_t step);
  Result<void> remove_factor(UserId user);
  Result<void> insert_recovery_code(UserId user, const crypto::Digest& code);
  // Whether it was there; it is gone now. In one statement, as above.
  [[nodiscard]] Result<bool> use_recovery_code(UserId user, const crypto::Digest& code);
  [[nodiscard]] Result<std::size_t> recovery_codes(UserId user);
  Result<void> remove_recovery_codes(UserId user);
  Result<void> set_factor_reset(UserId user, std::optional<Timestamp> at);
  [[nodiscard]] Result<std::optional<Timestamp>> factor_reset(UserId user);

  Result<void> insert(const StoredSession& session);
  [[nodiscard]] Result<std::vector<StoredSession>> sessions();
  Result<void> set_used(const crypto::Digest& session, Timestamp at);
  Result<void> set_proved(const crypto::Digest& session, Timestamp at, Strength strength);
  Result<void> set_home(const crypto::Digest& session, OrganisationId home,
                        const Bytes& sealed_visitor);
  // Where its person works, in this session and when they sign in next.
  Result<void> set_workplace(const crypto::Digest& session, UserId user,
                             std::optional<OrganisationId> organisation);
  // Where a person worked last, if they may still.
  [[nodiscard]] Result<std::optional<OrganisationId>> workplace(UserId user);
  Result<void> remove_session(const crypto::Digest& session);
  Result<void> remove_sessions_of(UserId user, const std::optional<crypto::Digest>& but);

  Result<void> insert(const StoredKey& key);
  [[nodiscard]] Result<std::vector<StoredKey>> keys();
  Result<void> set_used(const std::string& client_id, Timestamp at);
  Result<void> remove_key(const std::string& client_id);
  Result<void> set_tripped(const std::string& client_id, Timestamp at, const std::string& from);
  Result<void> insert(const StoredKeyNetwork& network);
  // The oldest first.
  [[nodiscard]] Result<std::vector<StoredKeyNetwork>> key_networks();
  Result<void> remove_key_network(const std::string& client_id, const crypto::Digest& network);
  // `previous` is good until `previous_ends_at`.
  Result<void> set_secret(const std::string& client_id, const crypto::Digest& secret,
                          const crypto::Digest& previous, Timestamp previous_ends_at);
  // No error for a key that there is not.
  Result<void> set_leaked(const std::string& client_id, Timestamp at);
  Result<void> set_ended(const std::string& client_id, Timestamp at);
  Result<void> forget_previous_secret(const std::string& client_id);
  // Somebody reported something. Written whatever it was, so that each report writes.
  Result<void> note_leak_report(Timestamp at);

  Result<void> insert(const StoredLink& link);
  [[nodiscard]] Result<std::vector<StoredLink>> links();
  // Whether somebody without a password, or nobody yet, has a link that is good at `now`.
  [[nodiscard]] Result<bool> awaits_set_up(Timestamp now);
  Result<void> remove_links_of(const std::optional<UserId>& user);

  // Where a user has signed in from: a keyed hash of user and network, browser or route.
  Result<void> remember_place(const crypto::Digest& place, UserId user, PlaceKind kind,
                              Timestamp at);
  // Nothing if it is not known.
  [[nodiscard]] Result<std::optional<Timestamp>> place_last_used(const crypto::Digest& place);
  [[nodiscard]] Result<bool> has_places(UserId user, PlaceKind kind);

 private:
  explicit AccountsStore(storage::Database& database) : database_(database) {}

  // The caller has no use for how many rows changed.
  [[nodiscard]] static Result<void> done(Result<std::int64_t> changed);

  storage::Database& database_;
};

}  // namespace fastness::accounts
