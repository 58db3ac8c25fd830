#pragma once

#include <functional>
#include <set>
#include <string_view>

#include "gateway/store/snapshot.h"
#include "keys/content_keys.h"
#include "storage/key_value_store.h"

namespace fastness::gateway {

// The checkpoint of sessions, their queues, and retained messages: values sealed, keys opaque. The
// journal is what makes them durable; this only lets it forget. Lives on one thread.
class SessionStore {
 public:
  // The family that the key-value store must have.
  static constexpr std::string_view kFamily = "gateway_sessions";

  // Both must outlive this object.
  SessionStore(storage::KeyValueStore& store, keys::ContentKeys& keys)
      : store_(store), keys_(keys) {}

  // Calls one of the two for each row. `corrupted` if one does not open or parse; rows whose keys
  // were erased with their organisation are passed over.
  [[nodiscard]] Result<void> load(
      const std::function<void(StoredSession)>& on_session,
      const std::function<void(OrganisationId, StoredRetained)>& on_retained);

  // Writes what changed and erases what no longer lives, all or nothing, and waits until it is on
  // disk.
  [[nodiscard]] Result<void> write(const Snapshot& snapshot);

 private:
  storage::KeyValueStore& store_;
  keys::ContentKeys& keys_;
  std::set<RowKey> rows_;  // what the store holds
};

}  // namespace fastness::gateway
