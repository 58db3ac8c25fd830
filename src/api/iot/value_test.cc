// How programs give values, and how they read them back.
#include <string>

#include <gtest/gtest.h>

#include "api/iot/iot_world_test.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::text_of;

class Values : public testing::IotTest {
 protected:
  Values()
      : device_(make_device()),
        thing_(make_thing(R"({"name":"t","device_id":")" + device_ + "\"}")) {}

  std::string add(const std::string& name, const std::string& type) {
    return text_of(expect(Status::created, Method::put, "/iot/v2/things/" + thing_ + "/properties",
                          R"({"name":")" + name + R"(","type":")" + type +
                              R"(","permission":"READ_WRITE","update_strategy":"ON_CHANGE"})"),
                   "id");
  }
  http::Response send(const std::string& elements) {
    return ask(Method::put, "/iot/v2/devices/" + device_ + "/properties",
               R"({"properties":[)" + elements + "]}");
  }
  std::string last_value(const std::string& property) {
    const auto shown =
        expect(Status::ok, Method::get, "/iot/v2/things/" + thing_ + "/properties/" + property);
    const auto* value = shown.find("last_value");
    return value == nullptr ? "none" : json::to_text(*value);
  }

  std::string device_;
  std::string thing_;
};

TEST_F(Values, OfAGatewayAreReadAsItSaysThatItWroteThem) {
  const std::string soil = add("soil", "FLOAT");
  const std::string note = add("note", "CHARSTRING");
  const std::string lamp = add("lamp", "COLOR_HSB");

  EXPECT_EQ(send(R"({"name":"soil","type":"infer","value":41.5},)"
                 R"({"name":"note","type":"base64","value":"ZHJ5"},)"
                 R"({"name":"lamp","type":"json","value":"{\"hue\":10,\"sat\":20,\"bri\":30}"})")
                .status,
            Status::ok);
  EXPECT_EQ(last_value(soil), "41.5");
  EXPECT_EQ(last_value(note), R"("dry")");
  EXPECT_EQ(last_value(lamp), R"({"bri":30,"hue":10,"sat":20})");
  EXPECT_EQ(send(R"({"name":"note","type":"hex","value":"776574"})").status, Status::ok);
  EXPECT_EQ(last_value(note), R"("wet")");
}

TEST_F(Values, OfAGatewayThatAreNoneAreRefusedAndChangeNothing) {
  const std::string note = add("note", "CHARSTRING");

  for (const char* element :
       {R"({"name":"note","type":"base64","value":"!"})",
        R"({"name":"note","type":"hex","value":"7"})",
        R"({"name":"note","type":"json","value":"{"})", R"({"name":"note","type":"hex","value":7})",
        R"({"name":"note","type":"morse","value":".."})", R"({"name":"other","value":"x"})",
        R"({"name":"note"})"}) {
    EXPECT_EQ(send(element).status, Status::bad_request) << element;
  }
  EXPECT_EQ(last_value(note), "none");
}

TEST_F(Values, OfADeviceAreListedNewestFirstAndPageByPage) {
  const std::string soil = add("soil", "FLOAT");
  for (const char* value : {"1", "2", "3"}) {
    EXPECT_EQ(send(R"({"name":"soil","value":)" + std::string(value) + "}").status, Status::ok);
    world_.clock().advance(std::chrono::minutes(1));
  }
  const std::string path = "/iot/v2/devices/" + device_ + "/properties/" + soil;

  const auto first = expect(Status::ok, Method::get, path + "?limit=2");
  const auto* values = first.find("values")->get<json::Array>();
  ASSERT_EQ(values->size(), 2U);
  EXPECT_EQ(text_of(*values->front().find("value"), "payload"), "3");
  EXPECT_EQ(text_of(first, "name"), "soil");
  const std::string key = text_of(*first.find("last_evaluated_key"), "created_at");
  const auto rest = expect(Status::ok, Method::get, path + "?limit=2&start=" + key);
  ASSERT_EQ(rest.find("values")->get<json::Array>()->size(), 1U);

  expect(Status::bad_request, Method::get, path + "?limit=0");
  expect(Status::bad_request, Method::get, path + "?start=yesterday");
  const std::string elsewhere = make_property(make_thing(R"({"name":"u"})"));
  expect(Status::not_found, Method::get, "/iot/v2/devices/" + device_ + "/properties/" + elsewhere);
}

}  // namespace
}  // namespace fastness::api
