#include "os/confinement/process_hardening.h"

#include <array>
#include <cerrno>
#include <vector>

#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/files/descriptor.h"

namespace fastness::os {

Result<void> harden_process() {
  const rlimit none{0, 0};
  if (::setrlimit(RLIMIT_CORE, &none) != 0) return fail_with_errno("forbid core dumps");
  // All five arguments: the kernel refuses rubbish in the unused ones, and variadic arguments that
  // were not passed are rubbish.
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return fail_with_errno("become undumpable");
  ::umask(0077);
  return {};
}

Result<std::optional<User>> find_user(const std::string& name) {
  std::vector<char> buffer(16'384);
  passwd entry{};
  passwd* found = nullptr;
  const int status = ::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
  // POSIX lets a missing user be any of these (getpwnam(3)).
  const bool is_missing =
      status == 0 || status == ENOENT || status == ESRCH || status == EBADF || status == EPERM;
  if (found == nullptr) {
    if (is_missing) return std::optional<User>();
    errno = status;
    return fail_with_errno("look up user " + name);
  }
  return std::optional(User{name, entry.pw_uid, entry.pw_gid});
}

bool is_root() {
  return ::geteuid() == 0;
}

Result<void> become(const User& user, Capabilities kept) {
  if (user.id == 0) return fail(Errc::invalid_argument, "refusing to become root");
  const std::string what = "become user " + user.name;
  int death_signal = 0;
  if (::prctl(PR_GET_PDEATHSIG, &death_signal, 0, 0, 0) != 0) return fail_with_errno(what);
  // Else the kernel empties the sets with the ids, and there is nothing to keep.
  const unsigned long keep = kept == Capabilities::none ? 0 : 1;
  if (::prctl(PR_SET_KEEPCAPS, keep, 0, 0, 0) != 0) return fail_with_errno(what);
  if (::setgroups(0, nullptr) != 0) return fail_with_errno(what);
  if (::setresgid(user.group, user.group, user.group) != 0) return fail_with_errno(what);
  if (::setresuid(user.id, user.id, user.id) != 0) return fail_with_errno(what);
  FASTNESS_RETURN_IF_ERROR(keep_only(kept));
  if (::setuid(0) == 0 || ::seteuid(0) == 0) {
    return fail(Errc::permission_denied, what + ": the way back to root is open");
  }
  // The kernel forgets both when ids change.
  if (::prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0) return fail_with_errno(what);
  return harden_process();
}

Result<std::size_t> raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_with_errno("read descriptor limit");
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_with_errno("raise descriptor limit");
  return static_cast<std::size_t>(limit.rlim_cur);
}

}  // namespace fastness::os
