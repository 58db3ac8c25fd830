// Whatever a file holds, loading it gives a configuration or an error, and what loads prints back.
#include <cstdlib>

#include "base/bytes.h"
#include "config/load.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(fastness::as_text({data, size}));
  const auto loaded = fastness::config::load({"fuzz", text, {}, {}});
  if (!loaded) return 0;
  const auto again = fastness::config::load({"print", fastness::config::print(*loaded), {}, {}});
  if (!again) std::abort();
  return 0;
}
