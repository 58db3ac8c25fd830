// The backups that lie in one directory, by what they say of themselves.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "backup/public_head.h"
#include "base/clock.h"
#include "base/result.h"

namespace fastness::backup_app {

struct Listed {
  std::string file;
  std::uint64_t bytes = 0;
  backup::PublicHead head;
};

struct Listing {
  std::vector<Listed> backups;       // the newest first
  std::vector<std::string> partial;  // left of commands that were cut off, or being written
  std::size_t others = 0;            // files that are no backups
};

// Looks at the files of a directory, and at none below. Links are not followed. `unavailable` if
// the directory cannot be read.
[[nodiscard]] Result<Listing> list_backups(const std::filesystem::path& directory);

// `months` after its own a backup ends, by the settings as they are now.
[[nodiscard]] std::string as_text(const Listing& listing, std::uint32_t months, Timestamp now);
[[nodiscard]] std::string as_json(const Listing& listing, std::uint32_t months, Timestamp now);

}  // namespace fastness::backup_app
