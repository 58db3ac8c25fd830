#pragma once

#include <string_view>

namespace fastness::mqtt {

// Whether `text` may stand in a packet as a UTF-8 encoded string (MQTT 5.0, 1.5.4): well-formed,
// shortest spelling, no surrogates, no U+0000. We also use the right to refuse control characters
// and non-characters, so that no name a client chose can disturb a terminal or a log. Length is
// not looked at.
[[nodiscard]] bool is_permitted_utf8(std::string_view text);

}  // namespace fastness::mqtt
