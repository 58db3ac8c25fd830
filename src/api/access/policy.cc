#include "api/access/policy.h"

#include <array>
#include <utility>

#include "http/router.h"

namespace fastness::api {

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
                                     Collection{"sessions", "session"},
                                     Collection{"passkeys", "passkey"}};

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
  using Kind = Caller::Kind;
  using Who = Access::Who;
  if (access.who == Who::anyone) return {};
  // What is only for the host does not exist for anybody else.
  if ((access.who == Who::host) != (caller.kind == Kind::host)) {
    return refuse(access.who == Who::host ? Status::not_found : Status::forbidden, {});
  }
  if (access.who == Who::host) return {};
  if (caller.kind == Kind::anonymous) {
    return refuse(Status::unauthorized, access.who == Who::device
                                            ? "Show the device's certificate in the TLS handshake."
                                            : "");
  }
  if (caller.kind == Kind::claimant) {
    return access.who == Who::enroller ? Result<void, Problem>() : refuse(Status::unauthorized, {});
  }
  if (access.who == Who::device) {
    return caller.kind == Kind::certificate ? Result<void, Problem>()
                                            : refuse(Status::forbidden, {});
  }
  // To everything else a certificate is no credential at all.
  if (caller.kind == Kind::certificate) return refuse(Status::unauthorized, {});
  if (caller.kind == Kind::session) return check_proof(access, caller);
  if (access.who == Who::any_key) return {};
  const bool is_by_scope = access.who == Who::member || access.who == Who::enroller;
  if (is_by_scope && caller.scopes.has(access.scope)) return {};
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
