// Arbitrary bytes as the structured header fields: no crash, and what is accepted keeps its rules.

#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "http/syntax/fields.h"

using namespace fastness;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = as_text({data, size});
  http::Headers headers;
  for (const char* name : {"cookie", "authorization", "accept-encoding", "if-none-match"}) {
    headers.add(name, input);
    if (headers.find(name)->find_first_of(std::string_view("\r\n\0", 3)) !=
        std::string_view::npos) {
      std::abort();
    }
  }
  (void)http::accepts_encoding(headers, "br");
  (void)http::matches_etag(headers, "\"x\"");
  (void)http::sniff_body(input);
  (void)http::parse_basic(input);
  if (const auto cookie = http::find_cookie(headers, "session")) {
    if (cookie->find(';') != std::string_view::npos) std::abort();
  }
  if (const auto found = http::authorization(headers)) {
    if (found->scheme.find(' ') != std::string::npos) std::abort();
  }
  if (const auto host = http::parse_host(input)) {
    if (host->name.find_first_of("/@\\#? ,") != std::string::npos) std::abort();
  }
  return 0;
}
