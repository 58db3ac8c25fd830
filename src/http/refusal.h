// What a refusal of one of our APIs means to whoever receives it: the way back of api/problem.h.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace fastness::http {

// The Errc of a response that is no 2xx. `unavailable` for what only the server can put right.
[[nodiscard]] Errc error_code(unsigned status);

// `reason` as a person reads it. Half a sentence, such as "must be a number", is about `field`,
// which may be empty; a whole one stands alone.
[[nodiscard]] std::string refusal_sentence(std::string_view reason, std::string_view field);

}  // namespace fastness::http
