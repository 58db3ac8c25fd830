// Bytes through a descriptor that somebody else opened: a file, a pipe, a terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/result.h"

namespace fastness::os {

// Reads until `out` is full or there is no more; returns how many bytes there were. Errors of all:
// `exhausted` when the disk is full, else `unavailable`.
[[nodiscard]] Result<std::size_t> read_up_to(int descriptor, std::span<std::uint8_t> out);

// Writes all of `bytes`. On failure any part may be written.
[[nodiscard]] Result<void> write_all(int descriptor, ByteView bytes);

// On success everything written to the file survives a power cut.
[[nodiscard]] Result<void> sync(int descriptor);

}  // namespace fastness::os
