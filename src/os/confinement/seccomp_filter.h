#pragma once

#include "os/confinement/sandbox.h"

namespace fastness::os {

// Installs the system call filter for all threads of this process. no_new_privs must be set.
[[nodiscard]] Result<void> enter_seccomp(SystemCalls permitted);

}  // namespace fastness::os
