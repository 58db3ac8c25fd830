#include <bit>
#include <cmath>
#include <limits>

#include "senml/cbor.h"

namespace fastness::senml {
namespace {

constexpr std::uint8_t kUnsigned = 0;
constexpr std::uint8_t kNegative = 1;
constexpr std::uint8_t kBytes = 2;
constexpr std::uint8_t kText = 3;
constexpr std::uint8_t kArray = 4;
constexpr std::uint8_t kMap = 5;
constexpr std::uint8_t kTag = 6;
constexpr std::uint8_t kOther = 7;

constexpr std::uint8_t kFalse = 20;
constexpr std::uint8_t kTrue = 21;
constexpr std::uint8_t kHalf = 25;
constexpr std::uint8_t kSingle = 26;
constexpr std::uint8_t kDouble = 27;

// RFC 8949, appendix D.
double half_to_double(std::uint64_t bits) {
  const int exponent = static_cast<int>((bits >> 10U) & 0x1fU);
  const auto mantissa = static_cast<double>(bits & 0x3ffU);
  double value = 0;
  if (exponent == 0) {
    value = std::ldexp(mantissa, -24);
  } else if (exponent != 31) {
    value = std::ldexp(mantissa + 1024, exponent - 25);
  } else {
    value = mantissa == 0 ? std::numeric_limits<double>::infinity()
                          : std::numeric_limits<double>::quiet_NaN();
  }
  return (bits & 0x8000U) != 0 ? -value : value;
}

Unexpected<Error> unexpected(std::string_view wanted) {
  return fail(Errc::invalid_argument, "CBOR: expected " + std::string(wanted));
}

}  // namespace

bool is_utf8(std::string_view text) {
  const auto byte = [&text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  for (std::size_t i = 0; i < text.size();) {
    const std::uint8_t first = byte(i);
    if (first < 0x80) {
      ++i;
      continue;
    }
    const std::size_t size = first < 0xc2   ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
    if (size == 0 || text.size() - i < size) return false;
    for (std::size_t k = 1; k < size; ++k) {
      if ((byte(i + k) & 0xc0U) != 0x80) return false;
    }
    const std::uint8_t second = byte(i + 1);
    const bool is_out_of_range =
        (first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
        (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f);
    if (is_out_of_range) return false;
    i += size;
  }
  return true;
}

Result<ByteView> CborReader::take(std::uint64_t size) {
  if (size > rest_.size()) return fail(Errc::invalid_argument, "CBOR: cut short");
  const ByteView taken = rest_.first(static_cast<std::size_t>(size));
  rest_ = rest_.subspan(taken.size());
  return taken;
}

Result<CborReader::Head> CborReader::head() {
  FASTNESS_ASSIGN_OR_RETURN(const ByteView initial, take(1));
  const auto major = static_cast<std::uint8_t>(initial[0] >> 5U);
  const auto info = static_cast<std::uint8_t>(initial[0] & 0x1fU);
  if (info < 24) return Head{major, info, info};
  if (info == kIndefinite) {
    if (major <= kNegative || major == kTag) return unexpected("a definite item");
    return Head{major, info, 0};
  }
  if (info > 27) return fail(Errc::invalid_argument, "CBOR: reserved length");
  FASTNESS_ASSIGN_OR_RETURN(const ByteView raw, take(std::uint64_t{1} << (info - 24U)));
  std::uint64_t argument = 0;
  for (const std::uint8_t byte : raw) argument = (argument << 8U) | byte;
  return Head{major, info, argument};
}

Result<CborReader::Head> CborReader::head_of(std::uint8_t major, std::string_view what) {
  FASTNESS_ASSIGN_OR_RETURN(const Head got, head());
  if (got.major != major) return unexpected(what);
  return got;
}

Result<CborReader::Kind> CborReader::peek() const {
  if (rest_.empty()) return fail(Errc::invalid_argument, "CBOR: cut short");
  const std::uint8_t initial = rest_[0];
  switch (initial >> 5U) {
    case kUnsigned:
      return Kind::unsigned_integer;
    case kNegative:
      return Kind::negative_integer;
    case kBytes:
      return Kind::bytes;
    case kText:
      return Kind::text;
    case kArray:
      return Kind::array;
    case kMap:
      return Kind::map;
    case kTag:
      return Kind::tag;
    default:
      break;
  }
  switch (initial & 0x1fU) {
    case kFalse:
    case kTrue:
      return Kind::boolean;
    case 22:
    case 23:
      return Kind::null;
    case kHalf:
    case kSingle:
    case kDouble:
      return Kind::floating;
    case kIndefinite:
      return Kind::end;
    default:
      return Kind::simple;
  }
}

Result<CborReader::Items> CborReader::enter(std::uint8_t major, std::string_view what) {
  FASTNESS_ASSIGN_OR_RETURN(const Head got, head_of(major, what));
  if (got.info == kIndefinite) return Items(std::nullopt);
  return Items(got.argument);
}

Result<CborReader::Items> CborReader::enter_array() {
  return enter(kArray, "an array");
}
Result<CborReader::Items> CborReader::enter_map() {
  return enter(kMap, "a map");
}

Result<bool> CborReader::next(Items& items) {
  if (items.left_) {
    if (*items.left_ == 0) return false;
    --*items.left_;
    return true;
  }
  FASTNESS_ASSIGN_OR_RETURN(const Kind kind, peek());
  if (kind != Kind::end) return true;
  rest_ = rest_.subspan(1);
  return false;
}

Result<std::int64_t> CborReader::integer() {
  FASTNESS_ASSIGN_OR_RETURN(const Head got, head());
  if (got.major != kUnsigned && got.major != kNegative) return unexpected("an integer");
  if (got.argument > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return fail(Errc::invalid_argument, "CBOR: an integer of more than 64 bits");
  }
  const auto magnitude = static_cast<std::int64_t>(got.argument);
  return got.major == kUnsigned ? magnitude : -1 - magnitude;
}

Result<bool> CborReader::boolean() {
  FASTNESS_ASSIGN_OR_RETURN(const Head got, head_of(kOther, "a boolean"));
  if (got.info != kFalse && got.info != kTrue) return unexpected("a boolean");
  return got.info == kTrue;
}

Result<double> CborReader::floating() {
  FASTNESS_ASSIGN_OR_RETURN(const Head got, head_of(kOther, "a floating-point number"));
  switch (got.info) {
    case kHalf:
      return half_to_double(got.argument);
    case kSingle:
      return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(got.argument)));
    case kDouble:
      return std::bit_cast<double>(got.argument);
    default:
      return unexpected("a floating-point number");
  }
}

Result<Bytes> CborReader::chunks(std::uint8_t major, std::size_t max_size) {
  FASTNESS_ASSIGN_OR_RETURN(const Head got, head_of(major, major == kText ? "a text" : "bytes"));
  Bytes whole;
  const auto append = [&](std::uint64_t size) -> Result<void> {
    FASTNESS_ASSIGN_OR_RETURN(const ByteView part, take(size));
    if (part.size() > max_size - whole.size()) {
      return fail(Errc::invalid_argument, "CBOR: a string over its limit");
    }
    whole.insert(whole.end(), part.begin(), part.end());
    return {};
  };
  if (got.info != kIndefinite) {
    FASTNESS_RETURN_IF_ERROR(append(got.argument));
    return whole;
  }
  Items parts(std::nullopt);
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const bool has_more, next(parts));
    if (!has_more) return whole;
    FASTNESS_ASSIGN_OR_RETURN(const Head part, head_of(major, "a chunk of the same kind"));
    if (part.info == kIndefinite) return unexpected("a definite chunk");
    FASTNESS_RETURN_IF_ERROR(append(part.argument));
  }
}

Result<std::string> CborReader::text(std::size_t max_size) {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes raw, chunks(kText, max_size));
  std::string text(as_text(raw));
  if (!is_utf8(text)) return fail(Errc::invalid_argument, "CBOR: a text that is not UTF-8");
  return text;
}

Result<Bytes> CborReader::bytes(std::size_t max_size) {
  return chunks(kBytes, max_size);
}

Result<std::uint64_t> CborReader::tag() {
  FASTNESS_ASSIGN_OR_RETURN(const Head got, head_of(kTag, "a tag"));
  return got.argument;
}

Result<std::uint8_t> CborReader::simple() {
  FASTNESS_ASSIGN_OR_RETURN(const Head got, head_of(kOther, "a simple value"));
  if (got.info > 24) return unexpected("a simple value");
  return static_cast<std::uint8_t>(got.argument);
}

Result<void> CborReader::skip_items(std::uint8_t major, const Head& got, int depth) {
  const bool is_container = major == kArray || major == kMap;
  if (!is_container) {  // a string in chunks
    Items parts(std::nullopt);
    for (;;) {
      FASTNESS_ASSIGN_OR_RETURN(const bool has_more, next(parts));
      if (!has_more) return {};
      FASTNESS_ASSIGN_OR_RETURN(const Head part, head_of(major, "a chunk of the same kind"));
      if (part.info == kIndefinite) return unexpected("a definite chunk");
      FASTNESS_RETURN_IF_ERROR(take(part.argument));
    }
  }
  Items items(got.info == kIndefinite ? std::nullopt : std::optional(got.argument));
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const bool has_more, next(items));
    if (!has_more) return {};
    FASTNESS_RETURN_IF_ERROR(skip(depth - 1));
    if (major == kMap) FASTNESS_RETURN_IF_ERROR(skip(depth - 1));
  }
}

Result<void> CborReader::skip(int depth) {
  if (depth == 0) return fail(Errc::invalid_argument, "CBOR: nested too deeply");
  FASTNESS_ASSIGN_OR_RETURN(const Head got, head());
  switch (got.major) {
    case kBytes:
    case kText:
      if (got.info == kIndefinite) return skip_items(got.major, got, depth);
      FASTNESS_RETURN_IF_ERROR(take(got.argument));
      return {};
    case kArray:
    case kMap:
      return skip_items(got.major, got, depth);
    case kTag:
      return skip(depth - 1);
    case kOther:
      if (got.info == kIndefinite) return unexpected("an item, not a break");
      return {};
    default:
      return {};
  }
}

}  // namespace fastness::senml
