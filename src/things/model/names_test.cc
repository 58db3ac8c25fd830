#include "things/model/names.h"

#include <gtest/gtest.h>

namespace fastness::things {
namespace {

TEST(Names, VariableNamesAreMadeAsSketchesWriteThem) {
  const struct {
    const char* name;
    const char* variable;
  } cases[] = {
      {"temperature", "temperature"},
      {"Temperature", "temperature"},
      {"Soil moisture 2", "soilMoisture2"},
      {"CO2 level", "cO2Level"},
      {"2nd floor", "_2ndFloor"},
      {"a:b/c", "aBC"},
      {"température", "tempRature"},
      {"☀", "property"},
      {"_x_y", "_x_y"},
  };
  for (const auto& [name, variable] : cases) EXPECT_EQ(variable_name_of(name), variable) << name;
  EXPECT_EQ(variable_name_of(std::string(200, 'x')).size(), 64U);
}

TEST(Names, CuttingNeverSplitsACharacter) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abc", 2), "ab");
  EXPECT_EQ(cut("aé", 2), "a");
  EXPECT_EQ(cut("☀☀", 5), "☀");
  EXPECT_EQ(cut("☀", 0), "");
}

}  // namespace
}  // namespace fastness::things
