#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fixed_limits.h"
#include "client/connection/transport.h"

namespace fastness::client {

struct HttpRequest {
  std::string method = "GET";
  std::string target;  // path and query
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

struct HttpResponse {
  int status = 0;
  std::map<std::string, std::string, std::less<>> headers;  // names in lower case; the last wins
  std::string body;
};

// Asks one server over HTTPS, one request at a time, on one connection while it lasts.
// Thread-compatible. `clock` must outlive it.
class HttpClient {
 public:
  static constexpr std::size_t kMaxBody = fixed_limit("client.answer_bytes");
  static constexpr std::chrono::milliseconds kDeadline{30'000};

  HttpClient(Address address, std::shared_ptr<const tls::ClientContext> context, const Clock& clock)
      : address_(std::move(address)), context_(std::move(context)), clock_(clock) {}

  // Errors as Transport's; `exhausted` for a body over kMaxBody; `corrupted` for what is no HTTP. A
  // status that says no is not an error here.
  [[nodiscard]] Result<HttpResponse> send(const HttpRequest& request);

  // The same for a body of any length, given to `sink` piece by piece; the response's own is empty.
  // Each piece must come within kDeadline.
  using Sink = std::function<void(std::string_view piece)>;
  [[nodiscard]] Result<HttpResponse> send(const HttpRequest& request, const Sink& sink);

  [[nodiscard]] const Address& address() const { return address_; }
  [[nodiscard]] const std::shared_ptr<const tls::ClientContext>& context() const {
    return context_;
  }

 private:
  [[nodiscard]] Result<HttpResponse> exchange(const std::string& wire, const Sink& sink);
  [[nodiscard]] std::string to_wire(const HttpRequest& request) const;

  Address address_;
  std::shared_ptr<const tls::ClientContext> context_;
  const Clock& clock_;
  std::optional<Transport> transport_;
};

// `Host` for an address: with the port, and an IPv6 address in brackets.
[[nodiscard]] std::string host_header(const Address& address);

}  // namespace fastness::client
