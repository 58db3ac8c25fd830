// /admin/v1/vault: how the keys of this instance are kept, for the person at the host.
#include <algorithm>

#include "api/routes.h"
#include "api/v1/body.h"
#include "identity/identity.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;

void write_kit(json::Writer& out, const vault_ipc::Kit& kit) {
  out.begin_object();
  out.field("id", kit.id);
  out.field("created_at", kit.created_at);
  out.field("owners", kit.owners);
  out.field("shares", static_cast<std::uint32_t>(kit.shares));
  out.field("needed", static_cast<std::uint32_t>(kit.needed));
  out.field_if("rehearsed_at", kit.rehearsed_at);
  out.end_object();
}

// Organisations and people whose keys no new host would have.
std::uint32_t owners_without_kit(const vault_ipc::Custody& custody) {
  const std::uint32_t held = custody.kits.empty() ? 0 : custody.kits.back().owners;
  return custody.owners - std::min(custody.owners, held);
}

Answer read_vault(Parts& parts) {
  FASTNESS_ASSIGN_OR_REFUSE(const vault_ipc::Custody custody, parts.custody());
  const auto snapshot = parts.identity.published().load();
  return v1::object(Status::ok, [&](json::Writer& out) {
    out.field("keys", to_text(custody.keys));
    if (!custody.token.empty()) out.field("token", custody.token);
    out.field("opens_with", to_text(custody.opener));
    out.field("has_standby_root", custody.has_standby);
    out.field("owners", custody.owners);
    out.field("owners_without_kit", owners_without_kit(custody));
    out.begin_array("generations");
    for (const auto& each : *snapshot->generations()) {
      out.begin_object();
      out.field("id", each.record.id.value());
      out.field("state", to_text(each.record.state));
      out.end_object();
    }
    out.end_array();
    out.begin_array("kits");
    for (const vault_ipc::Kit& kit : custody.kits) write_kit(out, kit);
    out.end_array();
  });
}

}  // namespace

void add_vault_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/admin/v1/vault", host_only(), "",
             [&parts](Call&) { return read_vault(parts); });
}

}  // namespace fastness::api
