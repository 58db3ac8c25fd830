#include "os/files/file_stamp.h"

#include <cerrno>

#include <sys/stat.h>

#include "os/files/descriptor.h"

namespace fastness::os {

Result<FileStamp> FileStamp::of(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return fail(Errc::not_found, path + " does not exist");
    return fail_with_errno("look at " + path);
  }
  constexpr std::int64_t kSecond = 1'000'000'000;
  return FileStamp{found.st_dev, found.st_ino, static_cast<std::uint64_t>(found.st_size),
                   found.st_ctim.tv_sec * kSecond + found.st_ctim.tv_nsec};
}

}  // namespace fastness::os
