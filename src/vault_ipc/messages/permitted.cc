#include "vault_ipc/messages/permitted.h"

#include <algorithm>

namespace fastness::vault_ipc {

namespace {

// A request that changes nothing, or nothing more the second time.
Permission harmless(Kind kind, Denial denial = Denial::is_an_answer) {
  return {Phase::serving, kind, Repetition::repeatable, denial, AfterLoss::asked_again};
}

const Permission* find_row(Kind kind) {
  const auto& table = permission_table();
  const auto row = std::ranges::find(table, kind, &Permission::kind);
  return row == table.end() ? nullptr : &*row;
}

}  // namespace

const std::vector<Permission>& permission_table() {
  static const std::vector<Permission> table{
      {Phase::starting, Kind::take_start_keys, Repetition::once},

      harmless(Kind::pepper_password),
      harmless(Kind::make_organisation_key),  // names the one that there is
      harmless(Kind::unwrap_content_key),
      harmless(Kind::read_share),
      harmless(Kind::destroy_share),
      harmless(Kind::wrap_segment_key),
      harmless(Kind::unwrap_segment_key),
      harmless(Kind::read_ledger),
      harmless(Kind::sign_ledger_checkpoint, Denial::is_a_violation),
      harmless(Kind::list_generations),
      harmless(Kind::sign_revocation_list),
      harmless(Kind::sign_certificate_status),
      harmless(Kind::issue_server_certificate),
      harmless(Kind::read_server_anchors),
      harmless(Kind::sign_audit_checkpoint),
      harmless(Kind::read_custody),
      harmless(Kind::begin_backup),  // each is another
      harmless(Kind::read_backup_head),

      {Phase::serving, Kind::issue_device_certificate, Repetition::repeatable},
      {Phase::serving, Kind::take_back_key_change, Repetition::repeatable},
      {Phase::serving, Kind::change_generation, Repetition::repeatable},
      {Phase::serving, Kind::prepare_roots, Repetition::repeatable},
      {Phase::serving, Kind::accept_roots, Repetition::repeatable},
  };
  return table;
}

bool is_denial_a_violation(Kind kind) {
  const Permission* row = find_row(kind);
  return row != nullptr && row->denial == Denial::is_a_violation;
}

bool is_asked_again_after_loss(Kind kind) {
  const Permission* row = find_row(kind);
  return row != nullptr && row->after_loss == AfterLoss::asked_again;
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
