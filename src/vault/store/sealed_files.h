#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::os {
class File;
class FileSystem;
}  // namespace fastness::os

namespace fastness::vault {

// A directory of small files, each sealed (AES-256-GCM) under one key and bound to its name, so
// that none can be read, changed or put in another's place. Lives on one thread.
class SealedFiles {
 public:
  // Makes the directory if it is missing. `files` and `random` must outlive the object.
  [[nodiscard]] static Result<SealedFiles> open(os::FileSystem& files,
                                                std::filesystem::path directory,
                                                crypto::SecretBytes key, Random& random);

  // The same for somebody who only reads: makes nothing and tidies nothing up, and so does no harm
  // to a vault that is at work there.
  [[nodiscard]] static SealedFiles open_to_read(os::FileSystem& files,
                                                std::filesystem::path directory,
                                                crypto::SecretBytes key, Random& random);

  // `not_found` if there is no such file, `corrupted` if it is not what `write` made.
  [[nodiscard]] Result<crypto::SecretBytes> read(const std::string& name) const;
  // Replaces the file; after a power cut it holds the old contents or the new.
  [[nodiscard]] Result<void> write(const std::string& name, ByteView contents) const;
  // The same for keys that write themselves by `encode(ByteWriter&)`, in `kEncodedSize` bytes at
  // most: no copy of them is left in memory.
  template <typename Keys>
  [[nodiscard]] Result<void> write_keys(const std::string& name, const Keys& keys) const {
    Bytes encoded;
    encoded.reserve(Keys::kEncodedSize);  // growing would leave copies behind
    ByteWriter out(encoded);
    keys.encode(out);
    const crypto::SecretBytes secret = crypto::SecretBytes::take(encoded);
    return write(name, secret.reveal());
  }
  // The file as it is now, open, for `overwrite` once another has its name. Errors of opening it.
  [[nodiscard]] Result<std::unique_ptr<os::File>> hold(const std::string& name) const;
  // The names of all files, sorted.
  [[nodiscard]] Result<std::vector<std::string>> names() const;
  // Overwrites the file, then removes it. Not an error if there is none. After a power cut it is
  // there or gone; what was begun the next open() ends.
  [[nodiscard]] Result<void> destroy(const std::string& name) const;

 private:
  SealedFiles(os::FileSystem& files, std::filesystem::path directory, crypto::SecretBytes key,
              Random& random)
      : files_(&files), directory_(std::move(directory)), key_(std::move(key)), random_(&random) {}

  os::FileSystem* files_;  // pointers, so that the object can be moved; both outlive it
  std::filesystem::path directory_;
  crypto::SecretBytes key_;
  Random* random_;
};

// Overwrites the file, then removes it, for good. Not an error if there is none. The file system or
// the disk may keep the old blocks all the same: no secret is safe in a file that only this undoes.
[[nodiscard]] Result<void> destroy_file(os::FileSystem& files, const std::filesystem::path& path);

// Overwrites what an open file holds, which may have lost its name to another file.
[[nodiscard]] Result<void> overwrite(os::File& file);

}  // namespace fastness::vault
