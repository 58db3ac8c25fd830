#include "things/devices.h"

#include <algorithm>
#include <utility>

#include "base/fixed_limits.h"
#include "keys/content_keys.h"
#include "things/changes.h"
#include "things/model/names.h"
#include "things/store/device_store.h"

namespace fastness::things {
namespace {

constexpr std::size_t kMaxReported = fixed_limit("devices.reported_bytes");

void take_report(std::string&& said, std::string& field) {
  if (!said.empty()) field = std::string(cut(said, kMaxReported));
}

DeviceStatus status_of(const Device& device) {
  if (!device.connection) return DeviceStatus::never;
  return device.connection->disconnected_at ? DeviceStatus::offline : DeviceStatus::online;
}

bool is_hidden(const Device& device, Deleted deleted) {
  return deleted == Deleted::hidden && device.deleted_at.has_value();
}

}  // namespace

Devices::Devices(std::unique_ptr<DeviceStore> store, keys::ContentKeys& keys, const Clock& clock,
                 Random& random)
    : store_(std::move(store)), keys_(keys), clock_(clock), random_(random) {}

Devices::~Devices() {
  // What cannot be written now ends as a crash would: the last connection counts as broken off.
  static_cast<void>(flush());
}

Result<std::unique_ptr<Devices>> Devices::open(storage::Database& database, keys::ContentKeys& keys,
                                               const Clock& clock, Random& random) {
  FASTNESS_ASSIGN_OR_RETURN(DeviceStore store, DeviceStore::open(database));
  std::unique_ptr<Devices> devices(
      new Devices(std::make_unique<DeviceStore>(std::move(store)), keys, clock, random));
  FASTNESS_RETURN_IF_ERROR(devices->load());
  return devices;
}

Result<void> Devices::load() {
  FASTNESS_RETURN_IF_ERROR(store_->end_connections(clock_.now(), DisconnectReason::crashed));
  FASTNESS_ASSIGN_OR_RETURN(auto stored, store_->load());
  for (Device& device : stored) {
    device.status = status_of(device);
    if (device.connection) {
      device.last_activity_at =
          device.connection->disconnected_at.value_or(device.connection->connected_at);
    }
    if (!device.said.unique_hardware_id.empty()) {
      by_hardware_id_.emplace(device.said.unique_hardware_id, device.id);
    }
    const Key key{device.organisation, device.id};
    devices_.emplace(key, std::move(device));
  }
  return {};
}

Result<void> Devices::check_hardware_id(const std::string& hardware_id, DeviceId owner) const {
  if (hardware_id.empty()) return {};
  const auto found = by_hardware_id_.find(hardware_id);
  if (found == by_hardware_id_.end() || found->second == owner) return {};
  return fail(Errc::already_exists, "unique_hardware_id: another device has it");
}

Result<Device> Devices::create(OrganisationId organisation, std::optional<UserId> by,
                               DeviceDraft draft) {
  return create_as(DeviceId(random_uuid(random_)), organisation, by, std::move(draft));
}

Result<Device> Devices::create_as(DeviceId id, OrganisationId organisation,
                                  std::optional<UserId> by, DeviceDraft draft) {
  if (devices_.contains(Key{organisation, id})) {
    return fail(Errc::already_exists, "id: another device has it");
  }
  if (draft.name.empty()) draft.name = draft.type + "-" + id.value().to_text().substr(0, 8);
  draft.name = std::string(cut(draft.name, 64));
  FASTNESS_RETURN_IF_ERROR(check(draft));
  FASTNESS_RETURN_IF_ERROR(check_hardware_id(draft.unique_hardware_id, id));

  const Timestamp now = clock_.now();
  Device device{id, organisation, by, std::move(draft), {}, now, now, {}, {}, {}, {}};
  FASTNESS_RETURN_IF_ERROR(store_->put(device));
  if (!device.said.unique_hardware_id.empty()) {
    by_hardware_id_.emplace(device.said.unique_hardware_id, id);
  }
  const Device& stored = devices_.emplace(Key{organisation, id}, std::move(device)).first->second;
  tell(stored, Change::created);
  return stored;
}

Result<void> Devices::store_and_tell(Device& current, Device next, Change change) {
  next.updated_at = clock_.now();
  FASTNESS_RETURN_IF_ERROR(store_->put(next));
  if (current.said.unique_hardware_id != next.said.unique_hardware_id) {
    by_hardware_id_.erase(current.said.unique_hardware_id);
    if (!next.said.unique_hardware_id.empty()) {
      by_hardware_id_.emplace(next.said.unique_hardware_id, next.id);
    }
  }
  current = std::move(next);
  tell(current, change);
  return {};
}

Result<Device> Devices::update(OrganisationId organisation, DeviceId id, DeviceChanges changes) {
  Device* device = find_mutable(organisation, id, Deleted::hidden);
  if (device == nullptr) return no_device();
  Device next = *device;
  take(std::move(changes.name), next.said.name);
  take(std::move(changes.type), next.said.type);
  take(std::move(changes.fqbn), next.said.fqbn);
  take(std::move(changes.serial), next.said.serial);
  take(std::move(changes.connection_type), next.said.connection_type);
  take(std::move(changes.unique_hardware_id), next.said.unique_hardware_id);
  take(std::move(changes.wifi_fw_version), next.said.wifi_fw_version);
  take(std::move(changes.ble_mac), next.said.ble_mac);
  take(std::move(changes.tags), next.said.tags);
  if (next.said.name.empty()) return fail(Errc::invalid_argument, "name: must not be empty");
  FASTNESS_RETURN_IF_ERROR(check(next.said));
  FASTNESS_RETURN_IF_ERROR(check_hardware_id(next.said.unique_hardware_id, id));
  FASTNESS_RETURN_IF_ERROR(store_and_tell(*device, std::move(next), Change::updated));
  return *device;
}

Result<void> Devices::remove(OrganisationId organisation, DeviceId id, Removal removal) {
  Device* device = find_mutable(organisation, id, Deleted::shown);
  if (device == nullptr) return no_device();
  if (removal == Removal::soft) {
    if (device->deleted_at) return {};
    Device next = *device;
    next.deleted_at = clock_.now();
    return store_and_tell(*device, std::move(next), Change::deleted);
  }
  FASTNESS_RETURN_IF_ERROR(store_->erase(id));
  const Device gone = std::move(devices_.extract(Key{organisation, id}).mapped());
  by_hardware_id_.erase(gone.said.unique_hardware_id);
  tell(gone, Change::removed);
  return {};
}

Result<Device> Devices::restore(OrganisationId organisation, DeviceId id) {
  Device* device = find_mutable(organisation, id, Deleted::shown);
  if (device == nullptr) return no_device();
  if (device->deleted_at) {
    Device next = *device;
    next.deleted_at.reset();
    FASTNESS_RETURN_IF_ERROR(store_and_tell(*device, std::move(next), Change::restored));
  }
  return *device;
}

const Device* Devices::find(OrganisationId organisation, DeviceId id, Deleted deleted) const {
  const auto found = devices_.find(Key{organisation, id});
  if (found == devices_.end() || is_hidden(found->second, deleted)) return nullptr;
  return &found->second;
}

Device* Devices::find_mutable(OrganisationId organisation, DeviceId id, Deleted deleted) {
  const auto found = devices_.find(Key{organisation, id});
  if (found == devices_.end() || is_hidden(found->second, deleted)) return nullptr;
  return &found->second;
}

std::vector<const Device*> Devices::list(OrganisationId organisation, Deleted deleted,
                                         const Tags& tags) const {
  std::vector<const Device*> listed;
  for (auto at = devices_.lower_bound(Key{organisation, DeviceId(Uuid(Uuid::Bytes{}))});
       at != devices_.end() && at->first.organisation == organisation; ++at) {
    const Device& device = at->second;
    if (!is_hidden(device, deleted) && has_tags(device.said.tags, tags)) listed.push_back(&device);
  }
  return listed;
}

std::vector<std::pair<DeviceId, OrganisationId>> Devices::all() const {
  std::vector<std::pair<DeviceId, OrganisationId>> all;
  for (const auto& [key, device] : devices_) {
    if (!device.deleted_at) all.emplace_back(key.id, key.organisation);
  }
  return all;
}

Result<void> Devices::set_tag(OrganisationId organisation, DeviceId id, std::string key,
                              std::string value) {
  Device* device = find_mutable(organisation, id, Deleted::hidden);
  if (device == nullptr) return no_device();
  FASTNESS_RETURN_IF_ERROR(check_tag(key, value));
  Device next = *device;
  next.said.tags.insert_or_assign(std::move(key), std::move(value));
  FASTNESS_RETURN_IF_ERROR(check(next.said));
  return store_and_tell(*device, std::move(next), Change::updated);
}

Result<void> Devices::remove_tag(OrganisationId organisation, DeviceId id, std::string_view key) {
  Device* device = find_mutable(organisation, id, Deleted::hidden);
  if (device == nullptr) return no_device();
  Device next = *device;
  const auto found = next.said.tags.find(key);
  if (found == next.said.tags.end()) return fail(Errc::not_found, "no such tag");
  next.said.tags.erase(found);
  return store_and_tell(*device, std::move(next), Change::updated);
}

Result<void> Devices::report(OrganisationId organisation, DeviceId id, DeviceReport report) {
  Device* device = find_mutable(organisation, id, Deleted::hidden);
  if (device == nullptr) return no_device();
  Device next = *device;
  take_report(std::move(report.lib_version), next.reported.lib_version);
  take_report(std::move(report.wifi_fw_version), next.reported.wifi_fw_version);
  take_report(std::move(report.sketch_sha256), next.reported.sketch_sha256);
  if (next.reported == device->reported) return {};  // said on every connection
  return store_and_tell(*device, std::move(next), Change::updated);
}

void Devices::seen(OrganisationId organisation, DeviceId id, Timestamp at) {
  Device* device = find_mutable(organisation, id, Deleted::hidden);
  if (device != nullptr) device->last_activity_at = at;
}

Devices::Counts Devices::count(OrganisationId organisation) const {
  Counts counts;
  for (const Device* device : list(organisation)) {
    ++counts.total;
    if (device->status == DeviceStatus::online) ++counts.online;
    if (device->status == DeviceStatus::offline) ++counts.offline;
  }
  return counts;
}

void Devices::tell(const Device& device, Change change) const {
  for (const OnChange& listener : listeners_) listener(device, change);
}

}  // namespace fastness::things
