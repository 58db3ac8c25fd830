// Whatever is read must be written and read again as the same set of certificates.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "crypto/x509/est_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  auto read = crypto::read_certs_only({data, size});
  if (!read) return 0;
  std::vector<Bytes> certificates = std::move(read).value();
  const auto again = crypto::read_certs_only(crypto::certs_only_message(certificates));
  std::ranges::sort(certificates);
  if (!again || *again != certificates) std::abort();
  return 0;
}
