#include "http_server/wire/beast_request.h"

#include <utility>

#include "http_server/wire/framing.h"

namespace fastness::http_server {
namespace {

namespace beast = boost::beast;

std::string_view view(beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

IncomingRequest::IncomingRequest(const Limits& limits) {
  parser_.header_limit(static_cast<std::uint32_t>(limits.max_header_bytes));
  parser_.body_limit(limits.max_body_bytes);
}

std::optional<http::Status> IncomingRequest::take_header(std::string_view raw_header) {
  if (const auto refusal = check_raw_header(raw_header)) return refusal;
  beast::error_code error;
  parser_.put(boost::asio::buffer(raw_header.data(), raw_header.size()), error);
  if (error == beast::http::error::body_limit) return http::Status::content_too_large;
  if (error || !parser_.is_header_done()) return http::Status::bad_request;
  return take_fields();
}

std::optional<http::Status> IncomingRequest::take_fields() {
  for (const auto& field : parser_.get().base()) {
    request_.headers.add(view(field.name_string()), view(field.value()));
  }
  if (const auto refusal = check_fields(request_.headers, version())) return refusal;

  auto method = http::parse_method(view(parser_.get().method_string()));
  if (!method) return http::Status::not_implemented;
  is_head_ = *method == http::Method::head;
  request_.method = is_head_ ? http::Method::get : *method;
  if (!set_target(request_, view(parser_.get().target()))) return http::Status::bad_request;
  if (const auto host = request_.headers.find("host")) {
    request_.host = http::parse_host(*host).value();
  }
  return std::nullopt;
}

http::Request IncomingRequest::finish() {
  request_.body = std::move(parser_.get().body());
  return std::move(request_);
}

bool IncomingRequest::expects_continue() const {
  constexpr int kHttp11 = 11;
  return version() >= kHttp11 && request_.headers.has_token("expect", "100-continue");
}

}  // namespace fastness::http_server
