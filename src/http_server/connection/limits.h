#pragma once

#include <chrono>
#include <cstddef>

#include "base/fixed_limits.h"

namespace fastness::http_server {

// What one connection may take. docs/limits.md says which keys of the configuration set them.
struct Limits {
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 1024 * 1024;
  std::size_t max_requests_at_once =
      fixed_limit("http.requests_at_once");  // over all connections; more get 503
  std::size_t requests_per_connection = fixed_limit("http.requests_of_connection");
  std::chrono::milliseconds handshake{30'000};  // secure elements take seconds
  std::chrono::milliseconds request{30'000};    // for a request to arrive whole
  std::chrono::milliseconds idle{75'000};       // between two requests
  std::chrono::milliseconds answer{1'000 *
                                   fixed_limit("http.answer_seconds")};  // for a handler to answer
  std::chrono::milliseconds write{
      1'000 * fixed_limit("http.write_seconds")};  // for a slice of a response to leave
  std::chrono::milliseconds message{120'000};      // for a message on a WebSocket to arrive whole
  std::chrono::milliseconds goodbye{
      1'000 * fixed_limit("mqtt.close_seconds")};  // for a WebSocket that was too slow to close
  double requests_per_second = 50;                 // from one address, loopback apart
  double request_burst = 200;
};

}  // namespace fastness::http_server
