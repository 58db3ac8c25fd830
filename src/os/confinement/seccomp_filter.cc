#include "os/confinement/seccomp_filter.h"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <vector>

#include <linux/sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "os/confinement/seccomp_rules.h"
#include "os/files/descriptor.h"

namespace fastness::os {

namespace {

struct Release {
  void operator()(void* context) const { seccomp_release(context); }
};

// Collects rules; the first that libseccomp refuses decides the result.
class Filter {
 public:
  explicit Filter(std::uint32_t default_action) : context_(seccomp_init(default_action)) {}

  void add(std::uint32_t action, const char* name,
           const std::vector<scmp_arg_cmp>& conditions = {}) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) return;  // younger than libseccomp, or of another machine
    const int status =
        seccomp_rule_add_array(context_.get(), action, number,
                               static_cast<unsigned>(conditions.size()), conditions.data());
    if (status != 0 && status_ == 0) status_ = status;
  }

  void allow(const char* name, const std::vector<scmp_arg_cmp>& conditions = {}) {
    add(SCMP_ACT_ALLOW, name, conditions);
  }
  void allow_all(std::span<const char* const> names) {
    for (const char* name : names) allow(name);
  }
  void forbid(const char* name, const std::vector<scmp_arg_cmp>& conditions = {}) {
    add(SCMP_ACT_ERRNO(EPERM), name, conditions);
  }
  void forbid_all(std::span<const char* const> names) {
    for (const char* name : names) forbid(name);
  }

  [[nodiscard]] Result<void> load() {
    if (status_ == 0) {
      // Threads that a library started in the meantime too.
      status_ = seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1);
    }
    if (status_ == 0) status_ = seccomp_load(context_.get());
    if (status_ == 0) return {};
    errno = -status_;
    return fail_with_errno("install the system call filter");
  }

 private:
  std::unique_ptr<void, Release> context_;
  int status_ = 0;
};

scmp_arg_cmp is(unsigned argument, std::uint64_t value) {
  return {argument, SCMP_CMP_EQ, value, 0};
}
scmp_arg_cmp has(unsigned argument, std::uint64_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, bits};
}
scmp_arg_cmp has_not(unsigned argument, std::uint64_t bits) {
  return {argument, SCMP_CMP_MASKED_EQ, bits, 0};
}

// Memory that is data stays data.
void allow_data_memory(Filter& filter) {
  filter.allow("mmap", {has_not(2, PROT_EXEC)});
  filter.forbid("mmap", {has(2, PROT_EXEC)});
  filter.allow("mprotect", {has_not(2, PROT_EXEC)});
  filter.forbid("mprotect", {has(2, PROT_EXEC)});
  filter.forbid("pkey_mprotect");
}

// Threads, but no processes. clone3 hides its flags in memory where no filter can look; ENOSYS, the
// default action, makes libc use clone.
void allow_threads(Filter& filter) {
  filter.allow("clone", {has(0, CLONE_THREAD)});
  filter.forbid("clone", {has_not(0, CLONE_THREAD)});
  for (const char* name : {"fork", "vfork", "execve", "execveat"}) filter.forbid(name);
}

// Signals to this process, for abort(); no others.
void allow_signals_to_itself(Filter& filter) {
  const auto self = static_cast<std::uint64_t>(::getpid());
  for (const char* name : {"kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"}) {
    filter.allow(name, {is(0, self)});
  }
}

void allow_harmless_options(Filter& filter) {
  // What C++ libraries ask about descriptors, and the terminal that a log may go to.
  for (const auto request : {FIONBIO, FIONREAD, FIOCLEX, static_cast<int>(TCGETS)}) {
    filter.allow("ioctl", {is(1, static_cast<std::uint64_t>(request))});
  }
  // Names for threads, questions, and an allocator's labels; nothing that changes rights.
  constexpr int kSetAnonymousName = 0x53564d41;  // PR_SET_VMA
  for (const int option : {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_NO_NEW_PRIVS,
                           PR_GET_SECCOMP, PR_CAPBSET_READ, kSetAnonymousName}) {
    filter.allow("prctl", {is(0, static_cast<std::uint64_t>(option))});
  }
  // prlimit64 as getrlimit: of this process, and setting nothing.
  filter.allow("prlimit64", {is(0, 0), is(2, 0)});
}

void allow_own_sockets(Filter& filter) {
  for (const int family : {AF_INET, AF_INET6, AF_UNIX}) {
    filter.allow("socket", {is(0, static_cast<std::uint64_t>(family)),
                            {1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_STREAM}});
  }
  filter.allow("socketpair", {is(0, AF_UNIX)});
  filter.allow_all(calls_that_make_connections());
}

Result<void> enter_strict(SystemCalls permitted) {
  Filter filter(SCMP_ACT_ERRNO(ENOSYS));
  filter.allow_all(calls_of_every_process());
  filter.allow_all(calls_on_open_sockets());
  allow_data_memory(filter);
  allow_threads(filter);
  allow_signals_to_itself(filter);
  allow_harmless_options(filter);
  filter.forbid_all(calls_for_nobody());
  if (permitted == SystemCalls::hub) {
    allow_own_sockets(filter);
  } else {
    filter.forbid("socket");
    filter.forbid("socketpair");
    filter.forbid_all(calls_that_make_connections());
  }
  return filter.load();
}

// Inherited by everything the supervisor starts, so it can refuse only what none of them needs.
Result<void> enter_supervisor() {
  Filter filter(SCMP_ACT_ALLOW);
  filter.forbid_all(calls_for_nobody());
  for (const int family : {AF_PACKET, AF_NETLINK, AF_VSOCK, AF_ALG, AF_BLUETOOTH, AF_CAN}) {
    filter.forbid("socket", {is(0, static_cast<std::uint64_t>(family))});
  }
  filter.forbid("socket", {{1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_RAW}});
  return filter.load();
}

}  // namespace

Result<void> enter_seccomp(SystemCalls permitted) {
  return permitted == SystemCalls::supervisor ? enter_supervisor() : enter_strict(permitted);
}

}  // namespace fastness::os
