#pragma once

#include <string>

#include "os/confinement/process_hardening.h"
#include "os/files/descriptor.h"

namespace fastness::os {

// Makes `path` with mode 0700, or checks that what is there is a directory of this user which no
// other can enter; `permission_denied` says how to put it right. Its parent must exist.
[[nodiscard]] Result<void> make_private_directory(const std::string& path);

// Gives the directory itself, not what is in it, to `user`. Only root can.
[[nodiscard]] Result<void> give_to(const std::string& path, const User& user);

// Holds a directory for one process at a time, by a lock on the file `lock` in it, which the kernel
// drops when the process ends in any way.
class DirectoryLock {
 public:
  // `already_exists` if another process holds it.
  [[nodiscard]] static Result<DirectoryLock> take(const std::string& directory);

  // The same by a lock on the directory itself, so that nothing is written to a directory of
  // another user, and nothing in it trusted. The two kinds know nothing of each other.
  [[nodiscard]] static Result<DirectoryLock> take_itself(const std::string& directory);

  // What is locked: with take_itself the directory, to open files in.
  [[nodiscard]] const Descriptor& descriptor() const { return file_; }

 private:
  explicit DirectoryLock(Descriptor file) : file_(std::move(file)) {}

  Descriptor file_;
};

}  // namespace fastness::os
