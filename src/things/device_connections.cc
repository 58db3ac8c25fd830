// How devices are and were connected: the second half of the class.

#include <algorithm>
#include <functional>
#include <utility>

#include "base/fixed_limits.h"
#include "keys/content_keys.h"
#include "things/changes.h"
#include "things/devices.h"
#include "things/model/names.h"
#include "things/store/device_store.h"

namespace fastness::things {
namespace {

constexpr std::size_t kMaxKind = 64;
constexpr std::size_t kMaxDetail = fixed_limit("devices.reason_bytes");
constexpr std::chrono::seconds kMaxWait{1};

}  // namespace

Result<void> Devices::set_network(OrganisationId organisation, DeviceId id,
                                  const NetworkConfig& config) {
  if (find(organisation, id) == nullptr) return no_device();
  Bytes plain;
  ByteWriter out(plain);
  out.sized(cut(config.kind, kMaxKind));
  out.sized(cut(config.detail, kMaxDetail));
  // Boards say it on every connection.
  const std::size_t hash = std::hash<std::string_view>{}(as_text(plain));
  if (const auto known = network_hashes_.find(id);
      known != network_hashes_.end() && known->second == hash) {
    return {};
  }
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed,
                            keys_.seal({organisation, keys::FieldId::device_network, id}, plain));
  FASTNESS_RETURN_IF_ERROR(store_->put_network(id, sealed));
  network_hashes_.insert_or_assign(id, hash);
  return {};
}

Result<NetworkConfig> Devices::network(OrganisationId organisation, DeviceId id) const {
  if (find(organisation, id) == nullptr) return no_device();
  FASTNESS_ASSIGN_OR_RETURN(const auto sealed, store_->network(id));
  if (!sealed) return fail(Errc::not_found, "the board has not said how it is connected");
  FASTNESS_ASSIGN_OR_RETURN(const Bytes plain,
                            keys_.open({organisation, keys::FieldId::device_network, id}, *sealed));
  ByteReader in(plain);
  NetworkConfig config{in.sized_text(), in.sized_text()};
  FASTNESS_RETURN_IF_ERROR(in.finish("network settings"));
  return config;
}

// A row that is written twice while it waits is written once, as it is last.
Result<void> Devices::write_later(DeviceId id, Connection connection) {
  const auto is_same = [&](const auto& row) {
    return row.first == id && row.second.connected_at == connection.connected_at;
  };
  const auto waiting = std::find_if(unwritten_.rbegin(), unwritten_.rend(), is_same);
  if (waiting != unwritten_.rend()) {
    waiting->second = std::move(connection);
  } else {
    if (unwritten_.empty()) unwritten_since_ = clock_.now();
    unwritten_.emplace_back(id, std::move(connection));
  }
  const bool is_due =
      unwritten_.size() >= kMaxUnwritten || clock_.now() - unwritten_since_ >= kMaxWait;
  return is_due ? flush() : Result<void>();
}

Result<void> Devices::flush() {
  if (unwritten_.empty()) return {};
  FASTNESS_RETURN_IF_ERROR(store_->put_connections(unwritten_, kMaxConnections));
  unwritten_.clear();
  return {};
}

Result<void> Devices::connected(OrganisationId organisation, DeviceId id, Connection connection) {
  Device* device = find_mutable(organisation, id, Deleted::hidden);
  if (device == nullptr) return no_device();
  connection.disconnected_at.reset();
  connection.reason = DisconnectReason::none;
  if (device->status == DeviceStatus::online) {
    Connection before = *device->connection;
    before.disconnected_at = std::max(connection.connected_at, before.connected_at);
    before.reason = DisconnectReason::taken_over;
    FASTNESS_RETURN_IF_ERROR(write_later(id, std::move(before)));
  }
  FASTNESS_RETURN_IF_ERROR(write_later(id, connection));
  device->last_activity_at = connection.connected_at;
  device->connection = std::move(connection);
  device->status = DeviceStatus::online;
  tell(*device, Change::connection);
  return {};
}

Result<void> Devices::disconnected(OrganisationId organisation, DeviceId id, Timestamp connected_at,
                                   Timestamp at, DisconnectReason reason, std::string_view detail) {
  Device* device = find_mutable(organisation, id, Deleted::shown);
  if (device == nullptr) return no_device();
  const bool is_current =
      device->status == DeviceStatus::online && device->connection->connected_at == connected_at;
  if (!is_current) return {};
  Connection ended = *device->connection;
  ended.disconnected_at = std::max(at, connected_at);
  ended.reason = reason;
  ended.detail = std::string(cut(detail, kMaxDetail));
  FASTNESS_RETURN_IF_ERROR(write_later(id, ended));
  device->connection = std::move(ended);
  device->status = DeviceStatus::offline;
  tell(*device, Change::connection);
  return {};
}

Result<std::vector<Connection>> Devices::connections(OrganisationId organisation, DeviceId id,
                                                     std::size_t limit) {
  if (find(organisation, id) == nullptr) return no_device();
  FASTNESS_RETURN_IF_ERROR(flush());
  return store_->connections(id, std::min(limit, kMaxConnections));
}

}  // namespace fastness::things
