// Any file of credentials gives credentials or an error, and their server's address reads back.
#include <cstdint>
#include <cstdlib>

#include "client/credentials.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  const auto credentials = client::parse_credentials(as_text({data, size}));
  if (!credentials) return 0;
  const auto again = client::parse_server(client::server_url(credentials->server));
  if (!again || again->host != credentials->server.host ||
      again->port != credentials->server.port) {
    std::abort();
  }
  return 0;
}
