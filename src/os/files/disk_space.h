#pragma once

#include <cstdint>
#include <filesystem>

#include "base/result.h"

namespace fastness::os {

struct DiskSpace {
  std::uint64_t free_bytes;  // for us: what is kept for root does not count
  std::uint64_t bytes;
};

// Of the file system that holds `path`.
[[nodiscard]] Result<DiskSpace> disk_space(const std::filesystem::path& path);

}  // namespace fastness::os
