#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "os/confinement/process_hardening.h"
#include "os/files/descriptor.h"

namespace fastness::config {

// The numbers under which the hub finds what fastnessd left open for it. Fixed, so that no argument
// can point elsewhere.
struct ChildDescriptors {
  static constexpr int kConfig = 3;       // the whole configuration as TOML; a sealed memfd
  static constexpr int kConnections = 4;  // SOCK_SEQPACKET; each message brings one to the vault
  static constexpr int kReady = 5;        // write end: one byte once the hub serves
};

// The users that the children become.
struct ChildUsers {
  os::User vault;
  os::User hub;
};

// Nothing unless this process is root and both users exist: with one of them, the other child would
// stay root. Belongs before the sandbox, as os::find_user does.
[[nodiscard]] Result<std::optional<ChildUsers>> find_child_users(const Config::Sandbox& sandbox);

// The folders of the files that the configuration names, which lie outside the data directory. The
// folder, not the file: a certificate is renewed by putting a new file in its place. With a
// firewall, where Debian has the Core Rule Set and its settings too, as far as they are there.
[[nodiscard]] std::vector<std::string> folders_of_named_files(const Config& config);

// Whether mail is sent; then people are written to about their own accounts.
[[nodiscard]] bool sends_mail(const Config& config);

// Whether people are mailed about alarms that concern them.
[[nodiscard]] bool mails_owners(const Config& config);

// Whether this server calls others of its own accord.
[[nodiscard]] bool calls_others(const Config& config);

// The folder that the ledger's witness file is in; empty if there is none. The hub writes there.
[[nodiscard]] std::string witness_folder(const Config::Ledger& ledger);

// What the hub starts with. Taken once, first thing in main; every descriptor is close-on-exec.
struct ChildStart {
  Config config;
  os::Descriptor connections;  // to the vault, as they come
  os::Descriptor ready;

  // `unavailable` if the program was not started by fastnessd, `invalid_argument` if the
  // configuration does not read.
  [[nodiscard]] static Result<ChildStart> inherit();

  // Tells fastnessd that this process serves, and closes `ready`.
  [[nodiscard]] Result<void> report_ready();
};

}  // namespace fastness::config
