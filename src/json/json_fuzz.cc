// Whatever parses must survive being written and read again, and mean the same.
#include <cstdlib>

#include "base/bytes.h"
#include "json/time_text.h"
#include "json/value.h"
#include "json/writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  const std::string_view text = as_text({data, size});
  if (const auto document = json::parse(text)) {
    const std::string first = json::to_text(*document);
    const auto again = json::parse(first);
    if (!again || json::to_text(*again) != first) std::abort();
  }
  if (const auto time = json::parse_time(text)) {
    const auto again = json::parse_time(json::to_time_text(*time));
    if (again && *again != *time) std::abort();
  }
  return 0;
}
