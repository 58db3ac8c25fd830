#pragma once

#include <filesystem>
#include <string>

#include "client/connection/api.h"

namespace fastness::cli {

// Where boards with a certificate connect, and whom they trust there.
struct BoardServer {
  client::Address address;
  std::string anchors_pem;
};

// An instance on this machine, by its data directory: where it listens (run/listeners.json), its
// roots (trust/server-anchors.pem), and the demo's API key (demo/credentials.json).
struct LocalInstance {
  client::Credentials credentials;
  BoardServer boards;
};

// `not_found` if it does not run or was not given an API key.
[[nodiscard]] Result<LocalInstance> open_local(const std::filesystem::path& data_directory);

// Where MQTT is served: what was typed as `host:port`, or else `usual_port` of the server's host.
[[nodiscard]] Result<client::Address> mqtt_address(const std::string& typed,
                                                   const client::Address& server,
                                                   std::uint16_t usual_port);

// For an instance that was logged in to: the usual port, unless `address` says `host:port`.
[[nodiscard]] Result<BoardServer> board_server(client::Api& api, const std::string& address);

}  // namespace fastness::cli
