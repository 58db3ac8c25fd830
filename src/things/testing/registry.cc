#include "things/testing/registry.h"

#include <atomic>
#include <cstdlib>
#include <utility>

#include <unistd.h>

namespace fastness::things::testing {
namespace {

std::filesystem::path fresh_directory() {
  static std::atomic<int> count{0};
  return std::filesystem::temp_directory_path() /
         ("fastness-registry-" + std::to_string(getpid()) + "-" + std::to_string(++count));
}

// A test's world that cannot be made ends the test.
template <typename T>
T must(Result<T> result) {
  if (!result) std::abort();
  return std::move(result).value();
}

}  // namespace

OrganisationId organisation(std::uint8_t number) {
  Uuid::Bytes bytes{};
  bytes[15] = number;
  return OrganisationId(Uuid(bytes));
}

PropertyDraft property(std::string name, std::string_view type) {
  PropertyDraft draft;
  draft.name = std::move(name);
  draft.type = find_property_type(type);
  draft.permission = Permission::read_write;
  return draft;
}

Registry::Registry(std::vector<std::string> families, std::optional<storage::Database> given)
    : clock(std::chrono::sys_days(std::chrono::November / 22 / 2026) + std::chrono::hours(12)),
      directory(fresh_directory()),
      database(given ? *std::move(given) : must(storage::Database::open_in_memory())) {
  families.emplace_back(keys::ContentKeys::kFamily);
  families.emplace_back(LastValues::kFamily);
  store = must(storage::KeyValueStore::open({directory, std::move(families)}));
  restart();
}

Registry::~Registry() {
  last_values.reset();
  things.reset();
  devices.reset();
  keys.reset();
  store.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

void Registry::restart() {
  last_values.reset();
  things.reset();
  devices.reset();
  keys = std::make_unique<keys::ContentKeys>(*store, vault, clock, random);
  devices = must(Devices::open(database, *keys, clock, random));
  things = must(Things::open(database, *devices, clock, random));
  last_values = std::make_unique<LastValues>(*store, *keys);
  static_cast<void>(must(last_values->load()));
}

Registry::Twin Registry::add_twin(OrganisationId owner,
                                  const std::vector<PropertyDraft>& properties) {
  DeviceDraft device;
  device.type = "generic_device_secretkey";
  Twin twin{
      must(devices->create(owner, {}, device)).id, must(things->create(owner, {}, {})).id, {}};
  static_cast<void>(must(things->attach(owner, twin.thing, twin.device, Attach::if_free)));
  for (const PropertyDraft& draft : properties) {
    twin.properties.push_back(must(things->create_property(owner, twin.thing, draft)).id);
  }
  return twin;
}

}  // namespace fastness::things::testing
