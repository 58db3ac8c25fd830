#include "accounts/federated/link_store.h"

#include <array>
#include <string>
#include <tuple>
#include <utility>

#include "storage/migrations.h"

namespace fastness::accounts {
namespace {

constexpr std::array<storage::Migration, 1> kLinkMigrations{{
    {1, R"sql(
      CREATE TABLE linked_sign_in (
        id             BLOB PRIMARY KEY,
        user           BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        issuer         TEXT NOT NULL,
        provider       TEXT NOT NULL,
        subject_index  BLOB NOT NULL UNIQUE,
        sealed_subject BLOB NOT NULL,
        created_at     INTEGER NOT NULL,
        last_used_at   INTEGER
      ) STRICT;
      CREATE INDEX linked_sign_in_by_user ON linked_sign_in (user, created_at);
    )sql"},
}};

using LinkRow = std::tuple<LinkedSignInId, UserId, std::string, std::string, Timestamp,
                           std::optional<Timestamp>>;

LinkedSignIn to_linked(const LinkRow& row) {
  const auto& [id, user, issuer, provider, created_at, last_used_at] = row;
  return {id, user, issuer, provider, created_at, last_used_at};
}

}  // namespace

Result<LinkStore> LinkStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "linked_sign_in", kLinkMigrations));
  return LinkStore(database);
}

Result<void> LinkStore::insert(const LinkedSignIn& linked, const crypto::Digest& index,
                               const Bytes& sealed_subject) {
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO linked_sign_in (id, user, issuer, provider, subject_index, sealed_subject,"
      " created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      linked.id, linked.user, linked.issuer, linked.provider, to_bytes(index), sealed_subject,
      linked.created_at));
  return {};
}

Result<std::vector<LinkedSignIn>> LinkStore::of(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_->query<LinkedSignInId, UserId, std::string, std::string, Timestamp,
                        std::optional<Timestamp>>(
          "SELECT id, user, issuer, provider, created_at, last_used_at FROM linked_sign_in"
          " WHERE user = ? ORDER BY created_at, id",
          user)));
  std::vector<LinkedSignIn> all;
  all.reserve(rows.size());
  for (const LinkRow& row : rows) all.push_back(to_linked(row));
  return all;
}

Result<std::optional<LinkedSignIn>> LinkStore::find(const crypto::Digest& index) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      (database_->query_one<LinkedSignInId, UserId, std::string, std::string, Timestamp,
                            std::optional<Timestamp>>(
          "SELECT id, user, issuer, provider, created_at, last_used_at FROM linked_sign_in"
          " WHERE subject_index = ?",
          to_bytes(index))));
  return row ? std::optional(to_linked(*row)) : std::optional<LinkedSignIn>();
}

Result<Bytes> LinkStore::sealed_subject(LinkedSignInId id) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      database_->query_one<Bytes>("SELECT sealed_subject FROM linked_sign_in WHERE id = ?", id));
  if (!row) return fail(Errc::not_found, "no such linked sign-in");
  return std::get<0>(*row);
}

Result<void> LinkStore::reseal(LinkedSignInId id, const Bytes& sealed_subject) {
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "UPDATE linked_sign_in SET sealed_subject = ? WHERE id = ?", sealed_subject, id));
  return {};
}

Result<void> LinkStore::use(LinkedSignInId id, Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE linked_sign_in SET last_used_at = ? WHERE id = ?", at, id));
  return {};
}

Result<std::optional<LinkedSignIn>> LinkStore::remove(UserId user, LinkedSignInId id) {
  FASTNESS_ASSIGN_OR_RETURN(const auto theirs, of(user));
  for (const LinkedSignIn& each : theirs) {
    if (each.id != id) continue;
    FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM linked_sign_in WHERE id = ?", id));
    return std::optional(each);
  }
  return std::optional<LinkedSignIn>();
}

Result<std::size_t> LinkStore::remove_all(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const std::int64_t changed,
                            database_->run("DELETE FROM linked_sign_in WHERE user = ?", user));
  return static_cast<std::size_t>(changed);
}

}  // namespace fastness::accounts
