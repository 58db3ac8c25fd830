// What stood in the way of a backup by schedule, or of restoring one on trial. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "wording/phrase.h"

namespace fastness::upkeep {

// The numbers are stored.
enum class Trouble : std::uint8_t {
  directory = 0,  // where backups go cannot be read or written
  copy = 1,       // the instance did not copy its files
  pack = 2,       // the copy did not become a whole file
  verify = 3,     // the file could not be read back as it was written
  tidy = 4,       // it was made, and those that are too many are still there
  late = 5,       // nobody reported anything for two of the schedule's turns
  // Of a test restore, while backups are made:
  room = 6,      // too little for a copy
  unpack = 7,    // the file did not become a directory of files
  open = 8,      // the files do not open, or are not what the instance had
  untested = 9,  // none came to an end for too long
};

// Whether it is about test restores, and not about backups being made.
[[nodiscard]] bool is_of_test_restore(Trouble trouble);

// "directory", as requests have it.
[[nodiscard]] std::string_view to_text(Trouble trouble);
// Nothing for any other word.
[[nodiscard]] std::optional<Trouble> parse_trouble(std::string_view text);

// For the person at the host, after a colon: "what was written could not be read back whole: ..."
[[nodiscard]] wording::Phrase explanation(Trouble trouble);

// A time in which backups failed. Two streaks are one only if both say the same.
struct Streak {
  Trouble trouble = Trouble::late;  // that began it
  Timestamp since{};

  friend bool operator==(const Streak&, const Streak&) = default;
};

// "directory 1764552000000000", as it is filed; and back, or nothing.
[[nodiscard]] std::string to_text(const Streak& streak);
[[nodiscard]] std::optional<Streak> parse_streak(std::string_view text);

}  // namespace fastness::upkeep
