// What every operation of EST sends and receives (RFC 7030, 4.2; RFC 8951).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/access/policy.h"
#include "api/problem.h"
#include "base/bytes.h"
#include "crypto/x509/certificate.h"
#include "http/message.h"

namespace fastness::api::est {

// The DER of something, as base64 in lines.
[[nodiscard]] http::Response base64_body(std::string_view type, ByteView der);

// A certificate that was issued.
[[nodiscard]] http::Response certificate_body(const crypto::Certificate& certificate);

// The DER of the PKCS#10 request in the body, not parsed yet. 415 for another type, 413 past
// renewals.request_bytes, 400 for what is no base64.
[[nodiscard]] Result<Bytes, Problem> read_request(const Call& call);

// The signature of the key that a device has for the key that it asks for, as a header field in
// base64 (docs/decisions/0050). Nothing without the field; 400 for what is no base64.
inline constexpr std::string_view kOldKeySignature = "fastness-old-key-signature";
[[nodiscard]] Result<std::optional<Bytes>, Problem> read_old_key_signature(const Call& call);

// Whether the path's label, if it has one, is this organisation's id.
[[nodiscard]] bool is_label_of(const Call& call, OrganisationId organisation);

}  // namespace fastness::api::est
