#pragma once

#include <cstdint>

#include "base/result.h"

namespace fastness::os {

// Which of root's powers a process keeps.
enum class Capabilities : std::uint8_t {
  none,
  low_ports,  // CAP_NET_BIND_SERVICE: to listen on a port below 1024
};

// Gives up every other capability for good: effective, permitted, inheritable, ambient, and from
// the bounding set where CAP_SETPCAP lets it (capabilities(7)). What was not there is not gained.
// Call it before the first thread starts: each thread has its own.
[[nodiscard]] Result<void> keep_only(Capabilities kept);

}  // namespace fastness::os
