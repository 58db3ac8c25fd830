#include "api/policy.h"

#include <utility>

namespace fastness::api {

using http::Status;

Result<void, Problem> check(const Access& access, const Caller& caller) {
  using Kind = Caller::Kind;
  using Who = Access::Who;
  if (access.who == Who::anyone) return {};
  // What is only for the host does not exist for anybody else.
  if ((access.who == Who::host) != (caller.kind == Kind::host)) {
    return refuse(access.who == Who::host ? Status::not_found : Status::forbidden, {});
  }
  if (access.who == Who::host) return {};
  if (caller.kind == Kind::anonymous) return refuse(Status::unauthorized, {});
  if (caller.kind == Kind::session || access.who == Who::any_key) return {};
  if (access.who == Who::member && caller.scopes.has(access.scope)) return {};
  return refuse(Status::forbidden,
                access.who == Who::person
                    ? std::string("Only a person who has signed in may do this.")
                    : "This API key lacks the scope " + std::string(to_text(access.scope)) + ".");
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
