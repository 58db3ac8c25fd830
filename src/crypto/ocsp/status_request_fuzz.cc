// Where we and OpenSSL both read a request, it asks about as many certificates.

#include <cstdint>
#include <cstdlib>

#include <openssl/ocsp.h>

#include "crypto/ocsp/status_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto request = fastness::crypto::StatusRequest::parse({data, size});
  if (!request) return 0;
  const std::uint8_t* cursor = data;
  // OpenSSL looks deeper into names and signatures, which we leave unread, so it may refuse what
  // we accept.
  OCSP_REQUEST* reference = d2i_OCSP_REQUEST(nullptr, &cursor, static_cast<long>(size));
  if (reference == nullptr) return 0;
  const bool same = OCSP_request_onereq_count(reference) == static_cast<int>(request->asked.size());
  OCSP_REQUEST_free(reference);
  if (!same) std::abort();
  return 0;
}
