#include "http/message.h"

namespace fastness::http {

bool Request::wants_socket(std::string_view protocol) const {
  return method == Method::get && headers.has_token("connection", "upgrade") &&
         headers.has_token("upgrade", "websocket") &&
         (protocol.empty() || headers.has_token("sec-websocket-protocol", protocol));
}

Response Response::json(Status status, std::string body) {
  Response response{status, {}, std::move(body), nullptr, {}};
  response.headers.set("content-type", "application/json");
  return response;
}

Response Response::text(Status status, std::string body) {
  Response response{status, {}, std::move(body), nullptr, {}};
  response.headers.set("content-type", "text/plain; charset=utf-8");
  return response;
}

Response Response::empty(Status status) {
  return {status, {}, {}, nullptr, {}};
}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    (*this)(Response::empty(Status::internal_server_error));
    send_ = std::exchange(other.send_, nullptr);
  }
  return *this;
}

Responder::~Responder() {
  (*this)(Response::empty(Status::internal_server_error));
}

void Responder::operator()(Response response) {
  if (const auto send = std::exchange(send_, nullptr)) send(std::move(response));
}

}  // namespace fastness::http
