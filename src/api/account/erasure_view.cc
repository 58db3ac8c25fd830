#include "api/account/erasure_view.h"

namespace fastness::api {

void write_erasure(json::Writer& out, const Parts& parts, const accounts::Erasure& erasure) {
  out.field("state", to_text(erasure.state));
  out.field("asked_by", to_text(erasure.cause));
  out.field("begun_at", erasure.begun_at);
  out.field_if("erased_at", erasure.erased_at);
  out.field("complete_at", accounts::complete_at(erasure, parts.backups_kept));
  const auto custody = parts.custody();
  if (!custody) return;  // the vault is away: the date holds, the list comes later
  const Timestamp end = erasure.erased_at.value_or(parts.clock.now());
  out.begin_array("kits_to_destroy");
  for (const vault_ipc::Kit& kit : custody->kits) {
    if (kit.created_at > end) continue;
    out.begin_object();
    out.field("id", kit.id);
    out.field("created_at", kit.created_at);
    out.end_object();
  }
  out.end_array();
}

}  // namespace fastness::api
