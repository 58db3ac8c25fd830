#include "accounts/passkeys/passkey_store.h"

#include <array>
#include <limits>
#include <tuple>
#include <utility>

#include "storage/migrations.h"

namespace fastness::accounts {
namespace {

constexpr std::array<storage::Migration, 1> kPasskeyMigrations{{
    {1, R"sql(
      CREATE TABLE passkey (
        id           BLOB PRIMARY KEY,
        user         BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        credential   BLOB NOT NULL UNIQUE,
        party        TEXT NOT NULL,
        name         TEXT NOT NULL,
        algorithm    INTEGER NOT NULL,
        public_key   BLOB NOT NULL,
        counter      INTEGER NOT NULL,
        is_eligible  INTEGER NOT NULL,
        is_backed_up INTEGER NOT NULL,
        created_at   INTEGER NOT NULL,
        last_used_at INTEGER,
        doubted_at   INTEGER
      ) STRICT;
      CREATE INDEX passkey_by_user ON passkey (user, created_at);
    )sql"},
}};

using PasskeyRow = std::tuple<PasskeyId, UserId, Bytes, std::string, std::string,
                              webauthn::Algorithm, Bytes, std::int64_t, bool, bool, Timestamp,
                              std::optional<Timestamp>, std::optional<Timestamp>>;

Result<Passkey> to_passkey(const PasskeyRow& row) {
  const auto& [id, user, credential, party, name, algorithm, key, counter, is_eligible,
               is_backed_up, created_at, last_used_at, doubted_at] = row;
  auto name_of_key = webauthn::CredentialId::of(credential);
  if (!name_of_key || counter < 0 || counter > std::numeric_limits<std::uint32_t>::max()) {
    return fail(Errc::corrupted, "a passkey is none");
  }
  return Passkey{id,
                 user,
                 name,
                 party,
                 {std::move(name_of_key).value(),
                  {algorithm, key},
                  static_cast<std::uint32_t>(counter),
                  {is_eligible, is_backed_up}},
                 created_at,
                 last_used_at,
                 doubted_at};
}

}  // namespace

Result<PasskeyStore> PasskeyStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "passkey", kPasskeyMigrations));
  return PasskeyStore(database);
}

Result<void> PasskeyStore::insert(const Passkey& passkey) {
  const webauthn::Credential& made = passkey.credential;
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO passkey (id, user, credential, party, name, algorithm, public_key, counter,"
      " is_eligible, is_backed_up, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      passkey.id, passkey.user, made.id.bytes(), passkey.party, passkey.name, made.key.algorithm,
      made.key.bytes, std::int64_t{made.counter}, made.backup.is_eligible, made.backup.is_backed_up,
      passkey.created_at));
  return {};
}

Result<std::vector<Passkey>> PasskeyStore::of(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_->query<PasskeyId, UserId, Bytes, std::string, std::string, webauthn::Algorithm,
                        Bytes, std::int64_t, bool, bool, Timestamp, std::optional<Timestamp>,
                        std::optional<Timestamp>>(
          "SELECT id, user, credential, party, name, algorithm, public_key, counter, is_eligible,"
          " is_backed_up, created_at, last_used_at, doubted_at FROM passkey WHERE user = ?"
          " ORDER BY created_at, id",
          user)));
  std::vector<Passkey> passkeys;
  passkeys.reserve(rows.size());
  for (const PasskeyRow& row : rows) {
    FASTNESS_ASSIGN_OR_RETURN(Passkey passkey, to_passkey(row));
    passkeys.push_back(std::move(passkey));
  }
  return passkeys;
}

Result<std::optional<Passkey>> PasskeyStore::find(ByteView credential) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      (database_->query_one<PasskeyId, UserId, Bytes, std::string, std::string, webauthn::Algorithm,
                            Bytes, std::int64_t, bool, bool, Timestamp, std::optional<Timestamp>,
                            std::optional<Timestamp>>(
          "SELECT id, user, credential, party, name, algorithm, public_key, counter, is_eligible,"
          " is_backed_up, created_at, last_used_at, doubted_at FROM passkey WHERE credential = ?",
          to_bytes(credential))));
  if (!row) return std::optional<Passkey>();
  FASTNESS_ASSIGN_OR_RETURN(Passkey passkey, to_passkey(*row));
  return std::optional(std::move(passkey));
}

Result<bool> PasskeyStore::use(PasskeyId id, std::uint32_t counter, bool is_backed_up,
                               Timestamp at) {
  FASTNESS_ASSIGN_OR_RETURN(
      const std::int64_t changed,
      database_->run("UPDATE passkey SET counter = ?2, is_backed_up = ?3, last_used_at = ?4"
                     " WHERE id = ?1 AND (counter < ?2 OR (counter = 0 AND ?2 = 0))",
                     id, std::int64_t{counter}, is_backed_up, at));
  return changed == 1;
}

Result<void> PasskeyStore::set_doubted(PasskeyId id, Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE passkey SET doubted_at = ? WHERE id = ?", at, id));
  return {};
}

Result<bool> PasskeyStore::rename(UserId user, PasskeyId id, const std::string& name) {
  FASTNESS_ASSIGN_OR_RETURN(
      const std::int64_t changed,
      database_->run("UPDATE passkey SET name = ? WHERE id = ? AND user = ?", name, id, user));
  return changed == 1;
}

Result<bool> PasskeyStore::remove(UserId user, PasskeyId id) {
  FASTNESS_ASSIGN_OR_RETURN(
      const std::int64_t changed,
      database_->run("DELETE FROM passkey WHERE id = ? AND user = ?", id, user));
  return changed == 1;
}

Result<std::size_t> PasskeyStore::remove_all(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const std::int64_t changed,
                            database_->run("DELETE FROM passkey WHERE user = ?", user));
  return static_cast<std::size_t>(changed);
}

}  // namespace fastness::accounts
