// Pages of other origins that may call /iot from a browser (Fetch, 3.2): those that the owner names
// and no others. They come with a bearer token; cookies stay at home, since nothing here allows
// credentials.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/method.h"

namespace fastness::api {

class Cors {
 public:
  explicit Cors(const std::vector<std::string>& origins)
      : origins_(origins.begin(), origins.end()) {}

  // Whether a page of an origin that we allow asks before it sends a request with one of `methods`.
  [[nodiscard]] bool is_preflight(const http::Request& request,
                                  const std::vector<http::Method>& methods) const;

  // The answer to such a question.
  [[nodiscard]] static http::Response answer(const std::vector<http::Method>& methods);

  // Lets the page that sent `request` read what is answered, if its origin may.
  [[nodiscard]] http::Responder readable(const http::Request& request,
                                         http::Responder respond) const;

 private:
  [[nodiscard]] bool is_allowed(const http::Request& request) const;

  std::set<std::string, std::less<>> origins_;
};

// "GET, PUT", as in an Allow field.
[[nodiscard]] std::string to_list(const std::vector<http::Method>& methods);

}  // namespace fastness::api
