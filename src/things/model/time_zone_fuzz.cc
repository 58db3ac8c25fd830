// Any file either is no time zone, or gives boards an offset and an end that they accept.

#include <cstdint>
#include <cstdlib>

#include "things/model/time_zone.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fastness::Timestamp;
  const auto zone = fastness::things::TimeZone::parse({data, size});
  if (!zone) return 0;
  for (const std::int64_t year : {1971, 2026, 2037, 2100}) {
    const Timestamp now(std::chrono::seconds((year - 1970) * 31'556'952));
    const auto local = zone->at(now);
    if (local.offset_seconds <= -43'200 || local.offset_seconds >= 50'400) std::abort();
    if (local.until <= now) std::abort();
  }
  return 0;
}
