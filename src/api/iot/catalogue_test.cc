// What clients choose from.
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/iot/iot_world_test.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using ::testing::ElementsAre;
using testing::text_of;

using Catalogue = testing::IotTest;

std::vector<std::string> names_in(const json::Value& list, std::string_view field) {
  std::vector<std::string> names;
  for (const json::Value& each : *list.get<json::Array>()) names.push_back(text_of(each, field));
  return names;
}

TEST_F(Catalogue, HasTheTypesThatClientsKnowAndNoAliases) {
  const auto types = expect(Status::ok, Method::get, "/iot/v1/property_types");

  const auto names = names_in(types, "type");
  EXPECT_EQ(names.size(), 104U);
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).count("SMART_HOME_LIGHT"), 0U);
  // An alias is still a type that a property may have.
  static_cast<void>(make_property(make_thing(), "SMART_HOME_TEMPERATURE"));
}

TEST_F(Catalogue, SaysWhatASketchNeedsForItsNetwork) {
  const std::string path = "/iot/v1/network_credentials/";

  const auto wifi = expect(Status::ok, Method::get, path + "mkrwifi1010");
  EXPECT_THAT(names_in(wifi, "secret_name"), ElementsAre("SECRET_SSID", "SECRET_OPTIONAL_PASS"));
  const json::Value& password = wifi.get<json::Array>()->back();
  EXPECT_TRUE(*password.find("sensitive")->get<bool>());
  EXPECT_FALSE(*password.find("required")->get<bool>());
  EXPECT_EQ(ask(Method::get, path + "opta?connection=eth").body, "[]");
  const auto both = expect(Status::ok, Method::get, path + "opta/connections");
  EXPECT_NE(both.find("wifi"), nullptr);
  EXPECT_NE(both.find("eth"), nullptr);

  expect(Status::not_found, Method::get, path + "opta?connection=pigeon");
  expect(Status::not_found, Method::get, path + "toaster");
}

TEST_F(Catalogue, TakesADeviceForItsType) {
  const std::string device =
      make_device(R"({"type":"mkrnb1500","name":"d","connection_type":"catm1"})");

  const auto found = expect(Status::ok, Method::get, "/iot/v1/network_credentials/" + device);

  EXPECT_EQ(names_in(found, "secret_name").front(), "SECRET_PIN");
}

TEST_F(Catalogue, SaysWhatIsNotHere) {
  EXPECT_EQ(ask(Method::get, "/iot/v1/lora-freq-plans/").body, R"({"frequency_plans":[]})");
  for (const auto& [method, path] : {std::pair(Method::put, "/iot/v1/lora-devices/"),
                                     std::pair(Method::post, "/iot/v2/series/historic_data")}) {
    const auto refused = expect(Status::not_implemented, method, path, "{}");
    EXPECT_EQ(text_of(refused, "code"), "not_implemented");
  }
  const auto dashboards = expect(Status::not_found, Method::get, "/iot/v2/dashboards");
  EXPECT_EQ(text_of(dashboards, "detail"), "This server has nothing at this path.");
}

}  // namespace
}  // namespace fastness::api
