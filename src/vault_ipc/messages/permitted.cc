#include "vault_ipc/messages/permitted.h"

#include <algorithm>

namespace fastness::vault_ipc {

const std::vector<Permission>& permission_table() {
  static const std::vector<Permission> table{
      {Phase::starting, Kind::take_start_keys, Repetition::once},

      {Phase::serving, Kind::pepper_password, Repetition::repeatable},
      {Phase::serving, Kind::make_organisation_key, Repetition::repeatable},
      {Phase::serving, Kind::unwrap_content_key, Repetition::repeatable},
      {Phase::serving, Kind::read_share, Repetition::repeatable},
      {Phase::serving, Kind::destroy_share, Repetition::repeatable},
      {Phase::serving, Kind::wrap_segment_key, Repetition::repeatable},
      {Phase::serving, Kind::unwrap_segment_key, Repetition::repeatable},
      {Phase::serving, Kind::issue_device_certificate, Repetition::repeatable},
      {Phase::serving, Kind::read_ledger, Repetition::repeatable},
      {Phase::serving, Kind::sign_ledger_checkpoint, Repetition::repeatable},
      {Phase::serving, Kind::list_generations, Repetition::repeatable},
      {Phase::serving, Kind::change_generation, Repetition::repeatable},
      {Phase::serving, Kind::issue_server_certificate, Repetition::repeatable},
      {Phase::serving, Kind::read_server_anchors, Repetition::repeatable},
      {Phase::serving, Kind::sign_audit_checkpoint, Repetition::repeatable},
  };
  return table;
}

bool Permissions::admit(Kind kind) {
  const auto& table = permission_table();
  const auto row = std::ranges::find_if(
      table, [&](const Permission& each) { return each.phase == phase_ && each.kind == kind; });
  if (row == table.end()) return false;
  if (row->repetition == Repetition::once && made_.contains(kind)) return false;
  made_.insert(kind);
  if (kind == Kind::take_start_keys) phase_ = Phase::serving;
  return true;
}

}  // namespace fastness::vault_ipc
