#include "things/model/device.h"

namespace fastness::things {

std::string_view to_text(DisconnectReason reason) {
  switch (reason) {
    case DisconnectReason::none:
      return "none";
    case DisconnectReason::client_left:
      return "client_left";
    case DisconnectReason::connection_lost:
      return "connection_lost";
    case DisconnectReason::keep_alive:
      return "keep_alive";
    case DisconnectReason::taken_over:
      return "taken_over";
    case DisconnectReason::protocol_error:
      return "protocol_error";
    case DisconnectReason::not_authorised:
      return "not_authorised";
    case DisconnectReason::revoked:
      return "revoked";
    case DisconnectReason::reattached:
      return "reattached";
    case DisconnectReason::rate_limited:
      return "rate_limited";
    case DisconnectReason::server_stopped:
      return "server_stopped";
    case DisconnectReason::crashed:
      return "crashed";
  }
  return "unknown";
}

}  // namespace fastness::things
