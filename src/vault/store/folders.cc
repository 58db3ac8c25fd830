#include "vault/store/folders.h"

namespace fastness::vault {

namespace {

constexpr const char* kRecords = "records";
constexpr std::string_view kRecordsPurpose = "fastness vault records v1";

}  // namespace

SealedFiles read_records(os::FileSystem& files, const std::filesystem::path& directory,
                         const RootKey& root, Random& random) {
  return SealedFiles::open_to_read(files, directory / kRecords, root.derive(kRecordsPurpose),
                                   random);
}

Result<SealedFiles> open_folder(Folder which, os::FileSystem& files,
                                const std::filesystem::path& directory, const RootKey& root,
                                Random& random) {
  switch (which) {
    case Folder::records:
      return SealedFiles::open(files, directory / kRecords, root.derive(kRecordsPurpose), random);
    case Folder::keys:
      return SealedFiles::open(files, directory / "keys", root.derive("fastness vault keys v1"),
                               random);
    case Folder::shares:
      return SealedFiles::open(files, directory / "shares", root.derive("fastness vault shares v1"),
                               random);
  }
  return fail(Errc::invalid_argument, "no such folder");
}

}  // namespace fastness::vault
