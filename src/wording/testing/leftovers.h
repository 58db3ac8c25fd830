#pragma once

#include <string>

#include "wording/letter.h"

namespace fastness::wording::testing {

// What is not translated in a letter, for a test to show: a line that is alike in both languages
// and has more than one word, or a small word of one language that stands in the other. Empty if
// all is well. What is somebody's own words is no business of it.
[[nodiscard]] std::string leftovers(const Letter& letter);
[[nodiscard]] std::string leftovers(const Phrase& phrase);

}  // namespace fastness::wording::testing
