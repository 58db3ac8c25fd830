#pragma once

#include <string>
#include <string_view>

#include "json/value.h"

namespace fastness::json {

// The text that a member of an object holds; empty if it has none, or something else. For what a
// program shows of an answer; what it decides by is read with ObjectReader.
[[nodiscard]] std::string text_in(const Value& object, std::string_view name);

}  // namespace fastness::json
