#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "base/result.h"
#include "os/confinement/capabilities.h"

namespace fastness::os {

// No core dumps, no ptrace by processes of the same user, /proc/self owned by root, files made with
// mode 0600 and directories with 0700 unless said otherwise. First thing in main.
[[nodiscard]] Result<void> harden_process();

// A user to become.
struct User {
  std::string name;
  uid_t id;
  gid_t group;
};

// Nothing if there is no such user. Reads /etc/passwd and so belongs before the sandbox.
[[nodiscard]] Result<std::optional<User>> find_user(const std::string& name);

[[nodiscard]] bool is_root();

// Becomes `user` for good: groups, gid, uid, saved ids too, and no capability survives but those
// of `kept`. Only root can; checks that there is no way back. Ends with harden_process's promises
// in force again, since the kernel drops one of them when ids change.
[[nodiscard]] Result<void> become(const User& user, Capabilities kept = Capabilities::none);

// Raises the number of descriptors this process may have to its hard limit; a server's connections
// are descriptors. Returns the limit in force.
[[nodiscard]] Result<std::size_t> raise_descriptor_limit();

}  // namespace fastness::os
