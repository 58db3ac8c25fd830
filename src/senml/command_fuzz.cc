// Whatever is accepted as a command is written again so that it reads the same.

#include <cstdint>
#include <cstdlib>

#include "senml/command.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto command = fastness::senml::decode_command({data, size});
  if (!command) return 0;
  const auto again = fastness::senml::decode_command(fastness::senml::encode_command(*command));
  if (!again || *again != *command) std::abort();
  return 0;
}
