#include "wording/moment.h"

#include <string>
#include <string_view>

#include "base/minute_text.h"

namespace fastness::wording {
namespace {

std::string in_groups(const std::string& digits, char mark) {
  std::string grouped;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) grouped += mark;
    grouped += digits[i];
  }
  return grouped;
}

}  // namespace

Phrase minute(Timestamp time) {
  const std::string english = minute_text(time);
  // "2026-11-30 16:20 UTC"; the year of a moment far from now may be longer, or begin with a minus.
  const std::size_t space = english.find(' ');
  const std::string_view date = std::string_view(english).substr(0, space);
  const std::string_view clock = std::string_view(english).substr(space + 1, 5);
  const std::string_view day = date.substr(date.size() - 2);
  const std::string_view month = date.substr(date.size() - 5, 2);
  const std::string_view year = date.substr(0, date.size() - 6);
  return {.en = english,
          .de = std::string(day) + "." + std::string(month) + "." + std::string(year) + " um " +
                std::string(clock) + " Uhr UTC"};
}

Phrase number(std::uint64_t count) {
  const std::string digits = std::to_string(count);
  return {.en = in_groups(digits, ','), .de = in_groups(digits, '.')};
}

}  // namespace fastness::wording
