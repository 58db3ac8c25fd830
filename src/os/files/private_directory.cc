#include "os/files/private_directory.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fastness::os {

Result<void> make_private_directory(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail_with_errno("make directory " + path);
  }
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat status {};
  if (!directory.is_open() || ::fstat(directory.number(), &status) != 0) {
    return fail_with_errno("open directory " + path);
  }
  if (status.st_uid != ::geteuid()) {
    return fail(Errc::permission_denied, path + " belongs to another user");
  }
  if ((status.st_mode & 077U) != 0) {
    return fail(Errc::permission_denied,
                "other users can enter " + path + "; run: chmod 700 " + path);
  }
  return {};
}

Result<void> give_to(const std::string& path, const User& user) {
  if (::lchown(path.c_str(), user.id, user.group) != 0) {
    return fail_with_errno("give " + path + " to " + user.name);
  }
  return {};
}

Result<DirectoryLock> DirectoryLock::take(const std::string& directory) {
  const std::string path = directory + "/lock";
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return fail_with_errno("open " + path);
  if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_with_errno("lock " + path);
    return fail(Errc::already_exists,
                "a Fastness is already running on " + directory + "; only one can use it");
  }
  return DirectoryLock(std::move(file));
}

Result<DirectoryLock> DirectoryLock::take_itself(const std::string& directory) {
  Descriptor itself(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (!itself.is_open()) return fail_with_errno("open " + directory);
  if (::flock(itself.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail_with_errno("lock " + directory);
    return fail(Errc::already_exists, "somebody works in " + directory + " already");
  }
  return DirectoryLock(std::move(itself));
}

}  // namespace fastness::os
