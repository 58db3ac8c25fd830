#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/testing/manual_clock.h"
#include "base/testing/seeded_random.h"
#include "keys/content_keys.h"
#include "keys/testing/memory_vault.h"
#include "storage/database.h"
#include "storage/key_value_store.h"
#include "things/devices.h"
#include "things/last_values.h"
#include "things/things.h"

namespace fastness::things::testing {

// An organisation that a test can name by a number.
[[nodiscard]] OrganisationId organisation(std::uint8_t number);

// A READ_WRITE property of a type by its wire name.
[[nodiscard]] PropertyDraft property(std::string name, std::string_view type);

// Real devices, things and last values over a database in memory and a store in a directory that
// is removed at the end. It is 22 November 2026, noon.
class Registry {
 public:
  // `families`: what else the store is to have. `database`: another than a fresh one in memory.
  explicit Registry(std::vector<std::string> families = {},
                    std::optional<storage::Database> database = std::nullopt);
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // Forgets everything in memory and reads it again, as after a restart.
  void restart();

  // A device of `owner` and a thing with these properties that it is attached to.
  struct Twin {
    DeviceId device;
    ThingId thing;
    std::vector<PropertyId> properties;
  };
  Twin add_twin(OrganisationId owner, const std::vector<PropertyDraft>& properties);

  fastness::testing::ManualClock clock;
  fastness::testing::SeededRandom random;
  std::filesystem::path directory;
  storage::Database database;
  std::unique_ptr<storage::KeyValueStore> store;
  keys::testing::MemoryVault vault;
  std::unique_ptr<keys::ContentKeys> keys;
  std::unique_ptr<Devices> devices;
  std::unique_ptr<Things> things;
  std::unique_ptr<LastValues> last_values;
};

}  // namespace fastness::things::testing
