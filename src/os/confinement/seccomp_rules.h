#pragma once

#include <span>

namespace fastness::os {

// Numbers of system calls, by what they are for. Names that this machine does not have are left
// out when a filter is made.
[[nodiscard]] std::span<const char* const>
calls_of_every_process();                                            // memory, time, threads, files
[[nodiscard]] std::span<const char* const> calls_on_open_sockets();  // messages on inherited ones
[[nodiscard]] std::span<const char* const> calls_that_make_connections();
[[nodiscard]] std::span<const char* const> calls_for_nobody();  // refused with EPERM, always

}  // namespace fastness::os
