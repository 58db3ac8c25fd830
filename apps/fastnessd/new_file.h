// A file that a command writes.
#pragma once

#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/result.h"
#include "os/files/descriptor.h"
#include "os/files/file_system.h"

namespace fastness {

// A file that has its name when it is whole. Until then it has another, and is removed unless it is
// kept; what a killed command leaves is never taken for a file of its kind.
class NewFile {
 public:
  static Result<NewFile> create(const std::string& path) {
    std::error_code failed;
    if (std::filesystem::exists(std::filesystem::symlink_status(path, failed))) {
      return fail(Errc::already_exists, path + " exists: name a new file");
    }
    const std::string partial = path + ".partial";
    os::Descriptor file(
        ::open(partial.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open() && errno == EEXIST) {
      return fail(Errc::already_exists,
                  partial + " is left of a command that was cut off, or still runs: remove it");
    }
    if (!file.is_open()) return os::fail_with_errno("make " + partial);
    return NewFile(path, std::move(file));
  }
  NewFile(NewFile&& other) noexcept
      : path_(std::exchange(other.path_, {})), file_(std::move(other.file_)) {}
  NewFile& operator=(NewFile&&) = delete;
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!path_.empty()) ::unlink(partial().c_str());
  }

  [[nodiscard]] const os::Descriptor& descriptor() const { return file_; }

  [[nodiscard]] Result<void> keep() {
    os::PosixFileSystem files;
    FASTNESS_RETURN_IF_ERROR(files.rename(partial(), path_));
    const std::string path = std::exchange(path_, {});
    return files.sync_directory(std::filesystem::path(path).parent_path());
  }

 private:
  NewFile(std::string path, os::Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}
  [[nodiscard]] std::string partial() const { return path_ + ".partial"; }

  std::string path_;
  os::Descriptor file_;
};

}  // namespace fastness
