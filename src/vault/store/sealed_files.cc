#include "vault/store/sealed_files.h"

#include "crypto/aead.h"
#include "os/files/file_system.h"

namespace fastness::vault {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20U;
constexpr std::string_view kLabel = "fastness vault file v1\n";

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
  return SealedFiles(files, std::move(directory), std::move(key), random);
}

Result<crypto::SecretBytes> SealedFiles::read(const std::string& name) const {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes sealed,
                            os::read_file(*files_, directory_ / name, kMaxFile));
  return crypto::open_with_nonce(key_, context_of(name), sealed);
}

Result<void> SealedFiles::write(const std::string& name, ByteView contents) const {
  const Bytes sealed = crypto::seal_with_random_nonce(key_, context_of(name), contents, *random_);
  return os::replace_file(*files_, directory_ / name, sealed);
}

Result<void> SealedFiles::destroy(const std::string& name) const {
  const std::filesystem::path path = directory_ / name;
  {
    auto file = files_->open(path, os::OpenMode::read_write);
    if (!file && file.error().code == Errc::not_found) return {};
    if (!file) return propagate(std::move(file));
    // The file system may keep the old blocks; what it keeps is sealed.
    FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t size, (*file)->size());
    FASTNESS_RETURN_IF_ERROR((*file)->write_at(0, Bytes(static_cast<std::size_t>(size), 0)));
    FASTNESS_RETURN_IF_ERROR((*file)->sync_data());
  }
  FASTNESS_RETURN_IF_ERROR(files_->remove(path));
  return files_->sync_directory(directory_);
}

}  // namespace fastness::vault
