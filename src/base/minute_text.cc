#include "base/minute_text.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace fastness {

std::string minute_text(Timestamp time) {
  // In seconds, of which also the first day that a Timestamp reaches has a beginning.
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(second - day);
  std::array<char, 32> text{};
  (void)std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d UTC",
                      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                      static_cast<int>(clock.minutes().count()));
  return text.data();
}

}  // namespace fastness
