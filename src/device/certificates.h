// What a device reads and writes of X.509, by OpenSSL.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "device/key_holder.h"

namespace fastness::device {

// What a device looks at in a certificate of its own.
struct CertificateFacts {
  std::string common_name;
  Bytes public_key;  // SubjectPublicKeyInfo, DER
  Timestamp not_after{};
  std::array<std::uint8_t, 32> digest{};  // SHA-256 of the whole
};

// `corrupted` for what is no certificate, whole and alone.
[[nodiscard]] Result<CertificateFacts> read_certificate(ByteView untrusted_der);
[[nodiscard]] Result<Bytes> certificate_from_pem(std::string_view pem);
[[nodiscard]] std::string certificate_to_pem(ByteView der);

// Whether a certificate is one for this device and this key, and not over. `corrupted` if not:
// whoever sent it did not mean this device. Who signed it is for servers to say: no device shows a
// certificate to anybody else.
[[nodiscard]] Result<void> check_is_own(const CertificateFacts& facts, std::string_view device_id,
                                        const KeyHolder& key, Timestamp now);

// Whether a certificate, PEM, is for this key: which of two keys goes with it while the device
// changes its key. False for what is no certificate.
[[nodiscard]] bool is_for(std::string_view certificate_pem, const KeyHolder& key);

// A PKCS#10 request for this device, signed by its key; DER. Errors as KeyHolder::sign.
[[nodiscard]] Result<Bytes> build_request(const KeyHolder& key, std::string_view device_id);
// Whether a request that was kept is for this device and key.
[[nodiscard]] bool is_request_of(ByteView der, const KeyHolder& key, std::string_view device_id);

// The only certificate in a certs-only CMS message (RFC 5751, 3.2.2), DER. `corrupted` for anything
// else.
[[nodiscard]] Result<Bytes> only_certificate_in(ByteView untrusted_message);

// A part of a length of time: the same for one certificate, and spread evenly for many.
[[nodiscard]] std::int64_t part_of(std::string_view certificate_pem, std::int64_t length);

// SHA-256.
[[nodiscard]] std::array<std::uint8_t, 32> digest_of(ByteView bytes);

}  // namespace fastness::device
