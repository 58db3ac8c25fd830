#include "identity/issued_certificate.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "crypto/x509/certificate_body.h"

namespace fastness::identity {
namespace {

constexpr std::size_t kSerialSize = 16;
constexpr std::size_t kKeyIdSize = 20;

// RFC 3339, whole seconds.
std::string to_text(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time - day).count();
  std::array<char, 32> text{};
  static_cast<void>(
      std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                    static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                    static_cast<unsigned>(date.day()), static_cast<int>(seconds / 3600),
                    static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60)));
  return text.data();
}

// As many bytes as a serial number may have at most; DER leaves leading zeros out.
Bytes padded_serial(ByteView serial) {
  Bytes padded(serial.size() < kSerialSize ? kSerialSize - serial.size() : 0, 0);
  padded.insert(padded.end(), serial.begin(), serial.end());
  return padded;
}

// What a board would sign-check after putting its parts together again.
Bytes rebuild_tbs(const crypto::Certificate& certificate, ByteView padded_serial) {
  crypto::CertificateBody body;
  body.serial = to_bytes(padded_serial);
  body.issuer = to_bytes(certificate.issuer());
  body.not_before = certificate.not_before();
  body.not_after = certificate.not_after();
  body.subject = to_bytes(certificate.subject());
  body.spki = to_bytes(certificate.spki());
  body.extensions = {crypto::authority_key_id_extension(certificate.authority_key_id())};
  return body.to_tbs();
}

}  // namespace

Result<CompressedCertificate> compress(const crypto::Certificate& certificate) {
  const ByteView serial = certificate.serial();
  if (serial.size() > kSerialSize || certificate.authority_key_id().size() != kKeyIdSize ||
      std::chrono::floor<std::chrono::hours>(certificate.not_before()) !=
          certificate.not_before()) {
    return fail(Errc::invalid_argument, "not a certificate that boards can rebuild");
  }
  if (!std::ranges::equal(rebuild_tbs(certificate, padded_serial(serial)), certificate.tbs())) {
    return fail(Errc::invalid_argument, "a certificate with more in it than boards rebuild");
  }
  return parts_of(certificate);
}

CompressedCertificate parts_of(const crypto::Certificate& certificate) {
  CompressedCertificate parts;
  parts.serial = to_hex(padded_serial(certificate.serial()));
  parts.authority_key_identifier = to_hex(certificate.authority_key_id());
  parts.not_before = to_text(certificate.not_before());
  parts.not_after = to_text(certificate.not_after());
  parts.signature_r = to_hex(certificate.signature().r);
  parts.signature_s = to_hex(certificate.signature().s);
  parts.signature = parts.signature_r + parts.signature_s;
  return parts;
}

}  // namespace fastness::identity
