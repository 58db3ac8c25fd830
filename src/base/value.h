#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/fixed_limits.h"
#include "base/result.h"

namespace fastness {

// One number, switch or text.
using Scalar = std::variant<bool, std::int64_t, double, std::string>;

// A named part of a composite value: `hue` of a colour, `lat` of a position.
struct Attribute {
  std::string name;
  Scalar value;

  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// Sorted by name, names unique: one value has one spelling.
using Composite = std::vector<Attribute>;

// What a property holds at a moment: a switch, an integer, a number, a text, or several of them
// under names. Immutable by convention: made, moved, never edited in place.
class Value {
 public:
  Value(bool value) : state_(value) {}                    // NOLINT(google-explicit-constructor)
  Value(std::int64_t value) : state_(value) {}            // NOLINT(google-explicit-constructor)
  Value(double value) : state_(value) {}                  // NOLINT(google-explicit-constructor)
  Value(std::string value) : state_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  // Without these a pointer would become a bool, and an int be ambiguous.
  Value(const char* value) : state_(std::string(value)) {}  // NOLINT(google-explicit-constructor)
  Value(int value) : state_(std::int64_t{value}) {}         // NOLINT(google-explicit-constructor)

  // Sorts `attributes`. Fails with `invalid_argument` if it is empty, has more than
  // kMaxAttributes, or names one twice.
  static constexpr std::size_t kMaxAttributes = fixed_limit("values.attributes");
  [[nodiscard]] static Result<Value> composite(Composite attributes);

  // Null if the value is of another kind.
  template <typename T>
  [[nodiscard]] const T* get() const {
    return std::get_if<T>(&state_);
  }

  // The number that a bool, integer or number stands for; null for texts and composites.
  [[nodiscard]] std::optional<double> as_number() const;

  // The storage form: one kind byte, then the parts. `decode` fails with `corrupted`.
  void encode(ByteWriter& out) const;
  [[nodiscard]] static Result<Value> decode(ByteReader& in);

  friend bool operator==(const Value&, const Value&) = default;

 private:
  explicit Value(Composite sorted) : state_(std::move(sorted)) {}

  std::variant<bool, std::int64_t, double, std::string, Composite> state_;
};

}  // namespace fastness
