// /api/v1/account: what a person may ask of their own data.
#include <functional>
#include <memory>
#include <utility>

#include "accounts/accounts.h"
#include "accounts/erasure/erasures.h"
#include "accounts/retention/disposals.h"
#include "api/account/account_export.h"
#include "api/account/erasure_view.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "audit/audit_log.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using v1::object;

Answer export_account(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const accounts::User user,
                            parts.accounts.users().find(call.caller.user));
  const auto state = std::make_shared<AccountExport>(parts, user);
  // Whatever fails does so before anything is sent.
  FASTNESS_ASSIGN_OR_REFUSE(auto first, state->next());
  FASTNESS_REFUSE_IF_ERROR(parts.accounts.news().note(
      {accounts::NewsKind::exported, user.id, {}, visitor_of(call.request)}));
  const auto begin = std::make_shared<std::optional<std::string>>(std::move(first));
  http::Response response;
  response.headers.set("content-type", "application/json");
  response.headers.set("content-disposition", "attachment; filename=\"fastness-account.json\"");
  response.source = [&parts, state, begin](std::function<void(http::BodyPart)> give) {
    parts.post_to_control([state, begin, give = std::move(give)] {
      if (*begin) return give(std::exchange(*begin, std::nullopt));
      give(state->next());
    });
  };
  return response;
}

// The organisation's trail is unreadable from now on, so the host's says that it happened. By ids
// alone: they name nobody any more.
void note_erasure(Parts& parts, const std::string& actor, const accounts::Erasure& erasure) {
  const OrganisationId nobody(Uuid(Uuid::Bytes{}));
  const auto recorded = parts.audit.record(
      {nobody, actor, "account.erase", "organisation:" + erasure.organisation.value().to_text(), "",
       std::string(to_text(erasure.state))});
  if (!recorded) parts.log.error("audit_failed", {{"why", recorded.error().message}});
}

void erase_account(Parts& parts, const std::shared_ptr<Call>& call, const Reply& reply) {
  auto request = v1::read_body<v1::AccountErasureRequest>(*call);
  if (!request) return reply(propagate(std::move(request)));
  accounts::Users& users = parts.accounts.users();
  const auto user = users.find(call->caller.user);
  if (!user) return reply(refuse(user));
  const auto organisation = users.organisation(user->organisation);
  if (!organisation) return reply(refuse(organisation));
  if (request->organisation != organisation->name) {
    return reply(refuse(Status::bad_request, "must be the name of your organisation, as it is",
                        "organisation"));
  }
  parts.erasures.erase(
      *user, accounts::ErasureCause::person,
      [&parts, call, reply](const Result<accounts::Erasure>& erasure) {
        if (!erasure && erasure.error().code == Errc::permission_denied) {
          return reply(
              refuse(Status::conflict,
                     "Other people are in an organisation that you own. Let them go first, "
                     "or hand it over to one of them: on the page People."));
        }
        if (!erasure) return reply(refuse(erasure));
        call->is_old_news = true;  // to a trail that nobody can read
        note_erasure(parts, call->caller.person(), *erasure);
        auto response =
            object(Status::ok, [&](json::Writer& out) { write_erasure(out, parts, *erasure); });
        response.headers.set("set-cookie", make_expired_cookie(call->request.peer.channel));
        reply(std::move(response));
      });
}

// What of the organisation's went because its time was over, by kind and day.
Answer retention(Parts& parts, const Call& call) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto disposals, parts.disposals.list(call.caller.organisation));
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("disposed");
    for (const accounts::Disposal& each : disposals) {
      out.begin_object();
      out.field("kind", to_text(each.kind));
      out.field("day", each.day);
      out.field("count", each.count);
      out.end_object();
    }
    out.end_array();
  });
}

}  // namespace

void add_account_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/api/v1/account/export", person(), "account.export",
             on(parts, export_account));
  routes.add(Method::get, "/api/v1/retention", in_role(accounts::Role::viewer), "",
             on(parts, retention));
  routes.add_async(
      Method::post, "/api/v1/account/erasure", proven(person()), "account.erase",
      [&parts](const auto& call, const auto& reply) { erase_account(parts, call, reply); });
}

}  // namespace fastness::api
