#pragma once

#include <string_view>

#include "crypto/public_key/p256.h"
#include "crypto/x509/certificate.h"
#include "roots/profile.h"
#include "roots/root_set.h"

namespace fastness::roots::testing {

// A root whose key a test has in its hands.
struct TestRoot {
  crypto::PrivateKey key;
  crypto::Certificate certificate;

  [[nodiscard]] static TestRoot make(Timestamp now, std::string_view role = kStandbyRole) {
    crypto::PrivateKey key = crypto::PrivateKey::generate();
    const Bytes tbs = root_body(role, key.public_key(), Bytes(16, 0x41), now).value().to_tbs();
    const Bytes der = crypto::assemble_certificate(tbs, key.sign(tbs));
    return {std::move(key), crypto::Certificate::parse(der).value()};
  }

  // By which this root vouches for the other's key (RFC 4210, 4.4).
  [[nodiscard]] Bytes vouch_for(const TestRoot& other, Timestamp now) const {
    auto body = root_body(kStandbyRole, other.key.public_key(), Bytes(16, 0x42), now).value();
    body.issuer = to_bytes(certificate.subject());
    const Bytes tbs = body.to_tbs();
    return crypto::assemble_certificate(tbs, key.sign(tbs));
  }
};

[[nodiscard]] inline RootSet set_of(std::uint32_t number, const TestRoot& active,
                                    const TestRoot& standby) {
  return RootSet::make(number, active.certificate.der(), standby.certificate.der()).value();
}

// The document by which `next` follows `previous`, signed by whoever is given.
[[nodiscard]] inline Bytes document_for(const RootSet& next, std::uint32_t previous_number,
                                        const TestRoot& as_active, const TestRoot& as_standby,
                                        Timestamp not_before) {
  const Bytes statement = root_set_statement(next, previous_number, not_before);
  return root_set_document(statement, as_active.key.sign(statement),
                           as_standby.key.sign(statement));
}

}  // namespace fastness::roots::testing
