#include "vault/store/sealed_files.h"

#include "crypto/aead.h"
#include "os/files/file_system.h"

namespace fastness::vault {
namespace {

constexpr std::size_t kMaxSealedFile = std::size_t{1} << 20U;
constexpr std::string_view kLabel = "fastness vault file v1\n";
constexpr const char* kGone = ".gone";  // ends the name of a file that is being destroyed

Bytes context_of(const std::string& name) {
  Bytes context = to_bytes(as_bytes(kLabel));
  const ByteView text = as_bytes(name);
  context.insert(context.end(), text.begin(), text.end());
  return context;
}

}  // namespace

Result<SealedFiles> SealedFiles::open(os::FileSystem& files, std::filesystem::path directory,
                                      crypto::SecretBytes key, Random& random) {
  FASTNESS_RETURN_IF_ERROR(files.create_directory(directory));
  FASTNESS_RETURN_IF_ERROR(files.sync_directory(directory.parent_path()));
  FASTNESS_ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(directory));
  for (const std::string& name : names) {
    if (name.ends_with(kGone)) FASTNESS_RETURN_IF_ERROR(destroy_file(files, directory / name));
  }
  return SealedFiles(files, std::move(directory), std::move(key), random);
}

SealedFiles SealedFiles::open_to_read(os::FileSystem& files, std::filesystem::path directory,
                                      crypto::SecretBytes key, Random& random) {
  return {files, std::move(directory), std::move(key), random};
}

Result<crypto::SecretBytes> SealedFiles::read(const std::string& name) const {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed,
                            os::read_file(*files_, directory_ / name, kMaxSealedFile));
  return crypto::open_with_nonce(key_, context_of(name), sealed);
}

Result<void> SealedFiles::write(const std::string& name, ByteView contents) const {
  const Bytes sealed = crypto::seal_with_random_nonce(key_, context_of(name), contents, *random_);
  return os::replace_file(*files_, directory_ / name, sealed);
}

Result<std::unique_ptr<os::File>> SealedFiles::hold(const std::string& name) const {
  return files_->open(directory_ / name, os::OpenMode::read_write);
}

Result<std::vector<std::string>> SealedFiles::names() const {
  FASTNESS_ASSIGN_OR_RETURN(std::vector<std::string> names, files_->list(directory_));
  // What a power cut left of a file that was being written, or what a failed disk kept.
  std::erase_if(names, [](const std::string& name) {
    return name.ends_with(".new") || name.ends_with(kGone);
  });
  return names;
}

// The name goes first, at one stroke: a power cut must not leave a file that is half overwritten
// and so is neither there nor gone. What it leaves on the disk is sealed.
Result<void> SealedFiles::destroy(const std::string& name) const {
  const std::filesystem::path gone = directory_ / (name + kGone);
  auto renamed = files_->rename(directory_ / name, gone);
  if (!renamed && renamed.error().code == Errc::not_found) return {};
  if (!renamed) return renamed;
  FASTNESS_RETURN_IF_ERROR(files_->sync_directory(directory_));
  return destroy_file(*files_, gone);
}

Result<void> overwrite(os::File& file) {
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t size, file.size());
  FASTNESS_RETURN_IF_ERROR(file.write_at(0, Bytes(static_cast<std::size_t>(size), 0)));
  return file.sync_data();
}

Result<void> destroy_file(os::FileSystem& files, const std::filesystem::path& path) {
  {
    auto file = files.open(path, os::OpenMode::read_write);
    if (!file && file.error().code == Errc::not_found) return {};
    if (!file) return propagate(std::move(file));
    FASTNESS_RETURN_IF_ERROR(overwrite(**file));
  }
  FASTNESS_RETURN_IF_ERROR(files.remove(path));
  return files.sync_directory(path.parent_path());
}

}  // namespace fastness::vault
