// The one place that knows whether this build has a firewall.
#include "firewall.h"

#if FASTNESS_MODSECURITY

#include <memory>
#include <string>
#include <utility>

#include "api/api.h"
#include "api/problem.h"
#include "waf/firewall.h"

namespace fastness::hub {
namespace {

// Never says by which rule: who attacks would try until there is none.
http::Response refusal(const std::string& path, const std::string& request_id) {
  return api::render({http::Status::forbidden,
                      "The firewall of this server takes this request for an attack. Whoever runs "
                      "it finds why in the log, as request " +
                          request_id + ".",
                      {},
                      {},
                      "request_refused"},
                     api::style_of(path), request_id);
}

waf::OnAttack on_attack(config::OnAttack mode) {
  return mode == config::OnAttack::refuse ? waf::OnAttack::refuse : waf::OnAttack::detect;
}

}  // namespace

Result<http::Inspect> open_firewall(const config::Config::Waf& config, const Clock& clock,
                                    const telemetry::Log& log, telemetry::Registry& metrics) {
  if (config.rules_file.empty()) return http::Inspect();
  FASTNESS_ASSIGN_OR_RETURN(auto opened,
                            waf::Firewall::open(config.rules_file, on_attack(config.mode), clock,
                                                log.named("waf"), metrics));
  // Shared, because std::function copies what it holds.
  const std::shared_ptr<waf::Firewall> firewall(std::move(opened));
  return http::Inspect([firewall](std::weak_ptr<const http::Inspected> request,
                                  std::function<void(std::optional<http::Response>)> done) {
    firewall->ask(std::move(request),
                  [done = std::move(done)](const http::Request& asked, waf::Verdict verdict) {
                    if (verdict == waf::Verdict::pass) return done(std::nullopt);
                    done(refusal(asked.path, asked.id));
                  });
  });
}

}  // namespace fastness::hub

#else

namespace fastness::hub {

// The configuration of such a build names no rules; see config::has_firewall.
Result<http::Inspect> open_firewall(const config::Config::Waf& /*config*/, const Clock& /*clock*/,
                                    const telemetry::Log& /*log*/,
                                    telemetry::Registry& /*metrics*/) {
  return http::Inspect();
}

}  // namespace fastness::hub

#endif
