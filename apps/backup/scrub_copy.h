#pragma once

#include <filesystem>

#include "backup/archive.h"
#include "base/result.h"
#include "scrub/scrub.h"

namespace fastness::backup_app {

// The rest of the pipe behind a ticket: what the database in the backup is sealed with, and what
// the one that is made of it is to be.
struct ScrubKeys {
  crypto::SecretBytes from;
  crypto::SecretBytes into;

  // `unavailable` if the vault wrote none.
  [[nodiscard]] static Result<ScrubKeys> read_from(int descriptor);
};

// Makes the control database of a scrubbed copy in the directory, out of the one in the backup,
// which is open behind its head. No other file of the backup is written anywhere, and that one is
// gone when this returns, sealed as it was under a key that this host does not keep.
[[nodiscard]] Result<scrub::Scrubbed> make_scrubbed_copy(int backup,
                                                         const std::filesystem::path& directory,
                                                         const backup::Ticket& ticket,
                                                         const ScrubKeys& keys);

}  // namespace fastness::backup_app
