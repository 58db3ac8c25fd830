#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace fastness::os {

// One open file, closed when destroyed. Thread-compatible. Errors of all calls: `exhausted` when
// the disk or a quota is full, else `unavailable`.
class File {
 public:
  virtual ~File() = default;

  // Fills `out` from `offset`. Returns how many bytes there were: fewer only at the end of the
  // file.
  [[nodiscard]] virtual Result<std::size_t> read_at(std::uint64_t offset,
                                                    std::span<std::uint8_t> out) = 0;

  // Writes all of `bytes`, growing the file if need be. On failure any part may be written.
  [[nodiscard]] virtual Result<void> write_at(std::uint64_t offset, ByteView bytes) = 0;

  // Takes the space for `size` bytes now, so that writes below it cannot run out of disk. Never
  // shrinks; new bytes read as zero.
  [[nodiscard]] virtual Result<void> preallocate(std::uint64_t size) = 0;

  [[nodiscard]] virtual Result<void> truncate(std::uint64_t size) = 0;

  // On success everything written to this file survives a power cut. After a failure it is unknown
  // what does, and a second call may claim success falsely: write the data elsewhere.
  [[nodiscard]] virtual Result<void> sync_data() = 0;

  [[nodiscard]] virtual Result<std::uint64_t> size() = 0;
};

enum class OpenMode {
  read,        // fails with `not_found` if there is no such file
  read_write,  // the same
  create_new,  // fails with `already_exists` if there is one; mode 0600
};

// The directory tree, as far as data that must survive power cuts needs it: the seam through which
// tests break the disk. Thread-safe. A name that was created, renamed or removed survives a power
// cut only after sync_directory on the directory that holds it. Errors not named:
// `permission_denied`, `exhausted` when the disk is full, else `unavailable`.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  [[nodiscard]] virtual Result<std::unique_ptr<File>> open(const std::filesystem::path& path,
                                                           OpenMode mode) = 0;
  // Replaces `to` if it exists. Atomic: a power cut leaves the old or the new file.
  [[nodiscard]] virtual Result<void> rename(const std::filesystem::path& from,
                                            const std::filesystem::path& to) = 0;
  // `not_found` if there is no such file.
  [[nodiscard]] virtual Result<void> remove(const std::filesystem::path& path) = 0;
  // Makes the directory with mode 0700. Not an error if it exists; its parent must.
  [[nodiscard]] virtual Result<void> create_directory(const std::filesystem::path& path) = 0;
  [[nodiscard]] virtual Result<void> sync_directory(const std::filesystem::path& path) = 0;
  // The names in the directory, sorted, without "." and "..".
  [[nodiscard]] virtual Result<std::vector<std::string>> list(
      const std::filesystem::path& directory) = 0;
};

// The whole file. `not_found` if there is none, `exhausted` if it is larger than `max_bytes`.
[[nodiscard]] Result<Bytes> read_file(FileSystem& files, const std::filesystem::path& path,
                                      std::size_t max_bytes);

// Puts `bytes` where `path` is: after a power cut at any moment the file holds the old contents or
// the new ones, whole; after success, the new ones. Uses `path` + ".new" on the way.
[[nodiscard]] Result<void> replace_file(FileSystem& files, const std::filesystem::path& path,
                                        ByteView bytes);

// The real one: close-on-exec descriptors, no symbolic link at the end of a path, fdatasync.
class PosixFileSystem final : public FileSystem {
 public:
  [[nodiscard]] Result<std::unique_ptr<File>> open(const std::filesystem::path& path,
                                                   OpenMode mode) override;
  [[nodiscard]] Result<void> rename(const std::filesystem::path& from,
                                    const std::filesystem::path& to) override;
  [[nodiscard]] Result<void> remove(const std::filesystem::path& path) override;
  [[nodiscard]] Result<void> create_directory(const std::filesystem::path& path) override;
  [[nodiscard]] Result<void> sync_directory(const std::filesystem::path& path) override;
  [[nodiscard]] Result<std::vector<std::string>> list(
      const std::filesystem::path& directory) override;
};

}  // namespace fastness::os
