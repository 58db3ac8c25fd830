#include "things/store/device_store.h"

#include <array>
#include <map>

#include "storage/migrations.h"

namespace fastness::things {
namespace {

using storage::Migration;

constexpr std::array kDeviceMigrations = {Migration{1, R"(
CREATE TABLE device (
  id BLOB PRIMARY KEY,
  organisation BLOB NOT NULL,
  created_by BLOB,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  fqbn TEXT NOT NULL,
  serial TEXT NOT NULL,
  connection_type TEXT NOT NULL,
  unique_hardware_id TEXT UNIQUE,
  wifi_fw_version TEXT NOT NULL,
  ble_mac TEXT NOT NULL,
  reported_lib_version TEXT NOT NULL,
  reported_wifi_fw_version TEXT NOT NULL,
  reported_sketch_sha256 TEXT NOT NULL,
  network BLOB,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;
CREATE TABLE device_tag (
  device BLOB NOT NULL REFERENCES device ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (device, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE device_connection (
  device BLOB NOT NULL REFERENCES device ON DELETE CASCADE,
  connected_at INTEGER NOT NULL,
  disconnected_at INTEGER,
  reason INTEGER NOT NULL,
  detail TEXT NOT NULL,
  remote TEXT NOT NULL,
  tls TEXT NOT NULL,
  PRIMARY KEY (device, connected_at)
) STRICT, WITHOUT ROWID;
)"}};

using OptionalTime = std::optional<Timestamp>;
using ConnectionRow =
    std::tuple<Timestamp, OptionalTime, DisconnectReason, std::string, std::string, std::string>;

Connection connection_of(ConnectionRow&& row) {
  auto& [connected_at, disconnected_at, reason, detail, remote, tls] = row;
  return {connected_at,      disconnected_at,   reason,
          std::move(detail), std::move(remote), std::move(tls)};
}

}  // namespace

Result<DeviceStore> DeviceStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "devices", kDeviceMigrations));
  return DeviceStore(database);
}

Result<std::map<DeviceId, Tags>> DeviceStore::load_tags() {
  FASTNESS_ASSIGN_OR_RETURN(auto rows, (database_->query<DeviceId, std::string, std::string>(
                                           "SELECT device, key, value FROM device_tag")));
  std::map<DeviceId, Tags> tags;
  for (auto& [id, key, value] : rows) tags[id].emplace(std::move(key), std::move(value));
  return tags;
}

Result<std::map<DeviceId, Connection>> DeviceStore::load_last_connections() {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      (database_->query<DeviceId, Timestamp, OptionalTime, DisconnectReason, std::string,
                        std::string, std::string>(
          "SELECT device, max(connected_at), disconnected_at, reason, detail, remote, tls "
          "FROM device_connection GROUP BY device")));
  std::map<DeviceId, Connection> connections;
  for (auto& [id, from, to, reason, detail, remote, tls] : rows) {
    connections.emplace(id, connection_of({from, to, reason, detail, remote, tls}));
  }
  return connections;
}

Result<std::vector<Device>> DeviceStore::load() {
  FASTNESS_ASSIGN_OR_RETURN(auto tags, load_tags());
  FASTNESS_ASSIGN_OR_RETURN(auto connections, load_last_connections());
  FASTNESS_ASSIGN_OR_RETURN(
      storage::Statement rows,
      database_->prepare(
          "SELECT id, organisation, created_by, name, type, fqbn, serial, connection_type, "
          "unique_hardware_id, wifi_fw_version, ble_mac, reported_lib_version, "
          "reported_wifi_fw_version, reported_sketch_sha256, created_at, updated_at, deleted_at "
          "FROM device"));
  std::vector<Device> devices;
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) return devices;
    FASTNESS_ASSIGN_OR_RETURN(
        auto row, (rows.row<DeviceId, OrganisationId, std::optional<UserId>, std::string,
                            std::string, std::string, std::string, std::string,
                            std::optional<std::string>, std::string, std::string, std::string,
                            std::string, std::string, Timestamp, Timestamp, OptionalTime>()));
    auto& [id, organisation, created_by, name, type, fqbn, serial, connection_type, hardware_id,
           wifi_fw, ble_mac, reported_lib, reported_wifi, reported_sha, created_at, updated_at,
           deleted_at] = row;
    Device device{id,         organisation, created_by, {}, {}, created_at,
                  updated_at, deleted_at,   {},         {}, {}};
    device.said = {std::move(name),
                   std::move(type),
                   std::move(fqbn),
                   std::move(serial),
                   std::move(connection_type),
                   std::move(hardware_id).value_or(""),
                   std::move(wifi_fw),
                   std::move(ble_mac),
                   std::move(tags[id])};
    device.reported = {std::move(reported_lib), std::move(reported_wifi), std::move(reported_sha)};
    if (const auto last = connections.find(id); last != connections.end()) {
      device.connection = std::move(last->second);
    }
    devices.push_back(std::move(device));
  }
}

Result<void> DeviceStore::put_tags(const Device& device) {
  FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM device_tag WHERE device = ?", device.id));
  for (const auto& [key, value] : device.said.tags) {
    FASTNESS_RETURN_IF_ERROR(
        database_->run("INSERT INTO device_tag VALUES (?, ?, ?)", device.id, key, value));
  }
  return {};
}

Result<void> DeviceStore::put(const Device& device) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
  const DeviceDraft& said = device.said;
  const std::optional<std::string> hardware_id =
      said.unique_hardware_id.empty() ? std::nullopt : std::optional(said.unique_hardware_id);
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO device (id, organisation, created_by, name, type, fqbn, serial, "
      "connection_type, unique_hardware_id, wifi_fw_version, ble_mac, reported_lib_version, "
      "reported_wifi_fw_version, reported_sketch_sha256, created_at, updated_at, deleted_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (id) DO UPDATE SET name = excluded.name, type = excluded.type, "
      "fqbn = excluded.fqbn, serial = excluded.serial, "
      "connection_type = excluded.connection_type, "
      "unique_hardware_id = excluded.unique_hardware_id, "
      "wifi_fw_version = excluded.wifi_fw_version, ble_mac = excluded.ble_mac, "
      "reported_lib_version = excluded.reported_lib_version, "
      "reported_wifi_fw_version = excluded.reported_wifi_fw_version, "
      "reported_sketch_sha256 = excluded.reported_sketch_sha256, "
      "updated_at = excluded.updated_at, deleted_at = excluded.deleted_at",
      device.id, device.organisation, device.created_by, said.name, said.type, said.fqbn,
      said.serial, said.connection_type, hardware_id, said.wifi_fw_version, said.ble_mac,
      device.reported.lib_version, device.reported.wifi_fw_version, device.reported.sketch_sha256,
      device.created_at, device.updated_at, device.deleted_at));
  FASTNESS_RETURN_IF_ERROR(put_tags(device));
  return transaction.commit();
}

Result<void> DeviceStore::erase(DeviceId id) {
  FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM device WHERE id = ?", id));
  return {};
}

Result<void> DeviceStore::put_network(DeviceId id, ByteView sealed) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE device SET network = ? WHERE id = ?", sealed, id));
  return {};
}

Result<std::optional<Bytes>> DeviceStore::network(DeviceId id) {
  FASTNESS_ASSIGN_OR_RETURN(auto row, (database_->query_one<std::optional<Bytes>>(
                                          "SELECT network FROM device WHERE id = ?", id)));
  if (!row) return std::optional<Bytes>();
  return std::get<0>(*std::move(row));
}

Result<void> DeviceStore::put_connections(
    const std::vector<std::pair<DeviceId, Connection>>& connections, std::size_t keep) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
  for (const auto& [id, connection] : connections) {
    FASTNESS_RETURN_IF_ERROR(
        database_->run("INSERT OR REPLACE INTO device_connection "
                       "SELECT id, ?, ?, ?, ?, ?, ? FROM device WHERE id = ?",
                       connection.connected_at, connection.disconnected_at, connection.reason,
                       connection.detail, connection.remote, connection.tls, id));
    FASTNESS_RETURN_IF_ERROR(database_->run(
        "DELETE FROM device_connection WHERE device = ? AND connected_at <= (SELECT connected_at "
        "FROM device_connection WHERE device = ? ORDER BY connected_at DESC LIMIT 1 OFFSET ?)",
        id, id, keep));
  }
  return transaction.commit();
}

Result<std::vector<Connection>> DeviceStore::connections(DeviceId id, std::size_t limit) {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows, (database_->query<Timestamp, OptionalTime, DisconnectReason, std::string,
                                   std::string, std::string>(
                     "SELECT connected_at, disconnected_at, reason, detail, remote, tls "
                     "FROM device_connection WHERE device = ? ORDER BY connected_at DESC LIMIT ?",
                     id, limit)));
  std::vector<Connection> connections;
  connections.reserve(rows.size());
  for (ConnectionRow& row : rows) connections.push_back(connection_of(std::move(row)));
  return connections;
}

Result<void> DeviceStore::end_connections(Timestamp at, DisconnectReason reason) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE device_connection SET disconnected_at = max(?, connected_at), "
                     "reason = ? WHERE disconnected_at IS NULL",
                     at, reason));
  return {};
}

}  // namespace fastness::things
