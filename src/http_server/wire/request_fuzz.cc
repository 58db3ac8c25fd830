// Whole requests, as bytes: our checks, then Beast. Whatever gets through has one host, one length,
// and a header that means the same to any parser.

#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "http_server/wire/beast_request.h"
#include "http_server/wire/framing.h"

using namespace fastness;

namespace {

void check(const http::Request& request) {
  if (!request.path.starts_with('/')) std::abort();
  if (request.headers.count("content-length") + request.headers.count("transfer-encoding") > 1) {
    std::abort();
  }
  if (request.headers.count("host") > 1) std::abort();
  for (const auto& field : request.headers.fields()) {
    if (field.name.empty() || field.value.find_first_of("\r\n") != std::string::npos) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = as_text({data, size});
  const auto end = http_server::find_header_end(input);
  if (!end) return 0;
  http_server::Limits limits;
  limits.max_body_bytes = 1024;
  http_server::IncomingRequest incoming(limits);
  if (incoming.take_header(input.substr(0, *end))) return 0;
  check(incoming.request());

  std::string_view body = input.substr(*end);
  boost::beast::error_code error;
  while (!incoming.parser().is_done() && !body.empty() && !error) {
    const std::size_t taken =
        incoming.parser().put(boost::asio::buffer(body.data(), body.size()), error);
    if (taken == 0) break;
    body.remove_prefix(taken);
  }
  if (!incoming.parser().is_done()) return 0;
  if (incoming.finish().body.size() > limits.max_body_bytes) std::abort();
  return 0;
}
