#include "os/processor.h"

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace fastness::os {

bool has_aes_instructions() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#elif defined(__aarch64__)
  constexpr unsigned long kBoth = HWCAP_AES | HWCAP_PMULL;  // NOLINT(google-runtime-int)
  return (::getauxval(AT_HWCAP) & kBoth) == kBoth;
#else
  return false;
#endif
}

}  // namespace fastness::os
