// What `fastness scan` asks git.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace fastness::cli {

// Runs git in this folder, without a shell, and gives `sink` what it prints, piece by piece. It has
// our environment: a hook is told by it which repository and which index. `not_found` if there is
// no git; `unavailable` if it fails, which it has said on standard error.
[[nodiscard]] Result<void> run_git(const std::vector<std::string>& arguments,
                                   const std::function<void(std::string_view)>& sink);

}  // namespace fastness::cli
