#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "base/result.h"

namespace fastness::senml {

// Reads CBOR (RFC 8949) one item at a time, from foreign bytes. Every read fails with
// `invalid_argument` if the next item is not of that kind or is cut short; the reader must not be
// used after a failure. Nothing is allocated that the input does not pay for byte by byte.
// Thread-compatible; the input must outlive it.
class CborReader {
 public:
  // How deep arrays and maps may be nested in what `skip` passes over.
  static constexpr int kMaxDepth = fixed_limit<int>("cbor.depth");

  enum class Kind : std::uint8_t {
    unsigned_integer,
    negative_integer,
    bytes,
    text,
    array,
    map,
    tag,
    boolean,
    floating,
    null,    // also `undefined`
    simple,  // any other simple value
    end,     // the break that ends an indefinite array or map
  };

  explicit CborReader(ByteView input) : rest_(input) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }

  // What comes next, without taking it.
  [[nodiscard]] Result<Kind> peek() const;

  // An array or map that was entered: how many items are left, or until the break.
  class Items {
   public:
    explicit Items(std::optional<std::uint64_t> count) : left_(count) {}

   private:
    friend class CborReader;
    std::optional<std::uint64_t> left_;
  };
  [[nodiscard]] Result<Items> enter_array();
  [[nodiscard]] Result<Items> enter_map();

  // Whether another item (of a map: pair) follows; takes the break of an indefinite one.
  [[nodiscard]] Result<bool> next(Items& items);

  // Within the range of int64.
  [[nodiscard]] Result<std::int64_t> integer();
  [[nodiscard]] Result<bool> boolean();
  // Half, single or double precision.
  [[nodiscard]] Result<double> floating();
  // Definite or in chunks; of valid UTF-8, at most `max_size` bytes.
  [[nodiscard]] Result<std::string> text(std::size_t max_size);
  [[nodiscard]] Result<Bytes> bytes(std::size_t max_size);
  [[nodiscard]] Result<std::uint64_t> tag();
  // A simple value by its number.
  [[nodiscard]] Result<std::uint8_t> simple();

  // Passes over one whole item of any kind.
  [[nodiscard]] Result<void> skip() { return skip(kMaxDepth); }

 private:
  struct Head {
    std::uint8_t major;
    std::uint8_t info;       // the low five bits
    std::uint64_t argument;  // of an indefinite item: 0
  };
  static constexpr std::uint8_t kIndefinite = 31;

  [[nodiscard]] Result<Head> head();
  [[nodiscard]] Result<Head> head_of(std::uint8_t major, std::string_view what);
  [[nodiscard]] Result<Items> enter(std::uint8_t major, std::string_view what);
  [[nodiscard]] Result<Bytes> chunks(std::uint8_t major, std::size_t max_size);
  [[nodiscard]] Result<void> skip(int depth);
  [[nodiscard]] Result<void> skip_items(std::uint8_t major, const Head& head, int depth);
  [[nodiscard]] Result<ByteView> take(std::uint64_t size);

  ByteView rest_;
};

// Whether `text` is well-formed UTF-8 (RFC 3629): no surrogates, nothing over-long.
[[nodiscard]] bool is_utf8(std::string_view text);

// Writes CBOR in its shortest definite forms. `out` must outlive the writer.
class CborWriter {
 public:
  explicit CborWriter(Bytes& out) : out_(out) {}

  void integer(std::int64_t value);
  void unsigned_integer(std::uint64_t value) { head(0, value); }
  void boolean(bool value) { out_.push_back(value ? 0xf5 : 0xf4); }
  // Single precision if that says the same number, else double: boards read no other.
  void floating(double value);
  void text(std::string_view value);
  void bytes(ByteView value);
  void array(std::size_t count) { head(4, count); }
  void map(std::size_t count) { head(5, count); }
  // In four bytes whatever its size, as boards write and expect it.
  void tag(std::uint32_t value);
  void simple(std::uint8_t value);

 private:
  void head(std::uint8_t major, std::uint64_t argument);

  Bytes& out_;
};

}  // namespace fastness::senml
