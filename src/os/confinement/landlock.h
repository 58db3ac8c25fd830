#pragma once

#include "os/confinement/sandbox.h"

namespace fastness::os {

// Restricts the calling thread, and what it starts, to the policy's paths; and, for the vault, to
// no TCP and no Unix sockets or signals outside. no_new_privs must be set. Returns the ABI in
// force; `unavailable` where the kernel has no Landlock.
[[nodiscard]] Result<int> enter_landlock(const SandboxPolicy& policy);

}  // namespace fastness::os
