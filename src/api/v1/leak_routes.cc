// /api/v1/leaks: whoever finds a secret of ours somewhere can end what it opens.
//
// It must be no oracle: nobody is to learn here whether a secret is good without ending it. So the
// answer is the same whatever is posted, and the work as well; what a request costs and how it is
// answered depends on its text and its sender only.
#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "accounts/accounts.h"
#include "accounts/sign_in/throttle.h"
#include "api/routes.h"
#include "api/v1/body.h"
#include "audit/audit_log.h"
#include "base/fixed_limits.h"
#include "crypto/secret/key_text.h"
#include "crypto/secret/secret_finder.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using Secrets = std::vector<std::string_view>;

constexpr std::size_t kMaxReport = fixed_limit("leaks.bytes");
constexpr std::size_t kMaxSecrets = fixed_limit("leaks.keys");
constexpr std::size_t kMaxReports = fixed_limit("leaks.reports_of_network");

// Each spelling once.
Secrets keys_in(std::string_view text) {
  Secrets secrets;
  for (const crypto::FoundSecret& each : crypto::find_secrets(text)) {
    if (each.kind == crypto::SecretKind::api_key) secrets.push_back(each.text);
  }
  std::ranges::sort(secrets);
  secrets.erase(std::unique(secrets.begin(), secrets.end()), secrets.end());
  return secrets;
}

// A line for each secret, whether there was such a key: in its owner's trail, or in nobody's.
void record_leak(Parts& parts, const Call& call, const std::optional<accounts::ApiKey>& key) {
  const OrganisationId owner = key ? key->organisation : OrganisationId(Uuid(Uuid::Bytes{}));
  const bool is_own =
      key &&
      (call.caller.kind == Caller::Kind::session || call.caller.kind == Caller::Kind::api_key) &&
      call.caller.organisation == owner;
  // Who is of another organisation is nobody to this one.
  audit::Event event{owner,
                     is_own ? call.caller.actor() : Caller().actor(),
                     "api_key.report_leak",
                     "api_key:" + (key ? key->client_id : std::string("unknown")),
                     call.request.peer.address,
                     "ok"};
  if (const auto recorded = parts.audit.record(std::move(event)); !recorded) {
    parts.log.error("audit_failed", {{"why", recorded.error().message}});
  }
}

void end_leaked(Parts& parts, const Call& call, std::span<const std::string_view> secrets,
                const Reply& reply) {
  const auto ended =
      parts.accounts.api_keys().end_leaked(secrets, [&](const accounts::ApiKeys::Leaked& leaked) {
        for (const auto& key : leaked) record_leak(parts, call, key);
        reply(http::Response::empty(Status::no_content));
      });
  if (!ended) reply(refuse(ended));
}

Result<void, Problem> take_report(const Parts& parts, accounts::Throttle& pace, const Call& call) {
  const std::string network = accounts::network_of(call.request.peer.address);
  if (pace.take(network, parts.clock.steady())) return {};
  return refuse(Status::too_many_requests,
                "Too many reports from this network. Wait ten seconds, or put many keys into one.");
}

void report_text(Parts& parts, accounts::Throttle& pace, const Call& call, const Reply& reply) {
  if (auto taken = take_report(parts, pace, call); !taken)
    return reply(propagate(std::move(taken)));
  const std::string& text = call.request.body;
  if (text.size() > kMaxReport) {
    return reply(
        refuse(Status::content_too_large,
               "A report has at most " + std::to_string(kMaxReport) + " bytes. Send it in parts."));
  }
  const Secrets secrets = keys_in(text);
  if (secrets.size() > kMaxSecrets) {
    return reply(
        refuse(Status::content_too_large,
               "A report has at most " + std::to_string(kMaxSecrets) + " keys. Send it in parts."));
  }
  end_leaked(parts, call, secrets, reply);
}

// The same for one key, as JSON: says whether it was copied whole.
void report_key(Parts& parts, accounts::Throttle& pace, const Call& call, const Reply& reply) {
  if (auto taken = take_report(parts, pace, call); !taken)
    return reply(propagate(std::move(taken)));
  auto request = v1::read_body<v1::ReportLeakedKeyRequest>(call);
  if (!request) return reply(propagate(std::move(request)));
  if (!crypto::is_client_secret(request->client_secret)) {
    return reply(refuse(Status::bad_request, "is not a whole client secret", "client_secret"));
  }
  const std::string_view secret = request->client_secret;
  end_leaked(parts, call, {&secret, 1}, reply);
}

}  // namespace

void add_leak_routes(RouteList& routes, Parts& parts) {
  const auto pace = std::make_shared<accounts::Throttle>(kMaxReports, std::chrono::seconds(10));
  // Their lines are written key by key, into the trails of those whom they concern.
  routes.add_async(Method::post, "/api/v1/leaks", anyone(), "",
                   [&parts, pace](const std::shared_ptr<Call>& call, const Reply& reply) {
                     report_text(parts, *pace, *call, reply);
                   });
  routes.add_async(Method::post, "/api/v1/leaked-keys", anyone(), "",
                   [&parts, pace](const std::shared_ptr<Call>& call, const Reply& reply) {
                     report_key(parts, *pace, *call, reply);
                   });
}

}  // namespace fastness::api
