#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "things/model/device.h"

namespace fastness::storage {
class Database;
}
namespace fastness::keys {
class ContentKeys;
}

namespace fastness::things {

class DeviceStore;

// `hidden` treats what was softly deleted as absent.
enum class Deleted : std::uint8_t { hidden, shown };

// `soft` can be taken back; `forced` cannot.
enum class Removal : std::uint8_t { soft, forced };

// Board network settings: they name a Wi-Fi network or hold a login, so they are stored sealed.
struct NetworkConfig {
  std::string kind;    // "wifi", "ethernet", "gsm", …
  std::string detail;  // "ssid=…"
};

// The registry of hardware: what its owner and itself say about each device, and when and why it
// came and went. Which keys a device has is identity's business.
//
// Every call names the organisation, and another organisation's device is `not_found`, always.
// What a call returns is on disk, but for connections. Lives on the control thread.
class Devices {
 public:
  // What happened to `device`, which no longer exists if it was removed by force.
  enum class Change : std::uint8_t { created, updated, deleted, restored, removed, connection };
  using OnChange = std::function<void(const Device& device, Change change)>;

  // Connections kept for each device: the last ones.
  static constexpr std::size_t kMaxConnections = fixed_limit("devices.connections");

  // How many rows of the connection log are written together at most.
  static constexpr std::size_t kMaxUnwritten = 256;

  // Brings the tables up to date and reads all devices. A connection which the last process left
  // open is ended as `crashed`. All arguments must outlive the result.
  [[nodiscard]] static Result<std::unique_ptr<Devices>> open(storage::Database& database,
                                                             keys::ContentKeys& keys,
                                                             const Clock& clock, Random& random);
  Devices(const Devices&) = delete;
  Devices& operator=(const Devices&) = delete;
  ~Devices();

  // Called on every change, after it is stored, in the order of registration.
  void on_change(OnChange callback) { listeners_.push_back(std::move(callback)); }

  // `invalid_argument` names the first bad field in its message; `already_exists`: another device
  // has this unique hardware id.
  [[nodiscard]] Result<Device> create(OrganisationId organisation, std::optional<UserId> by,
                                      DeviceDraft draft);
  // The same under a random id that was drawn before, so that whoever died in between does not make
  // a second one. `already_exists` also if the organisation has it already.
  [[nodiscard]] Result<Device> create_as(DeviceId id, OrganisationId organisation,
                                         std::optional<UserId> by, DeviceDraft draft);
  [[nodiscard]] Result<Device> update(OrganisationId organisation, DeviceId id,
                                      DeviceChanges changes);
  // A soft removal of what is already softly deleted changes nothing.
  [[nodiscard]] Result<void> remove(OrganisationId organisation, DeviceId id, Removal removal);
  [[nodiscard]] Result<Device> restore(OrganisationId organisation, DeviceId id);

  // Null if there is none. Good until the next call that changes something.
  [[nodiscard]] const Device* find(OrganisationId organisation, DeviceId id,
                                   Deleted deleted = Deleted::hidden) const;
  // Those that have all of `tags`, in the order of their ids.
  [[nodiscard]] std::vector<const Device*> list(OrganisationId organisation,
                                                Deleted deleted = Deleted::hidden,
                                                const Tags& tags = {}) const;

  // Every device of every organisation that is not deleted, for the first snapshot.
  [[nodiscard]] std::vector<std::pair<DeviceId, OrganisationId>> all() const;

  [[nodiscard]] Result<void> set_tag(OrganisationId organisation, DeviceId id, std::string key,
                                     std::string value);
  [[nodiscard]] Result<void> remove_tag(OrganisationId organisation, DeviceId id,
                                        std::string_view key);

  // What the board says about itself; only the fields that are not empty are taken. Cut to 64
  // characters each, because boards are foreign.
  [[nodiscard]] Result<void> report(OrganisationId organisation, DeviceId id, DeviceReport report);
  [[nodiscard]] Result<void> set_network(OrganisationId organisation, DeviceId id,
                                         const NetworkConfig& config);
  // `not_found` also if the board never said.
  [[nodiscard]] Result<NetworkConfig> network(OrganisationId organisation, DeviceId id) const;

  // The life of its connections, which a crash may take back by a second: they are written in
  // groups, so that a fleet that comes back at once does not wait for the disk. `connected` while
  // one is open ends that one as `taken_over`. `disconnected` tells by `connected_at` which
  // connection ended; an unknown one is ignored, so that the late end of a connection that was
  // taken over does not end its successor.
  [[nodiscard]] Result<void> connected(OrganisationId organisation, DeviceId id,
                                       Connection connection);
  [[nodiscard]] Result<void> disconnected(OrganisationId organisation, DeviceId id,
                                          Timestamp connected_at, Timestamp at,
                                          DisconnectReason reason, std::string_view detail);
  // Newest first, at most kMaxConnections.
  [[nodiscard]] Result<std::vector<Connection>> connections(OrganisationId organisation,
                                                            DeviceId id, std::size_t limit);
  // Writes what is not written of them. Every second or so, and at the end.
  [[nodiscard]] Result<void> flush();
  // In memory only: it changes with every message.
  void seen(OrganisationId organisation, DeviceId id, Timestamp at);

  struct Counts {
    std::size_t total = 0;
    std::size_t online = 0;
    std::size_t offline = 0;
  };
  [[nodiscard]] Counts count(OrganisationId organisation) const;

 private:
  struct Key {
    OrganisationId organisation;
    DeviceId id;
    friend auto operator<=>(const Key&, const Key&) = default;  // NOLINT: clang-tidy 14
  };

  Devices(std::unique_ptr<DeviceStore> store, keys::ContentKeys& keys, const Clock& clock,
          Random& random);
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> write_later(DeviceId id, Connection connection);
  [[nodiscard]] Device* find_mutable(OrganisationId organisation, DeviceId id, Deleted deleted);
  [[nodiscard]] Result<void> check_hardware_id(const std::string& hardware_id,
                                               DeviceId owner) const;
  [[nodiscard]] Result<void> store_and_tell(Device& current, Device next, Change change);
  void tell(const Device& device, Change change) const;

  std::unique_ptr<DeviceStore> store_;
  keys::ContentKeys& keys_;
  const Clock& clock_;
  Random& random_;
  std::map<Key, Device> devices_;
  std::map<std::string, DeviceId, std::less<>> by_hardware_id_;
  // Rows of the connection log on their way to disk, each device's in order.
  std::vector<std::pair<DeviceId, Connection>> unwritten_;
  Timestamp unwritten_since_;
  std::unordered_map<DeviceId, std::size_t> network_hashes_;  // of what was said and stored
  std::vector<OnChange> listeners_;
};

}  // namespace fastness::things
