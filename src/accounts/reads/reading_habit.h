#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/fixed_limits.h"

namespace fastness::accounts {

// How much one key or person reads: what an hour of theirs has had so far, and the most that one
// had on the days before. Far more than that is an alarm, once a day. What was read today is no
// measure for today, so that nobody becomes usual by reading a little more each hour. Of a fixed
// size, and one step for each request. Pure: the caller says what time it is. Thread-compatible.
struct ReadingHabit {
  // In an hour, however little was read before.
  static constexpr std::uint64_t kAllowed = fixed_limit<std::uint64_t>("reads.hour_bytes");
  // In an hour of who has no day behind them yet: nobody knows what is usual.
  static constexpr std::uint64_t kAllowedNew =
      fixed_limit<std::uint64_t>("reads.first_day_hour_bytes");
  static constexpr std::uint64_t kTimesMore = 10;
  static constexpr std::chrono::hours kSettling{24};
  // The most of an hour is remembered for so long, and for at most twice as long.
  static constexpr std::chrono::days kRemembered{30};
  static constexpr std::chrono::hours kQuiet{24};

  Timestamp since;                        // of the first read
  Timestamp hour;                         // the one that is being counted, its start
  std::uint64_t bytes = 0;                // read in it
  std::uint64_t most_today = 0;           // in an hour of its day before it
  Timestamp period;                       // the first day of the kRemembered that are running
  std::uint64_t most = 0;                 // in an hour of them, before that day
  std::uint64_t most_before = 0;          // in an hour of as many days before them
  std::optional<Timestamp> told_at = {};  // of the last alarm

  [[nodiscard]] static ReadingHabit starting(Timestamp now);

  // Counts what was read. Whether that is an alarm.
  [[nodiscard]] bool add(std::uint64_t read, Timestamp now);

  // What an hour may have without being one.
  [[nodiscard]] std::uint64_t allowed(Timestamp now) const;

 private:
  void turn_to(Timestamp next);
};

}  // namespace fastness::accounts
