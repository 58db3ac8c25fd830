#pragma once

#include "http/message.h"

namespace fastness::http_server {

// Adds to every response what tells browsers how little it may be used for. What a handler set
// itself stays. `to_host` is the host that the request named.
void add_security_headers(http::Response& response, http::Channel channel,
                          const http::Host& to_host);

}  // namespace fastness::http_server
