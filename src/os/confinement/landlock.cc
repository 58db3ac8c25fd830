// Landlock by raw system calls: Debian 12's headers describe ABI 2 and its libc wraps none of it.
#include "os/confinement/landlock.h"

#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/files/descriptor.h"

namespace fastness::os {

namespace {

// From the kernel's include/uapi/linux/landlock.h, ABI 6. Grows at its end only: older kernels are
// given a smaller size.
struct RulesetAttributes {
  std::uint64_t handled_files;
  std::uint64_t handled_network;  // since ABI 4
  std::uint64_t scoped;           // since ABI 6
};

struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed;
  std::int32_t parent;
};

constexpr std::uint64_t bit(unsigned number) {
  return std::uint64_t{1} << number;
}

constexpr std::uint64_t kExecute = bit(0);
constexpr std::uint64_t kWriteFile = bit(1);
constexpr std::uint64_t kReadFile = bit(2);
constexpr std::uint64_t kReadDirectory = bit(3);
constexpr std::uint64_t kTruncate = bit(14);     // since ABI 3
constexpr std::uint64_t kDeviceIoctl = bit(15);  // since ABI 5
// Removing and making entries of every kind (bits 4 to 12), and moving them (13, since ABI 2).
constexpr std::uint64_t kChangeDirectory = (bit(14) - 1) & ~(bit(4) - 1);
constexpr std::uint64_t kMakeDevices = bit(6) | bit(11);  // character and block

constexpr std::uint64_t kBindTcp = bit(0);
constexpr std::uint64_t kConnectTcp = bit(1);
constexpr std::uint64_t kScopeAbstractSockets = bit(0);
constexpr std::uint64_t kScopeSignals = bit(1);

constexpr std::uint64_t kAppliesToFiles =
    kExecute | kWriteFile | kReadFile | kTruncate | kDeviceIoctl;

std::uint64_t file_rights_of(int abi) {
  std::uint64_t rights = bit(13) - 1;
  if (abi >= 2) rights |= bit(13);
  if (abi >= 3) rights |= kTruncate;
  if (abi >= 5) rights |= kDeviceIoctl;
  return rights;
}

std::size_t attributes_size(int abi) {
  if (abi >= 6) return 24;
  return abi >= 4 ? 16 : 8;
}

Result<Descriptor> create_ruleset(const SandboxPolicy& policy, int abi) {
  const bool is_vault = policy.system_calls == SystemCalls::vault;
  RulesetAttributes attributes{file_rights_of(abi), 0, 0};
  if (abi >= 4 && is_vault) attributes.handled_network = kBindTcp | kConnectTcp;
  // The supervisor signals its children, and a scope would be theirs too.
  if (abi >= 6 && policy.system_calls != SystemCalls::supervisor) {
    attributes.scoped = kScopeAbstractSockets | kScopeSignals;
  }
  const long number = ::syscall(SYS_landlock_create_ruleset, &attributes, attributes_size(abi), 0);
  if (number < 0) return fail_with_errno("make a Landlock ruleset");
  return Descriptor(static_cast<int>(number));
}

Result<void> allow(const Descriptor& ruleset, const std::string& path, std::uint64_t rights) {
  const Descriptor place(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.is_open()) return fail_with_errno("sandbox path " + path);
  struct stat status {};
  if (::fstat(place.number(), &status) != 0) return fail_with_errno("sandbox path " + path);
  if (!S_ISDIR(status.st_mode)) rights &= kAppliesToFiles;
  const PathBeneath rule{rights, place.number()};
  constexpr int kPathBeneathRule = 1;
  if (::syscall(SYS_landlock_add_rule, ruleset.number(), kPathBeneathRule, &rule, 0) != 0) {
    return fail_with_errno("allow " + path + " in the sandbox");
  }
  return {};
}

Result<void> allow_all(const Descriptor& ruleset, const std::vector<std::string>& paths,
                       std::uint64_t rights) {
  for (const std::string& path : paths) FASTNESS_RETURN_IF_ERROR(allow(ruleset, path, rights));
  return {};
}

}  // namespace

int landlock_abi() {
  constexpr int kAskVersion = 1;
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, kAskVersion);
  return version < 0 ? 0 : static_cast<int>(version);
}

Result<int> enter_landlock(const SandboxPolicy& policy) {
  const int abi = landlock_abi();
  if (abi == 0) {
    return fail(Errc::unavailable,
                "this kernel has no Landlock (Linux 5.13 or later with it enabled), so one "
                "process's files cannot be kept from another; sandbox.require_landlock = false "
                "starts anyway");
  }
  FASTNESS_ASSIGN_OR_RETURN(const Descriptor ruleset, create_ruleset(policy, abi));
  const std::uint64_t handled = file_rights_of(abi);
  const std::uint64_t read = kReadFile | kReadDirectory;
  const std::uint64_t write = (read | kWriteFile | kTruncate | kChangeDirectory) & ~kMakeDevices;
  FASTNESS_RETURN_IF_ERROR(allow_all(ruleset, policy.readable, read));
  FASTNESS_RETURN_IF_ERROR(allow_all(ruleset, policy.writable, write & handled));
  FASTNESS_RETURN_IF_ERROR(allow_all(ruleset, policy.executable, read | kExecute));
  if (::syscall(SYS_landlock_restrict_self, ruleset.number(), 0) != 0) {
    return fail_with_errno("enter the Landlock sandbox");
  }
  return abi;
}

}  // namespace fastness::os
