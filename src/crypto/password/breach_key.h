#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace fastness::crypto {

using BreachKey = std::array<std::uint8_t, 20>;

// SHA-1 (FIPS 180-4) of a password: what lists of passwords from breaches are sorted by. It is a
// name to look up by and protects nothing: whoever has it guesses the password at full speed, so
// it is neither stored nor logged nor sent, and the caller overwrites it. Thread-safe.
[[nodiscard]] BreachKey breach_key(std::string_view password);

}  // namespace fastness::crypto
