#include "os/confinement/capabilities.h"

#include <array>

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "os/files/descriptor.h"

namespace fastness::os {
namespace {

// The kernel's 64-bit sets, as two words.
using Sets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

Result<Sets> current() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  Sets sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) return fail_with_errno("read capabilities");
  return sets;
}

Result<void> set(const Sets& sets) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  if (::syscall(SYS_capset, &header, sets.data()) != 0) {
    return fail_with_errno("give up capabilities");
  }
  return {};
}

bool has(const Sets& sets, unsigned capability) {
  return (sets.at(CAP_TO_INDEX(capability)).effective & CAP_TO_MASK(capability)) != 0;
}

// So that not even a program started by root could have them again.
Result<void> shrink_bounding_set(const Sets& kept) {
  for (unsigned capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability) {
    if (has(kept, capability)) continue;
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
      return fail_with_errno("shrink the capability bounding set");
    }
  }
  return {};
}

}  // namespace

Result<void> keep_only(Capabilities kept) {
  FASTNESS_ASSIGN_OR_RETURN(const Sets before, current());
  Sets after{};
  if (kept == Capabilities::low_ports) {
    auto& word = after.at(CAP_TO_INDEX(CAP_NET_BIND_SERVICE));
    word.permitted =
        before.at(CAP_TO_INDEX(CAP_NET_BIND_SERVICE)).permitted & CAP_TO_MASK(CAP_NET_BIND_SERVICE);
    word.effective = word.permitted;
  }
  if (has(before, CAP_SETPCAP)) FASTNESS_RETURN_IF_ERROR(shrink_bounding_set(after));
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
    return fail_with_errno("clear ambient capabilities");
  }
  return set(after);
}

}  // namespace fastness::os
