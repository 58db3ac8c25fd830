// /admin/v1: what the person at the host may do, over the 0700 socket and nowhere else.
#include <optional>
#include <utility>

#include "accounts/accounts.h"
#include "api/routes.h"
#include "api/v1/attention.h"
#include "api/v1/body.h"

namespace fastness::api {
namespace {

using accounts::Accounts;
using http::Method;
using http::Status;
using v1::object;

// Nothing if none is made by schedule.
void write_backups(json::Writer& out, const upkeep::BackupWatch& backups) {
  if (!backups.standing() || !backups.tests()) return;
  out.begin_object("backups");
  out.field_if("newest_at", backups.standing()->newest);
  out.field_if("restored_at", backups.tests()->newest);
  out.end_object();
}

Answer status(Parts& parts) {
  FASTNESS_ASSIGN_OR_REFUSE(const bool has_users, parts.accounts.users().has_any());
  FASTNESS_ASSIGN_OR_REFUSE(const bool is_open, parts.accounts.setup_links().is_open());
  const Reach reach = parts.reach();
  const TrustAnchors anchors = parts.trust();
  return object(Status::ok, [&](json::Writer& out) {
    out.field("environment", to_text(parts.environment));
    out.field("initialised", has_users);
    out.field("setup_open", is_open);
    if (!reach.console.empty()) out.field("console", reach.console);
    out.begin_object("listeners");
    for (const auto& [name, addresses] : reach.listeners) {
      out.begin_array(name);
      for (const std::string& address : addresses) out.value(address);
      out.end_array();
    }
    out.end_object();
    out.begin_array("names");
    for (const std::string& name : anchors.names) out.value(name);
    out.end_array();
    out.begin_object("fingerprints");
    out.field("active_root", anchors.active_root_fingerprint);
    out.field("standby_root", anchors.standby_root_fingerprint);
    out.end_object();
    out.begin_array("attention");
    if (const auto restricted = attention_of(parts.restrictions.now())) write(out, *restricted);
    for (const Attention& each : attention_of(parts.switches)) write(out, each);
    for (const Attention& each : attention_of(parts.room())) write(out, each);
    for (const Attention& each : attention_of(parts.backups_made)) write(out, each);
    out.end_array();
    write_backups(out, parts.backups_made);
  });
}

void write_url(json::Writer& out, Parts& parts, const char* name, const std::string& token) {
  const std::string console = parts.reach().console;
  if (!console.empty()) out.field(name, console + "setup#" + token);
}

Answer init(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::InitRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto with_key = request->api_key ? Accounts::WithKey::yes : Accounts::WithKey::no;
  const auto made = parts.accounts.initialise(request->email, request->organisation, with_key);
  if (!made && made.error().code == Errc::already_exists) {
    return refuse(Status::conflict, "This address has an account already.", "email");
  }
  if (!made) return refuse(made);
  call.object = "user:" + made->user.id.value().to_text();
  call.audit_organisation = made->user.organisation;
  return object(Status::created, [&](json::Writer& out) {
    out.field("organisation_id", made->user.organisation.value());
    out.field("user_id", made->user.id.value());
    out.field("setup_token", made->link.token);
    write_url(out, parts, "setup_url", made->link.token);
    if (!made->key) return;
    out.field("client_id", made->key->key.client_id);
    out.field("client_secret", as_text(made->key->secret.reveal()));
  });
}

// Whom a link is for; nobody if there is no user yet, so that whoever comes is the first.
Result<std::optional<accounts::User>, Problem> invited(accounts::Users& users,
                                                       const std::optional<std::string>& email) {
  if (email) {
    auto found = users.find_by_email(*email);
    if (!found) return refuse(Status::not_found, "Nobody has this address.", "email");
    return std::optional(std::move(found).value());
  }
  FASTNESS_ASSIGN_OR_REFUSE(auto newcomer, users.only_newcomer());
  if (newcomer) return newcomer;
  FASTNESS_ASSIGN_OR_REFUSE(const bool has_users, users.has_any());
  if (has_users) {
    return refuse(Status::conflict,
                  "This instance is set up. Say whose password is to be chosen anew: --email.",
                  "email");
  }
  return std::optional<accounts::User>();
}

Answer make_link(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::SetupLinkRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto user = invited(parts.accounts.users(), request->email);
  if (!user) return refuse(user);
  if (*user && parts.accounts.suspensions().has((*user)->id)) {
    return refuse(Status::conflict, "This account is suspended: resume it first.", "email");
  }
  std::optional<UserId> id;
  if (*user) {
    id = (*user)->id;
    call.object = "user:" + id->value().to_text();
    call.audit_organisation = (*user)->organisation;
  }
  FASTNESS_ASSIGN_OR_REFUSE(const auto link, parts.accounts.setup_links().create(id));
  return object(Status::created, [&](json::Writer& out) {
    out.field("token", link.token);
    write_url(out, parts, "url", link.token);
    out.field("expires_at", link.expires_at);
  });
}

// For somebody who has lost the app and the recovery codes. Their passkeys go too; their password
// stays, and their sessions do.
Answer reset_factors(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::ResetFactorsRequest>(call);
  if (!request) return propagate(std::move(request));
  const auto user = parts.accounts.users().find_by_email(request->email);
  if (!user) return refuse(Status::not_found, "Nobody has this address.", "email");
  call.object = "user:" + user->id.value().to_text();
  call.audit_organisation = user->organisation;
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.reset_factors(user->id));
  return http::Response::empty(Status::no_content);
}

}  // namespace

void add_admin_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/admin/v1/status", host_only(), "",
             [&parts](Call&) { return status(parts); });
  routes.add(Method::post, "/admin/v1/init", host_only(), "host.init", on(parts, init));
  routes.add(Method::post, "/admin/v1/setup-link", grave(host_only()), "host.make_setup_link",
             on(parts, make_link));
  routes.add(Method::post, "/admin/v1/reset-factors", grave(host_only()), "host.reset_factors",
             on(parts, reset_factors));
}

}  // namespace fastness::api
