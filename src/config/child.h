#pragma once

#include "config/config.h"
#include "os/descriptor.h"

namespace fastness::config {

// The numbers under which the hub finds what fastnessd left open for it. Fixed, so that no argument
// can point elsewhere.
struct ChildDescriptors {
  static constexpr int kConfig = 3;  // the whole configuration as TOML; a sealed memfd
  static constexpr int kPeer = 4;    // SOCK_SEQPACKET to the vault
  static constexpr int kReady = 5;   // write end: one byte once the hub serves
};

// What the hub starts with. Taken once, first thing in main; every descriptor is close-on-exec.
struct ChildStart {
  Config config;
  os::Descriptor peer;
  os::Descriptor ready;

  // `unavailable` if the program was not started by fastnessd, `invalid_argument` if the
  // configuration does not read.
  [[nodiscard]] static Result<ChildStart> inherit();

  // Tells fastnessd that this process serves, and closes `ready`.
  [[nodiscard]] Result<void> report_ready();
};

}  // namespace fastness::config
