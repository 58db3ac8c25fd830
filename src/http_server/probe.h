#pragma once

#include <array>
#include <chrono>

#include "http/message.h"
#include "telemetry/metrics.h"

namespace fastness::http_server {

// What the server tells its metrics. Thread-safe.
class Probe {
 public:
  // `registry` must outlive the probe.
  explicit Probe(telemetry::Registry& registry);

  void connection_opened() { connections_.add(1); }
  void connection_closed() { connections_.add(-1); }
  void socket_opened() { sockets_.add(1); }
  void socket_closed() { sockets_.add(-1); }
  void handshake_failed() { handshakes_failed_.increment(); }
  void answered(http::Status status, std::chrono::microseconds took);

 private:
  telemetry::Gauge& connections_;
  telemetry::Gauge& sockets_;
  telemetry::Counter& handshakes_failed_;
  std::array<telemetry::Counter*, 6> requests_by_class_;  // by the first digit of the status
  telemetry::Histogram& seconds_;
};

}  // namespace fastness::http_server
