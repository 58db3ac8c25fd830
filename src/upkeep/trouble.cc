#include "upkeep/trouble.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace fastness::upkeep {
namespace {

struct Row {
  Trouble trouble;
  std::string_view word;
  std::string_view explanation;
};

constexpr Row kRows[] = {
    {Trouble::directory, "directory",
     "the directory for backups could not be read or written: it may be gone, or its disk not "
     "mounted"},
    {Trouble::copy, "copy",
     "the instance could not copy its files: there may be too little room in the data directory"},
    {Trouble::pack, "pack",
     "the backup could not be written: the disk that it goes to may be full"},
    {Trouble::verify, "verify",
     "what was written could not be read back whole: the disk that it lies on may be failing"},
    {Trouble::tidy, "tidy", "a backup was made, but older ones could not be removed"},
    {Trouble::late, "late", "none was made in time, and nothing said why"},
    {Trouble::room, "room",
     "no backup could be restored on trial: the disk of the data directory has too little room for "
     "a second copy"},
    {Trouble::unpack, "unpack",
     "a backup was made, and could not be restored on trial: the disk that it lies on or that of "
     "the data directory may be failing"},
    {Trouble::open, "open",
     "a backup was made and restored on trial, and what it holds is damaged: this instance's own "
     "files may be, too"},
    {Trouble::untested, "untested",
     "no backup was restored on trial for a long time, and nothing said why"},
};

const Row& row_of(Trouble trouble) {
  return *std::ranges::find(kRows, trouble, &Row::trouble);
}

}  // namespace

bool is_of_test_restore(Trouble trouble) {
  return trouble >= Trouble::room;
}

std::string_view to_text(Trouble trouble) {
  return row_of(trouble).word;
}

std::optional<Trouble> parse_trouble(std::string_view text) {
  const auto* found = std::ranges::find(kRows, text, &Row::word);
  return found == std::end(kRows) ? std::nullopt : std::optional(found->trouble);
}

std::string_view explanation(Trouble trouble) {
  return row_of(trouble).explanation;
}

std::string to_text(const Streak& streak) {
  return std::string(to_text(streak.trouble)) + " " +
         std::to_string(streak.since.time_since_epoch().count());
}

std::optional<Streak> parse_streak(std::string_view text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const auto trouble = parse_trouble(text.substr(0, space));
  const std::string_view digits = text.substr(space + 1);
  std::int64_t since = 0;
  const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), since);
  const bool is_whole = status == std::errc() && end == digits.data() + digits.size();
  if (!trouble || !is_whole) return std::nullopt;
  return Streak{*trouble, Timestamp(std::chrono::microseconds(since))};
}

}  // namespace fastness::upkeep
