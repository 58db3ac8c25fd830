#pragma once

#include <string>
#include <string_view>

#include "net/endpoint.h"

namespace fastness::http_server::testing {

// A blocking TCP or unix client that sends exactly the bytes it is told, and gives up after some
// seconds rather than hang a test.
class RawClient {
 public:
  explicit RawClient(const net::Endpoint& endpoint);
  explicit RawClient(const std::string& unix_path);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  // False if the connection is closed already.
  bool send(std::string_view bytes);

  // Reads one response with a Content-Length, or what came before the end of the stream.
  std::string read_response();

  // `send`, then `read_response`.
  std::string exchange(std::string_view request);

  // Reads up to the end of the stream; whether there was one.
  bool read_to_end(std::string& out);

  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  bool read_some();

  int descriptor_ = -1;
  std::string input_;
};

// The digits of the first line; zero if there is none.
[[nodiscard]] int status_of(std::string_view response);

[[nodiscard]] std::string_view body_of(std::string_view response);

// A field's value, or nothing.
[[nodiscard]] std::string field_of(std::string_view response, std::string_view name);

}  // namespace fastness::http_server::testing
