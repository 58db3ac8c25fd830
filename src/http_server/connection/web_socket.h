// WebSockets on the web loop; for the .cc files of this folder only.
#pragma once

#include <memory>

#include "http_server/connection/core.h"
#include "http_server/wire/beast_request.h"
#include "tls/stream/async_stream.h"

namespace fastness::http_server {

// Answers `request` with 101 and `headers`, then calls `upgrade.opened`. If the handshake fails the
// connection is closed and nobody is called.
void open_web_socket(std::shared_ptr<Server::Core> core, tls::AsyncStream stream,
                     BeastRequest request, http::Headers headers, http::SocketUpgrade upgrade,
                     net::ConnectionLimits::Slot slot);

}  // namespace fastness::http_server
