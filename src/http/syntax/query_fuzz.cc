// Arbitrary bytes as a query, a form body and a path: nothing decoded may hold a NUL, and encoding
// what was decoded must decode to the same again.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/bytes.h"
#include "http/router.h"
#include "http/syntax/query.h"

namespace {

std::string encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += "%" + fastness::to_hex({&byte, 1});
  }
  return out;
}

void check(std::string_view decoded) {
  const auto again = fastness::http::percent_decode(encode(decoded));
  const bool has_nul = decoded.find('\0') != std::string_view::npos;
  if (has_nul ? again.has_value() : (!again || *again != decoded)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fastness::as_text({data, size});
  if (const auto query = fastness::http::Query::parse(input)) {
    for (const auto& [name, value] : query->pairs()) {
      check(name);
      check(value);
    }
  }
  if (const auto segments = fastness::http::split_path(input)) {
    for (const auto& segment : *segments) {
      if (segment.empty() || segment == "..") std::abort();
      check(segment);
    }
  }
  return 0;
}
