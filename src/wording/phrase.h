#pragma once

#include <string>
#include <string_view>

#include "wording/language.h"

namespace fastness::wording {

// The same words in every language, in UTF-8. It has no default of any member, so that one which is
// left out does not compile (-Wmissing-field-initializers is an error here).
struct Phrase {
  std::string en;
  std::string de;

  [[nodiscard]] const std::string& in(Language language) const;

  Phrase& operator+=(const Phrase& more);
  // What is alike in every language: a name, an address, a line's end.
  Phrase& operator+=(std::string_view alike);
};

[[nodiscard]] Phrase operator+(Phrase begin, const Phrase& more);
[[nodiscard]] Phrase operator+(Phrase begin, std::string_view alike);
[[nodiscard]] Phrase operator+(std::string_view alike, const Phrase& more);

// What is alike in every language, as a phrase.
[[nodiscard]] Phrase alike(std::string_view text);

}  // namespace fastness::wording
