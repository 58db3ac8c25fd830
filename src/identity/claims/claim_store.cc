#include "identity/claims/claim_store.h"

#include <array>
#include <string>
#include <tuple>
#include <utility>

#include "storage/migrations.h"
#include "storage/rows.h"

namespace fastness::identity {
namespace {

constexpr std::array<storage::Migration, 2> kClaimMigrations{{
    {1, R"(
CREATE TABLE identity_claim_code (
  id BLOB PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  organisation BLOB NOT NULL,
  label TEXT NOT NULL,
  hardware_id TEXT NOT NULL,
  uses INTEGER NOT NULL CHECK (uses BETWEEN 0 AND most_uses),
  most_uses INTEGER NOT NULL,
  approval INTEGER NOT NULL,
  created_by BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX identity_claim_code_owner ON identity_claim_code (organisation, created_at);

CREATE TABLE identity_claim (
  id BLOB PRIMARY KEY,
  code BLOB NOT NULL REFERENCES identity_claim_code (id) ON DELETE CASCADE,
  key BLOB NOT NULL,
  hardware_id TEXT NOT NULL,
  device BLOB NOT NULL,
  state INTEGER NOT NULL,
  address TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  UNIQUE (code, key),
  UNIQUE (code, hardware_id)
) WITHOUT ROWID;

-- A claim with what its code says of it.
CREATE VIEW identity_claim_told AS
  SELECT c.id, c.code, o.organisation, o.label, c.key, c.hardware_id, c.device, c.state,
    c.address, c.made_at, o.expires_at
  FROM identity_claim c JOIN identity_claim_code o ON o.id = c.code;
)"},
    {2, R"(
-- Of a claim certificate, whose digest is in `hash`; NULL for a code.
ALTER TABLE identity_claim_code ADD COLUMN leaf_key BLOB;

CREATE TABLE identity_claim_hardware (
  code BLOB NOT NULL REFERENCES identity_claim_code (id) ON DELETE CASCADE,
  hardware_id TEXT NOT NULL,
  PRIMARY KEY (code, hardware_id)
) WITHOUT ROWID;

-- A code, or a claim certificate, with how many devices it is for by name.
CREATE VIEW identity_claim_code_told AS
  SELECT id, organisation, label, hardware_id, uses, most_uses, approval, created_by, created_at,
    expires_at, hash, leaf_key,
    (SELECT COUNT(*) FROM identity_claim_hardware h WHERE h.code = o.id) AS hardware_ids
  FROM identity_claim_code o;

DROP VIEW identity_claim_told;
CREATE VIEW identity_claim_told AS
  SELECT c.id, c.code, o.organisation, o.label, c.key, c.hardware_id, c.device, c.state,
    c.address, c.made_at, o.expires_at, o.leaf_key IS NOT NULL AS claimed_by
  FROM identity_claim c JOIN identity_claim_code o ON o.id = c.code;
)"},
}};

using CodeRow = std::tuple<ClaimCodeId, OrganisationId, std::string, std::string, std::int64_t,
                           std::int64_t, Approval, UserId, Timestamp, Timestamp, crypto::Digest,
                           std::optional<crypto::Digest>, std::int64_t>;
using ClaimRow =
    std::tuple<ClaimId, ClaimCodeId, OrganisationId, std::string, crypto::Digest, std::string,
               DeviceId, ClaimState, std::string, Timestamp, Timestamp, ClaimBy>;
using EndRow = std::tuple<crypto::Digest, Timestamp>;

ClaimCode to_code(CodeRow&& row) {
  auto& [id, organisation, label, hardware_id, uses, most_uses, approval, by, created, expires,
         hash, leaf_key, hardware_ids] = row;
  ClaimCode code{id,      organisation, std::move(label), std::move(hardware_id),
                 uses,    most_uses,    approval,         by,
                 created, expires};
  if (leaf_key) code.certificate = ClaimCertificate{hash, *leaf_key, hardware_ids};
  return code;
}

std::optional<ClaimCode> to_found_code(std::optional<CodeRow> row) {
  if (!row) return std::nullopt;
  return to_code(*std::move(row));
}

Result<Claim> to_claim(ClaimRow&& row) {
  auto& [id, code, organisation, label, key, hardware_id, device, state, address, made_at,
         expires_at, by] = row;
  if (state > ClaimState::issued) {
    return fail(Errc::corrupted, "a claim has a state that nobody knows");
  }
  return Claim{
      id,     code,  organisation,       std::move(label), key,        std::move(hardware_id),
      device, state, std::move(address), made_at,          expires_at, by};
}

Result<std::optional<Claim>> to_found(std::optional<ClaimRow> row) {
  if (!row) return std::optional<Claim>();
  FASTNESS_ASSIGN_OR_RETURN(Claim claim, to_claim(*std::move(row)));
  return std::optional(std::move(claim));
}

}  // namespace

Result<ClaimStore> ClaimStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "identity_claims", kClaimMigrations));
  return ClaimStore(database);
}

Result<void> ClaimStore::add_code(const ClaimCode& code, const crypto::Digest& hash) {
  const auto leaf_key =
      code.certificate ? std::optional(code.certificate->key) : std::optional<crypto::Digest>();
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO identity_claim_code (id, hash, organisation, label, hardware_id, uses,"
      " most_uses, approval, created_by, created_at, expires_at, leaf_key)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      code.id, hash, code.organisation, code.label, code.hardware_id, code.uses, code.most_uses,
      code.approval, code.created_by, code.created_at, code.expires_at, leaf_key));
  return {};
}

Result<void> ClaimStore::add_hardware_id(ClaimCodeId code, const HardwareId& hardware_id) {
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT OR IGNORE INTO identity_claim_hardware (code, hardware_id) VALUES (?, ?)", code,
      hardware_id.text()));
  return {};
}

Result<std::optional<ClaimCode>> ClaimStore::find_code(const crypto::Digest& hash) {
  FASTNESS_ASSIGN_OR_RETURN(auto row,
                            storage::Rows<CodeRow>::first(*database_,
                                                          "SELECT * FROM identity_claim_code_told"
                                                          " WHERE hash = ? AND leaf_key IS NULL",
                                                          hash));
  return to_found_code(std::move(row));
}

Result<std::optional<ClaimCode>> ClaimStore::find_certificate(const crypto::Digest& leaf) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto row, storage::Rows<CodeRow>::first(*database_,
                                              "SELECT * FROM identity_claim_code_told"
                                              " WHERE hash = ? AND leaf_key IS NOT NULL",
                                              leaf));
  return to_found_code(std::move(row));
}

Result<std::vector<ClaimCode>> ClaimStore::codes(OrganisationId organisation, ClaimBy by) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      storage::Rows<CodeRow>::all(*database_,
                                  "SELECT * FROM identity_claim_code_told WHERE organisation = ?"
                                  " AND (leaf_key IS NOT NULL) = ? ORDER BY created_at DESC, id",
                                  organisation, by));
  std::vector<ClaimCode> codes;
  codes.reserve(rows.size());
  for (CodeRow& row : rows) codes.push_back(to_code(std::move(row)));
  return codes;
}

Result<std::int64_t> ClaimStore::count_codes(OrganisationId organisation) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      database_->query_one<std::int64_t>(
          "SELECT COUNT(*) FROM identity_claim_code WHERE organisation = ?", organisation));
  return row ? std::get<0>(*row) : 0;
}

Result<bool> ClaimStore::remove_code(OrganisationId organisation, ClaimCodeId code, ClaimBy by) {
  FASTNESS_ASSIGN_OR_RETURN(const std::int64_t removed,
                            database_->run("DELETE FROM identity_claim_code WHERE id = ?"
                                           " AND organisation = ? AND (leaf_key IS NOT NULL) = ?",
                                           code, organisation, by));
  return removed != 0;
}

Result<void> ClaimStore::remove_codes(OrganisationId organisation) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("DELETE FROM identity_claim_code WHERE organisation = ?", organisation));
  return {};
}

Result<ClaimStore::Forgotten> ClaimStore::forget_codes(Timestamp end) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
  FASTNESS_ASSIGN_OR_RETURN(const auto rows,
                            (database_->query<OrganisationId, std::uint64_t>(
                                "SELECT organisation, count(*) FROM identity_claim_code"
                                " WHERE expires_at < ? GROUP BY organisation",
                                end)));
  FASTNESS_RETURN_IF_ERROR(
      database_->run("DELETE FROM identity_claim_code WHERE expires_at < ?", end));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  Forgotten forgotten;
  forgotten.reserve(rows.size());
  for (const auto& [organisation, count] : rows) forgotten.emplace_back(organisation, count);
  return forgotten;
}

Result<std::map<crypto::Digest, Timestamp>> ClaimStore::certificate_ends(Timestamp now) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows, storage::Rows<EndRow>::all(*database_,
                                                  "SELECT hash, expires_at FROM identity_claim_code"
                                                  " WHERE leaf_key IS NOT NULL AND expires_at > ?",
                                                  now));
  std::map<crypto::Digest, Timestamp> ends;
  for (const auto& [leaf, end] : rows) ends.emplace(leaf, end);
  return ends;
}

Result<void> ClaimStore::spend(const Claim& claim) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
  FASTNESS_ASSIGN_OR_RETURN(const std::int64_t taken,
                            database_->run("UPDATE identity_claim_code SET uses = uses + 1"
                                           " WHERE id = ? AND uses < most_uses AND expires_at > ?",
                                           claim.code, claim.made_at));
  if (taken != 1) return fail(Errc::unauthenticated, "the claim code has no use left");
  FASTNESS_RETURN_IF_ERROR(
      database_->run("INSERT INTO identity_claim (id, code, key, hardware_id, device, state,"
                     " address, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                     claim.id, claim.code, claim.key, claim.hardware_id, claim.device, claim.state,
                     claim.address, claim.made_at));
  return transaction.commit();
}

Result<std::optional<Claim>> ClaimStore::find_claim(ClaimId claim) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto row, storage::Rows<ClaimRow>::first(
                    *database_, "SELECT * FROM identity_claim_told WHERE id = ?", claim));
  return to_found(std::move(row));
}

Result<std::optional<Claim>> ClaimStore::find_claim(ClaimCodeId code, const crypto::Digest& key) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto row,
      storage::Rows<ClaimRow>::first(
          *database_, "SELECT * FROM identity_claim_told WHERE code = ? AND key = ?", code, key));
  return to_found(std::move(row));
}

Result<bool> ClaimStore::is_used_by(ClaimCodeId code, const std::string& hardware_id) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      database_->query_one<ClaimId>(
          "SELECT id FROM identity_claim WHERE code = ? AND hardware_id = ?", code, hardware_id));
  return row.has_value();
}

Result<bool> ClaimStore::has_waiting(ClaimCodeId code) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      database_->query_one<ClaimId>("SELECT id FROM identity_claim WHERE code = ? AND state = ?",
                                    code, ClaimState::waiting));
  return row.has_value();
}

Result<bool> ClaimStore::is_meant(ClaimCodeId code, const std::string& hardware_id) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      database_->query_one<std::int64_t>(
          "SELECT NOT EXISTS (SELECT 1 FROM identity_claim_hardware WHERE code = ?1)"
          " OR EXISTS (SELECT 1 FROM identity_claim_hardware WHERE code = ?1 AND hardware_id = ?2)",
          code, hardware_id));
  return row && std::get<0>(*row) != 0;
}

Result<std::vector<Claim>> ClaimStore::waiting(OrganisationId organisation, Timestamp now,
                                               std::int64_t limit) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows, storage::Rows<ClaimRow>::all(
                     *database_,
                     "SELECT * FROM identity_claim_told WHERE organisation = ? AND expires_at > ?"
                     " AND state = ? ORDER BY made_at, id LIMIT ?",
                     organisation, now, ClaimState::waiting, limit));
  std::vector<Claim> claims;
  claims.reserve(rows.size());
  for (ClaimRow& row : rows) {
    FASTNESS_ASSIGN_OR_RETURN(Claim claim, to_claim(std::move(row)));
    claims.push_back(std::move(claim));
  }
  return claims;
}

Result<void> ClaimStore::set_state(ClaimId claim, ClaimState state) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE identity_claim SET state = ? WHERE id = ?", state, claim));
  return {};
}

}  // namespace fastness::identity
