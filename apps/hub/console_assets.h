#pragma once

#include "http_server/assets.h"

namespace fastness::hub {

// The console as it was built into this program: see tools/embed_console.py.
[[nodiscard]] http_server::Assets console_assets();

}  // namespace fastness::hub
