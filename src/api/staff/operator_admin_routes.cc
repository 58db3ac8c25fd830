// /admin/v1/operators and /admin/v1/break-glass: who the operators are, what they were given, and
// the codes that are sealed away.
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "api/routes.h"
#include "api/staff/access_view.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using v1::object;

Result<accounts::User, Problem> operator_named(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::UserRequest>(call);
  if (!request) return propagate(std::move(request));
  auto user = parts.accounts.users().find_by_email(request->email);
  if (!user) return refuse(Status::not_found, "Nobody has this address.", "email");
  call.object = "user:" + user->id.value().to_text();
  call.audit_organisation = user->organisation;
  return std::move(user).value();
}

Answer add_operator(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const accounts::User user, operator_named(parts, call));
  const auto added = parts.accounts.operators().add(user.id);
  if (!added && added.error().code == Errc::already_exists) {
    return refuse(Status::conflict, "They are an operator already.", "email");
  }
  if (!added && added.error().code == Errc::exhausted) {
    return refuse(Status::conflict, "There are too many operators. Remove one first.");
  }
  if (!added) return refuse(added);
  FASTNESS_ASSIGN_OR_REFUSE(const auto passkeys, parts.accounts.passkeys().list(user.id));
  return object(Status::created,
                [&](json::Writer& out) { out.field("has_passkey", !passkeys.empty()); });
}

Answer remove_operator(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const accounts::User user, operator_named(parts, call));
  const auto removed = parts.accounts.access_grants().dismiss(user.id);
  if (!removed && removed.error().code == Errc::not_found) {
    return refuse(Status::not_found, "They are no operator.", "email");
  }
  if (!removed) return refuse(removed);
  return http::Response::empty(Status::no_content);
}

void write_operator(json::Writer& out, Parts& parts, const accounts::Operator& each) {
  const auto email = parts.accounts.users().email(each.user);
  const auto passkeys = parts.accounts.passkeys().list(each.user);
  out.begin_object();
  out.field("user_id", each.user.value());
  out.field("email", email ? *email : std::string());
  out.field("since", each.since);
  out.field("has_passkey", passkeys && !passkeys->empty());
  const auto sessions = parts.accounts.sessions().list(each.user);
  if (!sessions.empty()) out.field("seen_at", sessions.front().session.last_used_at);
  out.end_object();
}

// The access review: who could, who can, and who did.
Answer review_access(Parts& parts, const Call& /*call*/) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto operators, parts.accounts.operators().list());
  FASTNESS_ASSIGN_OR_REFUSE(const auto grants, parts.accounts.access_grants().all());
  FASTNESS_ASSIGN_OR_REFUSE(const bool has_codes, parts.accounts.break_glass().are_there());
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("operators");
    for (const accounts::Operator& each : operators) write_operator(out, parts, each);
    out.end_array();
    write(out, parts, grants);
    out.field("has_sealed_codes", has_codes);
  });
}

Answer end_grant_by_host(Parts& parts, Call& call) {
  FASTNESS_ASSIGN_OR_RETURN(const auto id, call.id<accounts::GrantId>("grant_id"));
  const auto grant = parts.accounts.access_grants().end(std::nullopt, id);
  if (!grant) return refuse_access(grant.error());
  name_grant(call, *grant);
  call.audit_result = to_text(grant->state);
  return http::Response::empty(Status::no_content);
}

Answer make_break_glass_codes(Parts& parts, Call& call) {
  call.object = "break_glass";
  FASTNESS_ASSIGN_OR_REFUSE(const auto codes, parts.accounts.break_glass().make());
  return object(Status::created, [&](json::Writer& out) {
    out.begin_array("codes");
    for (const std::string& code : codes) out.value(code);
    out.end_array();
  });
}

}  // namespace

void add_operator_admin_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/admin/v1/operators", host_only(), "", on(parts, review_access));
  routes.add(Method::post, "/admin/v1/operators", grave(host_only()), "host.add_operator",
             on(parts, add_operator));
  routes.add(Method::post, "/admin/v1/operators/remove", grave(host_only()), "host.remove_operator",
             on(parts, remove_operator));
  routes.add(Method::delete_, "/admin/v1/grants/{grant_id}", host_only(), "host.end_grant",
             on(parts, end_grant_by_host));
  routes.add(Method::post, "/admin/v1/break-glass", grave(host_only()), "host.make_break_glass",
             on(parts, make_break_glass_codes));
}

}  // namespace fastness::api
