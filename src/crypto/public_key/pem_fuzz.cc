// Whatever is read as PEM must survive being written and read again.

#include <cstdint>
#include <cstdlib>

#include "crypto/public_key/pem.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(crypto::all_from_pem(crypto::kCertificateLabel, text));
  const auto der = crypto::from_pem(crypto::kCertificateLabel, text);
  if (!der) return 0;
  const auto again =
      crypto::from_pem(crypto::kCertificateLabel, crypto::to_pem(crypto::kCertificateLabel, *der));
  if (!again || *again != *der) std::abort();
  return 0;
}
