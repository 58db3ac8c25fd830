#include "os/confinement/sandbox.h"

#include <array>
#include <cerrno>

#include <dirent.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/confinement/landlock.h"
#include "os/confinement/seccomp_filter.h"
#include "os/files/descriptor.h"

namespace fastness::os {

namespace {

Result<void> forbid_new_privileges() {
  // The three zeros are not decoration: without them the call fails with EINVAL, Landlock then
  // fails too, and whoever looked at neither result runs with an open sandbox.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return fail_with_errno("give up new privileges");
  }
  return {};
}

Result<void> require_single_thread() {
#if !defined(__SANITIZE_THREAD__)  // ThreadSanitizer has a thread of its own
  DIR* tasks = ::opendir("/proc/self/task");
  if (tasks == nullptr) return {};  // no /proc: nothing can be said
  int count = 0;
  while (const dirent* entry = ::readdir(tasks)) {  // NOLINT(concurrency-mt-unsafe)
    if (entry->d_name[0] != '.') ++count;
  }
  ::closedir(tasks);
  if (count > 1) return fail(Errc::unavailable, "the sandbox must come before the first thread");
#endif
  return {};
}

Unexpected<Error> escaped(std::string_view act) {
  return fail(Errc::permission_denied, "the sandbox is open: this process could " +
                                           std::string(act) +
                                           ", which it must not; refusing to serve");
}

bool can_make_socket(int family) {
  const Descriptor made(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return made.is_open();
}

// There is no such program, so nothing starts where starting is possible: the kernel then says
// ENOENT, and only a filter says EPERM.
bool can_execute() {
  std::array<char*, 1> nothing{nullptr};
  ::execve("/nonexistent", nothing.data(), nothing.data());
  return errno != EPERM;
}

bool can_open(const std::string& path) {
  const Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return opened.is_open();
}

bool can_trace() {
  // Fails for want of such a process where tracing is possible.
  const long status = ::ptrace(PTRACE_ATTACH, 0, nullptr, nullptr);
  return status == 0 || (errno != EPERM && errno != EACCES && errno != ENOSYS);
}

std::vector<std::string> readable_ones(std::initializer_list<const char*> paths) {
  std::vector<std::string> present;
  for (const char* path : paths) {
    if (::access(path, R_OK) == 0) present.emplace_back(path);
  }
  return present;
}

}  // namespace

std::vector<std::string> common_readable_paths() {
  return readable_ones({"/etc/ssl", "/usr/lib/ssl", "/etc/localtime", "/usr/share/zoneinfo"});
}

std::vector<std::string> name_service_paths() {
  return readable_ones({"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf",
                        "/etc/gai.conf", "/run/systemd/resolve"});
}

Result<Confinement> enter_sandbox(const SandboxPolicy& policy) {
  FASTNESS_RETURN_IF_ERROR(require_single_thread());
  FASTNESS_RETURN_IF_ERROR(forbid_new_privileges());
  if (policy.system_calls != SystemCalls::supervisor) {
    FASTNESS_RETURN_IF_ERROR(keep_only(policy.capabilities));
  }
  Confinement confinement{0};
  if (landlock_abi() > 0 || policy.without_landlock == WithoutLandlock::refuse) {
    FASTNESS_ASSIGN_OR_RETURN(confinement.landlock_abi, enter_landlock(policy));
  }
  FASTNESS_RETURN_IF_ERROR(enter_seccomp(policy.system_calls));
  return confinement;
}

Result<void> assert_confined(const ForbiddenActs& forbidden) {
  if (::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) return escaped("gain privileges");
  if (!forbidden.path.empty() && can_open(forbidden.path)) {
    return escaped("open " + forbidden.path);
  }
  if (can_trace()) return escaped("trace processes");
  if (forbidden.inet_socket && can_make_socket(AF_INET)) return escaped("make a network socket");
  if (forbidden.unix_socket && can_make_socket(AF_UNIX)) return escaped("make a Unix socket");
  if (forbidden.execute && can_execute()) return escaped("run a program");
  return {};
}

}  // namespace fastness::os
