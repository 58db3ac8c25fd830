#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/fixed_limits.h"
#include "mqtt/retained_store.h"
#include "mqtt/session/server_endpoint.h"
#include "mqtt/session/session.h"
#include "net/connection_limits.h"
#include "net/listener.h"
#include "tls/context/server_context.h"

namespace fastness::gateway {

// Every limit of the gateway with its default; docs/limits.md lists them.
struct Limits {
  std::chrono::seconds handshake{30};  // secure elements take seconds to sign
  std::chrono::seconds connect{10};    // from the end of the handshake to CONNECT
  std::chrono::seconds close{fixed_limit("mqtt.close_seconds")};  // for the last bytes to leave

  mqtt::ServerEndpoint::Limits endpoint;
  mqtt::Session::Limits session;
  mqtt::RetainedStore::Limits retained;  // of one organisation

  // PUBLISH packets of one connection. Who sends faster is read more slowly, never cut.
  double messages_per_second = 20'000;
  double message_burst = 20'000;

  std::size_t max_output_bytes =
      fixed_limit("mqtt.unread_bytes");  // beyond it QoS 0 messages are dropped
  std::size_t max_client_id_bytes = fixed_limit("mqtt.client_id_bytes");
  std::size_t max_topic_bytes = fixed_limit("mqtt.topic_bytes");
  std::size_t max_subscriptions = 200;  // of one session
  std::size_t max_sessions_per_identity = fixed_limit("mqtt.sessions_of_identity");
  std::size_t max_sessions_per_organisation = fixed_limit("mqtt.sessions_of_organisation");
  std::chrono::seconds max_session_expiry{7 * 24 * 3'600};

  net::ConnectionLimits::Options connections;
  net::Listener::Options accept;
};

// How clients of a listener prove who they are.
enum class Proof : std::uint8_t { certificate_or_secret, secret, certificate };

struct ListenerOptions {
  net::Endpoint endpoint;
  Proof proof = Proof::certificate_or_secret;
  std::shared_ptr<tls::ServerContext> tls;  // shared with the other listeners of its kind
};

struct Options {
  std::size_t threads = 1;
  std::vector<ListenerOptions> listeners;
  Limits limits;
};

}  // namespace fastness::gateway
