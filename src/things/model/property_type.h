// What a property can be: the 132 wire names of the Arduino API, each with the kind of value it
// holds, its unit, and the attributes of the composite ones.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fastness::things {

enum class ValueKind : std::uint8_t { boolean, integer, number, text, composite };

// "boolean", "integer", "number", "text", "composite".
[[nodiscard]] std::string_view to_text(ValueKind kind);

struct AttributeType {
  std::string_view name;  // `hue`
  ValueKind kind;         // never composite
};

// One row of the table. Immutable and eternal: hold it by pointer.
struct PropertyType {
  std::string_view name;  // the wire name: `HOME_COLORED_LIGHT`
  ValueKind kind;
  std::string_view unit;  // as written after a number: `°C`; empty if it has none

  // In the order in which boards number them (a light payload's attribute 1 is the first one).
  // Empty for scalars and for GENERIC_COMPLEX_PROPERTY, whose attributes are anything.
  std::span<const AttributeType> attributes;

  // Null if the composite has no such attribute.
  [[nodiscard]] const AttributeType* attribute(std::string_view attribute_name) const;
};

// All of them, sorted by name.
[[nodiscard]] std::span<const PropertyType> property_types();

// Null if there is no type of that name.
[[nodiscard]] const PropertyType* find_property_type(std::string_view name);

}  // namespace fastness::things
