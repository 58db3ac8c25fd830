// Arbitrary bytes as a journal record of readings: what decodes must survive being written and read
// again.
#include <cstdint>
#include <cstdlib>

#include "pipeline/reading_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace fastness;
  const auto readings = pipeline::decode_readings({data, size});
  if (!readings) return 0;
  std::size_t count = 0;
  for (const journal::Record& record : pipeline::encode_readings(*readings)) {
    const auto again = pipeline::decode_readings(record.payload);
    if (!again) std::abort();
    count += again->size();
  }
  if (count != readings->size()) std::abort();
  return 0;
}
