#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "crypto/x509/certificate.h"
#include "vault_ipc/messages/messages.h"

namespace fastness::identity {

// The parts from which a board rebuilds its own certificate: what fits into two slots of a secure
// element. Texts are what Arduino's provisioning tools read.
struct CompressedCertificate {
  std::string serial;                    // 32 hexadecimal digits
  std::string authority_key_identifier;  // 40
  std::string not_before;                // RFC 3339, whole hours
  std::string not_after;
  std::string signature;    // 128: r, then s
  std::string signature_r;  // 64, padded on the left
  std::string signature_s;  // 64
};

// The same facts of any certificate, whether or not a board could rebuild it from them.
[[nodiscard]] CompressedCertificate parts_of(const crypto::Certificate& certificate);

// The parts of a certificate of profile `board`. `invalid_argument` if it is not one.
[[nodiscard]] Result<CompressedCertificate> compress(const crypto::Certificate& certificate);

// A certificate as owners see and download it.
struct IssuedCertificate {
  crypto::Certificate certificate;
  vault_ipc::LedgerEntry entry;
  std::string chain_pem;   // of the generation that signed it
  std::string checkpoint;  // signed; covers the entry
};

// One row of a device's certificates.
struct CertificateRecord {
  crypto::Digest fingerprint{};
  Bytes der;  // empty if the hub never received it
  vault_ipc::LedgerEntry entry;
  std::optional<Timestamp> revoked_at;
};

}  // namespace fastness::identity
