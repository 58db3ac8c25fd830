#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace fastness::os {

// Tells one state of a file from another without reading it: putting another file in its place, or
// writing to it, changes the stamp.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t changed = 0;  // nanoseconds of the kernel's clock

  // `not_found` if there is no such file.
  [[nodiscard]] static Result<FileStamp> of(const std::string& path);

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

}  // namespace fastness::os
