#include "accounts/reads/reading_habit.h"

#include <algorithm>
#include <utility>

namespace fastness::accounts {
namespace {

using std::chrono::days;
using std::chrono::hours;

// More than this is as much as this: ten times it can still be said.
constexpr std::uint64_t kEndless = std::uint64_t{1} << 56U;

}  // namespace

ReadingHabit ReadingHabit::starting(Timestamp now) {
  return {now, std::chrono::floor<hours>(now), 0, 0, std::chrono::floor<days>(now), 0, 0};
}

bool ReadingHabit::add(std::uint64_t read, Timestamp now) {
  turn_to(std::chrono::floor<hours>(now));
  bytes = std::min(bytes + std::min(read, kEndless), kEndless);
  if (bytes <= allowed(now)) return false;
  // A time of the future, from before the clock was set back, keeps nothing quiet.
  if (told_at && *told_at <= now && now - *told_at < kQuiet) return false;
  told_at = now;
  return true;
}

std::uint64_t ReadingHabit::allowed(Timestamp now) const {
  if (now - since < kSettling) return kAllowedNew;
  return std::max(kAllowed, kTimesMore * std::max(most, most_before));
}

void ReadingHabit::turn_to(Timestamp next) {
  if (next == hour) return;
  most_today = std::max(most_today, std::exchange(bytes, 0));
  const auto day = std::chrono::floor<days>(next);
  if (day != std::chrono::floor<days>(hour)) most = std::max(most, std::exchange(most_today, 0));
  hour = next;
  if (day - period < kRemembered) return;
  // Whoever comes back after so long is met anew.
  most_before = day - period < 2 * kRemembered ? most : 0;
  most = 0;
  period = day;
}

}  // namespace fastness::accounts
