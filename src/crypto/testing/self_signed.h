#pragma once

#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "crypto/public_key/p256.h"
#include "crypto/x509/certificate_body.h"

namespace fastness::crypto::testing {

// The DER of a certificate for `key` that `signer` signed; signed by `key` it is what
// `openssl req -x509` makes.
inline Bytes certificate_by(const PrivateKey& signer, const PublicKey& key, const std::string& name,
                            Timestamp not_before, Timestamp not_after) {
  CertificateBody body;
  body.serial = {0x41};
  body.issuer = encode_name({{NameAttribute::common_name, name}}).value();
  body.subject = body.issuer;
  body.not_before = not_before;
  body.not_after = not_after;
  body.spki = key.to_spki();
  body.extensions = {end_entity_extension()};
  const Bytes tbs = body.to_tbs();
  return assemble_certificate(tbs, signer.sign(tbs));
}

inline Bytes self_signed(const PrivateKey& key, const std::string& name, Timestamp not_before,
                         Timestamp not_after) {
  return certificate_by(key, key.public_key(), name, not_before, not_after);
}

}  // namespace fastness::crypto::testing
