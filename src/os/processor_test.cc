#include "os/processor.h"

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace fastness::os {
namespace {

// What the kernel says of the first processor: "flags" on x86, "Features" on ARM.
std::set<std::string> flags_by_the_kernel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("flags") && !line.starts_with("Features")) continue;
    std::istringstream words(line);
    return {std::istream_iterator<std::string>(words), {}};
  }
  return {};
}

TEST(Processor, HasTheInstructionsThatTheKernelNames) {
  const std::set<std::string> flags = flags_by_the_kernel();
  const bool multiplies = flags.contains("pclmulqdq") || flags.contains("pmull");
  EXPECT_EQ(has_aes_instructions(), flags.contains("aes") && multiplies);
}

}  // namespace
}  // namespace fastness::os
