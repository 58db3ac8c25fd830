#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/ids/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/public_key/p256.h"
#include "crypto/x509/certificate_body.h"
#include "ledger/entry.h"

namespace fastness::vault {

using Serial = std::array<std::uint8_t, 16>;
using KeyId = std::array<std::uint8_t, 20>;

// The sixteen bytes that a board keeps. The top bits are fixed so that DER needs neither a leading
// zero nor the removal of one.
[[nodiscard]] Serial random_serial(Random& random);

// The name that every generation issues under: boards have it compiled in. Generations differ by
// their key identifier.
[[nodiscard]] Bytes device_issuer_name();

// When a certificate asked for at `now` begins: the last full hour, which is all that a board can
// store. Never on 29 February, for thirty-one years later there is none.
[[nodiscard]] Timestamp begin_of_validity(Timestamp now);

// Everything a device certificate says. A board rebuilds the one of profile `board` byte for byte
// out of serial, begin, key identifier and signature, so nothing may ever be added to it.
// `exhausted` if the profile is `board` and the begin is past 2031, the last year a board can
// store.
[[nodiscard]] Result<crypto::CertificateBody> device_certificate_body(
    DeviceId device, ledger::Profile profile, const crypto::PublicKey& key, const Serial& serial,
    Timestamp begin, const KeyId& issuer_key);

}  // namespace fastness::vault
