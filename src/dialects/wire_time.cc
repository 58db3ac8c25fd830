#include "dialects/wire_time.h"

#include <algorithm>
#include <cmath>

namespace fastness::dialects {
namespace {

constexpr double kMostSeconds = 1e11;  // the year 5138; as milliseconds, 1973
constexpr double kEndOfYear9999 = 253'402'300'799.0;

}  // namespace

Timestamp from_wire_time(double time) {
  double seconds = time > kMostSeconds ? time / 1'000 : time;
  if (std::isnan(seconds)) seconds = 0;
  seconds = std::clamp(seconds, 0.0, kEndOfYear9999);
  return Timestamp(std::chrono::microseconds(std::llround(seconds * 1e6)));
}

double to_wire_seconds(Timestamp time) {
  return static_cast<double>(
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

}  // namespace fastness::dialects
