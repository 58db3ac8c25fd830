#pragma once

#include <chrono>

#include "telemetry/metrics.h"

namespace fastness::waf {

// What the firewall tells its metrics. Thread-safe.
class Probe {
 public:
  // `registry` must outlive the probe.
  explicit Probe(telemetry::Registry& registry);

  void passed() { passed_.increment(); }
  void noticed() { noticed_.increment(); }
  void refused() { refused_.increment(); }
  void failed() { failed_.increment(); }
  void looked(std::chrono::nanoseconds took);

 private:
  telemetry::Counter& passed_;
  telemetry::Counter& noticed_;
  telemetry::Counter& refused_;
  telemetry::Counter& failed_;
  telemetry::Histogram& seconds_;
};

}  // namespace fastness::waf
