// Where our strict reader and OpenSSL's both accept a certificate, they must read the same in it.

#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <openssl/bn.h>
#include <openssl/x509.h>

#include "crypto/x509/certificate.h"

namespace {

using fastness::crypto::Certificate;

bool same_serial(const Certificate& ours, const X509* reference) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(reference), nullptr);
  fastness::Bytes bytes(ours.serial().size());
  const bool same =
      number != nullptr &&
      BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size())) >= 0 &&
      std::equal(bytes.begin(), bytes.end(), ours.serial().begin(), ours.serial().end());
  BN_free(number);
  return same;
}

bool same_time(fastness::Timestamp ours, const ASN1_TIME* reference) {
  std::tm parts{};
  return ASN1_TIME_to_tm(reference, &parts) == 1 &&
         fastness::Timestamp(std::chrono::seconds(timegm(&parts))) == ours;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto certificate = Certificate::parse({data, size});
  if (!certificate) return 0;
  static_cast<void>(certificate->public_key());
  const std::uint8_t* cursor = data;
  // OpenSSL looks deeper into keys and strings, so it may refuse what we accept.
  X509* reference = d2i_X509(nullptr, &cursor, static_cast<long>(size));
  if (reference == nullptr) return 0;
  if (!same_serial(*certificate, reference) ||
      !same_time(certificate->not_before(), X509_get0_notBefore(reference)) ||
      !same_time(certificate->not_after(), X509_get0_notAfter(reference))) {
    std::abort();
  }
  X509_free(reference);
  return 0;
}
