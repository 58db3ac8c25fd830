// /admin/v1/users: what the host's owner does for a person who asks them.
#include <utility>

#include "accounts/accounts.h"
#include "accounts/erasure/erasures.h"
#include "api/account/account_export.h"
#include "api/account/erasure_view.h"
#include "api/routes.h"
#include "api/v1/body.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using v1::object;

Result<accounts::User, Problem> named_user(Parts& parts, const std::string& email) {
  auto user = parts.accounts.users().find_by_email(email);
  if (!user) return refuse(Status::not_found, "Nobody has this address.", "email");
  return std::move(user).value();
}

// In one piece, since what asks is this machine's own command.
Answer export_user(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::UserRequest>(call);
  if (!request) return propagate(std::move(request));
  FASTNESS_ASSIGN_OR_REFUSE(const accounts::User user, named_user(parts, request->email));
  call.object = "user:" + user.id.value().to_text();
  call.audit_organisation = user.organisation;
  AccountExport document(parts, user);
  std::string text;
  for (;;) {
    FASTNESS_ASSIGN_OR_REFUSE(const auto part, document.next());
    if (!part) break;
    text += *part;
  }
  FASTNESS_REFUSE_IF_ERROR(
      parts.accounts.news().note({accounts::NewsKind::exported_by_host, user.id}));
  return http::Response::json(Status::ok, std::move(text));
}

void erase_user(Parts& parts, const std::shared_ptr<Call>& call, const Reply& reply) {
  auto request = v1::read_body<v1::UserRequest>(*call);
  if (!request) return reply(propagate(std::move(request)));
  const auto user = named_user(parts, request->email);
  if (!user) return reply(refuse(user));
  call->object = "organisation:" + user->organisation.value().to_text();
  parts.erasures.erase(
      *user, accounts::ErasureCause::host,
      [&parts, call, reply](const Result<accounts::Erasure>& erasure) {
        if (!erasure && erasure.error().code == Errc::permission_denied) {
          return reply(refuse(Status::conflict,
                              "Other people are in an organisation that this person owns. They "
                              "hand it over first, or let the others go."));
        }
        if (!erasure) return reply(refuse(erasure));
        call->audit_result = to_text(erasure->state);
        reply(object(Status::ok, [&](json::Writer& out) { write_erasure(out, parts, *erasure); }));
      });
}

Answer list_erasures(Parts& parts) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto erasures, parts.erasures.list());
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("erasures");
    for (const accounts::Erasure& each : erasures) {
      out.begin_object();
      out.field("organisation_id", each.organisation.value());
      write_erasure(out, parts, each);
      out.end_object();
    }
    out.end_array();
  });
}

}  // namespace

void add_admin_user_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::post, "/admin/v1/users/export", host_only(), "host.export_user",
             on(parts, export_user));
  routes.add_async(
      Method::post, "/admin/v1/users/erase", grave(host_only()), "host.erase_user",
      [&parts](const auto& call, const auto& reply) { erase_user(parts, call, reply); });
  routes.add(Method::get, "/admin/v1/erasures", host_only(), "",
             [&parts](Call&) { return list_erasures(parts); });
}

}  // namespace fastness::api
