#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "os/confinement/capabilities.h"

namespace fastness::os {

// What a process may still ask the kernel for, once its start is over. Whatever is not named in one
// of these is refused: with EPERM where it would be an attack, with ENOSYS where a library may just
// be trying something newer.
enum class SystemCalls {
  vault,       // files and messages on what is open: no sockets, no connections
  hub,         // and TCP and Unix sockets
  supervisor,  // everything that its children need, and starting them: refuses only what none may
};

enum class WithoutLandlock { refuse, go_on };

// What a process may reach. Paths that do not exist are an error: a sandbox for a misspelt
// directory would protect nothing.
struct SandboxPolicy {
  std::vector<std::string> readable;  // files, or directories with all beneath them
  std::vector<std::string> writable;  // the same, and reading too
  std::vector<std::string>
      executable;  // the same as readable, and running programs; supervisor only
  SystemCalls system_calls = SystemCalls::vault;
  Capabilities capabilities = Capabilities::none;  // the supervisor keeps what root has
  WithoutLandlock without_landlock = WithoutLandlock::refuse;
};

// What was put in force, for the log.
struct Confinement {
  int landlock_abi;  // 0 where the kernel has none
};

// Confines the calling process for good: no new privileges, no capabilities but those named,
// Landlock as far as the kernel has it, then a seccomp filter. Children inherit all of it.
//
// Call it before the first thread starts, since Landlock binds only threads that come after;
// `unavailable` otherwise, and where Landlock is missing and required. After a failure the process
// may be confined in part and should end.
[[nodiscard]] Result<Confinement> enter_sandbox(const SandboxPolicy& policy);

// What assert_confined tries, and must fail at.
struct ForbiddenActs {
  std::string path;     // a file or directory which exists and must not open; empty tries none
  bool inet_socket;     // whether making an IPv4 socket is forbidden
  bool unix_socket;     // whether making a Unix socket is forbidden
  bool execute = true;  // whether running programs is forbidden, as it is for all but fastnessd
};

// Tries to open a forbidden path, to run a program, to trace, and to make forbidden sockets.
// `permission_denied`, naming the act, as soon as one succeeds: the process must then not serve.
// A sandbox can be silently open (a kernel without support, a wrong argument), so this asks the
// kernel and not our own code.
[[nodiscard]] Result<void> assert_confined(const ForbiddenActs& forbidden);

// What libraries read late: OpenSSL's settings and anchors, time zones. Public on every machine;
// only what this one has.
[[nodiscard]] std::vector<std::string> common_readable_paths();

// What looking up a name reads: which name servers to ask, and which names this machine knows
// itself; only what it has. A file that is replaced later is not among them any more.
[[nodiscard]] std::vector<std::string> name_service_paths();

// The version of Landlock that this kernel has; 0 if it has none or it is switched off.
[[nodiscard]] int landlock_abi();

}  // namespace fastness::os
