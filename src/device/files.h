// Files that are whole after a crash.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace fastness::device {

// "write /x: No space left on device", with the Errc that a caller can act on.
[[nodiscard]] Unexpected<Error> fail_with_errno(const std::string& what);

// `not_found` if there is no such file, `corrupted` if it is longer than `most`.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& file, std::size_t most);

// The file's whole content from now on, mode 0600: on the disk when this returns, or as before.
[[nodiscard]] Result<void> replace_file(const std::filesystem::path& file, std::string_view text);

// The same for a file that must not be there yet; `already_exists` if it is.
[[nodiscard]] Result<void> make_private_file(const std::filesystem::path& file,
                                             std::string_view text);

}  // namespace fastness::device
