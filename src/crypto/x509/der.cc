#include "crypto/x509/der.h"

#include <algorithm>
#include <array>
#include <string>

namespace fastness::crypto::der {
namespace {

constexpr std::size_t kMaxLengthBytes = 3;  // 16 MiB, far beyond what any caller passes in

Unexpected<Error> malformed(const char* why) {
  return fail(Errc::invalid_argument, why);
}

// Takes the length octets off `rest` (X.690, 10.1: definite, as few as possible).
Result<std::size_t> read_length(ByteView& rest) {
  if (rest.empty()) return malformed("DER ends before a length");
  const std::uint8_t first = rest[0];
  rest = rest.subspan(1);
  if (first < 0x80) return std::size_t{first};
  const std::size_t count = first & 0x7fU;
  if (count == 0 || count > kMaxLengthBytes || count > rest.size()) {
    return malformed("DER has a length that it forbids");
  }
  std::size_t length = 0;
  for (const std::uint8_t byte : rest.first(count)) length = (length << 8U) | byte;
  if (length < 0x80 || rest[0] == 0) return malformed("DER has a length that is not minimal");
  rest = rest.subspan(count);
  return length;
}

void append_length(Bytes& out, std::size_t length) {
  if (length < 0x80) {
    out.push_back(static_cast<std::uint8_t>(length));
    return;
  }
  Bytes reversed;
  for (std::size_t left = length; left != 0; left >>= 8U) {
    reversed.push_back(static_cast<std::uint8_t>(left));
  }
  out.push_back(static_cast<std::uint8_t>(0x80U | reversed.size()));
  out.insert(out.end(), reversed.rbegin(), reversed.rend());
}

// `digits` decimal digits at the front of `text`, which shrinks; -1 if they are not digits.
int take_number(std::string_view& text, std::size_t digits) {
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

// "20261130091500Z"
std::string digits_of(Timestamp when) {
  const auto days = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(days);
  const auto clock = std::chrono::floor<std::chrono::seconds>(when - days).count();
  const int year = static_cast<int>(date.year());
  std::string text;
  const auto append_two = [&text](long value) {
    text.push_back(static_cast<char>('0' + value / 10));
    text.push_back(static_cast<char>('0' + value % 10));
  };
  append_two(year / 100);
  append_two(year % 100);
  append_two(static_cast<long>(static_cast<unsigned>(date.month())));
  append_two(static_cast<long>(static_cast<unsigned>(date.day())));
  append_two(clock / 3600);
  append_two(clock / 60 % 60);
  append_two(clock % 60);
  text.push_back('Z');
  return text;
}

}  // namespace

bool Reader::next_is(Tag tag) const {
  return !rest_.empty() && rest_[0] == static_cast<std::uint8_t>(tag);
}

Result<Element> Reader::next() {
  if (rest_.empty()) return malformed("DER ends before an element");
  if ((rest_[0] & 0x1fU) == 0x1fU) return malformed("DER has a tag of several bytes");
  const auto tag = static_cast<Tag>(rest_[0]);
  ByteView after = rest_.subspan(1);
  FASTNESS_ASSIGN_OR_RETURN(const std::size_t length, read_length(after));
  if (length > after.size()) return malformed("a DER element is cut short");
  const std::size_t header = rest_.size() - after.size();
  const Element element{tag, after.first(length), rest_.first(header + length)};
  rest_ = after.subspan(length);
  return element;
}

Result<Element> Reader::expect(Tag tag) {
  if (!next_is(tag)) return malformed("a DER element of another kind was expected");
  return next();
}

Result<ByteView> Reader::expect_unsigned() {
  FASTNESS_ASSIGN_OR_RETURN(const Element integer, expect(Tag::integer));
  const ByteView bytes = integer.content;
  if (bytes.empty()) return malformed("an INTEGER is empty");
  if ((bytes[0] & 0x80U) != 0) return malformed("an INTEGER is negative");
  if (bytes[0] != 0 || bytes.size() == 1) return bytes;
  if ((bytes[1] & 0x80U) == 0) return malformed("an INTEGER is not minimal");
  return bytes.subspan(1);
}

Result<void> Reader::finish() const {
  if (!rest_.empty()) return malformed("DER has bytes after its end");
  return {};
}

Result<Timestamp> read_time(const Element& element) {
  std::string_view text = as_text(element.content);
  int year = 0;
  if (element.tag == Tag::utc_time && text.size() == 13) {
    year = take_number(text, 2);
    if (year >= 0) year += year < 50 ? 2000 : 1900;
  } else if (element.tag == Tag::generalized_time && text.size() == 15) {
    year = take_number(text, 4);
  } else {
    return malformed("a time is spelled in a way that RFC 5280 forbids");
  }
  const int month = take_number(text, 2);
  const int day = take_number(text, 2);
  const int hour = take_number(text, 2);
  const int minute = take_number(text, 2);
  const int second = take_number(text, 2);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year < 1950 || month < 1 || day < 1 || !date.ok() || hour < 0 || hour > 23 || minute < 0 ||
      minute > 59 || second < 0 || second > 59 || text != "Z") {
    return malformed("a time is not one");
  }
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(hour) +
         std::chrono::minutes(minute) + std::chrono::seconds(second);
}

Bytes element(Tag tag, std::initializer_list<ByteView> parts) {
  std::size_t length = 0;
  for (const ByteView part : parts) length += part.size();
  Bytes out;
  out.reserve(length + 5);
  out.push_back(static_cast<std::uint8_t>(tag));
  append_length(out, length);
  for (const ByteView part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Bytes unsigned_integer(ByteView big_endian) {
  while (big_endian.size() > 1 && big_endian[0] == 0) big_endian = big_endian.subspan(1);
  static constexpr std::array<std::uint8_t, 1> kZero{0};
  if (big_endian.empty()) return element(Tag::integer, {kZero});
  if ((big_endian[0] & 0x80U) != 0) return element(Tag::integer, {kZero, big_endian});
  return element(Tag::integer, {big_endian});
}

Bytes bit_string(ByteView bytes) {
  static constexpr std::array<std::uint8_t, 1> kNoUnusedBits{0};
  return element(Tag::bit_string, {kNoUnusedBits, bytes});
}

Bytes text(Tag tag, std::string_view content) {
  return element(tag, {as_bytes(content)});
}

Bytes time(Timestamp when) {
  const std::string digits = digits_of(when);
  if (digits >= "2050") return text(Tag::generalized_time, digits);
  return text(Tag::utc_time, std::string_view(digits).substr(2));
}

Bytes generalized_time(Timestamp when) {
  return text(Tag::generalized_time, digits_of(when));
}

}  // namespace fastness::crypto::der
