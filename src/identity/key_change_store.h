#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "identity/key_change.h"
#include "storage/database.h"

namespace fastness::identity {

// The table `identity_key_change`, which IdentityStore makes: each device's last change of key.
// Lives on the database's executor, which must outlive it.
class KeyChangeStore {
 public:
  explicit KeyChangeStore(storage::Database& database) : database_(&database) {}

  struct Pending {
    OrganisationId organisation;
    DeviceId device;
    KeyChange change;
  };

  [[nodiscard]] Result<std::optional<KeyChange>> find(DeviceId device);
  // In place of the one before.
  [[nodiscard]] Result<void> keep(DeviceId device, const KeyChange& change);
  [[nodiscard]] Result<void> move_to(DeviceId device, KeyChangeState state);
  [[nodiscard]] Result<void> forget(DeviceId device);
  // Those that are `asked`, `open` or `returning`, of devices that are not removed.
  [[nodiscard]] Result<std::vector<Pending>> pending();

 private:
  storage::Database* database_;  // a pointer, so that the store can be moved; outlives it
};

}  // namespace fastness::identity
