#include "supervisor/incident/evidence/evidence_folder.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/digest.h"
#include "os/files/descriptor.h"

namespace fastness::supervisor {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOwnersOnly = 0700;

bool is_there(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 || errno != ENOENT;
}

// As rename, but never over anything, not even an empty directory.
Result<void> rename_to_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  // Some file systems cannot promise it, such as NFS.
  const bool can_promise = errno != EINVAL && errno != ENOSYS;
  if (!can_promise && !is_there(to) && ::rename(from.c_str(), to.c_str()) == 0) return {};
  return os::fail_with_errno("give " + to.string() + " its name");
}

}  // namespace

Result<std::unique_ptr<EvidenceFolder>> EvidenceFolder::create(os::FileSystem& files,
                                                               const fs::path& directory) {
  std::unique_ptr<EvidenceFolder> folder(new EvidenceFolder(files, directory));
  folder->is_sealed_ = true;  // what is there is not ours to remove
  if (is_there(directory)) {
    return fail(Errc::already_exists, directory.string() + " is there already: name a new one");
  }
  if (::mkdir(folder->partial_.c_str(), kOwnersOnly) != 0) {
    if (errno != EEXIST) return os::fail_with_errno("make " + folder->partial_.string());
    return fail(
        Errc::already_exists,
        folder->partial_.string() + " is left of another time: remove it if nobody writes it");
  }
  folder->is_sealed_ = false;
  return folder;
}

EvidenceFolder::~EvidenceFolder() {
  if (is_sealed_) return;
  std::error_code ignored;
  fs::remove_all(partial_, ignored);
}

EvidenceFolder::File::File(EvidenceFolder& folder, std::string name, std::unique_ptr<os::File> file)
    : folder_(folder),
      name_(std::move(name)),
      file_(std::move(file)),
      digest_(std::make_unique<crypto::Sha256>()) {}
EvidenceFolder::File::File(File&&) noexcept = default;
EvidenceFolder::File::~File() = default;

Result<void> EvidenceFolder::File::append(std::string_view text) {
  FASTNESS_RETURN_IF_ERROR(file_->write_at(size_, as_bytes(text)));
  size_ += text.size();
  digest_->update(as_bytes(text));
  return {};
}

Result<void> EvidenceFolder::File::end() {
  FASTNESS_RETURN_IF_ERROR(file_->sync_data());
  folder_.digests_.emplace(name_, to_hex(digest_->finish()));
  return {};
}

Result<EvidenceFolder::File> EvidenceFolder::begin(const std::string& name) {
  FASTNESS_ASSIGN_OR_RETURN(auto file, files_.open(partial_ / name, os::OpenMode::create_new));
  return File(*this, name, std::move(file));
}

Result<void> EvidenceFolder::add(const std::string& name, std::string_view text) {
  FASTNESS_ASSIGN_OR_RETURN(File file, begin(name));
  FASTNESS_RETURN_IF_ERROR(file.append(text));
  return file.end();
}

Result<std::string> EvidenceFolder::seal() {
  std::string manifest;
  for (const auto& [name, digest] : digests_) manifest += digest + "  " + name + "\n";
  FASTNESS_RETURN_IF_ERROR(add(kManifest, manifest));
  FASTNESS_RETURN_IF_ERROR(files_.sync_directory(partial_));
  FASTNESS_RETURN_IF_ERROR(rename_to_new(partial_, directory_));
  is_sealed_ = true;
  FASTNESS_RETURN_IF_ERROR(files_.sync_directory(directory_.parent_path()));
  return digests_.at(kManifest);
}

}  // namespace fastness::supervisor
