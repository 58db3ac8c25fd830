#pragma once

#include <string>

#include "base/result.h"
#include "os/files/descriptor.h"
#include "supervisor/recovery/recovery_jobs.h"
#include "supervisor/recovery/staged_copy.h"

namespace fastness::supervisor {

// Restores the backup in an open file on trial, if the running instance says that it is due: has it
// unpacked into a directory of the instance's, which opens and removes it. `copy` is what the
// backup was packed from, and has ended. Returns when that has come to an end.
//
// The instance notes how it went and tells whoever runs it. `unavailable` with its reason if the
// backup could not be restored, or there is no room to try.
[[nodiscard]] Result<void> try_restore(RecoveryJobs& jobs, const std::string& data_directory,
                                       const os::Descriptor& file, const StagedCopy& copy);

}  // namespace fastness::supervisor
