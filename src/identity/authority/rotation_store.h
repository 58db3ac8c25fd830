#pragma once

#include <optional>

#include "base/result.h"
#include "identity/authority/rotation.h"
#include "storage/database.h"

namespace fastness::identity {

// The table `identity_rotation`: every rotation that was ordered, at most one of which is open.
// Lives on the database's executor, which must outlive it.
class RotationStore {
 public:
  [[nodiscard]] static Result<RotationStore> open(storage::Database& database);

  // The newest, open or over.
  [[nodiscard]] Result<std::optional<Rotation>> last();

  // Begins this one, whose number it gives, and ends the open one as `superseded`: both or neither.
  [[nodiscard]] Result<Rotation> begin(Rotation rotation);

  // On return the step is on the disk; one that is over gets `now` as its end.
  [[nodiscard]] Result<void> set_step(const Rotation& rotation, RotationStep step, Timestamp now);

 private:
  explicit RotationStore(storage::Database& database) : database_(&database) {}

  storage::Database* database_;  // a pointer, so that the store can be moved; outlives it
};

}  // namespace fastness::identity
