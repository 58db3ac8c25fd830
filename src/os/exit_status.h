#pragma once

#include "base/result.h"

namespace fastness::os {

// What a program says to the shell when it ends, and what scripts can rely on; docs/cli.md.
enum class ExitStatus : int {
  success = 0,
  failure = 1,
  usage = 2,
  not_found = 3,
  not_permitted = 4,
  conflict = 5,
  unavailable = 6,
  partly_done = 7,
};

[[nodiscard]] ExitStatus exit_status_for(Errc code);

}  // namespace fastness::os
