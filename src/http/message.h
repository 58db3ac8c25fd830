// A request and its response, without the connection they travel on.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/headers.h"
#include "http/method.h"
#include "http/status.h"
#include "http/syntax/fields.h"
#include "http/syntax/query.h"
#include "http/web_socket.h"

namespace fastness::http {

// How a request reached us; each has its own rules about cookies and about what it may ask.
enum class Channel : std::uint8_t {
  tls,
  loopback,  // plaintext, on the loopback interface, with `localhost` as its host
  admin,     // the unix socket, whose peer runs under our own uid
};

// Who asks, as far as the connection tells, or a proxy that the owner has named. No header of
// anybody else's is believed.
struct Peer {
  Channel channel = Channel::tls;
  std::string address;  // without the port; empty on the admin socket
  // SHA-256 of the client certificate that the TLS handshake proved, if one was shown.
  std::optional<std::array<std::uint8_t, 32>> leaf_digest;
  // Somebody passed the request on, named or not: whoever asks is not on this machine for certain.
  bool is_by_proxy = false;
};

// The values of a route's `{names}`, decoded.
class PathParameters {
 public:
  void add(std::string name, std::string value) {
    values_.emplace_back(std::move(name), std::move(value));
  }
  // Empty for a name that the route does not have.
  [[nodiscard]] std::string_view find(std::string_view name) const {
    for (const auto& [key, value] : values_) {
      if (key == name) return value;
    }
    return {};
  }
  [[nodiscard]] bool empty() const { return values_.empty(); }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

struct Request {
  Method method = Method::get;  // a HEAD arrives as GET; the server drops the body
  std::string path;             // as sent, still encoded, without the query; safe to log
  Query query;
  PathParameters parameters;  // filled by the router
  Headers headers;
  std::string body;
  Host host;  // of the Host field, checked
  Peer peer;
  std::string id;  // names this request in the log and in X-Request-Id

  [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const {
    return find_cookie(headers, name);
  }

  // Whether the client asks for a WebSocket (RFC 6455, 4.2.1), speaking `protocol` if that is
  // given.
  [[nodiscard]] bool wants_socket(std::string_view protocol = {}) const;
};

// One more piece of a long body; nothing at its end. A failure cuts the connection, since the
// status was sent long ago.
using BodyPart = Result<std::optional<std::string>>;

// Asked for the next part when the one before was sent; answers once, from any thread.
using BodySource = std::function<void(std::function<void(BodyPart)> give)>;

struct Response {
  Status status = Status::ok;
  Headers headers;
  std::string body;

  // If set, `body` is ignored and the parts are sent as they come (chunked to HTTP/1.1 clients).
  // For exports only: board clients cannot read chunks.
  BodySource source;

  // If set, the connection becomes a WebSocket; only for a request that `wants_socket`. Of the rest
  // of the response only the headers count.
  std::optional<SocketUpgrade> upgrade;

  [[nodiscard]] static Response json(Status status, std::string body);
  [[nodiscard]] static Response text(Status status, std::string body);
  [[nodiscard]] static Response empty(Status status);
};

// The one chance to answer a request, from any thread. If it is destroyed unused, the client gets
// 500: no request is left hanging.
class Responder {
 public:
  using Send = std::function<void(Response)>;

  explicit Responder(Send send) : send_(std::move(send)) {}
  Responder(Responder&& other) noexcept : send_(std::exchange(other.send_, nullptr)) {}
  Responder& operator=(Responder&& other) noexcept;
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;
  ~Responder();

  // A second answer is ignored.
  void operator()(Response response);

 private:
  Send send_;
};

// Serves one request. Runs on the control thread.
using Handler = std::function<void(Request, Responder)>;

}  // namespace fastness::http
