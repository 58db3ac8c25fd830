#pragma once

#include <string>
#include <string_view>

#include "wording/phrase.h"

namespace fastness::accounts {

// What a person calls the browser that sends this User-Agent: "Firefox on Linux". Of foreign text
// nothing is kept, only which of our words fit: "another program" if none does.
[[nodiscard]] std::string browser_name(std::string_view raw_user_agent);

// Whether what browser_name gave twice may be one and the same browser, on whatever system: one on
// a telephone that asks for a page as desktops see it says that it is on another.
[[nodiscard]] bool is_one_browser(std::string_view one, std::string_view other);

// What browser_name gave, after "with" in a letter: "Firefox on Linux", "Firefox unter Linux".
[[nodiscard]] wording::Phrase browser_phrase(std::string_view name);

}  // namespace fastness::accounts
