#include "things/model/property_type.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

namespace fastness::things {
namespace {

TEST(PropertyType, ThereAre132AndEachIsFoundByItsName) {
  EXPECT_EQ(property_types().size(), 132U);
  std::set<std::string_view> names;
  for (const PropertyType& type : property_types()) {
    EXPECT_EQ(find_property_type(type.name), &type);
    names.insert(type.name);
  }
  EXPECT_EQ(names.size(), 132U);
}

TEST(PropertyType, OtherNamesAreNotFound) {
  for (const char* name : {"", "float", "FLOAT ", "ZZZ", "LENGTH_M"}) {
    EXPECT_EQ(find_property_type(name), nullptr) << name;
  }
  EXPECT_NE(find_property_type("LENGHT_M"), nullptr) << "the historic spelling is the wire's";
}

TEST(PropertyType, KindsAreThoseOfTheBoardLibrary) {
  const std::map<std::string_view, ValueKind> kinds = {
      {"STATUS", ValueKind::boolean},
      {"HOME_SMART_PLUG", ValueKind::boolean},
      {"GOOGLE_HOME_CONTACT_SENSOR", ValueKind::boolean},
      {"CHARSTRING", ValueKind::text},
      {"INT", ValueKind::integer},
      {"TIME", ValueKind::integer},
      {"COUNT", ValueKind::integer},
      {"FLOAT", ValueKind::number},
      {"HOME_TEMPERATURE_C", ValueKind::number},
      {"KELVIN", ValueKind::number},
      {"LOCATION", ValueKind::composite},
      {"GENERIC_COMPLEX_PROPERTY", ValueKind::composite},
  };
  for (const auto& [name, kind] : kinds) EXPECT_EQ(find_property_type(name)->kind, kind) << name;
  EXPECT_EQ(find_property_type("DEGREES_CELSIUS")->unit, "°C");
}

TEST(PropertyType, AttributesStandInTheOrderOfTheBoardLibrary) {
  const auto order = [](std::string_view type) {
    std::string joined;
    for (const AttributeType& attribute : find_property_type(type)->attributes) {
      joined += std::string(joined.empty() ? "" : ",") + std::string(attribute.name);
    }
    return joined;
  };

  EXPECT_EQ(order("LOCATION"), "lat,lon");
  EXPECT_EQ(order("COLOR_HSB"), "hue,sat,bri");
  EXPECT_EQ(order("SMART_HOME_COLORED_LIGHT"), "swi,hue,sat,bri");
  EXPECT_EQ(order("HOME_DIMMED_LIGHT"), "swi,bri");
  EXPECT_EQ(order("HOME_TELEVISION"), "swi,vol,mut,pbc,inp,cha");
  EXPECT_EQ(order("SCHEDULE"), "frm,to,len,msk");
  EXPECT_EQ(order("FLOAT"), "");
  EXPECT_EQ(find_property_type("HOME_TELEVISION")->attribute("vol")->kind, ValueKind::integer);
  EXPECT_EQ(find_property_type("HOME_TELEVISION")->attribute("hue"), nullptr);
}

}  // namespace
}  // namespace fastness::things
