#pragma once

#include <cstdint>

namespace fastness {

// What something has reached when it counts as kept; each is more than the one before.
enum class Durability : std::uint8_t {
  none,   // memory; it is written soon
  os,     // the kernel: it survives the end of the process, not a power cut
  fsync,  // the disk: it survives a power cut
};

}  // namespace fastness
