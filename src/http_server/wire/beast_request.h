// Beast's parser behind our own checks; for the .cc files of this folder only.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "http/message.h"
#include "http_server/connection/limits.h"

namespace fastness::http_server {

using BeastRequest = boost::beast::http::request<boost::beast::http::string_body>;
using BeastParser = boost::beast::http::request_parser<boost::beast::http::string_body>;

// One request on its way in: first its header as a whole, then its body by Beast's `async_read`.
class IncomingRequest {
 public:
  explicit IncomingRequest(const Limits& limits);

  // Takes a whole header, blank line included. The status to refuse the request with, after which
  // the connection cannot go on; or nothing.
  [[nodiscard]] std::optional<http::Status> take_header(std::string_view raw_header);

  // Moves the body in, once `parser().is_done()`.
  [[nodiscard]] http::Request finish();

  [[nodiscard]] BeastParser& parser() { return parser_; }
  [[nodiscard]] const http::Request& request() const { return request_; }
  [[nodiscard]] bool keeps_alive() const { return parser_.get().keep_alive(); }
  // Path and query as they were sent; for as long as this lives.
  [[nodiscard]] std::string_view target() const {
    return {parser_.get().target().data(), parser_.get().target().size()};
  }
  [[nodiscard]] bool is_head() const { return is_head_; }
  [[nodiscard]] int version() const { return static_cast<int>(parser_.get().version()); }

  // Whether the client waits for a go-ahead before it sends the body (RFC 9110, 10.1.1).
  [[nodiscard]] bool expects_continue() const;

 private:
  [[nodiscard]] std::optional<http::Status> take_fields();

  BeastParser parser_;
  http::Request request_;
  bool is_head_ = false;
};

}  // namespace fastness::http_server
