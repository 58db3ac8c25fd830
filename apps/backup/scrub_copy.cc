#include "scrub_copy.h"

#include "os/files/file_system.h"
#include "os/files/transfer.h"

namespace fastness::backup_app {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr const char* kControlDatabase = "control.db";
constexpr const char* kSource = "source.db";

// With what SQLite keeps beside it.
Result<void> remove_source(const std::filesystem::path& directory) {
  os::PosixFileSystem files;
  for (const char* suffix : {"", "-wal", "-shm"}) {
    auto removed = files.remove(directory / (std::string(kSource) + suffix));
    if (!removed && removed.error().code != Errc::not_found) return removed;
  }
  return files.sync_directory(directory);
}

}  // namespace

Result<ScrubKeys> ScrubKeys::read_from(int descriptor) {
  ScrubKeys keys;
  for (crypto::SecretBytes* key : {&keys.from, &keys.into}) {
    *key = crypto::SecretBytes(kKeyBytes);
    FASTNESS_ASSIGN_OR_RETURN(const std::size_t got, os::read_up_to(descriptor, key->reveal()));
    if (got != kKeyBytes) return fail(Errc::unavailable, "the vault gave no key of a database");
  }
  return keys;
}

Result<scrub::Scrubbed> make_scrubbed_copy(int backup, const std::filesystem::path& directory,
                                           const backup::Ticket& ticket, const ScrubKeys& keys) {
  const std::filesystem::path source = directory / kSource;
  FASTNESS_RETURN_IF_ERROR(backup::unpack_file(backup, kControlDatabase, source, ticket));
  auto scrubbed = scrub::scrub({source, keys.from}, {directory / kControlDatabase, keys.into});
  FASTNESS_RETURN_IF_ERROR(remove_source(directory));
  return scrubbed;
}

}  // namespace fastness::backup_app
