#include "pipeline/ingest.h"

#include <cmath>
#include <limits>
#include <utility>

#include "things/model/names.h"

namespace fastness::pipeline {
namespace {

using things::AttributeType;
using things::PropertyType;
using things::PropertyUpdate;
using things::PropertyView;
using things::ValueKind;

template <typename T>
using Checked = Result<T, Refusal>;

constexpr std::size_t kMaxNameInRefusal = 64;

// A board whose clock was never set says 1970 or the day it was compiled.
constexpr Timestamp kEarliest = std::chrono::sys_days(std::chrono::January / 1 / 2000);

Unexpected<Refusal> refuse(Refusal reason) {
  return {reason};
}

Checked<Scalar> to_boolean(const Scalar& value) {
  if (std::holds_alternative<bool>(value)) return value;
  const auto* integer = std::get_if<std::int64_t>(&value);
  if (integer != nullptr && (*integer == 0 || *integer == 1)) return Scalar(*integer == 1);
  const auto* number = std::get_if<double>(&value);
  if (number != nullptr && (*number == 0 || *number == 1)) return Scalar(*number == 1);
  return refuse(Refusal::wrong_type);
}

Checked<Scalar> to_integer(const Scalar& value) {
  if (std::holds_alternative<std::int64_t>(value)) return value;
  const auto* number = std::get_if<double>(&value);
  if (number == nullptr) return refuse(Refusal::wrong_type);
  if (!std::isfinite(*number)) return refuse(Refusal::not_a_number);
  // 2^63 itself is out of range, and everything above it.
  constexpr double kLimit = 9'223'372'036'854'775'808.0;
  const bool is_whole = std::trunc(*number) == *number && *number >= -kLimit && *number < kLimit;
  if (!is_whole) return refuse(Refusal::wrong_type);
  return Scalar(static_cast<std::int64_t>(*number));
}

Checked<Scalar> to_number(const Scalar& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    return Scalar(static_cast<double>(*integer));
  }
  const auto* number = std::get_if<double>(&value);
  if (number == nullptr) return refuse(Refusal::wrong_type);
  if (!std::isfinite(*number)) return refuse(Refusal::not_a_number);
  return value;
}

Checked<Scalar> to_text_value(const Scalar& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return refuse(Refusal::wrong_type);
  if (text->size() > kMaxText) return refuse(Refusal::too_long);
  return value;
}

Checked<Scalar> convert(const Scalar& value, ValueKind kind) {
  switch (kind) {
    case ValueKind::boolean:
      return to_boolean(value);
    case ValueKind::integer:
      return to_integer(value);
    case ValueKind::number:
      return to_number(value);
    case ValueKind::text:
      return to_text_value(value);
    case ValueKind::composite:
      break;
  }
  return refuse(Refusal::wrong_type);
}

// What a free-form composite may hold: anything scalar that is finite and not too long.
Checked<Scalar> convert_freely(const Scalar& value) {
  if (std::holds_alternative<std::string>(value)) return to_text_value(value);
  if (std::holds_alternative<double>(value)) return to_number(value);
  return value;
}

Checked<Value> convert_composite(const Composite& attributes, const PropertyType& type) {
  Composite converted;
  for (const Attribute& attribute : attributes) {
    const AttributeType* known = type.attribute(attribute.name);
    if (known == nullptr && !type.attributes.empty()) return refuse(Refusal::unknown_attribute);
    const bool is_name_long = attribute.name.empty() || attribute.name.size() > kMaxNameInRefusal;
    if (is_name_long) return refuse(Refusal::unknown_attribute);
    auto value =
        known == nullptr ? convert_freely(attribute.value) : convert(attribute.value, known->kind);
    if (!value) return refuse(value.error());
    converted.push_back({attribute.name, std::move(value).value()});
  }
  auto whole = Value::composite(std::move(converted));
  if (!whole) return refuse(Refusal::unknown_attribute);
  return std::move(whole).value();
}

Checked<Value> convert(const Value& value, const PropertyType& type) {
  const auto* attributes = value.get<Composite>();
  if ((attributes != nullptr) != (type.kind == ValueKind::composite)) {
    return refuse(Refusal::wrong_type);
  }
  if (attributes != nullptr) return convert_composite(*attributes, type);

  Scalar scalar;
  if (const auto* boolean = value.get<bool>()) scalar = *boolean;
  if (const auto* integer = value.get<std::int64_t>()) scalar = *integer;
  if (const auto* number = value.get<double>()) scalar = *number;
  if (const auto* text = value.get<std::string>()) scalar = *text;
  auto converted = convert(scalar, type.kind);
  if (!converted) return refuse(converted.error());
  return std::visit([](auto&& part) { return Value(std::forward<decltype(part)>(part)); },
                    std::move(converted).value());
}

// A write is asked for now, whatever the asker's clock says: as old news it would never be sent.
Checked<Timestamp> time_of(const PropertyUpdate& update, Direction direction, Timestamp arrived) {
  if (!update.time || direction == Direction::write) return arrived;
  if (*update.time < kEarliest) return refuse(Refusal::no_time);
  return *update.time > arrived + kClockSkew ? arrived : *update.time;
}

Checked<void> check_range(const PropertyView& property, const Value& value) {
  const std::optional<double> number = value.as_number();
  if (!number || value.get<bool>() != nullptr) return {};
  if (property.min_value && *number < *property.min_value) return refuse(Refusal::below_minimum);
  if (property.max_value && *number > *property.max_value) return refuse(Refusal::above_maximum);
  return {};
}

}  // namespace

std::string_view to_text(Refusal refusal) {
  switch (refusal) {
    case Refusal::unknown_property:
      return "unknown_property";
    case Refusal::wrong_type:
      return "wrong_type";
    case Refusal::not_a_number:
      return "not_a_number";
    case Refusal::below_minimum:
      return "below_minimum";
    case Refusal::above_maximum:
      return "above_maximum";
    case Refusal::read_only:
      return "read_only";
    case Refusal::unknown_attribute:
      return "unknown_attribute";
    case Refusal::too_long:
      return "too_long";
    case Refusal::no_time:
      return "no_time";
  }
  return "unknown";
}

std::string_view explain(Refusal refusal) {
  switch (refusal) {
    case Refusal::unknown_property:
      return "The thing has no property of that name.";
    case Refusal::wrong_type:
      return "The value is not of the property's type.";
    case Refusal::not_a_number:
      return "The value is not a finite number.";
    case Refusal::below_minimum:
      return "The value is below the property's minimum.";
    case Refusal::above_maximum:
      return "The value is above the property's maximum.";
    case Refusal::read_only:
      return "Only the board may set this property.";
    case Refusal::unknown_attribute:
      return "The property's type has no such attribute.";
    case Refusal::too_long:
      return "The text is longer than 4096 bytes.";
    case Refusal::no_time:
      return "The value's time is before the year 2000: the board's clock is not set.";
  }
  return "The value was refused.";
}

Result<Reading, Refusal> ingest_one(const things::ThingView& thing, const PropertyUpdate& update,
                                    things::Source source, Direction direction, Timestamp arrived) {
  const PropertyView* property = thing.find(update.name);
  if (property == nullptr) return refuse(Refusal::unknown_property);
  if (direction == Direction::write && property->permission == things::Permission::read_only) {
    return refuse(Refusal::read_only);
  }
  FASTNESS_ASSIGN_OR_RETURN(Value value, convert(update.value, *property->type));
  FASTNESS_RETURN_IF_ERROR(check_range(*property, value));
  FASTNESS_ASSIGN_OR_RETURN(const Timestamp time, time_of(update, direction, arrived));
  return Reading{thing.organisation(), thing.id(), property->id,
                 property->series,     time,       arrived,
                 std::move(value),     source,     property->persist};
}

Ingested ingest(const things::ThingView& thing, std::span<const PropertyUpdate> updates,
                things::Source source, Direction direction, Timestamp arrived) {
  Ingested ingested;
  for (const PropertyUpdate& update : updates) {
    auto reading = ingest_one(thing, update, source, direction, arrived);
    if (reading) {
      ingested.accepted.push_back(std::move(reading).value());
      continue;
    }
    const PropertyView* property = thing.find(update.name);
    ingested.refused.push_back({thing.organisation(), thing.id(),
                                property == nullptr ? std::nullopt : std::optional(property->id),
                                std::string(things::cut(update.name, kMaxNameInRefusal)),
                                reading.error(), arrived});
  }
  return ingested;
}

}  // namespace fastness::pipeline
