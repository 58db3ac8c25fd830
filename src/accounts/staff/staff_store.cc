#include "accounts/staff/staff_store.h"

#include <array>
#include <tuple>
#include <utility>

#include "storage/migrations.h"

namespace fastness::accounts {
namespace {

// Who decided has no reference: that they are gone does not undo what they decided.
constexpr std::array<storage::Migration, 1> kStaffMigrations{{
    {1, R"sql(
      CREATE TABLE operator (
        user  BLOB PRIMARY KEY REFERENCES user (id) ON DELETE CASCADE,
        since INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE access_grant (
        id           BLOB PRIMARY KEY,
        organisation BLOB NOT NULL REFERENCES organisation (id) ON DELETE CASCADE,
        operator     BLOB NOT NULL REFERENCES user (id) ON DELETE CASCADE,
        scopes       INTEGER NOT NULL,
        minutes      INTEGER NOT NULL,
        reason       TEXT NOT NULL,
        state        INTEGER NOT NULL,
        asked_at     INTEGER NOT NULL,
        until        INTEGER NOT NULL,
        granted_by   INTEGER,
        decided_by   BLOB,
        granted_at   INTEGER
      ) STRICT;
      CREATE INDEX access_grant_by_organisation ON access_grant (organisation, asked_at);
      CREATE INDEX access_grant_by_operator ON access_grant (operator, asked_at);

      CREATE TABLE access_signature (
        access_grant       BLOB NOT NULL REFERENCES access_grant (id) ON DELETE CASCADE,
        deed               INTEGER NOT NULL,
        user               BLOB NOT NULL,
        at                 INTEGER NOT NULL,
        statement          TEXT NOT NULL,
        algorithm          INTEGER NOT NULL,
        public_key         BLOB NOT NULL,
        client_data        BLOB NOT NULL,
        authenticator_data BLOB NOT NULL,
        signature          BLOB NOT NULL,
        PRIMARY KEY (access_grant, deed)
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE break_glass_code (
        digest  BLOB PRIMARY KEY,
        made_at INTEGER NOT NULL
      ) STRICT;
    )sql"},
}};

using GrantRow = std::tuple<GrantId, OrganisationId, UserId, std::int64_t, std::int64_t,
                            std::string, GrantState, Timestamp, Timestamp, std::optional<GrantedBy>,
                            std::optional<UserId>, std::optional<Timestamp>>;
using DeedRow = std::tuple<Deed, UserId, Timestamp, std::string, webauthn::Algorithm, Bytes, Bytes,
                           Bytes, Bytes>;

Result<AccessGrant> to_grant(const GrantRow& row) {
  const auto& [id, organisation, by, scopes, minutes, reason, state, asked_at, until, granted_by,
               decided_by, granted_at] = row;
  if (to_text(state).empty() || (granted_by && to_text(*granted_by).empty())) {
    return fail(Errc::corrupted, "an access grant is in a state that nobody knows");
  }
  return AccessGrant{{id,
                      by,
                      {organisation, Scopes::from_bits(static_cast<std::uint64_t>(scopes)),
                       std::chrono::minutes(minutes), reason}},
                     state,
                     asked_at,
                     until,
                     granted_by,
                     decided_by,
                     granted_at};
}

}  // namespace

Result<StaffStore> StaffStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "staff", kStaffMigrations));
  return StaffStore(database);
}

Result<std::vector<Operator>> StaffStore::operators() {
  FASTNESS_ASSIGN_OR_RETURN(const auto rows,
                            (database_->query<UserId, Timestamp>(
                                "SELECT user, since FROM operator ORDER BY since, user")));
  std::vector<Operator> operators;
  operators.reserve(rows.size());
  for (const auto& [user, since] : rows) operators.push_back({user, since});
  return operators;
}

Result<void> StaffStore::insert(const Operator& added) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("INSERT INTO operator (user, since) VALUES (?, ?)", added.user, added.since));
  return {};
}

Result<bool> StaffStore::remove_operator(UserId user) {
  FASTNESS_ASSIGN_OR_RETURN(const std::int64_t removed,
                            database_->run("DELETE FROM operator WHERE user = ?", user));
  return removed == 1;
}

Result<void> StaffStore::insert(const AccessGrant& grant) {
  const AccessRequest& request = grant.request;
  const AccessWish& wish = request.wish;
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO access_grant (id, organisation, operator, scopes, minutes, reason, state,"
      " asked_at, until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      request.id, wish.organisation, request.by, static_cast<std::int64_t>(wish.scopes.bits()),
      std::int64_t{wish.time.count()}, wish.reason, grant.state, grant.asked_at, grant.until));
  return {};
}

Result<void> StaffStore::update(const AccessGrant& grant) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE access_grant SET state = ?, until = ?, granted_by = ?, decided_by = ?,"
                     " granted_at = ? WHERE id = ?",
                     grant.state, grant.until, grant.granted_by, grant.decided_by, grant.granted_at,
                     grant.request.id));
  return {};
}

Result<std::vector<AccessGrant>> StaffStore::grants(const GrantFilter& filter) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_->query<GrantId, OrganisationId, UserId, std::int64_t, std::int64_t, std::string,
                        GrantState, Timestamp, Timestamp, std::optional<GrantedBy>,
                        std::optional<UserId>, std::optional<Timestamp>>(
          "SELECT id, organisation, operator, scopes, minutes, reason, state, asked_at, until,"
          " granted_by, decided_by, granted_at FROM access_grant"
          " WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR organisation = ?2)"
          " AND (?3 IS NULL OR operator = ?3) AND (?4 = 0 OR state IN (1, 2))"
          " ORDER BY asked_at DESC, id",
          filter.id, filter.organisation, filter.by, filter.are_open)));
  std::vector<AccessGrant> grants;
  grants.reserve(rows.size());
  for (const GrantRow& row : rows) {
    FASTNESS_ASSIGN_OR_RETURN(AccessGrant grant, to_grant(row));
    grants.push_back(std::move(grant));
  }
  return grants;
}

Result<StaffStore::Counts> StaffStore::remove_before(Timestamp time) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, begin());
  FASTNESS_ASSIGN_OR_RETURN(const auto rows,
                            (database_->query<OrganisationId, std::int64_t>(
                                "SELECT organisation, count(*) FROM access_grant"
                                " WHERE state > 2 AND until < ? GROUP BY organisation",
                                time)));
  FASTNESS_RETURN_IF_ERROR(
      database_->run("DELETE FROM access_grant WHERE state > 2 AND until < ?", time));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  Counts counts;
  counts.reserve(rows.size());
  for (const auto& [organisation, count] : rows) counts.emplace_back(organisation, count);
  return counts;
}

Result<void> StaffStore::insert(GrantId id, const SignedDeed& deed) {
  const StatementSignature& made = deed.signature;
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO access_signature (access_grant, deed, user, at, statement, algorithm,"
      " public_key, client_data, authenticator_data, signature)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      id, deed.deed, deed.by, deed.at, made.statement, made.key.algorithm, made.key.bytes,
      made.client_data, made.authenticator_data, made.signature));
  return {};
}

Result<std::vector<SignedDeed>> StaffStore::deeds(GrantId id) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_->query<Deed, UserId, Timestamp, std::string, webauthn::Algorithm, Bytes, Bytes,
                        Bytes, Bytes>(
          "SELECT deed, user, at, statement, algorithm, public_key, client_data,"
          " authenticator_data, signature FROM access_signature WHERE access_grant = ?"
          " ORDER BY deed",
          id)));
  std::vector<SignedDeed> deeds;
  deeds.reserve(rows.size());
  for (const DeedRow& row : rows) {
    const auto& [deed, by, at, statement, algorithm, key, client_data, data, signature] = row;
    deeds.push_back({deed, by, at, {statement, {algorithm, key}, client_data, data, signature}});
  }
  return deeds;
}

Result<std::vector<crypto::Digest>> StaffStore::codes() {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      (database_->query<crypto::Digest>("SELECT digest FROM break_glass_code ORDER BY digest")));
  std::vector<crypto::Digest> codes;
  codes.reserve(rows.size());
  for (const auto& [digest] : rows) codes.push_back(digest);
  return codes;
}

Result<void> StaffStore::replace_codes(const std::vector<crypto::Digest>& digests, Timestamp at) {
  FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM break_glass_code"));
  for (const crypto::Digest& digest : digests) {
    FASTNESS_RETURN_IF_ERROR(
        database_->run("INSERT INTO break_glass_code (digest, made_at) VALUES (?, ?)", digest, at));
  }
  return {};
}

}  // namespace fastness::accounts
