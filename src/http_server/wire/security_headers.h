#pragma once

#include "http/message.h"

namespace fastness::http_server {

// Adds to every response what tells browsers how little it may be used for. What a handler set
// itself stays. `to_host` is the host that the request named. `hsts_subdomains`: whether what is
// said of HTTPS holds for all names below it, too.
void add_security_headers(http::Response& response, http::Channel channel,
                          const http::Host& to_host, bool hsts_subdomains = false);

}  // namespace fastness::http_server
