#include "identity/key_change_store.h"

#include <tuple>

#include "storage/rows.h"

namespace fastness::identity {
namespace {

using KeyChangeRow = std::tuple<KeyChangeState, crypto::Digest, crypto::Digest, crypto::Digest,
                                crypto::Digest, crypto::Digest, Timestamp>;
using PendingRow =
    std::tuple<OrganisationId, DeviceId, KeyChangeState, crypto::Digest, crypto::Digest,
               crypto::Digest, crypto::Digest, crypto::Digest, Timestamp>;

Result<KeyChange> to_key_change(const KeyChangeRow& row) {
  const auto& [state, old_key, new_key, old_leaf, new_leaf, request, at] = row;
  if (state < KeyChangeState::asked || state > KeyChangeState::undone) {
    return fail(Errc::corrupted, "a key change has a state that nobody knows");
  }
  return KeyChange{state, old_key, new_key, old_leaf, new_leaf, request, at};
}

}  // namespace

Result<std::optional<KeyChange>> KeyChangeStore::find(DeviceId device) {
  FASTNESS_ASSIGN_OR_RETURN(const auto row,
                            storage::Rows<KeyChangeRow>::first(
                                *database_,
                                "SELECT state, old_key, new_key, old_leaf, new_leaf, request, at"
                                " FROM identity_key_change WHERE device = ?",
                                device));
  if (!row) return std::optional<KeyChange>();
  FASTNESS_ASSIGN_OR_RETURN(const KeyChange change, to_key_change(*row));
  return std::optional(change);
}

Result<void> KeyChangeStore::keep(DeviceId device, const KeyChange& change) {
  FASTNESS_RETURN_IF_ERROR(database_->run(
      "INSERT OR REPLACE INTO identity_key_change (device, state, old_key, new_key, old_leaf,"
      " new_leaf, request, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      device, change.state, change.old_key, change.new_key, change.old_leaf, change.new_leaf,
      change.request, change.at));
  return {};
}

Result<void> KeyChangeStore::move_to(DeviceId device, KeyChangeState state) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("UPDATE identity_key_change SET state = ? WHERE device = ?", state, device));
  return {};
}

Result<void> KeyChangeStore::forget(DeviceId device) {
  FASTNESS_RETURN_IF_ERROR(
      database_->run("DELETE FROM identity_key_change WHERE device = ?", device));
  return {};
}

Result<std::vector<KeyChangeStore::Pending>> KeyChangeStore::pending() {
  FASTNESS_ASSIGN_OR_RETURN(
      const auto rows,
      storage::Rows<PendingRow>::all(
          *database_,
          "SELECT d.organisation, k.device, k.state, k.old_key, k.new_key, k.old_leaf, k.new_leaf,"
          " k.request, k.at FROM identity_key_change k"
          " JOIN identity_device d ON d.device = k.device"
          " WHERE d.removed_at IS NULL AND k.state IN (?, ?, ?) ORDER BY k.at",
          KeyChangeState::asked, KeyChangeState::open, KeyChangeState::returning));
  std::vector<Pending> pending;
  pending.reserve(rows.size());
  for (const auto& [organisation, device, state, old_key, new_key, old_leaf, new_leaf, request,
                    at] : rows) {
    FASTNESS_ASSIGN_OR_RETURN(
        const KeyChange change,
        to_key_change({state, old_key, new_key, old_leaf, new_leaf, request, at}));
    pending.push_back({organisation, device, change});
  }
  return pending;
}

}  // namespace fastness::identity
