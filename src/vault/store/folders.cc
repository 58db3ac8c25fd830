#include "vault/store/folders.h"

namespace fastness::vault {

Result<SealedFiles> open_folder(Folder which, os::FileSystem& files,
                                const std::filesystem::path& directory, const RootKey& root,
                                Random& random) {
  switch (which) {
    case Folder::records:
      return SealedFiles::open(files, directory / "records",
                               root.derive("fastness vault records v1"), random);
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
