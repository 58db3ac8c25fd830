#include "things/model/property_type.h"

#include <algorithm>
#include <array>

namespace fastness::things {
namespace {

constexpr auto kNumber = ValueKind::number;
constexpr auto kInteger = ValueKind::integer;
constexpr auto kBoolean = ValueKind::boolean;

constexpr std::array kPosition = {AttributeType{"lat", kNumber}, AttributeType{"lon", kNumber}};
constexpr std::array kColour = {AttributeType{"hue", kNumber}, AttributeType{"sat", kNumber},
                                AttributeType{"bri", kNumber}};
constexpr std::array kColouredLight = {AttributeType{"swi", kBoolean},
                                       AttributeType{"hue", kNumber}, AttributeType{"sat", kNumber},
                                       AttributeType{"bri", kNumber}};
constexpr std::array kDimmedLight = {AttributeType{"swi", kBoolean}, AttributeType{"bri", kNumber}};
constexpr std::array kTelevision = {AttributeType{"swi", kBoolean}, AttributeType{"vol", kInteger},
                                    AttributeType{"mut", kBoolean}, AttributeType{"pbc", kInteger},
                                    AttributeType{"inp", kInteger}, AttributeType{"cha", kInteger}};
constexpr std::array kSchedule = {AttributeType{"frm", kInteger}, AttributeType{"to", kInteger},
                                  AttributeType{"len", kInteger}, AttributeType{"msk", kInteger}};

// The API's own spelling, LENGHT included. Units of quantities are those of the board library.
// clang-format off
constexpr std::array<PropertyType, 132> kTypes = {{
    {"ACCELERATION", ValueKind::number, "m/s²", {}},
    {"AMPERE", ValueKind::number, "A", {}},
    {"ANALOG", ValueKind::integer, "", {}},
    {"ANGLE", ValueKind::number, "°", {}},
    {"AREA", ValueKind::number, "m²", {}},
    {"BECQUEREL", ValueKind::number, "Bq", {}},
    {"BEL", ValueKind::number, "B", {}},
    {"BIT", ValueKind::integer, "bit", {}},
    {"BIT_PER_SECOND", ValueKind::number, "bit/s", {}},
    {"CANDELA", ValueKind::number, "cd", {}},
    {"CANDELA_PER_SQUARE_METER", ValueKind::number, "cd/m²", {}},
    {"CAPACITANCE", ValueKind::number, "F", {}},
    {"CHARSTRING", ValueKind::text, "", {}},
    {"COLOR_HSB", ValueKind::composite, "", kColour},
    {"COLOR_RGB", ValueKind::composite, "", kColour},
    {"COULOMB", ValueKind::number, "C", {}},
    {"COUNT", ValueKind::integer, "", {}},
    {"CUBIC_METER", ValueKind::number, "m³", {}},
    {"CUBIC_METER_PER_SECOND", ValueKind::number, "m³/s", {}},
    {"DATA_RATE", ValueKind::number, "bit/s", {}},
    {"DECIBEL", ValueKind::number, "dB", {}},
    {"DECIBEL_1W", ValueKind::number, "dBW", {}},
    {"DEGREES_CELSIUS", ValueKind::number, "°C", {}},
    {"DEGREES_LATITUDE", ValueKind::number, "°", {}},
    {"DEGREES_LONGITUDE", ValueKind::number, "°", {}},
    {"ELECTRICAL_RESISTANCE", ValueKind::number, "Ω", {}},
    {"ELECTRIC_CURRENT", ValueKind::number, "A", {}},
    {"ELECTRIC_POTENTIAL", ValueKind::number, "V", {}},
    {"ENERGY", ValueKind::number, "J", {}},
    {"EVENT_RATE_MINUTE", ValueKind::number, "1/min", {}},
    {"EVENT_RATE_SECOND", ValueKind::number, "1/s", {}},
    {"FARAD", ValueKind::number, "F", {}},
    {"FLOAT", ValueKind::number, "", {}},
    {"FLOW_RATE", ValueKind::number, "m³/s", {}},
    {"FORCE", ValueKind::number, "N", {}},
    {"FREQUENCY", ValueKind::number, "Hz", {}},
    {"GENERIC_COMPLEX_PROPERTY", ValueKind::composite, "", {}},
    {"GOOGLE_HOME_COLORED_LIGHT", ValueKind::composite, "", kColouredLight},
    {"GOOGLE_HOME_CONTACT_SENSOR", ValueKind::boolean, "", {}},
    {"GOOGLE_HOME_DIMMED_LIGHT", ValueKind::composite, "", kDimmedLight},
    {"GOOGLE_HOME_LIGHT", ValueKind::boolean, "", {}},
    {"GOOGLE_HOME_MOTION_SENSOR", ValueKind::boolean, "", {}},
    {"GOOGLE_HOME_SMART_PLUG", ValueKind::boolean, "", {}},
    {"GOOGLE_HOME_SWITCH", ValueKind::boolean, "", {}},
    {"GOOGLE_HOME_TEMPERATURE", ValueKind::number, "°C", {}},
    {"GOOGLE_HOME_TEMPERATURE_C", ValueKind::number, "°C", {}},
    {"GOOGLE_HOME_TEMPERATURE_F", ValueKind::number, "°F", {}},
    {"GRAM", ValueKind::number, "g", {}},
    {"GRAY", ValueKind::number, "Gy", {}},
    {"HEART_BEATS", ValueKind::integer, "", {}},
    {"HEART_RATE", ValueKind::number, "1/min", {}},
    {"HENRY", ValueKind::number, "H", {}},
    {"HERTZ", ValueKind::number, "Hz", {}},
    {"HOME_COLORED_LIGHT", ValueKind::composite, "", kColouredLight},
    {"HOME_CONTACT_SENSOR", ValueKind::boolean, "", {}},
    {"HOME_DIMMED_LIGHT", ValueKind::composite, "", kDimmedLight},
    {"HOME_LIGHT", ValueKind::boolean, "", {}},
    {"HOME_MOTION_SENSOR", ValueKind::boolean, "", {}},
    {"HOME_SMART_PLUG", ValueKind::boolean, "", {}},
    {"HOME_SWITCH", ValueKind::boolean, "", {}},
    {"HOME_TELEVISION", ValueKind::composite, "", kTelevision},
    {"HOME_TEMPERATURE", ValueKind::number, "°C", {}},
    {"HOME_TEMPERATURE_C", ValueKind::number, "°C", {}},
    {"HOME_TEMPERATURE_F", ValueKind::number, "°F", {}},
    {"ILLUMINANCE", ValueKind::number, "lx", {}},
    {"INFORMATION_CONTENT", ValueKind::integer, "bit", {}},
    {"INT", ValueKind::integer, "", {}},
    {"JOULE", ValueKind::number, "J", {}},
    {"KATAL", ValueKind::number, "kat", {}},
    {"KELVIN", ValueKind::number, "K", {}},
    {"KILOGRAM", ValueKind::number, "kg", {}},
    {"LENGHT_C", ValueKind::number, "cm", {}},
    {"LENGHT_I", ValueKind::number, "in", {}},
    {"LENGHT_M", ValueKind::number, "m", {}},
    {"LENGTH", ValueKind::number, "m", {}},
    {"LITER", ValueKind::number, "l", {}},
    {"LITER_PER_SECOND", ValueKind::number, "l/s", {}},
    {"LOCATION", ValueKind::composite, "", kPosition},
    {"LOGARITHMIC_QUANTITY", ValueKind::number, "dB", {}},
    {"LUMEN", ValueKind::number, "lm", {}},
    {"LUMINANCE", ValueKind::number, "cd/m²", {}},
    {"LUMINOUS_FLUX", ValueKind::number, "lm", {}},
    {"LUMINOUS_INTENSITY", ValueKind::number, "cd", {}},
    {"LUX", ValueKind::number, "lx", {}},
    {"MASS", ValueKind::number, "kg", {}},
    {"METER", ValueKind::number, "m", {}},
    {"METER_PER_SECOND", ValueKind::number, "m/s", {}},
    {"METER_PER_SQUARE_SECOND", ValueKind::number, "m/s²", {}},
    {"MOLE", ValueKind::number, "mol", {}},
    {"NEWTON", ValueKind::number, "N", {}},
    {"OHM", ValueKind::number, "Ω", {}},
    {"PASCAL", ValueKind::number, "Pa", {}},
    {"PERCENTAGE", ValueKind::number, "%", {}},
    {"PERCENTAGE_BATTERY_LEVEL", ValueKind::number, "%", {}},
    {"PERCENTAGE_RELATIVE_HUMIDITY", ValueKind::number, "%", {}},
    {"PH_VALUE", ValueKind::number, "pH", {}},
    {"POWER", ValueKind::number, "W", {}},
    {"PRESSURE", ValueKind::number, "Pa", {}},
    {"RADIAN", ValueKind::number, "rad", {}},
    {"RATIO_DIV", ValueKind::number, "", {}},
    {"RATIO_MOD", ValueKind::number, "", {}},
    {"SCHEDULE", ValueKind::composite, "", kSchedule},
    {"SECOND", ValueKind::number, "s", {}},
    {"SECONDS_BATTERY_LEVEL", ValueKind::number, "s", {}},
    {"SIEMENS", ValueKind::number, "S", {}},
    {"SIEMENS_PER_METER", ValueKind::number, "S/m", {}},
    {"SIEVERT", ValueKind::number, "Sv", {}},
    {"SMART_HOME_COLORED_LIGHT", ValueKind::composite, "", kColouredLight},
    {"SMART_HOME_CONTACT_SENSOR", ValueKind::boolean, "", {}},
    {"SMART_HOME_DIMMED_LIGHT", ValueKind::composite, "", kDimmedLight},
    {"SMART_HOME_LIGHT", ValueKind::boolean, "", {}},
    {"SMART_HOME_MOTION_SENSOR", ValueKind::boolean, "", {}},
    {"SMART_HOME_SMART_PLUG", ValueKind::boolean, "", {}},
    {"SMART_HOME_SWITCH", ValueKind::boolean, "", {}},
    {"SMART_HOME_TELEVISION", ValueKind::composite, "", kTelevision},
    {"SMART_HOME_TEMPERATURE", ValueKind::number, "°C", {}},
    {"SMART_HOME_TEMPERATURE_C", ValueKind::number, "°C", {}},
    {"SMART_HOME_TEMPERATURE_F", ValueKind::number, "°F", {}},
    {"SQUARE_METER", ValueKind::number, "m²", {}},
    {"STATUS", ValueKind::boolean, "", {}},
    {"STERADIAN", ValueKind::number, "sr", {}},
    {"TEMPERATURE", ValueKind::number, "°C", {}},
    {"TEMPERATURE_C", ValueKind::number, "°C", {}},
    {"TEMPERATURE_F", ValueKind::number, "°F", {}},
    {"TESLA", ValueKind::number, "T", {}},
    {"TIME", ValueKind::integer, "", {}},
    {"VELOCITY", ValueKind::number, "m/s", {}},
    {"VOLT", ValueKind::number, "V", {}},
    {"VOLUME", ValueKind::number, "m³", {}},
    {"WATT", ValueKind::number, "W", {}},
    {"WATT_PER_SQUARE_METER", ValueKind::number, "W/m²", {}},
    {"WEBER", ValueKind::number, "Wb", {}},
}};
// clang-format on

static_assert(std::ranges::is_sorted(kTypes, {}, &PropertyType::name));

}  // namespace

std::string_view to_text(ValueKind kind) {
  switch (kind) {
    case ValueKind::boolean:
      return "boolean";
    case ValueKind::integer:
      return "integer";
    case ValueKind::number:
      return "number";
    case ValueKind::text:
      return "text";
    case ValueKind::composite:
      return "composite";
  }
  return "unknown";
}

const AttributeType* PropertyType::attribute(std::string_view attribute_name) const {
  const auto found = std::ranges::find(attributes, attribute_name, &AttributeType::name);
  return found == attributes.end() ? nullptr : &*found;
}

std::span<const PropertyType> property_types() {
  return kTypes;
}

const PropertyType* find_property_type(std::string_view name) {
  const auto* found = std::ranges::lower_bound(kTypes, name, {}, &PropertyType::name);
  return found != kTypes.end() && found->name == name ? found : nullptr;
}

}  // namespace fastness::things
