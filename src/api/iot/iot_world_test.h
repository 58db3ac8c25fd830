// A key with all scopes, and short words for what the tests of /iot do again and again.
#pragma once

#include <map>
#include <string>

#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api::testing {

class IotTest : public ::testing::Test {
 protected:
  IotTest() : me_(world_.add_member("me@x.y")) {}

  http::Response ask(http::Method method, const std::string& target, const std::string& body = {}) {
    return world_.ask(method, target, {.token = me_.token, .body = body});
  }
  json::Value expect(http::Status status, http::Method method, const std::string& target,
                     const std::string& body = {}) {
    return world_.expect(status, method, target, {.token = me_.token, .body = body});
  }
  std::string make_device(const std::string& body = R"({"type":"mkrwifi1010","name":"d"})") {
    return text_of(expect(http::Status::created, http::Method::put, "/iot/v2/devices", body), "id");
  }
  std::string make_thing(const std::string& body = R"({"name":"t"})") {
    return text_of(expect(http::Status::created, http::Method::put, "/iot/v2/things", body), "id");
  }
  std::string make_property(const std::string& thing, const std::string& type = "PERCENTAGE") {
    return text_of(
        expect(http::Status::created, http::Method::put, "/iot/v2/things/" + thing + "/properties",
               R"({"name":"soil","permission":"READ_WRITE","update_strategy":"ON_CHANGE",)"
               R"("min_value":0,"max_value":100,"type":")" +
                   type + "\"}"),
        "id");
  }
  // The first piece of a property's history as CSV.
  std::string export_of(const std::string& property) {
    const auto csv = ask(http::Method::get, "/api/v1/properties/" + property + "/history.csv");
    EXPECT_TRUE(csv.source) << csv.body;
    if (!csv.source) return {};
    std::string text;
    bool is_done = false;
    csv.source([&](http::BodyPart part) {
      text = part.value().value_or("");
      is_done = true;
    });
    world_.tasks().run_until([&] { return is_done; });
    return text;
  }
  http::Response token(const std::string& body,
                       const std::map<std::string, std::string>& headers = {}) {
    return world_.ask(http::Method::post, "/iot/v1/clients/token/",
                      {.body = body, .headers = headers});
  }
  std::string form() const {
    return "grant_type=client_credentials&client_id=" + me_.client_id +
           "&client_secret=" + me_.client_secret + "&audience=https%3A%2F%2Fapi2.arduino.cc%2Fiot";
  }

  World world_;
  Member me_;
};

}  // namespace fastness::api::testing
