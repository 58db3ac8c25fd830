#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "os/files/file_system.h"
#include "supervisor/admin_client.h"

namespace fastness::supervisor {

// Asks the running instance: tell_admin, for a data directory.
using TellInstance = std::function<Result<std::string>(const AdminRequest& request)>;

struct EvidenceOptions {
  std::string directory;           // that is made; absolute
  std::optional<Timestamp> since;  // of the trails
  std::string configuration;       // as this command was told it; for an instance that is silent
  std::string programs;            // the folder of ours
};

struct Evidence {
  std::string manifest_sha256;       // hex
  std::vector<std::string> missing;  // what could not be had and why, a sentence each
};

// Writes a directory of evidence about an instance (docs/incident.md). What the instance does not
// say is missing and no error: it is taken when things are broken. `already_exists` if the
// directory is there, otherwise what the disk says; then nothing is left of it.
[[nodiscard]] Result<Evidence> take_evidence(const EvidenceOptions& options,
                                             const TellInstance& tell, os::FileSystem& files,
                                             const Clock& clock);

}  // namespace fastness::supervisor
