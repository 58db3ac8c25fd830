#include "client/connection/http_client.h"

#include <algorithm>
#include <cctype>
#include <limits>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

namespace fastness::client {

namespace {

namespace http = boost::beast::http;

using Parser = http::response_parser<http::string_body>;

Result<void> feed(Parser& parser, Bytes& input) {
  while (!input.empty() && !parser.is_done()) {
    boost::system::error_code error;
    const std::size_t used = parser.put(boost::asio::buffer(input), error);
    input.erase(input.begin(), input.begin() + static_cast<std::ptrdiff_t>(used));
    if (error == http::error::need_more) return {};
    if (error == http::error::body_limit) return fail(Errc::exhausted, "the answer is too long");
    if (error) return fail(Errc::corrupted, "the answer is no HTTP: " + error.message());
    if (used == 0) return {};
  }
  return {};
}

HttpResponse to_response(Parser& parser) {
  HttpResponse response;
  response.status = static_cast<int>(parser.get().result_int());
  for (const auto& field : parser.get()) {
    std::string name(field.name_string());
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    response.headers.insert_or_assign(std::move(name), std::string(field.value()));
  }
  return response;
}

// Header injection: nothing that ends a line may come from a name, token or id.
bool is_one_line(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

bool is_sound(const HttpRequest& request) {
  const bool is_target_sound = is_one_line(request.target) &&
                               request.target.find(' ') == std::string::npos &&
                               request.target.starts_with('/');
  return is_target_sound && std::ranges::all_of(request.headers, [](const auto& header) {
           return is_one_line(header.first) && is_one_line(header.second);
         });
}

}  // namespace

std::string host_header(const Address& address) {
  const bool is_v6 = address.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

std::string HttpClient::to_wire(const HttpRequest& request) const {
  std::string out = request.method + " " + request.target + " HTTP/1.1\r\nHost: ";
  out += host_header(address_) + "\r\n";
  for (const auto& [name, value] : request.headers) out += name + ": " + value + "\r\n";
  if (!request.body.empty() || request.method != "GET") {
    out += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return out + "\r\n" + request.body;
}

Result<HttpResponse> HttpClient::send(const HttpRequest& request) {
  std::string body;
  bool is_too_long = false;
  FASTNESS_ASSIGN_OR_RETURN(HttpResponse response, send(request, [&](std::string_view piece) {
                              is_too_long = is_too_long || body.size() + piece.size() > kMaxBody;
                              if (!is_too_long) body += piece;
                            }));
  if (is_too_long) return fail(Errc::exhausted, "the answer is too long");
  response.body = std::move(body);
  return response;
}

Result<HttpResponse> HttpClient::send(const HttpRequest& request, const Sink& sink) {
  if (!is_sound(request)) return fail(Errc::invalid_argument, "the request is malformed");
  const std::string wire = to_wire(request);
  const bool is_reused = transport_.has_value();
  auto response = exchange(wire, sink);
  // The server may have closed an idle connection while the request was on its way. Only what can
  // be asked twice is.
  if (!response && is_reused && response.error().code == Errc::unavailable &&
      request.method == "GET") {
    response = exchange(wire, sink);
  }
  return response;
}

Result<HttpResponse> HttpClient::exchange(const std::string& wire, const Sink& sink) {
  if (transport_) {
    // Notices a connection that was closed in the meantime before anything is lost on it.
    const auto state = transport_->advance();
    if (!state || transport_->is_finished() || !transport_->input().empty()) transport_.reset();
  }
  if (!transport_) {
    FASTNESS_ASSIGN_OR_RETURN(Transport connected, Transport::connect(address_, context_));
    transport_.emplace(std::move(connected));
  }
  Transport transport = std::move(*transport_);
  transport_.reset();  // until the exchange is whole
  transport.send(as_bytes(wire));

  Parser parser;
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  parser.eager(true);
  while (!parser.is_done()) {
    const auto has_news = [&] { return !transport.input().empty() || transport.is_finished(); };
    FASTNESS_RETURN_IF_ERROR(advance_until(transport, kDeadline, clock_, has_news));
    FASTNESS_RETURN_IF_ERROR(feed(parser, transport.input()));
    if (parser.is_header_done()) {
      sink(parser.get().body());
      parser.get().body().clear();
    }
    if (transport.is_finished() && !parser.is_done()) {
      // Beast aborts over an end where there was no beginning.
      if (!parser.got_some()) return fail(Errc::unavailable, "the server gave no answer");
      boost::system::error_code error;
      parser.put_eof(error);
      if (error || !parser.is_done()) return fail(Errc::unavailable, "the answer was cut off");
    }
  }
  if (parser.get().keep_alive()) transport_.emplace(std::move(transport));
  return to_response(parser);
}

}  // namespace fastness::client
