#include "api/access/policy.h"

#include <array>
#include <optional>
#include <utility>

#include "http/router.h"
#include "things/things.h"

namespace fastness::api {

using accounts::Role;
using http::Status;

namespace {

struct Collection {
  std::string_view segment;
  std::string_view kind;
};
constexpr std::array kCollections = {Collection{"devices", "device"},
                                     Collection{"things", "thing"},
                                     Collection{"properties", "property"},
                                     Collection{"api-keys", "api_key"},
                                     Collection{"claim-codes", "claim_code"},
                                     Collection{"claims", "claim"},
                                     Collection{"claim-certificates", "claim_certificate"},
                                     Collection{"people", "user"},
                                     Collection{"invitations", "invitation"},
                                     Collection{"sessions", "session"},
                                     Collection{"passkeys", "passkey"},
                                     Collection{"sign-ins", "sign_in"},
                                     Collection{"grants", "grant"},
                                     Collection{"orders", "order"}};

std::string_view kind_of(std::string_view segment) {
  for (const Collection& each : kCollections) {
    if (each.segment == segment) return each.kind;
  }
  return {};
}

Result<void, Problem> check_proof(const Access& access, const Caller& caller) {
  const bool is_asked =
      access.proof == Access::Proof::fresh && caller.kind == Caller::Kind::session;
  if (!is_asked || caller.is_proven) return {};
  Problem problem{Status::forbidden, "Show again who you are: this needs your password.", {}};
  problem.code = kStepUpRequired;
  return Unexpected<Problem>{std::move(problem)};
}

bool is_open_to(Caller::Owes owes, Access::Early early) {
  return owes == Caller::Owes::nothing || early == Access::Early::yes ||
         (owes == Caller::Owes::to_add && early == Access::Early::adding);
}

Result<void, Problem> check_factor(const Access& access, const Caller& caller) {
  if (is_open_to(caller.owes, access.early)) return {};
  Problem problem{Status::forbidden,
                  caller.owes == Caller::Owes::to_add
                      ? "This server asks everybody for a second factor. Add a passkey or an app "
                        "for codes to your account first."
                      : "This server asks everybody for a second factor. Show yours first: a "
                        "passkey, or the code of your app.",
                  {}};
  problem.code = kSecondFactorRequired;
  return Unexpected<Problem>{std::move(problem)};
}

// Where a scope is asked for, of whom that does not depend on a session or a key.
bool is_by_scope(const Access& access) {
  return access.who == Access::Who::member || access.who == Access::Who::enroller;
}

// Of everything, or where that is enough, of some thing; which one, check_thing decides.
bool has_scope(const Access& access, const Caller& caller) {
  return access.of == Access::Of::everything ? caller.scopes.has(access.scope)
                                             : caller.may_of_some(access.scope);
}

// The thing that a row's path is about; nothing if there is none.
std::optional<ThingId> thing_of(const Access& access, const Caller& caller,
                                const http::PathParameters& parameters,
                                const things::Things& things) {
  const auto id = Uuid::parse(parameters.find(access.parameter));
  if (!id) return std::nullopt;
  if (access.of == Access::Of::thing) return ThingId(*id);
  const auto* property =
      things.find_property(caller.organisation, PropertyId(*id), things::Deleted::shown);
  return property == nullptr ? std::nullopt : std::optional(property->thing);
}

std::string who_may(Role least) {
  switch (least) {
    case Role::guest:
    case Role::viewer:
      return "Only a person who has signed in, and is here for more than single things, may do "
             "this.";
    case Role::member:
      return "Viewers look and change nothing. An administrator of this organisation can make you "
             "more.";
    case Role::administrator:
      return "Only the owner and the administrators of this organisation may do this.";
    case Role::owner:
      return "Only the owner of this organisation may do this.";
  }
  return {};
}

// The least role that has the scope.
Role least_with(accounts::Scope scope) {
  for (const Role role : accounts::kAllRoles) {
    if (scopes_of(role).has(scope)) return role;
  }
  return Role::owner;
}

// Whether it goes by what somebody is in an organisation, and not by scopes.
bool is_by_standing(const Access& access) {
  return access.who == Access::Who::role || access.who == Access::Who::any_key;
}

Result<void, Problem> check_session(const Access& access, const Caller& caller) {
  if (access.who == Access::Who::staff && !caller.is_operator) {
    return refuse(Status::not_found, {});
  }
  FASTNESS_RETURN_IF_ERROR(check_factor(access, caller));
  if (caller.grant && is_by_standing(access)) {
    return refuse(Status::forbidden,
                  "You are an operator here, and in no role: this is for its own people.");
  }
  if (access.who == Access::Who::role && !is_at_least(caller.role, access.role)) {
    return refuse(Status::forbidden, who_may(access.role));
  }
  if (is_by_scope(access) && !has_scope(access, caller)) {
    return refuse(Status::forbidden, caller.grant ? "You were let in without the scope " +
                                                        std::string(to_text(access.scope)) + "."
                                                  : who_may(least_with(access.scope)));
  }
  return check_proof(access, caller);
}

Result<void, Problem> check_key(const Access& access, const Caller& caller) {
  if (access.who == Access::Who::any_key) return {};
  if (access.who == Access::Who::staff) return refuse(Status::not_found, {});
  if (is_by_scope(access) && has_scope(access, caller)) return {};
  if (is_by_scope(access) && caller.things) {
    return refuse(Status::forbidden,
                  "This API key is limited to some things, and this is about more than these.");
  }
  return refuse(Status::forbidden, is_by_scope(access)
                                       ? "This API key lacks the scope " +
                                             std::string(to_text(access.scope)) +
                                             ", or whoever made it may not do this any more."
                                       : who_may(Role::viewer));
}

}  // namespace

std::string object_of(std::string_view pattern, const http::Request& request) {
  std::string object = request.path;
  std::string_view kind;  // of what the segment before collects
  const auto segments = http::split_path(pattern).value();
  for (const std::string& segment : segments) {
    if (segment.front() == '{' && !kind.empty()) {
      const std::string_view name = std::string_view(segment).substr(1, segment.size() - 2);
      object = std::string(kind) + ":" + std::string(request.parameters.find(name));
    }
    kind = kind_of(segment);
  }
  return object;
}

Result<void, Problem> check(const Access& access, const Caller& caller) {
  if (access.who == Access::Who::anyone) return {};
  // What is only for the host does not exist for anybody else.
  if ((access.who == Access::Who::host) != (caller.kind == Caller::Kind::host)) {
    return refuse(access.who == Access::Who::host ? Status::not_found : Status::forbidden, {});
  }
  if (access.who == Access::Who::host) return {};
  if (caller.kind == Caller::Kind::anonymous) {
    return refuse(Status::unauthorized, access.who == Access::Who::device
                                            ? "Show the device's certificate in the TLS handshake."
                                            : "");
  }
  if (caller.kind == Caller::Kind::claimant) {
    return access.who == Access::Who::enroller ? Result<void, Problem>()
                                               : refuse(Status::unauthorized, {});
  }
  if (access.who == Access::Who::device) {
    return caller.kind == Caller::Kind::certificate ? Result<void, Problem>()
                                                    : refuse(Status::forbidden, {});
  }
  // To everything else a certificate is no credential at all.
  if (caller.kind == Caller::Kind::certificate) return refuse(Status::unauthorized, {});
  return caller.kind == Caller::Kind::session ? check_session(access, caller)
                                              : check_key(access, caller);
}

Result<void, Problem> check_thing(const Access& access, const Caller& caller,
                                  const http::PathParameters& parameters,
                                  const things::Things& things) {
  const bool is_about_one = access.of == Access::Of::thing || access.of == Access::Of::property;
  if (!is_about_one || caller.scopes.has(access.scope)) return {};
  const auto thing = thing_of(access, caller, parameters, things);
  if (!thing || scopes_of(caller.things, *thing).is_empty()) {
    return refuse(Status::not_found, {});
  }
  if (caller.may(access.scope, *thing)) return {};
  return refuse(Status::forbidden, "You may see this thing, and not do this with it.");
}

Result<void, Problem> check_viewing(const Access& access, http::Method method,
                                    const Caller& caller) {
  const bool is_harmless = http::is_safe(method) || access.who == Access::Who::person ||
                           access.who == Access::Who::anyone;
  if (!caller.is_viewing || is_harmless) return {};
  Problem problem{Status::forbidden,
                  "You look at this as a " + std::string(to_text(caller.role)) +
                      " would, and change nothing. Go back to your own view first.",
                  {}};
  problem.code = kViewing;
  return Unexpected<Problem>{std::move(problem)};
}

void RouteList::add(http::Method method, std::string_view pattern, Access access,
                    std::string_view audit, SyncHandler handler) {
  add_async(method, pattern, access, audit,
            [handler = std::move(handler)](const std::shared_ptr<Call>& call, const Reply& reply) {
              reply(handler(*call));
            });
}

void RouteList::add_async(http::Method method, std::string_view pattern, Access access,
                          std::string_view audit, AsyncHandler handler) {
  routes_.push_back({method, pattern, access, audit, std::move(handler), style_});
}

}  // namespace fastness::api
