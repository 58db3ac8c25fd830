#include "waf/probe.h"

namespace fastness::waf {
namespace {

telemetry::Counter& verdict(telemetry::Registry& registry, const char* word) {
  return registry.counter("fastness_waf_requests_total", "Requests that the firewall looked at.",
                          {{"verdict", word}});
}

}  // namespace

Probe::Probe(telemetry::Registry& registry)
    : passed_(verdict(registry, "passed")),
      noticed_(verdict(registry, "noticed")),
      refused_(verdict(registry, "refused")),
      failed_(verdict(registry, "failed")),
      seconds_(registry.histogram("fastness_waf_seconds", "How long it looked at each of them.",
                                  telemetry::latency_bounds())) {}

void Probe::looked(std::chrono::nanoseconds took) {
  seconds_.observe(std::chrono::duration<double>(took).count());
}

}  // namespace fastness::waf
