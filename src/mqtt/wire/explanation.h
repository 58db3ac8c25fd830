#pragma once

#include <string_view>

#include "mqtt/wire/types.h"

namespace fastness::mqtt {

// What a reason code means here, for the reason string that 5.0 clients are sent; empty if the code
// says it all.
[[nodiscard]] constexpr std::string_view explanation(ReasonCode reason) {
  switch (reason) {
    case ReasonCode::not_authorised:
      return "it is not proven who you are, or you have no right to this";
    case ReasonCode::server_unavailable:
    case ReasonCode::server_busy:
      return "the server cannot do this now, try again later";
    case ReasonCode::client_identifier_not_valid:
      return "the client identifier is too long or that of another device";
    case ReasonCode::bad_authentication_method:
      return "there is no such method: use a certificate, or user name and password";
    case ReasonCode::quota_exceeded:
      return "there are as many as there may be";
    case ReasonCode::topic_name_invalid:
      return "the topic is empty or too long or holds a wildcard";
    case ReasonCode::topic_filter_invalid:
      return "the filter is empty or too long or has a wildcard in the wrong place";
    case ReasonCode::payload_format_invalid:
      return "the payload is not what this topic takes";
    case ReasonCode::packet_identifier_not_found:
      return "no message waits under this packet identifier";
    case ReasonCode::packet_too_large:
      return "the packet is larger than CONNACK allowed";
    case ReasonCode::keep_alive_timeout:
      return "nothing came for one and a half times the keep-alive";
    case ReasonCode::session_taken_over:
      return "another connection has taken over this session";
    case ReasonCode::server_shutting_down:
      return "the server stops, come back later";
    case ReasonCode::administrative_action:
      return "what you may do has changed, connect again";
    case ReasonCode::connection_rate_exceeded:
      return "you or your organisation connect too often, wait and try again";
    default:
      return {};
  }
}

}  // namespace fastness::mqtt
