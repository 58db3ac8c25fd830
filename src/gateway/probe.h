#pragma once

#include <array>
#include <string_view>

#include "gateway/hosting/space.h"
#include "net/connection_limits.h"
#include "telemetry/metrics.h"

namespace fastness::gateway {

// What happens in the gateway, counted. Thread-safe: all shards share one.
class Probe {
 public:
  explicit Probe(telemetry::Registry& registry);

  void connection_opened() { open_.add(1); }
  void connection_ended() { open_.add(-1); }
  // Before a byte was read.
  void caller_refused(net::ConnectionLimits::Refusal why) {
    refused_callers_[static_cast<std::size_t>(why)]->increment();
  }
  void quota_bit(Quota quota) { quotas_[static_cast<std::size_t>(quota)]->increment(); }
  void handshake_done() { handshakes_.increment(); }
  void handshake_failed() { failed_handshakes_.increment(); }
  void handed_over() { own_records_.increment(); }
  void login_accepted() { logins_.increment(); }
  void login_refused() { refused_logins_.increment(); }
  void message_received(mqtt::Qos qos) { received_[static_cast<std::size_t>(qos)]->increment(); }
  void message_refused() { refused_messages_.increment(); }
  void subscription_refused() { refused_subscriptions_.increment(); }
  void routed(const Space::Outcome& outcome) {
    delivered_.increment(outcome.delivered);
    if (outcome.dropped != 0) dropped_.increment(outcome.dropped);
  }
  void protocol_broken() { broken_.increment(); }
  void journal_failed() { journal_failures_.increment(); }

  [[nodiscard]] std::int64_t open() const { return open_.value(); }

 private:
  telemetry::Gauge& open_;
  std::array<telemetry::Counter*, 5> refused_callers_;
  std::array<telemetry::Counter*, kQuotaNames.size()> quotas_{};
  telemetry::Counter& handshakes_;
  telemetry::Counter& failed_handshakes_;
  telemetry::Counter& own_records_;
  telemetry::Counter& logins_;
  telemetry::Counter& refused_logins_;
  std::array<telemetry::Counter*, 3> received_;
  telemetry::Counter& refused_messages_;
  telemetry::Counter& refused_subscriptions_;
  telemetry::Counter& delivered_;
  telemetry::Counter& dropped_;
  telemetry::Counter& broken_;
  telemetry::Counter& journal_failures_;
};

}  // namespace fastness::gateway
