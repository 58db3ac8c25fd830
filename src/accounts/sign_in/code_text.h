// How random codes are written for people, and read when people type them.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace fastness::accounts {

// Base32 (RFC 4648) in groups of four: "7QXK-2MHD-…". Of a multiple of five bytes.
[[nodiscard]] std::string to_code_text(ByteView secret);

// What was typed, without the spaces and dashes that people read it by, in upper case; of the first
// 64 bytes.
[[nodiscard]] std::string plain_code(std::string_view raw_code);

}  // namespace fastness::accounts
