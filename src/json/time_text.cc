#include "json/time_text.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <optional>

namespace fastness::json {
namespace {

using std::chrono::microseconds;

// Takes fixed spellings off the front of a text; after the first failure all others fail too.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  // Exactly `width` decimal digits.
  int digits(std::size_t width) {
    if (rest_.size() < width) ok_ = false;
    int value = 0;
    for (std::size_t i = 0; ok_ && i < width; ++i) {
      const char c = rest_[i];
      if (c < '0' || c > '9') ok_ = false;
      value = value * 10 + (c - '0');
    }
    if (ok_) rest_.remove_prefix(width);
    return value;
  }

  // One of `choices`; 0 if none.
  char one_of(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) {
      ok_ = false;
      return 0;
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  // Microseconds of `.digits`, 0 if there is no fraction.
  int fraction() {
    if (rest_.empty() || rest_.front() != '.') return 0;
    rest_.remove_prefix(1);
    std::size_t width = 0;
    int value = 0;
    while (width < rest_.size() && rest_[width] >= '0' && rest_[width] <= '9') {
      if (width < 6) value = value * 10 + (rest_[width] - '0');
      ++width;
    }
    if (width == 0 || width > 18) ok_ = false;
    for (std::size_t i = width; i < 6; ++i) value *= 10;
    rest_.remove_prefix(width);
    return value;
  }

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool finished() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

std::optional<std::chrono::minutes> offset(Scanner& in) {
  const char sign = in.one_of("Zz+-");
  if (sign == 'Z' || sign == 'z') return std::chrono::minutes(0);
  const int hours = in.digits(2);
  in.one_of(":");
  const int minutes = in.digits(2);
  if (!in.ok() || hours > 23 || minutes > 59) return std::nullopt;
  const std::chrono::minutes size(hours * 60 + minutes);
  return sign == '-' ? -size : size;
}

}  // namespace

std::string to_time_text(Timestamp time) {
  // In seconds, of which also the first day that a Timestamp reaches has a beginning.
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(second - day);
  const auto past = time.time_since_epoch() % std::chrono::seconds(1);
  const auto fraction = static_cast<int>((past.count() + 1'000'000) % 1'000'000);

  std::array<char, 48> buffer{};
  const auto print = [&](const char* format, auto... rest) {
    return std::snprintf(buffer.data(), buffer.size(), format, static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                         static_cast<int>(clock.hours().count()),
                         static_cast<int>(clock.minutes().count()),
                         static_cast<int>(clock.seconds().count()), rest...);
  };
  int size = 0;
  if (fraction == 0) {
    size = print("%04d-%02u-%02uT%02d:%02d:%02dZ");
  } else if (fraction % 1000 == 0) {
    size = print("%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", fraction / 1000);
  } else {
    size = print("%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", fraction);
  }
  return {buffer.data(), static_cast<std::size_t>(size)};
}

Result<Timestamp> parse_time(std::string_view text) {
  Scanner in(text);
  const int year = in.digits(4);
  in.one_of("-");
  const int month = in.digits(2);
  in.one_of("-");
  const int day = in.digits(2);
  in.one_of("Tt ");
  const int hour = in.digits(2);
  in.one_of(":");
  const int minute = in.digits(2);
  in.one_of(":");
  const int second = in.digits(2);
  const int fraction = in.fraction();
  const auto from_utc = offset(in);

  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!in.finished() || !from_utc || !date.ok() || year < 1970 || hour > 23 || minute > 59 ||
      second > 60) {
    return fail(Errc::invalid_argument, "not an RFC 3339 time");
  }
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second) + microseconds(fraction) -
         *from_utc;
}

}  // namespace fastness::json
