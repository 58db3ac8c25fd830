#pragma once

#include <map>
#include <utility>
#include <vector>

#include "base/result.h"
#include "storage/database.h"
#include "things/model/device.h"

namespace fastness::things {

// The tables of Devices. Each call is one transaction. Lives on the control thread.
class DeviceStore {
 public:
  // Brings the tables up to date. `database` must outlive this.
  [[nodiscard]] static Result<DeviceStore> open(storage::Database& database);

  // All devices with their last connection.
  [[nodiscard]] Result<std::vector<Device>> load();

  // Inserts or replaces everything but connections and network settings.
  [[nodiscard]] Result<void> put(const Device& device);
  [[nodiscard]] Result<void> erase(DeviceId id);

  // Network settings, sealed by the caller.
  [[nodiscard]] Result<void> put_network(DeviceId id, ByteView sealed);
  [[nodiscard]] Result<std::optional<Bytes>> network(DeviceId id);

  // A connection is known by its device and its start. At most `keep` of each device are kept, and
  // those of devices that are gone are not.
  [[nodiscard]] Result<void> put_connections(
      const std::vector<std::pair<DeviceId, Connection>>& connections, std::size_t keep);
  [[nodiscard]] Result<std::vector<Connection>> connections(DeviceId id, std::size_t limit);

  // Ends all that are open.
  [[nodiscard]] Result<void> end_connections(Timestamp at, DisconnectReason reason);

 private:
  explicit DeviceStore(storage::Database& database) : database_(&database) {}

  [[nodiscard]] Result<std::map<DeviceId, Tags>> load_tags();
  [[nodiscard]] Result<std::map<DeviceId, Connection>> load_last_connections();
  [[nodiscard]] Result<void> put_tags(const Device& device);

  storage::Database* database_;  // not owned
};

}  // namespace fastness::things
