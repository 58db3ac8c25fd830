#include "identity/identity_store.h"

#include <array>

#include "storage/migrations.h"

namespace fastness::identity {
namespace {

using vault_ipc::LedgerEntry;

constexpr std::array<storage::Migration, 1> kMigrations{{
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
}};

using DeviceRow = std::tuple<DeviceId, OrganisationId, IdentityState, std::string, Timestamp,
                             std::optional<crypto::Digest>, std::optional<crypto::Digest>, bool>;

Result<StoredDevice> to_device(const DeviceRow& row) {
  const auto& [device, organisation, state, reason, since, key, secret, was_chosen] = row;
  if (state < IdentityState::active || state > IdentityState::revoked) {
    return fail(Errc::corrupted, "a device has a state that nobody knows");
  }
  return StoredDevice{device, RegisteredDevice{organisation, state, key, secret}, reason, since,
                      was_chosen};
}

Result<CertificateRecord> to_record(ByteView encoded, std::optional<Bytes> der,
                                    std::optional<Timestamp> revoked_at) {
  FASTNESS_ASSIGN_OR_RETURN(const LedgerEntry entry, LedgerEntry::decode(encoded));
  return CertificateRecord{entry.leaf, std::move(der).value_or(Bytes()), entry, revoked_at};
}

}  // namespace

Result<IdentityStore> IdentityStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "identity", kMigrations));
  return IdentityStore(database);
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
      (database_->query_one<DeviceId, OrganisationId, IdentityState, std::string, Timestamp,
                            std::optional<crypto::Digest>, std::optional<crypto::Digest>, bool>(
          "SELECT device, organisation, state, reason, since, pinned_key, secret_hash,"
          " secret_was_chosen FROM identity_device WHERE device = ? AND removed_at IS NULL",
          device)));
  if (!row) return std::optional<StoredDevice>();
  FASTNESS_ASSIGN_OR_RETURN(StoredDevice found, to_device(*row));
  return std::optional(std::move(found));
}

Result<std::vector<StoredDevice>> IdentityStore::devices() {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      (database_->query<DeviceId, OrganisationId, IdentityState, std::string, Timestamp,
                        std::optional<crypto::Digest>, std::optional<crypto::Digest>, bool>(
          "SELECT device, organisation, state, reason, since, pinned_key, secret_hash,"
          " secret_was_chosen FROM identity_device WHERE removed_at IS NULL")));
  std::vector<StoredDevice> devices;
  devices.reserve(rows.size());
  for (auto& row : rows) {
    FASTNESS_ASSIGN_OR_RETURN(StoredDevice device, to_device(row));
    devices.push_back(std::move(device));
  }
  return devices;
}

Result<void> IdentityStore::mark_removed(DeviceId device, Timestamp now) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE identity_device SET removed_at = ? WHERE device = ?", now, device));
  return {};
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

Result<void> IdentityStore::keep_certificate(const crypto::Digest& leaf, ByteView der) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE identity_certificate SET certificate = ? WHERE leaf = ?", der, leaf));
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
