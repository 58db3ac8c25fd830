// What is believed was signed. One authority, by a key that is known here, has signed the answers
// of the corpus; all of them count at the same times, so whatever is believed does.

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "crypto/ocsp/verified_status.h"
#include "crypto/testing/status_issuer.h"

namespace {

constexpr std::string_view kKeyOfAnswers =
    "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b02010104208102d3cca1858ad3"
    "f408b7c290cac281b19c63f1aa9e03a70fe920dbff6968a7a14403420004748d942b38be0e411828c247c434"
    "67f01e912cfbff9aff5f7e01e5afde88b02a06d2271aa0412d9802bf40286f039984ad0a07aa553cbd7d7319"
    "00133d4610bf";

struct FuzzedAuthority {
  static fastness::crypto::PrivateKey key() {
    fastness::Bytes der = fastness::from_hex(kKeyOfAnswers).value();
    return fastness::crypto::PrivateKey::from_pkcs8(fastness::crypto::SecretBytes::take(der))
        .value();
  }

  const fastness::Timestamp now =
      fastness::Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 12 / 2)) +
      std::chrono::hours(9);
  const fastness::Timestamp from = now - std::chrono::hours(6);
  const fastness::Timestamp until = now + std::chrono::hours(18);
  const fastness::crypto::testing::StatusIssuer issuer{now, key()};
  const fastness::Bytes leaf = issuer.issue(key().public_key().to_spki(), 1);
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FuzzedAuthority kAuthority;
  const auto status = fastness::crypto::VerifiedStatus::verify(
      {data, size}, kAuthority.leaf, kAuthority.issuer.certificate(), kAuthority.now);
  if (!status) return 0;
  const bool is_as_signed = status->from() == kAuthority.from &&
                            status->until() == kAuthority.until &&
                            std::ranges::equal(status->der(), fastness::ByteView(data, size));
  if (!is_as_signed) std::abort();
  return 0;
}
