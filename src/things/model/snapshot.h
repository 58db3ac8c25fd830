// What gateway loops see of devices and things: immutable, replaced as a whole, shared by shards.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/ids/ids.h"
#include "base/published.h"
#include "things/model/thing.h"

namespace fastness::things {

struct PropertyView {
  PropertyId id;
  SeriesId series;
  std::string name;
  std::string variable_name;
  const PropertyType* type;
  Permission permission;
  std::optional<double> min_value;
  std::optional<double> max_value;
  bool persist;
  std::optional<std::int64_t> wire_id;
};

// One thing with its properties. Immutable.
class ThingView {
 public:
  ThingView(const Thing& thing, std::vector<PropertyView> properties);

  [[nodiscard]] ThingId id() const { return id_; }
  [[nodiscard]] OrganisationId organisation() const { return organisation_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& timezone() const { return timezone_; }
  [[nodiscard]] const std::optional<DeviceId>& device() const { return device_; }
  [[nodiscard]] const std::vector<PropertyView>& properties() const { return properties_; }

  // By variable name, which boards use, else by friendly name. Null if neither fits.
  [[nodiscard]] const PropertyView* find(std::string_view name) const;
  [[nodiscard]] const PropertyView* find(PropertyId id) const;

  // By its number in light payloads.
  [[nodiscard]] const PropertyView* find_wire_id(std::int64_t wire_id) const;

 private:
  ThingId id_;
  OrganisationId organisation_;
  std::string name_;
  std::string timezone_;
  std::optional<DeviceId> device_;
  std::vector<PropertyView> properties_;  // sorted by variable name
  std::vector<std::uint32_t> by_name_;    // indices, sorted by friendly name
};

struct DeviceView {
  OrganisationId organisation;
  std::shared_ptr<const ThingView> thing;  // null while unattached
};

// Every device and thing that is not deleted, of all organisations: a caller must compare the
// organisation, and the lookups that take one do it themselves. Immutable, so thread-safe.
//
// One change copies one shard of each map, never the whole.
class ThingsSnapshot {
 public:
  ThingsSnapshot();

  // All at once, for the start. A device's thing is set from the things' devices.
  using Devices = std::vector<std::pair<DeviceId, OrganisationId>>;
  [[nodiscard]] static std::shared_ptr<const ThingsSnapshot> of(
      const std::vector<std::shared_ptr<const ThingView>>& things, const Devices& devices);

  // Null if there is no such thing, or if it is another organisation's.
  [[nodiscard]] std::shared_ptr<const ThingView> thing(OrganisationId organisation,
                                                       ThingId id) const;
  // By name. Null also when two things of the organisation share it: then only the id will do.
  [[nodiscard]] std::shared_ptr<const ThingView> thing_named(OrganisationId organisation,
                                                             std::string_view name) const;
  // Null if the device is unknown or another organisation's.
  [[nodiscard]] const DeviceView* device(OrganisationId organisation, DeviceId id) const;
  // The thing of a device, null while unattached.
  [[nodiscard]] std::shared_ptr<const ThingView> thing_of(OrganisationId organisation,
                                                          DeviceId id) const;

  // The same snapshot with one entry replaced or, given null, gone.
  [[nodiscard]] std::shared_ptr<const ThingsSnapshot> with_thing(
      ThingId id, std::shared_ptr<const ThingView> view) const;
  [[nodiscard]] std::shared_ptr<const ThingsSnapshot> with_device(
      DeviceId id, std::optional<DeviceView> view) const;

 private:
  static constexpr std::size_t kShards = 64;
  struct NameKey {
    OrganisationId organisation;
    std::string name;
    friend auto operator<=>(const NameKey&, const NameKey&) = default;  // NOLINT: clang-tidy 14
  };
  using ThingShard = std::unordered_map<ThingId, std::shared_ptr<const ThingView>>;
  using DeviceShard = std::unordered_map<DeviceId, DeviceView>;
  using NameShard = std::multimap<NameKey, ThingId>;

  static std::size_t name_shard(OrganisationId organisation, std::string_view name);
  void replace_name(const ThingView* before, const ThingView* after);

  std::array<std::shared_ptr<const ThingShard>, kShards> things_;
  std::array<std::shared_ptr<const DeviceShard>, kShards> devices_;
  std::array<std::shared_ptr<const NameShard>, kShards> names_;
};

}  // namespace fastness::things
