#pragma once

#include <span>
#include <string>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace fastness::config {

// Why `app` does not take these words, in one sentence with what was most likely meant: the first
// command or option that it does not know, or the command that is missing. Empty if neither is the
// trouble. `words` are without the program's own name.
[[nodiscard]] std::string explain_unknown(const CLI::App& app, std::span<const std::string> words);

}  // namespace fastness::config
