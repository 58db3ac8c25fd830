#include "identity/identity_store.h"

#include <array>

#include "identity/identity.h"
#include "storage/migrations.h"
#include "storage/rows.h"

namespace fastness::identity {
namespace {

using ledger::LedgerEntry;

constexpr std::array<storage::Migration, 4> kMigrations{{
    {1, R"(
CREATE TABLE identity_device (
  device BLOB PRIMARY KEY,
  organisation BLOB NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL,
  pinned_key BLOB,
  secret_hash BLOB,
  secret_was_chosen INTEGER NOT NULL DEFAULT 0,
  removed_at INTEGER
) WITHOUT ROWID;

CREATE TABLE identity_certificate (
  ledger_index INTEGER PRIMARY KEY,
  entry BLOB NOT NULL,
  leaf BLOB NOT NULL UNIQUE,
  device BLOB NOT NULL,
  certificate BLOB,
  revoked_at INTEGER,
  revoke_reason TEXT
);
CREATE INDEX identity_certificate_device ON identity_certificate (device, ledger_index);

CREATE TABLE identity_ledger (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  origin TEXT NOT NULL,
  signing_key BLOB NOT NULL
);
)"},
    {2, R"(
CREATE TABLE identity_renewal (
  device BLOB PRIMARY KEY,
  old_leaf BLOB NOT NULL,
  request BLOB NOT NULL,
  new_leaf BLOB NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
)"},
    {3, R"(
ALTER TABLE identity_certificate ADD COLUMN serial BLOB;
CREATE INDEX identity_certificate_serial ON identity_certificate (serial)
  WHERE serial IS NOT NULL;
-- Certificates as third parties are told of them. One whose key (bytes 57 to 88 of its entry) is
-- not the pinned one lets nobody in: the device's newest was issued for another.
CREATE VIEW identity_told AS
  SELECT c.ledger_index, c.serial, c.entry, c.certificate, c.revoked_at, d.state, d.since,
    d.pinned_key IS NOT substr(c.entry, 57, 32) AS is_other_key,
    (SELECT n.entry FROM identity_certificate n WHERE n.device = c.device
      ORDER BY n.ledger_index DESC LIMIT 1) AS newest
  FROM identity_certificate c JOIN identity_device d ON d.device = c.device
  WHERE c.certificate IS NOT NULL;
)"},
    {4, R"(
CREATE TABLE identity_key_change (
  device BLOB PRIMARY KEY,
  state INTEGER NOT NULL,
  old_key BLOB NOT NULL,
  new_key BLOB NOT NULL,
  old_leaf BLOB NOT NULL,
  new_leaf BLOB NOT NULL,
  request BLOB NOT NULL,
  at INTEGER NOT NULL
) WITHOUT ROWID;
-- As before, but while a change of key is open (state 2) the key before lets its device in too.
DROP VIEW identity_told;
CREATE VIEW identity_told AS
  SELECT c.ledger_index, c.serial, c.entry, c.certificate, c.revoked_at, d.state, d.since,
    d.pinned_key IS NOT substr(c.entry, 57, 32) AND NOT EXISTS
      (SELECT 1 FROM identity_key_change k WHERE k.device = c.device AND k.state = 2
        AND k.old_key = substr(c.entry, 57, 32)) AS is_other_key,
    (SELECT n.entry FROM identity_certificate n WHERE n.device = c.device
      ORDER BY n.ledger_index DESC LIMIT 1) AS newest
  FROM identity_certificate c JOIN identity_device d ON d.device = c.device
  WHERE c.certificate IS NOT NULL;
)"},
}};

using DeviceRow = std::tuple<DeviceId, OrganisationId, IdentityState, std::string, Timestamp,
                             std::optional<crypto::Digest>, std::optional<crypto::Digest>, bool,
                             bool, std::optional<crypto::Digest>, std::optional<Timestamp>>;

Result<StoredDevice> to_device(const DeviceRow& row) {
  const auto& [device, organisation, state, reason, since, key, secret, was_chosen, renews,
               former_key, changed_at] = row;
  if (state < IdentityState::active || state > IdentityState::revoked) {
    return fail(Errc::corrupted, "a device has a state that nobody knows");
  }
  RegisteredDevice registered{organisation, state, key, secret, renews};
  if (former_key && changed_at) {
    registered.former_key =
        std::make_shared<const FormerKey>(FormerKey{*former_key, *changed_at + kKeyChangeUndo});
  }
  return StoredDevice{device, std::move(registered), reason, since, was_chosen};
}

Result<CertificateRecord> to_record(ByteView encoded, std::optional<Bytes> der,
                                    std::optional<Timestamp> revoked_at) {
  FASTNESS_ASSIGN_OR_RETURN(const LedgerEntry entry, LedgerEntry::decode(encoded));
  return CertificateRecord{entry.leaf, std::move(der).value_or(Bytes()), entry, revoked_at};
}

// A row of the view `identity_told`.
using ToldRow =
    std::tuple<Bytes, Bytes, std::optional<Timestamp>, IdentityState, Timestamp, bool, Bytes>;

Result<CertificateStanding> to_told(const ToldRow& row) {
  const auto& [encoded, der, revoked_at, state, since, is_other_key, newest] = row;
  FASTNESS_ASSIGN_OR_RETURN(const LedgerEntry entry, LedgerEntry::decode(encoded));
  CertificateStanding standing{entry, der, std::nullopt};
  const bool is_good = !revoked_at && state == IdentityState::active && !is_other_key;
  if (is_good) return standing;
  FASTNESS_ASSIGN_OR_RETURN(const auto certificate, crypto::Certificate::parse(der));
  FASTNESS_ASSIGN_OR_RETURN(const LedgerEntry successor, LedgerEntry::decode(newest));
  const bool is_for_good = revoked_at || is_other_key || state == IdentityState::revoked;
  standing.revoked = crypto::RevokedSerial{
      to_bytes(certificate.serial()), revoked_at.value_or(is_other_key ? successor.time : since),
      is_for_good ? crypto::RevocationReason::unspecified
                  : crypto::RevocationReason::certificate_hold};
  return standing;
}

using StandingRow =
    std::tuple<DeviceId, OrganisationId, IdentityState, std::optional<Bytes>, bool, bool>;

Result<DeviceStanding> to_standing(const StandingRow& row) {
  const auto& [device, organisation, state, encoded, is_revoked, renews_itself] = row;
  DeviceStanding standing{device, organisation, state, std::nullopt, renews_itself};
  if (encoded) {
    FASTNESS_ASSIGN_OR_RETURN(const LedgerEntry entry, LedgerEntry::decode(*encoded));
    standing.newest = {entry.generation, entry.profile, entry.time, entry.not_after, is_revoked};
  }
  return standing;
}

}  // namespace

Result<IdentityStore> IdentityStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "identity", kMigrations));
  IdentityStore store(database);
  FASTNESS_RETURN_IF_ERROR(store.name_serials());
  return store;
}

// Of certificates that were kept before their serial numbers were, a few thousand at a time.
Result<void> IdentityStore::name_serials() {
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(auto rows, (database_->query<std::uint64_t, Bytes>(
                                             "SELECT ledger_index, certificate FROM"
                                             " identity_certificate WHERE certificate IS NOT NULL"
                                             " AND serial IS NULL LIMIT 4096")));
    if (rows.empty()) return {};
    FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
    for (const auto& [index, der] : rows) {
      FASTNESS_ASSIGN_OR_RETURN(const auto certificate, crypto::Certificate::parse(der));
      FASTNESS_RETURN_IF_ERROR(
          database_->run("UPDATE identity_certificate SET serial = ? WHERE ledger_index = ?",
                         certificate.serial(), index));
    }
    FASTNESS_RETURN_IF_ERROR(transaction.commit());
  }
}

Result<void> IdentityStore::pin_ledger(std::string_view origin,
                                       const crypto::Ed25519PublicKey& key) {
  FASTNESS_ASSIGN_OR_RETURN(const auto pinned,
                            (database_->query_one<std::string, crypto::Ed25519PublicKey>(
                                "SELECT origin, signing_key FROM identity_ledger")));
  if (!pinned) {
    FASTNESS_RETURN_IF_ERROR(
        database_->run("INSERT INTO identity_ledger VALUES (1, ?, ?)", origin, key));
    return {};
  }
  if (std::get<0>(*pinned) != origin || std::get<1>(*pinned) != key) {
    return fail(Errc::corrupted, "this database belongs to another vault");
  }
  return {};
}

Result<void> IdentityStore::add_device(OrganisationId organisation, DeviceId device,
                                       Timestamp now) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("INSERT INTO identity_device (device, organisation, state, reason, since)"
                     " VALUES (?, ?, ?, '', ?)",
                     device, organisation, IdentityState::active, now));
  return {};
}

Result<std::optional<StoredDevice>> IdentityStore::find_device(DeviceId device) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto row,
      storage::Rows<DeviceRow>::first(
          *database_,
          "SELECT d.device, organisation, d.state, reason, since, pinned_key, secret_hash,"
          " secret_was_chosen, EXISTS (SELECT 1 FROM identity_renewal r WHERE r.device = d.device),"
          " k.old_key, k.at FROM identity_device d"
          " LEFT JOIN identity_key_change k ON k.device = d.device AND k.state = ?"
          " WHERE d.device = ? AND removed_at IS NULL",
          KeyChangeState::open, device));
  if (!row) return std::optional<StoredDevice>();
  FASTNESS_ASSIGN_OR_RETURN(StoredDevice found, to_device(*row));
  return std::optional(std::move(found));
}

Result<std::vector<StoredDevice>> IdentityStore::devices() {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      storage::Rows<DeviceRow>::all(
          *database_,
          "SELECT d.device, organisation, d.state, reason, since, pinned_key, secret_hash,"
          " secret_was_chosen, EXISTS (SELECT 1 FROM identity_renewal r WHERE r.device = d.device),"
          " k.old_key, k.at FROM identity_device d"
          " LEFT JOIN identity_key_change k ON k.device = d.device AND k.state = ?"
          " WHERE removed_at IS NULL",
          KeyChangeState::open));
  std::vector<StoredDevice> devices;
  devices.reserve(rows.size());
  for (auto& row : rows) {
    FASTNESS_ASSIGN_OR_RETURN(StoredDevice device, to_device(row));
    devices.push_back(std::move(device));
  }
  return devices;
}

Result<std::vector<DeviceStanding>> IdentityStore::standings() {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      database_->prepare("SELECT d.device, d.organisation, d.state, c.entry,"
                         " c.revoked_at IS NOT NULL, EXISTS (SELECT 1 FROM identity_renewal r"
                         " WHERE r.device = d.device) FROM identity_device d"
                         " LEFT JOIN identity_certificate c ON c.ledger_index ="
                         " (SELECT MAX(ledger_index) FROM identity_certificate WHERE device ="
                         " d.device) WHERE d.removed_at IS NULL"));
  FASTNESS_RETURN_IF_ERROR(rows.bind());
  std::vector<DeviceStanding> standings;
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return standings;
    FASTNESS_ASSIGN_OR_RETURN(
        const auto row,
        (rows.row<DeviceId, OrganisationId, IdentityState, std::optional<Bytes>, bool, bool>()));
    FASTNESS_ASSIGN_OR_RETURN(DeviceStanding standing, to_standing(row));
    standings.push_back(std::move(standing));
  }
}

Result<std::vector<ExaminedDevice>> IdentityStore::examined(OrganisationId organisation) {
  // Keys are compared over all organisations: one that two devices have is in two places, whoever
  // owns them. A revoked device is out of it, for its key may go on in a new one.
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      database_->prepare(
          "SELECT d.device, d.organisation, d.state, c.entry, c.revoked_at IS NOT NULL,"
          " EXISTS (SELECT 1 FROM identity_renewal r WHERE r.device = d.device),"
          " d.secret_hash IS NOT NULL, d.secret_was_chosen,"
          " d.state <> ?1 AND d.pinned_key IS NOT NULL AND d.pinned_key IN"
          " (SELECT pinned_key FROM identity_device WHERE removed_at IS NULL AND state <> ?1"
          " AND pinned_key IS NOT NULL GROUP BY pinned_key HAVING COUNT(*) > 1)"
          " FROM identity_device d"
          " LEFT JOIN identity_certificate c ON c.ledger_index ="
          " (SELECT MAX(ledger_index) FROM identity_certificate WHERE device = d.device)"
          " WHERE d.removed_at IS NULL AND d.organisation = ?2"));
  FASTNESS_RETURN_IF_ERROR(rows.bind(IdentityState::revoked, organisation));
  std::vector<ExaminedDevice> devices;
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return devices;
    FASTNESS_ASSIGN_OR_RETURN(
        const auto row, (rows.row<DeviceId, OrganisationId, IdentityState, std::optional<Bytes>,
                                  bool, bool, bool, bool, bool>()));
    const auto& [device, owner, state, encoded, is_revoked, renews, has_secret, was_chosen,
                 shares] = row;
    FASTNESS_ASSIGN_OR_RETURN(DeviceStanding standing,
                              to_standing({device, owner, state, encoded, is_revoked, renews}));
    devices.push_back({std::move(standing), has_secret, has_secret && was_chosen, shares,
                       std::nullopt, std::nullopt, std::nullopt});
  }
}

Result<void> IdentityStore::mark_removed(DeviceId device, Timestamp now) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE identity_device SET removed_at = ? WHERE device = ?", now, device));
  return {};
}

Result<void> IdentityStore::forget_reasons(OrganisationId organisation) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "UPDATE identity_certificate SET revoke_reason = '' WHERE revoke_reason IS NOT NULL"
      " AND device IN (SELECT device FROM identity_device WHERE organisation = ?)",
      organisation));
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "UPDATE identity_device SET reason = '' WHERE organisation = ?", organisation));
  return transaction.commit();
}

Result<void> IdentityStore::set_state(DeviceId device, IdentityState state, std::string_view reason,
                                      Timestamp now) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE identity_device SET state = ?, reason = ?, since = ? WHERE device = ?",
                     state, reason, now, device));
  return {};
}

Result<void> IdentityStore::pin_key(DeviceId device, const crypto::Digest& key) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE identity_device SET pinned_key = ? WHERE device = ?", key, device));
  return {};
}

Result<void> IdentityStore::set_secret(DeviceId device, const std::optional<crypto::Digest>& hash,
                                       bool was_chosen) {
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "UPDATE identity_device SET secret_hash = ?, secret_was_chosen = ? WHERE device = ?", hash,
      was_chosen, device));
  return {};
}

Result<void> IdentityStore::append_entry(const LedgerEntry& entry) {
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO identity_certificate (ledger_index, entry, leaf, device) VALUES (?, ?, ?, ?)",
      entry.index, entry.encode(), entry.leaf, entry.device));
  return {};
}

Result<void> IdentityStore::for_each_entry(
    const std::function<Result<void>(const LedgerEntry&, bool is_revoked)>& visit) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows, database_->prepare("SELECT entry, revoked_at IS NOT NULL FROM identity_certificate"
                                    " ORDER BY ledger_index"));
  FASTNESS_RETURN_IF_ERROR(rows.bind());
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return {};
    FASTNESS_ASSIGN_OR_RETURN(const auto row, (rows.row<Bytes, bool>()));
    FASTNESS_ASSIGN_OR_RETURN(const LedgerEntry entry, LedgerEntry::decode(std::get<0>(row)));
    FASTNESS_RETURN_IF_ERROR(visit(entry, std::get<1>(row)));
  }
}

Result<std::vector<LedgerEntry>> IdentityStore::entries(std::uint64_t first, std::uint64_t limit) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      database_->query<Bytes>("SELECT entry FROM identity_certificate WHERE ledger_index >= ?"
                              " ORDER BY ledger_index LIMIT ?",
                              first, limit));
  std::vector<LedgerEntry> entries;
  entries.reserve(rows.size());
  for (const auto& row : rows) {
    FASTNESS_ASSIGN_OR_RETURN(const LedgerEntry entry, LedgerEntry::decode(std::get<0>(row)));
    entries.push_back(entry);
  }
  return entries;
}

Result<void> IdentityStore::keep_certificate(const crypto::Digest& leaf, ByteView der) {
  FASTNESS_ASSIGN_OR_RETURN(const auto certificate, crypto::Certificate::parse(der));
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE identity_certificate SET certificate = ?, serial = ? WHERE leaf = ?",
                     der, certificate.serial(), leaf));
  return {};
}

Result<void> IdentityStore::revoke_certificate(const crypto::Digest& leaf, Timestamp now,
                                               std::string_view reason) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE identity_certificate SET revoked_at = ?, revoke_reason = ?"
                     " WHERE leaf = ? AND revoked_at IS NULL",
                     now, reason, leaf));
  return {};
}

Result<std::vector<crypto::RevokedSerial>> IdentityStore::revoked(ledger::GenerationId generation,
                                                                  Timestamp now) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      database_->prepare("SELECT entry, certificate, revoked_at, state, since, is_other_key, newest"
                         " FROM identity_told WHERE revoked_at IS NOT NULL OR state <> ?"
                         " OR is_other_key ORDER BY ledger_index"));
  FASTNESS_RETURN_IF_ERROR(rows.bind(IdentityState::active));
  std::vector<crypto::RevokedSerial> revoked;
  while (true) {
    FASTNESS_ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return revoked;
    FASTNESS_ASSIGN_OR_RETURN(const ToldRow row, storage::Rows<ToldRow>::at(rows));
    FASTNESS_ASSIGN_OR_RETURN(auto told, to_told(row));
    const bool counts = told.entry.generation == generation && told.entry.not_after > now;
    if (counts && told.revoked) revoked.push_back(*std::move(told.revoked));
  }
}

Result<std::optional<CertificateStanding>> IdentityStore::find_serial(ByteView serial) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      storage::Rows<ToldRow>::first(
          *database_,
          "SELECT entry, certificate, revoked_at, state, since, is_other_key, newest"
          " FROM identity_told WHERE serial = ?",
          serial));
  if (!row) return std::optional<CertificateStanding>();
  FASTNESS_ASSIGN_OR_RETURN(CertificateStanding told, to_told(*row));
  return std::optional(std::move(told));
}

Result<std::optional<Renewal>> IdentityStore::last_renewal(DeviceId device) {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto row,
      (database_->query_one<crypto::Digest, crypto::Digest, crypto::Digest, Timestamp>(
          "SELECT old_leaf, request, new_leaf, at FROM identity_renewal WHERE device = ?",
          device)));
  if (!row) return std::optional<Renewal>();
  const auto& [old_leaf, request, new_leaf, at] = *row;
  return std::optional(Renewal{old_leaf, request, new_leaf, at});
}

Result<void> IdentityStore::keep_renewal(DeviceId device, const Renewal& renewal) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("INSERT OR REPLACE INTO identity_renewal (device, old_leaf, request, new_leaf,"
                     " at) VALUES (?, ?, ?, ?, ?)",
                     device, renewal.old_leaf, renewal.request, renewal.new_leaf, renewal.at));
  return {};
}

Result<std::vector<CertificateRecord>> IdentityStore::certificates(DeviceId device) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      (database_->query<Bytes, std::optional<Bytes>, std::optional<Timestamp>>(
          "SELECT entry, certificate, revoked_at FROM identity_certificate WHERE device = ?"
          " ORDER BY ledger_index DESC",
          device)));
  std::vector<CertificateRecord> records;
  for (auto& [entry, der, revoked_at] : rows) {
    FASTNESS_ASSIGN_OR_RETURN(CertificateRecord record,
                              to_record(entry, std::move(der), revoked_at));
    records.push_back(std::move(record));
  }
  return records;
}

Result<std::optional<CertificateRecord>> IdentityStore::find_certificate(
    const crypto::Digest& leaf) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto row, (database_->query_one<Bytes, std::optional<Bytes>, std::optional<Timestamp>>(
                    "SELECT entry, certificate, revoked_at FROM identity_certificate"
                    " WHERE leaf = ?",
                    leaf)));
  if (!row) return std::optional<CertificateRecord>();
  auto& [entry, der, revoked_at] = *row;
  FASTNESS_ASSIGN_OR_RETURN(CertificateRecord record, to_record(entry, std::move(der), revoked_at));
  return std::optional(std::move(record));
}

}  // namespace fastness::identity
