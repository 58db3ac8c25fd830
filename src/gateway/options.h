#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/durability.h"
#include "base/fixed_limits.h"
#include "mqtt/session/server_endpoint.h"
#include "mqtt/session/session.h"
#include "mqtt/trie/retained_store.h"
#include "net/connection_limits.h"
#include "net/listener.h"
#include "tls/context/server_context.h"

namespace fastness::gateway {

// Every limit of the gateway with its default; docs/limits.md lists them.
struct Limits {
  std::chrono::seconds handshake{30};  // secure elements take seconds to sign
  std::chrono::seconds connect{10};    // from the end of the handshake to CONNECT
  std::chrono::seconds packet{120};    // for a packet that has begun to arrive whole
  std::chrono::seconds close{fixed_limit("mqtt.close_seconds")};  // for the last bytes to leave
  // For a device that came to renew its certificate and for nothing else.
  std::chrono::seconds renewal{fixed_limit("renewals.connection_seconds")};
  // For a client without keep-alive to be silent and unreachable.
  std::chrono::seconds vanished{fixed_limit("mqtt.vanished_seconds")};

  mqtt::ServerEndpoint::Limits endpoint;
  mqtt::Session::Limits session;
  mqtt::RetainedStore::Limits retained;  // of one organisation

  // PUBLISH packets of one connection. Who sends faster is read more slowly, never cut.
  double messages_per_second = 20'000;
  double message_burst = 20'000;
  double bytes_per_second = 16 << 20;  // in the long run, and at once

  // CONNECT packets of one device or person; beyond it they are refused.
  net::Pace::Allowance device_connects{10, 1'000};

  struct OfOrganisation {
    std::size_t max_connections = 1'000'000;
    std::size_t max_sessions = 1'000'000;
    std::size_t max_subscriptions = 10'000'000;
    std::size_t max_queued_bytes = std::size_t{1} << 30U;  // waiting for all its sessions
    net::Pace::Allowance connects{5'000, 1'000'000};
    double messages_per_second = 1'000'000;
    double bytes_per_second = 256 << 20;
  } organisation;

  std::size_t max_output_bytes =
      fixed_limit("mqtt.unread_bytes");  // beyond it QoS 0 messages are dropped
  // What a message may take that is to be kept: in one record of the journal, with its names.
  std::size_t max_kept_bytes = fixed_limit("journal.record_bytes") - (std::size_t{4} << 10U);
  std::size_t max_client_id_bytes = fixed_limit("mqtt.client_id_bytes");
  std::size_t max_topic_bytes = fixed_limit("mqtt.topic_bytes");
  std::size_t max_subscriptions = 200;  // of one session
  std::size_t max_sessions_per_identity = fixed_limit("mqtt.sessions_of_identity");
  std::chrono::seconds max_session_expiry{7 * 24 * 3'600};

  net::ConnectionLimits::Options connections;
  net::Listener::Options accept;
};

// How clients of a listener prove who they are.
enum class Proof : std::uint8_t {
  certificate_or_secret,
  secret,
  certificate,
  loopback,  // by being on this machine, without TLS: they are who the configuration says
};

struct ListenerOptions {
  net::Endpoint endpoint;
  Proof proof = Proof::certificate_or_secret;
  // Shared with the other listeners of its kind; null for Proof::loopback alone.
  std::shared_ptr<tls::ServerContext> tls;
  Durability durability = Durability::fsync;  // of what its clients are told is received
};

// Who makes the steps of TLS handshakes, each of which keeps a thread for half a millisecond.
enum class Handshakes : std::uint8_t {
  adaptive,  // the loop in its spare time; while messages pass, a thread beside it
  beside,    // always that thread
};

struct Options {
  std::size_t threads = 1;
  Handshakes handshakes = Handshakes::adaptive;
  // Over how long the goodbyes of an ending gateway may be spread, so that who hears them does not
  // come back at once. Fewer clients than could be let in again in that time take less.
  std::chrono::seconds drain{0};
  // How long a busy loop lets messages gather; see net::Coalescing.
  std::chrono::microseconds coalesce_window{0};
  std::vector<ListenerOptions> listeners;
  Durability web_sockets = Durability::fsync;  // of clients that come by WebSocket
  Durability durability = Durability::fsync;   // of what no client sent
  Limits limits;
};

}  // namespace fastness::gateway
