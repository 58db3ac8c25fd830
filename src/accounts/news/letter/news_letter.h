// What a person is told of their own account: what happened, and what to do if it was not them. No
// secret, nothing that signs anybody in, and nothing in a stranger's words. Pure.
#pragma once

#include <string>
#include <vector>

#include "accounts/news/news.h"
#include "wording/letter.h"

namespace fastness::accounts {

// `console` is where the console is reached, with a slash at its end; empty if nowhere. One piece
// of news has a letter of its own, more have one that lists them. Precondition: there is one.
[[nodiscard]] wording::Letter letter_about(const std::vector<WaitingNews>& news,
                                           const std::string& console);

}  // namespace fastness::accounts
