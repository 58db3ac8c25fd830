#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace fastness::client {

// A text as a QR code for a terminal: two modules a character, dark on light whatever the
// terminal's colours are, with the quiet border that readers want. `invalid_argument` for a text
// that is empty or too long for one.
[[nodiscard]] Result<std::string> qr_for_terminal(std::string_view text);

}  // namespace fastness::client
