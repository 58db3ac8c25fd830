#pragma once

#include <string>
#include <string_view>

#include "wording/phrase.h"

namespace fastness::accounts {

// What a person calls the browser that sends this User-Agent: "Firefox on Linux". Of foreign text
// nothing is kept, only which of our words fit: "another program" if none does.
[[nodiscard]] std::string browser_name(std::string_view raw_user_agent);

// What browser_name gave, after "with" in a letter: "Firefox on Linux", "Firefox unter Linux".
[[nodiscard]] wording::Phrase browser_phrase(std::string_view name);

}  // namespace fastness::accounts
