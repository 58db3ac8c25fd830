#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "base/result.h"

namespace fastness::hub {

// Whether the disk of the data directory, on which `place` lies, has `needed` bytes free. If not,
// `exhausted` says how much there is, and that `what` takes so much.
[[nodiscard]] Result<void> check_room(const std::filesystem::path& place, std::uint64_t needed,
                                      std::string_view what);

}  // namespace fastness::hub
