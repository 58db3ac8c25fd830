#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/ids/ids.h"
#include "things/model/device.h"
#include "things/model/property_type.h"

namespace fastness::things {

enum class Permission : std::uint8_t { read_only = 1, read_write = 2 };
enum class UpdateStrategy : std::uint8_t { on_change = 1, timed = 2 };

// What an owner says about a property.
struct PropertyDraft {
  std::string name;           // 1 to 64 printable characters, one per thing
  std::string variable_name;  // [a-zA-Z_][a-zA-Z0-9_]*, up to 64, one per thing; empty: from name
  const PropertyType* type = nullptr;
  Permission permission = Permission::read_only;
  UpdateStrategy update_strategy = UpdateStrategy::on_change;
  double update_parameter = 0;      // seconds if timed, else the least change
  std::optional<double> min_value;  // refused below
  std::optional<double> max_value;  // refused above
  bool persist = true;              // keep history
  std::optional<std::int64_t>
      wire_id;  // `tag` in REST: its number in light payloads, which hold 1 to 255
};

struct PropertyChanges {
  std::optional<std::string> name;
  std::optional<std::string> variable_name;
  std::optional<const PropertyType*> type;
  std::optional<Permission> permission;
  std::optional<UpdateStrategy> update_strategy;
  std::optional<double> update_parameter;
  std::optional<std::optional<double>> min_value;  // inner absence: no limit any more
  std::optional<std::optional<double>> max_value;
  std::optional<bool> persist;
  std::optional<std::optional<std::int64_t>> wire_id;
};

struct Property {
  PropertyId id;
  ThingId thing;
  SeriesId series;
  PropertyDraft said;  // variable_name is never empty here
  Timestamp created_at;
  Timestamp updated_at;
  std::optional<Timestamp> deleted_at;
};

// What an owner says about a thing.
struct ThingDraft {
  std::string name;                           // [a-zA-Z0-9_. -]+, 1 to 64; empty: made from the id
  std::string timezone = "America/New_York";  // the default of the API that clients know
  std::string webhook_uri;
  bool webhook_active = false;
  std::string assistant = "NONE";  // ALEXA GOOGLE NONE
  Tags tags;
};

struct ThingChanges {
  std::optional<std::string> name;
  std::optional<std::string> timezone;
  std::optional<std::string> webhook_uri;
  std::optional<bool> webhook_active;
  std::optional<std::string> assistant;
  std::optional<Tags> tags;
};

// A device's twin.
struct Thing {
  ThingId id;
  OrganisationId organisation;
  std::optional<UserId> created_by;
  ThingDraft said;
  std::optional<DeviceId> device;
  Timestamp created_at;
  Timestamp updated_at;
  std::optional<Timestamp> deleted_at;
};

}  // namespace fastness::things
