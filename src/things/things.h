#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "base/published.h"
#include "base/random.h"
#include "base/result.h"
#include "things/devices.h"
#include "things/model/snapshot.h"
#include "things/model/thing.h"

namespace fastness::storage {
class Database;
}

namespace fastness::things {

class ThingStore;

// Whether to take a device away from the thing that has it.
enum class Attach : std::uint8_t { if_free, force };

// The twins of devices: things, their properties, and which device each thing belongs to.
//
// Every call names the organisation, and another organisation's thing, property or device is
// `not_found`, always. What a call returns is on disk and published. Lives on the control thread.
class Things {
 public:
  // A property whose values are of no use any more: it was removed for good, or its kind of value
  // has changed. Its last value and its series are to be forgotten.
  struct Ended {
    PropertyId property;
    SeriesId series;
  };
  // `thing` no longer exists if it was removed.
  struct Change {
    enum class Kind : std::uint8_t {
      created,
      updated,
      attachment,  // it gained, lost or changed its device, and nothing else
      properties,
      deleted,  // softly
      restored,
      removed,
    };
    Kind kind;
    // The device that belonged to the thing, and the one that does now. They differ also when a
    // thing is deleted, restored or removed: then its device has lost or found it.
    std::optional<DeviceId> device_before = {};
    std::optional<DeviceId> device_after = {};
    bool has_new_timezone = false;  // its board is to be told
    std::vector<Ended> ended = {};
  };
  using OnChange = std::function<void(const Thing& thing, const Change& change)>;

  static constexpr std::size_t kMaxProperties = fixed_limit("things.properties");  // of one thing

  // Brings the tables up to date, reads all things and follows the changes of `devices` from then
  // on. All arguments must outlive the result.
  [[nodiscard]] static Result<std::unique_ptr<Things>> open(storage::Database& database,
                                                            Devices& devices, const Clock& clock,
                                                            Random& random);
  Things(const Things&) = delete;
  Things& operator=(const Things&) = delete;
  ~Things();

  void on_change(OnChange callback) { listeners_.push_back(std::move(callback)); }

  // What gateway loops read. Lives as long as this.
  [[nodiscard]] const Published<ThingsSnapshot>& published() const { return published_; }

  // `invalid_argument` names the first bad field in its message.
  [[nodiscard]] Result<Thing> create(OrganisationId organisation, std::optional<UserId> by,
                                     ThingDraft draft);
  [[nodiscard]] Result<Thing> update(OrganisationId organisation, ThingId id, ThingChanges changes);
  // Softly: the device stays attached in the record, but the thing is out of the snapshot.
  // A removal by force takes the properties along.
  [[nodiscard]] Result<void> remove(OrganisationId organisation, ThingId id, Removal removal);
  // `already_exists` if its device has found another thing meanwhile.
  [[nodiscard]] Result<Thing> restore(OrganisationId organisation, ThingId id);

  [[nodiscard]] const Thing* find(OrganisationId organisation, ThingId id,
                                  Deleted deleted = Deleted::hidden) const;
  [[nodiscard]] std::vector<const Thing*> list(OrganisationId organisation,
                                               Deleted deleted = Deleted::hidden,
                                               const Tags& tags = {}) const;
  // The thing that a device is attached to; null while it has none.
  [[nodiscard]] const Thing* of_device(OrganisationId organisation, DeviceId device) const;

  // `already_exists` if the device has another thing and `attach` is `if_free`. A device that the
  // thing had before is detached. Attaching what is attached already changes nothing.
  [[nodiscard]] Result<Thing> attach(OrganisationId organisation, ThingId id, DeviceId device,
                                     Attach attach);
  // Nothing happens if it has no device.
  [[nodiscard]] Result<Thing> detach(OrganisationId organisation, ThingId id);

  [[nodiscard]] Result<void> set_tag(OrganisationId organisation, ThingId id, std::string key,
                                     std::string value);
  [[nodiscard]] Result<void> remove_tag(OrganisationId organisation, ThingId id,
                                        std::string_view key);

  // `already_exists`: the thing has a property of that name, variable name or wire id.
  // `exhausted`: it has kMaxProperties.
  [[nodiscard]] Result<Property> create_property(OrganisationId organisation, ThingId thing,
                                                 PropertyDraft draft);
  [[nodiscard]] Result<Property> update_property(OrganisationId organisation, ThingId thing,
                                                 PropertyId id, PropertyChanges changes);
  [[nodiscard]] Result<void> remove_property(OrganisationId organisation, ThingId thing,
                                             PropertyId id, Removal removal);
  [[nodiscard]] Result<Property> restore_property(OrganisationId organisation, ThingId thing,
                                                  PropertyId id);
  [[nodiscard]] const Property* find_property(OrganisationId organisation, ThingId thing,
                                              PropertyId id,
                                              Deleted deleted = Deleted::hidden) const;
  // Wherever it is in the organisation.
  [[nodiscard]] const Property* find_property(OrganisationId organisation, PropertyId id,
                                              Deleted deleted = Deleted::hidden) const;
  // In the order of creation.
  [[nodiscard]] std::vector<const Property*> properties(OrganisationId organisation, ThingId thing,
                                                        Deleted deleted = Deleted::hidden) const;

 private:
  struct Key {
    OrganisationId organisation;
    ThingId id;
    friend auto operator<=>(const Key&, const Key&) = default;  // NOLINT: clang-tidy 14
  };
  struct Entry {
    Thing thing;
    std::vector<Property> properties;
  };

  Things(std::unique_ptr<ThingStore> store, Devices& devices, const Clock& clock, Random& random);

  [[nodiscard]] Result<void> load();
  void publish_all();
  [[nodiscard]] Entry* entry(OrganisationId organisation, ThingId id, Deleted deleted);
  [[nodiscard]] const Entry* entry(OrganisationId organisation, ThingId id, Deleted deleted) const;
  [[nodiscard]] Result<void> check_unique(const Entry& entry, const PropertyDraft& draft,
                                          std::optional<PropertyId> self) const;
  [[nodiscard]] Result<void> store_and_tell(Entry& entry, Thing next, Change::Kind kind);
  [[nodiscard]] Result<void> store_and_tell(Entry& entry, Property& current, Property next,
                                            std::vector<Ended> ended);
  [[nodiscard]] Result<void> take_from(Entry& other, Entry& entry, DeviceId device);
  void follow(const Device& device, Devices::Change change);
  [[nodiscard]] std::shared_ptr<const ThingView> view_of(const Entry& entry) const;
  [[nodiscard]] std::optional<DeviceView> view_of(OrganisationId organisation, DeviceId device,
                                                  const ThingsSnapshot& snapshot) const;
  void publish(const Entry& entry, const std::optional<DeviceId>& device_before = {});
  void publish_device(OrganisationId organisation, DeviceId device);
  void tell(const Thing& thing, const Change& change) const;
  [[nodiscard]] static std::optional<DeviceId> device_of(const Thing& thing);

  std::unique_ptr<ThingStore> store_;
  Devices& devices_;
  const Clock& clock_;
  Random& random_;
  std::map<Key, Entry> things_;
  std::map<DeviceId, ThingId> thing_of_;  // only of things that are not deleted
  std::map<PropertyId, ThingId> thing_of_property_;
  Published<ThingsSnapshot> published_;
  std::vector<OnChange> listeners_;
};

}  // namespace fastness::things
