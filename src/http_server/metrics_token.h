#pragma once

#include "base/result.h"
#include "crypto/digest.h"
#include "http/message.h"

namespace fastness::http_server {

// What a collector of metrics must bear (RFC 6750). Immutable. Holds a digest, so that no copy of
// the token itself stays in memory.
class MetricsToken {
 public:
  // Reads the contents of a token file: one line. `invalid_argument` unless it is 16 to 1024
  // visible ASCII characters; says how to make one.
  [[nodiscard]] static Result<MetricsToken> parse(std::string_view file);

  [[nodiscard]] bool is_borne_by(const http::Request& request) const;

 private:
  explicit MetricsToken(const crypto::Digest& digest) : digest_(digest) {}

  crypto::Digest digest_;
};

}  // namespace fastness::http_server
