#include "history/codec/numbers.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>

#include "history/codec/integers.h"

namespace fastness::history {
namespace {

enum class Form : std::uint8_t { decimal = 0, float_decimal = 1, pattern = 2, float_pattern = 3 };
constexpr unsigned kFormBits = 2;
constexpr unsigned kDigitsBits = 4;

constexpr std::array kPowers{1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
constexpr double kLargest = 9007199254740992.0;  // 2^53: above, integers are not exact

bool is_same(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// Converting a number beyond a float's range would be undefined; no decimal is there anyway.
float to_float(double value) {
  constexpr double kMax = 3.4028234663852886e38;
  return std::isnan(value) || std::abs(value) > kMax ? 0.0F : static_cast<float>(value);
}

bool is_float(double value) {
  return is_same(static_cast<double>(to_float(value)), value);
}

double from_decimal(std::int64_t mantissa, std::size_t digits, Form form) {
  const double value = static_cast<double>(mantissa) / kPowers[digits];
  return form == Form::float_decimal ? static_cast<double>(to_float(value)) : value;
}

// The integer which stands for `value` with so many digits after the point.
std::optional<std::int64_t> to_decimal(double value, std::size_t digits, Form form) {
  const double scaled = std::round(value * kPowers[digits]);
  if (!(std::abs(scaled) <= kLargest)) return std::nullopt;  // NaN too
  const auto mantissa = static_cast<std::int64_t>(scaled);
  if (!is_same(from_decimal(mantissa, digits, form), value)) return std::nullopt;
  return mantissa;
}

// The fewest digits that are enough for each value.
std::optional<std::size_t> digits_of(std::span<const double> values, Form form) {
  std::size_t digits = 0;
  for (const double value : values) {
    while (!to_decimal(value, digits, form)) {
      if (++digits == kPowers.size()) return std::nullopt;
    }
  }
  return digits;
}

bool encode_decimals(std::span<const double> values, Form form, BitWriter& out) {
  const auto digits = digits_of(values, form);
  if (!digits) return false;
  std::vector<std::int64_t> mantissas;
  mantissas.reserve(values.size());
  for (const double value : values) {
    const auto mantissa = to_decimal(value, *digits, form);
    if (!mantissa) return false;  // too large for the digits that others need
    mantissas.push_back(*mantissa);
  }
  out.put(static_cast<std::uint8_t>(form), kFormBits);
  out.put(*digits, kDigitsBits);
  encode_integers(mantissas, out);
  return true;
}

// One bit pattern after the other, as the bits that differ.
template <typename Pattern>
struct Patterns {
  static constexpr unsigned kWidth = sizeof(Pattern) * 8;
  static constexpr unsigned kFieldBits = sizeof(Pattern) == 8 ? 6 : 5;

  static void encode(std::span<const Pattern> patterns, BitWriter& out) {
    Pattern before = 0;
    unsigned leading = 0;
    unsigned trailing = kWidth;  // no window yet
    for (const Pattern pattern : patterns) {
      const Pattern changed = pattern ^ before;
      before = pattern;
      if (changed == 0) {
        out.put(0, 1);
        continue;
      }
      const auto zeros = static_cast<unsigned>(std::countl_zero(changed));
      const auto tail = static_cast<unsigned>(std::countr_zero(changed));
      const bool fits = leading + trailing < kWidth && zeros >= leading && tail >= trailing;
      out.put(fits ? 0b10 : 0b11, 2);
      if (!fits) {
        leading = zeros;
        trailing = tail;
        out.put(leading, kFieldBits);
        out.put(kWidth - leading - trailing - 1, kFieldBits);
      }
      out.put(changed >> trailing, kWidth - leading - trailing);
    }
  }

  static std::vector<Pattern> decode(std::size_t count, BitReader& in) {
    std::vector<Pattern> patterns;
    patterns.reserve(count);
    Pattern before = 0;
    unsigned leading = 0;
    unsigned size = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (in.get(1) != 0) {
        if (in.get(1) != 0) {
          leading = static_cast<unsigned>(in.get(kFieldBits));
          // Fields of foreign bytes may name a window that sticks out: cut it.
          size = std::min(static_cast<unsigned>(in.get(kFieldBits)) + 1, kWidth - leading);
        }
        if (size != 0) {
          before ^= static_cast<Pattern>(in.get(size) << (kWidth - leading - size));
        }
      }
      patterns.push_back(before);
    }
    return patterns;
  }
};

void encode_patterns(std::span<const double> values, BitWriter& out) {
  if (std::ranges::all_of(values, is_float)) {
    out.put(static_cast<std::uint8_t>(Form::float_pattern), kFormBits);
    std::vector<std::uint32_t> patterns;
    patterns.reserve(values.size());
    for (const double value : values) {
      patterns.push_back(std::bit_cast<std::uint32_t>(to_float(value)));
    }
    Patterns<std::uint32_t>::encode(patterns, out);
    return;
  }
  out.put(static_cast<std::uint8_t>(Form::pattern), kFormBits);
  std::vector<std::uint64_t> patterns;
  patterns.reserve(values.size());
  for (const double value : values) patterns.push_back(std::bit_cast<std::uint64_t>(value));
  Patterns<std::uint64_t>::encode(patterns, out);
}

std::vector<double> decode_decimals(std::size_t count, Form form, BitReader& in) {
  const auto digits = std::min<std::size_t>(in.get(kDigitsBits), kPowers.size() - 1);
  std::vector<double> values;
  values.reserve(count);
  for (const std::int64_t mantissa : decode_integers(count, in)) {
    values.push_back(from_decimal(mantissa, digits, form));
  }
  return values;
}

}  // namespace

void encode_numbers(std::span<const double> values, BitWriter& out) {
  if (encode_decimals(values, Form::decimal, out)) return;
  if (std::ranges::all_of(values, is_float) && encode_decimals(values, Form::float_decimal, out)) {
    return;
  }
  encode_patterns(values, out);
}

std::vector<double> decode_numbers(std::size_t count, BitReader& in) {
  const auto form = static_cast<Form>(in.get(kFormBits));
  std::vector<double> values;
  switch (form) {
    case Form::decimal:
    case Form::float_decimal:
      return decode_decimals(count, form, in);
    case Form::pattern:
      for (const std::uint64_t pattern : Patterns<std::uint64_t>::decode(count, in)) {
        values.push_back(std::bit_cast<double>(pattern));
      }
      break;
    case Form::float_pattern:
      for (const std::uint32_t pattern : Patterns<std::uint32_t>::decode(count, in)) {
        values.push_back(static_cast<double>(std::bit_cast<float>(pattern)));
      }
      break;
  }
  return values;
}

}  // namespace fastness::history
