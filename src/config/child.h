#pragma once

#include "config/config.h"
#include "os/descriptor.h"

namespace fastness::config {

// The numbers under which the vault and the hub find what fastnessd left open for them. Fixed, so
// that no argument of theirs can point elsewhere.
struct ChildDescriptors {
  static constexpr int kConfig = 3;      // the whole configuration as TOML; a sealed memfd
  static constexpr int kPeer = 4;        // SOCK_SEQPACKET to the other of the two
  static constexpr int kReady = 5;       // write end: one byte once the child serves
  static constexpr int kPassphrase = 6;  // vault only, with vault.key = "passphrase"
};

// What a child starts with. Taken once, first thing in main; every descriptor is close-on-exec.
struct ChildStart {
  Config config;
  os::Descriptor peer;
  os::Descriptor ready;
  os::Descriptor passphrase;  // a terminal, pipe or file; empty unless vault.key = "passphrase"

  // `unavailable` if the program was not started by fastnessd, `invalid_argument` if the
  // configuration does not read.
  [[nodiscard]] static Result<ChildStart> inherit();

  // Tells fastnessd that this process serves, and closes `ready`.
  [[nodiscard]] Result<void> report_ready();
};

}  // namespace fastness::config
