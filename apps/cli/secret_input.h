#pragma once

#include <string>

#include "base/result.h"

namespace fastness::cli {

// A secret, which is never an argument: other users of the machine see those. From `file`, from
// standard input ("-"), or, if `file` is empty, typed unseen. `option` is what names a file, for
// whoever has no terminal to be asked at.
[[nodiscard]] Result<std::string> read_secret(const std::string& file, const char* prompt,
                                              const char* option);

}  // namespace fastness::cli
