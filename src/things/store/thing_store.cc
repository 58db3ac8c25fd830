#include "things/store/thing_store.h"

#include <array>
#include <map>

#include "storage/migrations.h"

namespace fastness::things {
namespace {

using storage::Migration;

// A device has at most one thing that is not deleted: the index says so too.
constexpr std::array kThingMigrations = {Migration{1, R"(
CREATE TABLE thing (
  id BLOB PRIMARY KEY,
  organisation BLOB NOT NULL,
  created_by BLOB,
  name TEXT NOT NULL,
  timezone TEXT NOT NULL,
  webhook_uri TEXT NOT NULL,
  webhook_active INTEGER NOT NULL,
  assistant TEXT NOT NULL,
  device BLOB,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;
CREATE UNIQUE INDEX thing_device ON thing (device) WHERE deleted_at IS NULL;
CREATE TABLE thing_tag (
  thing BLOB NOT NULL REFERENCES thing ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (thing, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE property (
  id BLOB PRIMARY KEY,
  thing BLOB NOT NULL REFERENCES thing ON DELETE CASCADE,
  series INTEGER NOT NULL UNIQUE,
  name TEXT NOT NULL,
  variable_name TEXT NOT NULL,
  type TEXT NOT NULL,
  permission INTEGER NOT NULL,
  update_strategy INTEGER NOT NULL,
  update_parameter REAL NOT NULL,
  min_value REAL,
  max_value REAL,
  persist INTEGER NOT NULL,
  wire_id INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER
) STRICT;
CREATE INDEX property_thing ON property (thing);
CREATE TABLE series (next INTEGER NOT NULL) STRICT;
INSERT INTO series VALUES (1);
)"}};

using OptionalTime = std::optional<Timestamp>;
using OptionalNumber = std::optional<double>;

}  // namespace

Result<ThingStore> ThingStore::open(storage::Database& database) {
  FASTNESS_RETURN_IF_ERROR(storage::migrate(database, "things", kThingMigrations));
  return ThingStore(database);
}

Result<std::vector<Thing>> ThingStore::load() {
  FASTNESS_ASSIGN_OR_RETURN(auto tag_rows, (database_->query<ThingId, std::string, std::string>(
                                               "SELECT thing, key, value FROM thing_tag")));
  std::map<ThingId, Tags> tags;
  for (auto& [id, key, value] : tag_rows) tags[id].emplace(std::move(key), std::move(value));

  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      (database_->query<ThingId, OrganisationId, std::optional<UserId>, std::string, std::string,
                        std::string, bool, std::string, std::optional<DeviceId>, Timestamp,
                        Timestamp, OptionalTime>(
          "SELECT id, organisation, created_by, name, timezone, webhook_uri, webhook_active, "
          "assistant, device, created_at, updated_at, deleted_at FROM thing")));
  std::vector<Thing> things;
  for (auto& [id, organisation, created_by, name, timezone, webhook_uri, webhook_active, assistant,
              device, created_at, updated_at, deleted_at] : rows) {
    ThingDraft said{std::move(name), std::move(timezone),  std::move(webhook_uri),
                    webhook_active,  std::move(assistant), std::move(tags[id])};
    things.push_back({id, organisation, created_by, std::move(said), device, created_at, updated_at,
                      deleted_at});
  }
  return things;
}

Result<std::vector<Property>> ThingStore::load_properties() {
  FASTNESS_ASSIGN_OR_RETURN(
      auto rows,
      (database_->query<PropertyId, ThingId, SeriesId, std::string, std::string, std::string,
                        Permission, UpdateStrategy, double, OptionalNumber, OptionalNumber, bool,
                        std::optional<std::int64_t>, Timestamp, Timestamp, OptionalTime>(
          "SELECT id, thing, series, name, variable_name, type, permission, update_strategy, "
          "update_parameter, min_value, max_value, persist, wire_id, created_at, updated_at, "
          "deleted_at FROM property ORDER BY series")));
  std::vector<Property> properties;
  for (auto& [id, thing, series, name, variable_name, type_name, permission, strategy, parameter,
              min_value, max_value, persist, wire_id, created_at, updated_at, deleted_at] : rows) {
    const PropertyType* type = find_property_type(type_name);
    if (type == nullptr) return fail(Errc::corrupted, "a stored property is of no known type");
    PropertyDraft said{std::move(name),
                       std::move(variable_name),
                       type,
                       permission,
                       strategy,
                       parameter,
                       min_value,
                       max_value,
                       persist,
                       wire_id};
    properties.push_back({id, thing, series, std::move(said), created_at, updated_at, deleted_at});
  }
  return properties;
}

Result<void> ThingStore::put_row(const Thing& thing) {
  const ThingDraft& said = thing.said;
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO thing (id, organisation, created_by, name, timezone, webhook_uri, "
      "webhook_active, assistant, device, created_at, updated_at, deleted_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (id) DO UPDATE SET name = excluded.name, timezone = excluded.timezone, "
      "webhook_uri = excluded.webhook_uri, webhook_active = excluded.webhook_active, "
      "assistant = excluded.assistant, device = excluded.device, "
      "updated_at = excluded.updated_at, deleted_at = excluded.deleted_at",
      thing.id, thing.organisation, thing.created_by, said.name, said.timezone, said.webhook_uri,
      said.webhook_active, said.assistant, thing.device, thing.created_at, thing.updated_at,
      thing.deleted_at));
  FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM thing_tag WHERE thing = ?", thing.id));
  for (const auto& [key, value] : said.tags) {
    FASTNESS_RETURN_IF_ERROR(
        database_->run("INSERT INTO thing_tag VALUES (?, ?, ?)", thing.id, key, value));
  }
  return {};
}

Result<void> ThingStore::put(const Thing& thing, const Thing* taken_from) {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
  if (taken_from != nullptr) FASTNESS_RETURN_IF_ERROR(put_row(*taken_from));
  FASTNESS_RETURN_IF_ERROR(put_row(thing));
  return transaction.commit();
}

Result<void> ThingStore::erase(ThingId id) {
  FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM thing WHERE id = ?", id));
  return {};
}

Result<void> ThingStore::put_property(const Property& property) {
  const PropertyDraft& said = property.said;
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT INTO property (id, thing, series, name, variable_name, type, permission, "
      "update_strategy, update_parameter, min_value, max_value, persist, wire_id, created_at, "
      "updated_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
      "ON CONFLICT (id) DO UPDATE SET name = excluded.name, "
      "variable_name = excluded.variable_name, type = excluded.type, "
      "permission = excluded.permission, update_strategy = excluded.update_strategy, "
      "update_parameter = excluded.update_parameter, min_value = excluded.min_value, "
      "max_value = excluded.max_value, persist = excluded.persist, wire_id = excluded.wire_id, "
      "updated_at = excluded.updated_at, deleted_at = excluded.deleted_at, "
      "series = excluded.series",
      property.id, property.thing, property.series, said.name, said.variable_name, said.type->name,
      said.permission, said.update_strategy, said.update_parameter, said.min_value, said.max_value,
      said.persist, said.wire_id, property.created_at, property.updated_at, property.deleted_at));
  return {};
}

Result<void> ThingStore::erase_property(PropertyId id) {
  FASTNESS_RETURN_IF_ERROR(database_->run("DELETE FROM property WHERE id = ?", id));
  return {};
}

Result<SeriesId> ThingStore::next_series() {
  FASTNESS_ASSIGN_OR_RETURN(auto transaction, database_->begin());
  FASTNESS_ASSIGN_OR_RETURN(const auto row,
                            database_->query_one<std::uint64_t>("SELECT next FROM series"));
  if (!row) return fail(Errc::corrupted, "the counter of series is gone");
  FASTNESS_RETURN_IF_ERROR(database_->run("UPDATE series SET next = next + 1"));
  FASTNESS_RETURN_IF_ERROR(transaction.commit());
  return SeriesId(std::get<0>(*row));
}

}  // namespace fastness::things
