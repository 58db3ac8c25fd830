#include "accounts/orders/order_store.h"

#include <array>
#include <utility>

#include "storage/migrations.h"

namespace fastness::accounts {
namespace {

constexpr std::array<storage::Migration, 1> kOrderMigrations{{
    {1, R"sql(
      CREATE TABLE order_guard (
        one   INTEGER PRIMARY KEY CHECK (one = 1),
        since INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE order_signature (
        host_order         BLOB NOT NULL,
        user               BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        at                 INTEGER NOT NULL,
        statement          TEXT NOT NULL,
        algorithm          INTEGER NOT NULL,
        public_key         BLOB NOT NULL,
        client_data        BLOB NOT NULL,
        authenticator_data BLOB NOT NULL,
        signature          BLOB NOT NULL,
        PRIMARY KEY (host_order, user)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX order_signature_by_user ON order_signature (user);
    )sql"},
}};

using Signatures = std::vector<std::pair<OrderId, SignedOrder>>;

// Those that `sql` selects by `key`; its columns are those of the table.
template <typename Key>
Result<Signatures> read_signatures(storage::Database& database, storage::Sql sql, const Key& key) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows, (database.query<OrderId, UserId, Timestamp, std::string, webauthn::Algorithm,
                                       Bytes, Bytes, Bytes, Bytes>(sql, key)));
  Signatures made;
  made.reserve(rows.size());
  for (const auto& [id, by, at, statement, algorithm, public_key, client_data, data, signature] :
       rows) {
    made.push_back(
        {id, {by, at, {statement, {algorithm, public_key}, client_data, data, signature}}});
  }
  return made;
}

}  // namespace

Result<OrderStore> OrderStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "orders", kOrderMigrations));
  return OrderStore(database);
}

Result<std::optional<Timestamp>> OrderStore::guarded_since() {
  FASTNESS_ASSIGN_OR_RETURN(const auto rows,
                            (database_->query<Timestamp>("SELECT since FROM order_guard")));
  if (rows.empty()) return std::optional<Timestamp>();
  return std::optional(std::get<0>(rows.front()));
}

Result<void> OrderStore::set_guard(Timestamp since) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("INSERT INTO order_guard (one, since) VALUES (1, ?)", since));
  return {};
}

Result<void> OrderStore::remove_guard() {
  FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM order_guard"));
  return {};
}

Result<void> OrderStore::insert(OrderId id, const SignedOrder& made) {
  const StatementSignature& by_passkey = made.signature;
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT OR REPLACE INTO order_signature (host_order, user, at, statement, algorithm,"
      " public_key, client_data, authenticator_data, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id, made.by, made.at, by_passkey.statement, by_passkey.key.algorithm, by_passkey.key.bytes,
      by_passkey.client_data, by_passkey.authenticator_data, by_passkey.signature));
  return {};
}

Result<std::vector<SignedOrder>> OrderStore::signatures(OrderId id) {
  FASTNESS_ASSIGN_OR_RETURN(
      Signatures found,
      read_signatures(*database_,
                      "SELECT host_order, user, at, statement, algorithm, public_key, client_data,"
                      " authenticator_data, signature FROM order_signature WHERE host_order = ?"
                      " ORDER BY at, user",
                      id));
  std::vector<SignedOrder> made;
  made.reserve(found.size());
  for (auto& each : found) made.push_back(std::move(each.second));
  return made;
}

Result<std::vector<std::pair<OrderId, SignedOrder>>> OrderStore::signatures_of(UserId user) {
  return read_signatures(
      *database_,
      "SELECT host_order, user, at, statement, algorithm, public_key, client_data,"
      " authenticator_data, signature FROM order_signature WHERE user = ?"
      " ORDER BY at, host_order",
      user);
}

Result<std::int64_t> OrderStore::remove_before(Timestamp time) {
  return database_->run("DELETE FROM order_signature WHERE at < ?", time);
}

}  // namespace fastness::accounts
