#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "storage/database.h"
#include "things/model/thing.h"

namespace fastness::things {

// The tables of Things. Each call is one transaction. Lives on the control thread.
class ThingStore {
 public:
  // Brings the tables up to date. `database` must outlive this.
  [[nodiscard]] static Result<ThingStore> open(storage::Database& database);

  [[nodiscard]] Result<std::vector<Thing>> load();
  // Of all things, in the order of creation. A type that we do not know is `corrupted`.
  [[nodiscard]] Result<std::vector<Property>> load_properties();

  // Inserts or replaces. With `taken_from`, that thing loses its device in the same transaction.
  [[nodiscard]] Result<void> put(const Thing& thing, const Thing* taken_from = nullptr);
  // Its properties and tags go with it.
  [[nodiscard]] Result<void> erase(ThingId id);

  [[nodiscard]] Result<void> put_property(const Property& property);
  [[nodiscard]] Result<void> erase_property(PropertyId id);

  // Hands out the next number; it is never handed out again, whatever happens to the property.
  [[nodiscard]] Result<SeriesId> next_series();

 private:
  explicit ThingStore(storage::Database& database) : database_(&database) {}

  [[nodiscard]] Result<void> put_row(const Thing& thing);

  storage::Database* database_;  // not owned
};

}  // namespace fastness::things
