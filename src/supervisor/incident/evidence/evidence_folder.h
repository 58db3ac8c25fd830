#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "os/files/file_system.h"

namespace fastness::crypto {
class Sha256;
}

namespace fastness::supervisor {

// A directory of evidence that is being written: new, for its owner alone, and under its name only
// once it is whole. Until then it is DIRECTORY.partial, which goes with this object.
// Thread-compatible.
class EvidenceFolder {
 public:
  static constexpr const char* kManifest = "MANIFEST";

  // `already_exists` if there is anything under one of the two names. `files` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<EvidenceFolder>> create(
      os::FileSystem& files, const std::filesystem::path& directory);
  EvidenceFolder(const EvidenceFolder&) = delete;
  EvidenceFolder& operator=(const EvidenceFolder&) = delete;
  ~EvidenceFolder();

  // A file that is written piece by piece; one at a time, and ended before the folder is sealed.
  class File {
   public:
    File(File&&) noexcept;
    File& operator=(File&&) = delete;
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File();

    [[nodiscard]] Result<void> append(std::string_view text);
    [[nodiscard]] Result<void> end();

   private:
    friend class EvidenceFolder;
    File(EvidenceFolder& folder, std::string name, std::unique_ptr<os::File> file);

    EvidenceFolder& folder_;
    std::string name_;
    std::unique_ptr<os::File> file_;
    std::unique_ptr<crypto::Sha256> digest_;
    std::uint64_t size_ = 0;
  };
  // `already_exists` if the folder has such a file.
  [[nodiscard]] Result<File> begin(const std::string& name);
  // The whole of a file.
  [[nodiscard]] Result<void> add(const std::string& name, std::string_view text);

  // Writes MANIFEST, the SHA-256 of every file as sha256sum checks it, and gives the directory its
  // name. Returns the digest of MANIFEST, in hex.
  [[nodiscard]] Result<std::string> seal();

 private:
  EvidenceFolder(os::FileSystem& files, std::filesystem::path directory)
      : files_(files),
        directory_(std::move(directory)),
        partial_(directory_.string() + ".partial") {}

  os::FileSystem& files_;
  std::filesystem::path directory_;
  std::filesystem::path partial_;
  std::map<std::string, std::string> digests_;  // by name, in hex
  bool is_sealed_ = false;
};

}  // namespace fastness::supervisor
