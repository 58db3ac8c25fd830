#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace fastness::crypto {

// RFC 7468, strict form, 64 characters a line. `label` is what stands after BEGIN.
[[nodiscard]] std::string to_pem(std::string_view label, ByteView der);

// The first block of that label in the text; other blocks and text around them are skipped, line
// ends may be CRLF, lines of any length. `not_found` without such a block, `invalid_argument` if
// it is malformed.
[[nodiscard]] Result<Bytes> from_pem(std::string_view label, std::string_view untrusted_text);

// All blocks of that label, in order; none is not an error.
[[nodiscard]] Result<std::vector<Bytes>> all_from_pem(std::string_view label,
                                                      std::string_view untrusted_text);

inline constexpr std::string_view kCertificateLabel = "CERTIFICATE";
inline constexpr std::string_view kCertificateRequestLabel = "CERTIFICATE REQUEST";
inline constexpr std::string_view kPrivateKeyLabel = "PRIVATE KEY";

}  // namespace fastness::crypto
