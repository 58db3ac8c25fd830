// A request that is accepted proves possession, so arbitrary bytes must never be one, except a
// seed's own. With the signature out of reach, this exercises the walk before it; and a request
// around the input as its name must come back as what it was.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "crypto/x509/certificate_body.h"
#include "crypto/x509/certificate_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  static_cast<void>(crypto::CertificateRequest::parse_der({data, size}));
  static_cast<void>(crypto::common_name_of({data, size}));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(crypto::CertificateRequest::parse_pem(text));

  static const crypto::PrivateKey key = crypto::PrivateKey::generate();
  const auto built = crypto::CertificateRequest::build(key, text);
  if (!built) return 0;
  const auto read = crypto::CertificateRequest::parse_der(*built);
  if (!read || read->untrusted_common_name() != text) std::abort();
  return 0;
}
