// JSON documents as values (RFC 8259).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/fixed_limits.h"
#include "base/result.h"

namespace fastness::json {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;
using Object = std::vector<Member>;  // in the order of the text, names unique

// One JSON value and all below it. Numbers without fraction or exponent that fit are int64, all
// others double. Immutable by convention.
class Value {
 public:
  Value() = default;  // null
  explicit Value(bool value) : state_(value) {}
  explicit Value(std::int64_t value) : state_(value) {}
  explicit Value(double value) : state_(value) {}
  explicit Value(std::string value) : state_(std::move(value)) {}
  explicit Value(Array value) : state_(std::move(value)) {}
  explicit Value(Object value) : state_(std::move(value)) {}

  [[nodiscard]] bool is_null() const { return state_.index() == 0; }

  // Null if the value is of another kind. T: bool, int64_t, double, std::string, Array, Object.
  template <typename T>
  [[nodiscard]] const T* get() const {
    return std::get_if<T>(&state_);
  }

  // The member of an object; null if there is none, or this is no object.
  [[nodiscard]] const Value* find(std::string_view name) const;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Object> state_;
};

struct Limits {
  std::size_t max_bytes = fixed_limit("json.document_bytes");
  std::size_t max_depth = fixed_limit("json.depth");
};

// Reads exactly one document. `invalid_argument` if the text is not JSON in UTF-8, names a member
// twice, or has something after its end; `exhausted` beyond a limit.
[[nodiscard]] Result<Value> parse(std::string_view text, Limits limits = {});

}  // namespace fastness::json
