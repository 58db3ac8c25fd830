#include "os/files/disk_space.h"

#include <sys/statvfs.h>

#include "os/files/descriptor.h"

namespace fastness::os {

Result<DiskSpace> disk_space(const std::filesystem::path& path) {
  struct statvfs found {};
  if (::statvfs(path.c_str(), &found) != 0) {
    return fail_with_errno("look for room at " + path.string());
  }
  return DiskSpace{std::uint64_t{found.f_bavail} * found.f_frsize,
                   std::uint64_t{found.f_blocks} * found.f_frsize};
}

}  // namespace fastness::os
