// DER (X.690): the small strict subset that certificates and requests are made of.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"

namespace fastness::crypto::der {

enum class Tag : std::uint8_t {
  boolean = 0x01,
  integer = 0x02,
  bit_string = 0x03,
  octet_string = 0x04,
  null = 0x05,
  object_identifier = 0x06,
  enumerated = 0x0a,
  utf8_string = 0x0c,
  printable_string = 0x13,
  ia5_string = 0x16,
  utc_time = 0x17,
  generalized_time = 0x18,
  sequence = 0x30,
  set = 0x31,
};

// Tags [n] of a structure: primitive 0x80 + n, constructed 0xa0 + n.
[[nodiscard]] constexpr Tag context_tag(unsigned number) {
  return static_cast<Tag>(0xa0U + number);
}
[[nodiscard]] constexpr Tag primitive_context_tag(unsigned number) {
  return static_cast<Tag>(0x80U + number);
}

// One element: its content, and all of its bytes with tag and length.
struct Element {
  Tag tag;
  ByteView content;
  ByteView whole;
};

// Walks the elements of a foreign structure. Refuses what DER forbids: indefinite or padded
// lengths, tags of several bytes, elements that end outside their parent. All failures are
// `invalid_argument`. Views point into the input. Thread-compatible.
class Reader {
 public:
  explicit Reader(ByteView input) : rest_(input) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool next_is(Tag tag) const;
  [[nodiscard]] Result<Element> next();

  // The next element, which must have this tag.
  [[nodiscard]] Result<Element> expect(Tag tag);

  // An INTEGER that is not negative, without its leading zero byte; of zero, one zero byte.
  [[nodiscard]] Result<ByteView> expect_unsigned();

  // Fails unless the input is used up.
  [[nodiscard]] Result<void> finish() const;

 private:
  ByteView rest_;
};

// UTCTime or GeneralizedTime as RFC 5280, 4.1.2.5 spells them: seconds, Z, no fraction.
[[nodiscard]] Result<Timestamp> read_time(const Element& element);

// One element around the concatenation of `parts`.
[[nodiscard]] Bytes element(Tag tag, std::initializer_list<ByteView> parts);
[[nodiscard]] inline Bytes sequence(std::initializer_list<ByteView> parts) {
  return element(Tag::sequence, parts);
}
// An INTEGER from big-endian bytes: leading zeros go, a zero byte comes if the top bit is set.
[[nodiscard]] Bytes unsigned_integer(ByteView big_endian);
// A BIT STRING of whole bytes.
[[nodiscard]] Bytes bit_string(ByteView bytes);
[[nodiscard]] Bytes text(Tag tag, std::string_view content);
// UTCTime until 2049, GeneralizedTime after; whole seconds.
[[nodiscard]] Bytes time(Timestamp when);
// Always GeneralizedTime; whole seconds.
[[nodiscard]] Bytes generalized_time(Timestamp when);

}  // namespace fastness::crypto::der
