#pragma once

#include <chrono>
#include <cstddef>

namespace fastness::http_server {

// What one connection may take. docs/limits.md says which keys of the configuration set them.
struct Limits {
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 1024 * 1024;
  std::size_t max_requests_at_once = 512;  // over all connections; more get 503
  std::size_t requests_per_connection = 10'000;
  std::chrono::milliseconds handshake{30'000};  // secure elements take seconds
  std::chrono::milliseconds request{30'000};    // for a request to arrive whole
  std::chrono::milliseconds idle{75'000};       // between two requests
  std::chrono::milliseconds answer{60'000};     // for a handler to answer
  std::chrono::milliseconds write{30'000};      // for a slice of a response to leave
  double requests_per_second = 50;              // from one address, loopback apart
  double request_burst = 200;
};

}  // namespace fastness::http_server
