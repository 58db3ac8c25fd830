#include "json/object_reader.h"

#include <cmath>
#include <utility>

#include "json/time_text.h"

namespace fastness::json {

Unexpected<FieldError> bad_field(std::string field, std::string message) {
  return {FieldError{std::move(field), std::move(message)}};
}

Unexpected<Error> as_error(const FieldError& error) {
  return fail(Errc::invalid_argument, error.field + ": " + error.message);
}

FieldResult<ObjectReader> ObjectReader::of(const Value& value, std::string path) {
  if (value.get<Object>() == nullptr) return bad_field(std::move(path), "must be an object");
  return ObjectReader(value, std::move(path));
}

bool ObjectReader::is_null(std::string_view name) const {
  const Value* value = find(name);
  return value != nullptr && value->is_null();
}

std::string ObjectReader::path(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

FieldResult<const Value*> ObjectReader::required(std::string_view name) const {
  const Value* value = find(name);
  if (value == nullptr) return bad_field(path(name), "is missing");
  return value;
}

FieldResult<std::string> ObjectReader::text(std::string_view name, TextRange range) const {
  FASTNESS_ASSIGN_OR_RETURN(const Value* value, required(name));
  const auto* text = value->get<std::string>();
  if (text == nullptr) return bad_field(path(name), "must be a string");
  if (text->size() < range.min) {
    return bad_field(path(name), range.min == 1 ? "must not be empty"
                                                : "must have at least " +
                                                      std::to_string(range.min) + " characters");
  }
  if (text->size() > range.max) {
    return bad_field(path(name), "must have at most " + std::to_string(range.max) + " bytes");
  }
  return *text;
}

FieldResult<bool> ObjectReader::boolean(std::string_view name) const {
  FASTNESS_ASSIGN_OR_RETURN(const Value* value, required(name));
  const auto* boolean = value->get<bool>();
  if (boolean == nullptr) return bad_field(path(name), "must be true or false");
  return *boolean;
}

FieldResult<std::int64_t> ObjectReader::integer(std::string_view name) const {
  FASTNESS_ASSIGN_OR_RETURN(const Value* value, required(name));
  if (const auto* integer = value->get<std::int64_t>()) return *integer;
  const auto* number = value->get<double>();
  // 2^63 is the first double that no longer fits.
  if (number == nullptr || std::trunc(*number) != *number || std::abs(*number) >= 0x1p63) {
    return bad_field(path(name), "must be an integer");
  }
  return static_cast<std::int64_t>(*number);
}

FieldResult<double> ObjectReader::number(std::string_view name) const {
  FASTNESS_ASSIGN_OR_RETURN(const Value* value, required(name));
  if (const auto* integer = value->get<std::int64_t>()) return static_cast<double>(*integer);
  const auto* number = value->get<double>();
  if (number == nullptr || !std::isfinite(*number))
    return bad_field(path(name), "must be a number");
  return *number;
}

FieldResult<Uuid> ObjectReader::uuid(std::string_view name) const {
  FASTNESS_ASSIGN_OR_RETURN(const std::string raw_uuid, text(name));
  const auto uuid = Uuid::parse(raw_uuid);
  if (!uuid) return bad_field(path(name), "must be a UUID");
  return *uuid;
}

FieldResult<Timestamp> ObjectReader::time(std::string_view name) const {
  FASTNESS_ASSIGN_OR_RETURN(const std::string raw_time, text(name));
  const auto time = parse_time(raw_time);
  if (!time) return bad_field(path(name), "must be a time as in RFC 3339");
  return *time;
}

FieldResult<const Array*> ObjectReader::array(std::string_view name) const {
  FASTNESS_ASSIGN_OR_RETURN(const Value* value, required(name));
  const auto* array = value->get<Array>();
  if (array == nullptr) return bad_field(path(name), "must be a list");
  return array;
}

}  // namespace fastness::json
