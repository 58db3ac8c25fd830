#include "storage/disk_room.h"

#include <string>

#include "os/files/disk_space.h"

namespace fastness::hub {
namespace {

std::string in_megabytes(std::uint64_t bytes) {
  return std::to_string(bytes / 1'000'000 + 1) + " MB";
}

}  // namespace

Result<void> check_room(const std::filesystem::path& place, std::uint64_t needed,
                        std::string_view what) {
  FASTNESS_ASSIGN_OR_RETURN(const os::DiskSpace disk, os::disk_space(place));
  if (disk.free_bytes >= needed) return {};
  return fail(Errc::exhausted, "the disk of the data directory has " +
                                   in_megabytes(disk.free_bytes) + " free, and " +
                                   std::string(what) + " takes " + in_megabytes(needed));
}

}  // namespace fastness::hub
