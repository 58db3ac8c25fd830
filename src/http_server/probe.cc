#include "http_server/probe.h"

namespace fastness::http_server {

Probe::Probe(telemetry::Registry& registry)
    : connections_(registry.gauge("fastness_http_connections", "Open HTTP connections.")),
      sockets_(registry.gauge("fastness_http_websockets", "Open WebSockets.")),
      handshakes_failed_(
          registry.counter("fastness_http_handshakes_failed_total", "TLS handshakes that failed.")),
      seconds_(registry.histogram("fastness_http_request_seconds",
                                  "From a request read to its response written.",
                                  telemetry::latency_bounds())) {
  for (std::size_t digit = 0; digit < requests_by_class_.size(); ++digit) {
    requests_by_class_.at(digit) =
        &registry.counter("fastness_http_requests_total", "Requests answered, by class of status.",
                          {{"class", std::to_string(digit) + "xx"}});
  }
}

void Probe::answered(http::Status status, std::chrono::microseconds took) {
  constexpr unsigned kClass = 100;
  requests_by_class_.at(http::to_number(status) / kClass)->increment();
  seconds_.observe(std::chrono::duration<double>(took).count());
}

}  // namespace fastness::http_server
