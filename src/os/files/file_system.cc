#include "os/files/file_system.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/files/descriptor.h"

namespace fastness::os {
namespace {

Unexpected<Error> system_failure(std::string_view what, const std::filesystem::path& path,
                                 int number) {
  const auto code = [number] {
    switch (number) {
      case ENOENT:
        return Errc::not_found;
      case EEXIST:
        return Errc::already_exists;
      case EACCES:
      case EPERM:
      case EROFS:
        return Errc::permission_denied;
      case ENOSPC:
      case EDQUOT:
      case EFBIG:
        return Errc::exhausted;
      default:
        return Errc::unavailable;
    }
  }();
  return fail(code, std::string(what) + " " + path.string() + ": " +
                        std::system_category().message(number));
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::filesystem::path path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const ssize_t count = ::pread(descriptor_.number(), out.data() + done, out.size() - done,
                                    static_cast<off_t>(offset + done));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_failure("cannot read", path_, errno);
      if (count == 0) break;
      done += static_cast<std::size_t>(count);
    }
    return done;
  }

  Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
    while (!bytes.empty()) {
      const ssize_t count =
          ::pwrite(descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return system_failure("cannot write", path_, errno);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
      offset += static_cast<std::uint64_t>(count);
    }
    return {};
  }

  Result<void> preallocate(std::uint64_t size) override {
    int number = 0;
    do {  // returns its error instead of setting errno
      number = ::posix_fallocate(descriptor_.number(), 0, static_cast<off_t>(size));
    } while (number == EINTR);
    if (number != 0) return system_failure("cannot take space for", path_, number);
    return {};
  }

  Result<void> truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_.number(), static_cast<off_t>(size)) != 0) {
      return system_failure("cannot cut", path_, errno);
    }
    return {};
  }

  Result<void> sync_data() override {
    if (::fdatasync(descriptor_.number()) != 0) return system_failure("cannot sync", path_, errno);
    return {};
  }

  Result<std::uint64_t> size() override {
    struct stat status {};
    if (::fstat(descriptor_.number(), &status) != 0) {
      return system_failure("cannot ask the size of", path_, errno);
    }
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  Descriptor descriptor_;
  std::filesystem::path path_;
};

int flags_of(OpenMode mode) {
  switch (mode) {
    case OpenMode::read:
      return O_RDONLY;
    case OpenMode::read_write:
      return O_RDWR;
    case OpenMode::create_new:
      return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

}  // namespace

Result<std::unique_ptr<File>> PosixFileSystem::open(const std::filesystem::path& path,
                                                    OpenMode mode) {
  Descriptor descriptor(::open(path.c_str(), flags_of(mode) | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (descriptor.number() < 0) return system_failure("cannot open", path, errno);
  return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(descriptor), path));
}

Result<void> PosixFileSystem::rename(const std::filesystem::path& from,
                                     const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return system_failure("cannot rename", from, errno);
  return {};
}

Result<void> PosixFileSystem::remove(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) != 0) return system_failure("cannot remove", path, errno);
  return {};
}

Result<void> PosixFileSystem::create_directory(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return system_failure("cannot make the directory", path, errno);
  }
  return {};
}

Result<void> PosixFileSystem::sync_directory(const std::filesystem::path& path) {
  const Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.number() < 0) return system_failure("cannot open", path, errno);
  if (::fsync(directory.number()) != 0) return system_failure("cannot sync", path, errno);
  return {};
}

Result<std::vector<std::string>> PosixFileSystem::list(const std::filesystem::path& directory) {
  std::error_code code;
  std::filesystem::directory_iterator entries(directory, code);
  std::vector<std::string> names;
  for (; !code && entries != std::filesystem::directory_iterator(); entries.increment(code)) {
    names.push_back(entries->path().filename().string());
  }
  if (code) return system_failure("cannot list", directory, code.value());
  std::ranges::sort(names);
  return names;
}

Result<Bytes> read_file(FileSystem& files, const std::filesystem::path& path,
                        std::size_t max_bytes) {
  FASTNESS_ASSIGN_OR_RETURN(const auto file, files.open(path, OpenMode::read));
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t size, file->size());
  if (size > max_bytes) {
    return fail(Errc::exhausted,
                path.string() + " is larger than " + std::to_string(max_bytes) + " bytes");
  }
  Bytes bytes(static_cast<std::size_t>(size));
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t count, file->read_at(0, bytes));
  bytes.resize(count);
  return bytes;
}

Result<void> replace_file(FileSystem& files, const std::filesystem::path& path, ByteView bytes) {
  const std::filesystem::path fresh = path.string() + ".new";
  if (auto removed = files.remove(fresh);  // what a power cut may have left
      !removed && removed.error().code != Errc::not_found) {
    return removed;
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto file, files.open(fresh, OpenMode::create_new));
  FASTNESS_RETURN_IF_ERROR(file->write_at(0, bytes));
  FASTNESS_RETURN_IF_ERROR(file->sync_data());
  FASTNESS_RETURN_IF_ERROR(files.rename(fresh, path));
  return files.sync_directory(path.parent_path());
}

}  // namespace fastness::os
