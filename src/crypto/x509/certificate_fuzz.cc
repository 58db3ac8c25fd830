// What our strict reader accepts, OpenSSL's must accept too and read alike.

#include <cstdint>
#include <cstdlib>

#include <openssl/x509.h>

#include "crypto/x509/certificate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto certificate = fastness::crypto::Certificate::parse({data, size});
  if (!certificate) return 0;
  static_cast<void>(certificate->public_key());
  const std::uint8_t* cursor = data;
  X509* reference = d2i_X509(nullptr, &cursor, static_cast<long>(size));
  // OpenSSL decodes keys, names and strings deeper than we need to, so it may refuse more.
  if (reference != nullptr) {
    std::uint8_t* tbs = nullptr;
    const int tbs_size = i2d_re_X509_tbs(reference, &tbs);
    const auto ours = certificate->tbs();
    if (tbs_size < 0 || !std::equal(ours.begin(), ours.end(), tbs, tbs + tbs_size)) std::abort();
    OPENSSL_free(tbs);
  }
  X509_free(reference);
  return 0;
}
