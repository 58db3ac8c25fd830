#include "gateway/probe.h"

namespace fastness::gateway {

Probe::Probe(telemetry::Registry& registry)
    : open_(
          registry.gauge("fastness_gateway_connections", "MQTT connections, handshakes included")),
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
                                         "Batches that the journal did not take")) {}

}  // namespace fastness::gateway
