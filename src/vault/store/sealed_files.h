#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/secret/secret_bytes.h"

namespace fastness::os {
class FileSystem;
}

namespace fastness::vault {

// A directory of small files, each sealed (AES-256-GCM) under one key and bound to its name, so
// that none can be read, changed or put in another's place. Lives on one thread.
class SealedFiles {
 public:
  // Makes the directory if it is missing. `files` and `random` must outlive the object.
  [[nodiscard]] static Result<SealedFiles> open(os::FileSystem& files,
                                                std::filesystem::path directory,
                                                crypto::SecretBytes key, Random& random);

  // `not_found` if there is no such file, `corrupted` if it is not what `write` made.
  [[nodiscard]] Result<crypto::SecretBytes> read(const std::string& name) const;
  // Replaces the file; after a power cut it holds the old contents or the new.
  [[nodiscard]] Result<void> write(const std::string& name, ByteView contents) const;
  // Overwrites the file, then removes it. Not an error if there is none.
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

}  // namespace fastness::vault
