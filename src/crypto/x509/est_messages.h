// What EST servers answer with (RFC 7030, 8951), as DER; on the wire it is base64.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace fastness::crypto {

// A certs-only CMS message (RFC 7030, 4.1.3 and 4.2.3): SignedData without content and without
// signers. It is a set, so the order of the certificates says nothing.
[[nodiscard]] Bytes certs_only_message(std::vector<Bytes> certificates);

// The certificates of such a message, as DER; what else may be in it is passed over.
// `invalid_argument` if it is malformed.
[[nodiscard]] Result<std::vector<Bytes>> read_certs_only(ByteView untrusted_message);

// What a request must be like (RFC 7030, 4.5.2; RFC 8951, 3.3): a P-256 key, ecdsa-with-SHA256.
[[nodiscard]] Bytes request_attributes();

}  // namespace fastness::crypto
