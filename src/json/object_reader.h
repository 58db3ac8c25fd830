#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids/uuid.h"
#include "json/value.h"

namespace fastness::json {

// Which field of a document is wrong, and how. Made to be shown to the document's sender: it never
// quotes a value. `field` is a path such as `properties[3].name`, empty for the whole document.
struct FieldError {
  std::string field;
  std::string message;

  friend bool operator==(const FieldError&, const FieldError&) = default;
};

template <typename T>
using FieldResult = Result<T, FieldError>;

[[nodiscard]] Unexpected<FieldError> bad_field(std::string field, std::string message);

// The same failure for a caller that has no field to show: `invalid_argument`.
[[nodiscard]] Unexpected<Error> as_error(const FieldError& error);

struct TextRange {
  std::size_t min = 0;
  std::size_t max = std::numeric_limits<std::size_t>::max();  // both in bytes
};

// Takes typed fields out of one object. Unknown members are ignored, an optional member that is
// null counts as absent. Looks at the Value it was made of, which must outlive it.
class ObjectReader {
 public:
  // Fails if `value` is no object. `path` is where the object is in its document.
  [[nodiscard]] static FieldResult<ObjectReader> of(const Value& value, std::string path = {});

  // Null if absent.
  [[nodiscard]] const Value* find(std::string_view name) const { return value_.find(name); }
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] bool is_null(std::string_view name) const;

  // The path of a member, as errors spell it.
  [[nodiscard]] std::string path(std::string_view name) const;

  [[nodiscard]] FieldResult<const Value*> required(std::string_view name) const;
  [[nodiscard]] FieldResult<std::string> text(std::string_view name, TextRange range = {}) const;
  [[nodiscard]] FieldResult<bool> boolean(std::string_view name) const;
  // Also takes a number that has no fraction, such as 3.0.
  [[nodiscard]] FieldResult<std::int64_t> integer(std::string_view name) const;
  [[nodiscard]] FieldResult<double> number(std::string_view name) const;
  [[nodiscard]] FieldResult<Uuid> uuid(std::string_view name) const;
  [[nodiscard]] FieldResult<Timestamp> time(std::string_view name) const;  // RFC 3339
  [[nodiscard]] FieldResult<const Array*> array(std::string_view name) const;

  // Nothing if the member is absent or null: `reader.optional("name", &ObjectReader::uuid)`.
  template <typename T, typename... Args>
  [[nodiscard]] FieldResult<std::optional<T>> optional(
      std::string_view name, FieldResult<T> (ObjectReader::*get)(std::string_view, Args...) const,
      std::type_identity_t<Args>... args) const {
    if (!has(name) || is_null(name)) return std::optional<T>();
    auto result = (this->*get)(name, args...);
    if (!result) return propagate(std::move(result));
    return std::optional<T>(std::move(result).value());
  }

 private:
  ObjectReader(const Value& value, std::string path) : value_(value), path_(std::move(path)) {}

  const Value& value_;
  std::string path_;
};

}  // namespace fastness::json
