// /admin/v1/accounts: who has an account, and whom the host's owner keeps out of theirs.
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "accounts/accounts.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "audit/audit_log.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using v1::object;

Result<accounts::User, Problem> account_of(Parts& parts, Call& call, const std::string& email) {
  auto user = parts.accounts.users().find_by_email(email);
  if (!user) return refuse(Status::not_found, "Nobody has this address.", "email");
  call.object = "user:" + user->id.value().to_text();
  return std::move(user).value();
}

// The request's own line is in the host's trail; here is one for each organisation of that person,
// whose others see why somebody of them does nothing any more.
void tell_organisations(Parts& parts, const Call& call, const accounts::User& user,
                        std::string_view action) {
  telemetry::Log log = parts.log;
  const auto memberships = parts.accounts.members().of_user(user.id);
  if (!memberships) return log.error("audit_failed", {{"why", memberships.error().message}});
  for (const accounts::Membership& each : *memberships) {
    const auto recorded =
        parts.audit.record({each.organisation, "host", std::string(action), call.object,
                            call.request.peer.address, "ok", call.request.id});
    if (!recorded) log.error("audit_failed", {{"why", recorded.error().message}});
  }
}

// A session that has no place, such as the first of whoever came by an invitation, is a sign-in
// too.
std::optional<Timestamp> last_sign_in(const accounts::SeenUser& seen,
                                      const std::vector<accounts::Sessions::Listed>& sessions) {
  std::optional<Timestamp> last = seen.last_sign_in;
  for (const auto& each : sessions) last = std::max(last, std::optional(each.session.created_at));
  return last;
}

void write_account(json::Writer& out, Parts& parts, const accounts::SeenUser& seen) {
  const accounts::User& user = seen.user;
  const auto email = parts.accounts.users().email(user.id);
  const auto sessions = parts.accounts.sessions().list(user.id);
  out.begin_object();
  out.field("user_id", user.id.value());
  out.field("email", email ? *email : std::string());
  out.field("created_at", user.created_at);
  out.field("has_password", user.has_password);
  out.field_if("last_sign_in_at", last_sign_in(seen, sessions));
  out.field("sessions", sessions.size());
  if (const auto* suspension = parts.accounts.suspensions().find(user.id)) {
    out.field("suspended_at", suspension->since);
    out.field("reason", suspension->reason);
  }
  out.end_object();
}

Answer list_accounts(Parts& parts, const Call& /*call*/) {
  FASTNESS_ASSIGN_OR_REFUSE(const auto all, parts.accounts.users().all());
  return object(Status::ok, [&](json::Writer& out) {
    out.begin_array("accounts");
    for (const accounts::SeenUser& each : all) write_account(out, parts, each);
    out.end_array();
  });
}

// What somebody owns, which goes on without them, and who is left to look after it.
struct Owned {
  accounts::Organisation organisation;
  std::size_t others;
  std::size_t administrators;  // of them
};

Result<std::vector<Owned>> owned_by(Parts& parts, UserId user) {
  accounts::Members& members = parts.accounts.members();
  FASTNESS_ASSIGN_OR_RETURN(const auto ids, members.owned_by(user));
  std::vector<Owned> owned;
  for (const OrganisationId id : ids) {
    FASTNESS_ASSIGN_OR_RETURN(auto organisation, parts.accounts.users().organisation(id));
    FASTNESS_ASSIGN_OR_RETURN(const auto people, members.of_organisation(id));
    const auto administrators =
        std::ranges::count(people, accounts::Role::administrator, &accounts::Membership::role);
    owned.push_back(
        {std::move(organisation), people.size() - 1, static_cast<std::size_t>(administrators)});
  }
  return owned;
}

void write_owned(json::Writer& out, const std::vector<Owned>& owned) {
  out.begin_array("organisations");
  for (const Owned& each : owned) {
    out.begin_object();
    out.field("id", each.organisation.id.value());
    out.field("name", each.organisation.name);
    out.field("others", each.others);
    out.field("administrators", each.administrators);
    out.end_object();
  }
  out.end_array();
}

Answer suspend_account(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::SuspendRequest>(call);
  if (!request) return propagate(std::move(request));
  FASTNESS_ASSIGN_OR_RETURN(const accounts::User user, account_of(parts, call, request->email));
  FASTNESS_ASSIGN_OR_REFUSE(const auto owned, owned_by(parts, user.id));
  const auto cut = parts.accounts.suspend(user.id, request->reason);
  if (!cut && cut.error().code == Errc::already_exists) {
    return refuse(Status::conflict, "This account is suspended already.", "email");
  }
  if (!cut) return refuse(cut);
  tell_organisations(parts, call, user, "host.suspend_account");
  return object(Status::ok, [&](json::Writer& out) {
    out.field("sessions_ended", cut->sessions);
    out.field("api_keys_suspended", cut->api_keys);
    write_owned(out, owned);
  });
}

Answer resume_account(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::UserRequest>(call);
  if (!request) return propagate(std::move(request));
  FASTNESS_ASSIGN_OR_RETURN(const accounts::User user, account_of(parts, call, request->email));
  const auto resumed = parts.accounts.resume(user.id);
  if (!resumed && resumed.error().code == Errc::not_found) {
    return refuse(Status::conflict, "This account is not suspended.", "email");
  }
  if (!resumed) return refuse(resumed);
  tell_organisations(parts, call, user, "host.resume_account");
  return http::Response::empty(Status::no_content);
}

Answer end_sessions(Parts& parts, Call& call) {
  auto request = v1::read_body<v1::UserRequest>(call);
  if (!request) return propagate(std::move(request));
  FASTNESS_ASSIGN_OR_RETURN(const accounts::User user, account_of(parts, call, request->email));
  FASTNESS_ASSIGN_OR_REFUSE(const std::size_t ended, parts.accounts.sign_out_everywhere(user.id));
  tell_organisations(parts, call, user, "host.end_sessions");
  return object(Status::ok, [&](json::Writer& out) { out.field("sessions_ended", ended); });
}

}  // namespace

void add_admin_account_routes(RouteList& routes, Parts& parts) {
  routes.add(Method::get, "/admin/v1/accounts", host_only(), "", on(parts, list_accounts));
  routes.add(Method::post, "/admin/v1/accounts/suspend", host_only(), "host.suspend_account",
             on(parts, suspend_account));
  routes.add(Method::post, "/admin/v1/accounts/resume", host_only(), "host.resume_account",
             on(parts, resume_account));
  routes.add(Method::post, "/admin/v1/accounts/end-sessions", host_only(), "host.end_sessions",
             on(parts, end_sessions));
}

}  // namespace fastness::api
