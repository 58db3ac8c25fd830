#include "gateway/probe.h"

namespace fastness::gateway {
namespace {

constexpr std::string_view kRefusedCallers = "fastness_gateway_callers_refused_total";
constexpr std::string_view kRefusedCallersHelp =
    "Connections closed or left waiting before a byte was read";

}  // namespace

Probe::Probe(telemetry::Registry& registry)
    : open_(
          registry.gauge("fastness_gateway_connections", "MQTT connections, handshakes included")),
      // In the order of ConnectionLimits::Refusal.
      refused_callers_{
          &registry.counter(kRefusedCallers, kRefusedCallersHelp, {{"limit", "connections"}}),
          &registry.counter(kRefusedCallers, kRefusedCallersHelp,
                            {{"limit", "connections_per_address"}}),
          &registry.counter(kRefusedCallers, kRefusedCallersHelp,
                            {{"limit", "address_connects_per_second"}}),
          &registry.counter(kRefusedCallers, kRefusedCallersHelp, {{"limit", "proxy_header"}}),
          &registry.counter(kRefusedCallers, kRefusedCallersHelp, {{"limit", "descriptors"}})},
      handshakes_(registry.counter("fastness_gateway_handshakes_total", "Finished TLS handshakes",
                                   {{"result", "done"}})),
      failed_handshakes_(registry.counter("fastness_gateway_handshakes_total",
                                          "Finished TLS handshakes", {{"result", "failed"}})),
      own_records_(registry.counter("fastness_gateway_own_records_total",
                                    "Connections that our own TLS record layer took over")),
      logins_(registry.counter("fastness_gateway_connects_total", "CONNECT packets answered",
                               {{"result", "accepted"}})),
      refused_logins_(registry.counter("fastness_gateway_connects_total",
                                       "CONNECT packets answered", {{"result", "refused"}})),
      received_{&registry.counter("fastness_gateway_messages_received_total",
                                  "PUBLISH packets received", {{"qos", "0"}}),
                &registry.counter("fastness_gateway_messages_received_total",
                                  "PUBLISH packets received", {{"qos", "1"}}),
                &registry.counter("fastness_gateway_messages_received_total",
                                  "PUBLISH packets received", {{"qos", "2"}})},
      refused_messages_(registry.counter("fastness_gateway_messages_refused_total",
                                         "PUBLISH packets that their sender had no right to")),
      refused_subscriptions_(registry.counter("fastness_gateway_subscriptions_refused_total",
                                              "Topic filters that their sender had no right to")),
      delivered_(registry.counter("fastness_gateway_messages_delivered_total",
                                  "Messages sent to a subscriber or queued for one")),
      dropped_(registry.counter("fastness_gateway_messages_dropped_total",
                                "Messages not delivered: a queue was full or a reader too slow")),
      broken_(registry.counter("fastness_gateway_protocol_errors_total",
                               "Connections ended because a packet broke the protocol")),
      journal_failures_(registry.counter("fastness_gateway_journal_failures_total",
                                         "Batches that the journal did not take")) {
  for (std::size_t i = 0; i < quotas_.size(); ++i) {
    quotas_[i] = &registry.counter("fastness_gateway_limits_reached_total",
                                   "Times that a limit refused, slowed or dropped something",
                                   {{"limit", std::string(kQuotaNames[i])}});
  }
}

}  // namespace fastness::gateway
