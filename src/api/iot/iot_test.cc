#include <string>

#include <gtest/gtest.h>

#include "api/iot/iot_world_test.h"
#include "crypto/public_key/p256.h"
#include "crypto/public_key/pem.h"
#include "crypto/x509/certificate_request.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::text_of;

using Iot = testing::IotTest;

TEST_F(Iot, ATokenComesForAFormForJsonAndForBasic) {
  const std::string json = R"({"grant_type":"client_credentials","client_id":")" + me_.client_id +
                           R"(","client_secret":")" + me_.client_secret + "\"}";
  const std::string basic = "Basic " + to_base64(as_bytes(me_.client_id + ":" + me_.client_secret));
  for (const auto& response :
       {token(form()), token(json, {{"content-type", "application/x-www-form-urlencoded"}}),
        token("grant_type=client_credentials", {{"authorization", basic}})}) {
    ASSERT_EQ(response.status, Status::ok) << response.body;
    EXPECT_LT(response.body.size(), 800U);
    EXPECT_EQ(*response.headers.find("cache-control"), "no-store");
    const auto body = json::parse(response.body);
    EXPECT_EQ(*body->find("expires_in")->get<std::int64_t>(), 300);
    world_.expect(Status::ok, Method::get, "/iot/v2/things",
                  {.token = text_of(*body, "access_token")});
  }
}

TEST_F(Iot, BadCredentialsAre401AndNeverLockTheRightOnesOut) {
  const auto wrong = token("grant_type=client_credentials&client_id=x&client_secret=y");
  EXPECT_EQ(wrong.status, Status::unauthorized);
  EXPECT_EQ(wrong.body, R"({"error":"access_denied","error_description":"Unauthorized"})");
  bool was_slowed = false;
  for (int i = 0; i < 60; ++i) {
    was_slowed |= token("grant_type=client_credentials&client_id=x&client_secret=y").status ==
                  Status::too_many_requests;
  }
  EXPECT_TRUE(was_slowed);
  EXPECT_EQ(token(form()).status, Status::ok);
}

TEST_F(Iot, TokenRequestsThatAreNone) {
  EXPECT_EQ(token("grant_type=password&client_id=x").status, Status::bad_request);
  EXPECT_NE(token("grant_type=password").body.find("unsupported_grant_type"), std::string::npos);
  EXPECT_EQ(token(R"({"grant_type":)").status, Status::bad_request);
  EXPECT_EQ(token("").status, Status::bad_request);
  EXPECT_EQ(token(form() + "&organization_id=00000000-0000-4000-8000-000000000000").status,
            Status::forbidden);
  EXPECT_EQ(token(form() + "&organization_id=" + me_.organisation.value().to_text()).status,
            Status::ok);
}

TEST_F(Iot, AMissingTokenIsAGoaErrorWith401) {
  const auto response = world_.ask(Method::get, "/iot/v2/things");

  EXPECT_EQ(response.status, Status::unauthorized);
  EXPECT_EQ(*response.headers.find("content-type"), "application/vnd.goa.error+json");
  const auto body = json::parse(response.body);
  EXPECT_EQ(*body->find("status")->get<std::int64_t>(), 401);
  EXPECT_EQ(text_of(*body, "code"), "unauthorized");
  EXPECT_FALSE(text_of(*body, "detail").empty());
}

TEST_F(Iot, ACreatedDeviceFitsASmallBoardsBufferAndHasAllItsFields) {
  const auto response = ask(
      Method::put, "/iot/v2/devices",
      R"({"name":"d","type":"mkrwifi1010","fqbn":"arduino:samd:mkrwifi1010","serial":"0123456789ABCDEF","soft_deleted":false})");

  ASSERT_EQ(response.status, Status::created) << response.body;
  EXPECT_LT(response.body.size(), 500U);
  EXPECT_EQ(*response.headers.find("content-type"), "application/vnd.arduino.devicev2+json");
  const auto body = json::parse(response.body);
  for (const char* name : {"href", "id", "label", "name", "serial", "type", "user_id"}) {
    EXPECT_NE(body->find(name), nullptr) << name;
  }
  EXPECT_EQ(text_of(*body, "user_id"), me_.user.value().to_text());
}

TEST_F(Iot, ASoftlyDeletedDeviceIsGoneComesBackAndGoesForGood) {
  const std::string id = make_device();
  const std::string path = "/iot/v2/devices/" + id;

  EXPECT_EQ(ask(Method::delete_, path).body, "");
  expect(Status::not_found, Method::get, path);
  EXPECT_EQ(ask(Method::get, "/iot/v2/devices").body, "[]");
  EXPECT_NE(ask(Method::get, "/iot/v2/devices?show_deleted=true").body.find("deleted_at"),
            std::string::npos);
  expect(Status::not_found, Method::post, path, R"({"name":"x"})");
  expect(Status::ok, Method::post, path, R"({"soft_deleted":false})");
  expect(Status::ok, Method::get, path);

  EXPECT_EQ(ask(Method::delete_, path + "?force=true").status, Status::ok);
  EXPECT_EQ(ask(Method::get, "/iot/v2/devices?show_deleted=true").body, "[]");
}

TEST_F(Iot, TheSecretKeyIsEchoedOnceByItsPutAndCheckedByPost) {
  const std::string path = "/iot/v2/devices/" + make_device() + "/pass";
  EXPECT_EQ(ask(Method::get, path).body, R"({"set":false})");
  const auto suggestion = expect(Status::ok, Method::get, path + "?suggested_password=true");
  const std::string secret = text_of(suggestion, "suggested_password");

  const auto set = expect(Status::ok, Method::put, path, R"({"password":")" + secret + "\"}");

  EXPECT_EQ(text_of(set, "suggested_password"), secret);
  EXPECT_EQ(ask(Method::get, path).body, R"({"set":true})");
  expect(Status::ok, Method::post, path, R"({"password":")" + secret + "\"}");
  expect(Status::bad_request, Method::post, path, R"({"password":"wrong"})");
  expect(Status::bad_request, Method::put, path, R"({"password":"short"})");
  expect(Status::ok, Method::delete_, path);
  EXPECT_EQ(ask(Method::get, path).body, R"({"set":false})");
}

TEST_F(Iot, ACertificateIsIssuedInThePartsThatABoardRebuildsAndEndsByDelete) {
  const std::string id = make_device();
  const std::string path = "/iot/v2/devices/" + id + "/certs";
  const auto key = crypto::PrivateKey::generate();
  const auto der = crypto::CertificateRequest::build(key, "anything").value();
  json::Writer body;
  body.begin_object();
  body.field("ca", "Arduino_v2");
  body.field("csr", crypto::to_pem(crypto::kCertificateRequestLabel, der));
  body.field("enabled", true);
  body.end_object();

  const auto made = expect(Status::created, Method::put, path, body.text());

  const json::Value* compressed = made.find("compressed");
  ASSERT_NE(compressed, nullptr);
  EXPECT_EQ(text_of(*compressed, "serial").size(), 32U);
  EXPECT_EQ(text_of(*compressed, "authority_key_identifier").size(), 40U);
  EXPECT_EQ(text_of(*compressed, "signature_asn1_x").size(), 64U);
  const std::string certificate = path + "/" + text_of(made, "id");
  EXPECT_TRUE(*expect(Status::ok, Method::get, certificate).find("enabled")->get<bool>());
  expect(Status::bad_request, Method::put, path, R"({"csr":"nonsense","enabled":true})");

  expect(Status::ok, Method::delete_, certificate);

  EXPECT_FALSE(*expect(Status::ok, Method::get, certificate).find("enabled")->get<bool>());
  expect(Status::precondition_failed, Method::post, certificate, R"({"enabled":true})");
}

TEST_F(Iot, TagsFilterTogether) {
  const std::string a = make_device();
  static_cast<void>(make_device());
  expect(Status::ok, Method::put, "/iot/v2/devices/" + a + "/tags",
         R"({"key":"site","value":"lab"})");
  expect(Status::ok, Method::put, "/iot/v2/devices/" + a + "/tags", R"({"key":"row","value":"1"})");

  const auto count = [&](const std::string& query) {
    return expect(Status::ok, Method::get, "/iot/v2/devices" + query).get<json::Array>()->size();
  };
  EXPECT_EQ(count(""), 2U);
  EXPECT_EQ(count("?tags=site:lab&tags=row:1"), 1U);
  EXPECT_EQ(count("?tags=site:lab&tags=row:2"), 0U);
  EXPECT_EQ(ask(Method::get, "/iot/v2/devices/" + a + "/tags").body,
            R"({"tags":[{"key":"row","value":"1"},{"key":"site","value":"lab"}]})");
  expect(Status::bad_request, Method::get, "/iot/v2/devices?tags=x");
}

TEST_F(Iot, AThingKnowsItsDeviceAndIsCloned) {
  const std::string device = make_device();
  const std::string thing = make_thing(R"({"name":"t","device_id":")" + device +
                                       R"(","tags":[{"key":"a","value":"b"}]})");
  make_property(thing);

  const auto shown = expect(Status::ok, Method::get, "/iot/v2/devices/" + device);
  EXPECT_EQ(text_of(*shown.find("thing"), "id"), thing);
  expect(Status::conflict, Method::put, "/iot/v2/things",
         R"({"name":"u","device_id":")" + device + "\"}");
  const auto clone = expect(Status::created, Method::put, "/iot/v2/things/" + thing + "/clone",
                            R"({"name":"copy"})");
  EXPECT_EQ(clone.find("properties")->get<json::Array>()->size(), 1U);
  EXPECT_EQ(clone.find("tags"), nullptr);
  const auto listed = expect(Status::ok, Method::get, "/iot/v2/things?ids=" + thing);
  ASSERT_EQ(listed.get<json::Array>()->size(), 1U);
  EXPECT_EQ(listed.get<json::Array>()->front().find("properties"), nullptr);
  const auto made_template =
      expect(Status::ok, Method::get, "/iot/v2/things/" + thing + "/template");
  EXPECT_EQ(made_template.find("variables")->get<json::Array>()->size(), 1U);
}

TEST_F(Iot, APublishedValueIsTheLastOneAndInHistory) {
  const std::string thing = make_thing();
  const std::string id = make_property(thing);
  const std::string path = "/iot/v2/things/" + thing + "/properties/" + id;

  const auto published = ask(Method::put, path + "/publish", R"({"value":41.5})");
  EXPECT_EQ(published.status, Status::ok) << published.body;
  EXPECT_EQ(published.body, "");

  world_.clock().advance(std::chrono::seconds(1));
  EXPECT_EQ(*expect(Status::ok, Method::get, path).find("last_value")->get<double>(), 41.5);
  const auto series = expect(Status::ok, Method::get, path + "/timeseries?interval=60");
  ASSERT_EQ(series.find("data")->get<json::Array>()->size(), 1U);
  const auto raw = expect(Status::ok, Method::post, "/iot/v2/series/batch_query_raw",
                          R"({"resp_version":1,"requests":[{"q":"property.)" + id +
                              R"(","series_limit":86400},{"q":"property.nonsense"}]})");
  const auto* responses = raw.find("responses")->get<json::Array>();
  ASSERT_EQ(responses->size(), 2U);
  EXPECT_EQ(json::to_text(*responses->front().find("values")), "[41.5]");
  EXPECT_NE(responses->front().find("series"), nullptr);
  EXPECT_EQ(text_of(responses->back(), "status"), "error");
  const auto last =
      ask(Method::post, "/iot/v2/series/batch_query_raw/lastvalue",
          R"({"requests":[{"thing_id":")" + thing + R"(","property_id":")" + id + "\"}]}");
  EXPECT_NE(last.body.find("[41.5]"), std::string::npos) << last.body;
}

TEST_F(Iot, AValueThatDoesNotFitIsRefusedWithItsReason) {
  const std::string thing = make_thing();
  const std::string path =
      "/iot/v2/things/" + thing + "/properties/" + make_property(thing) + "/publish";

  for (const char* body : {R"({"value":101})", R"({"value":"wet"})", R"({"value":null})", "{}",
                           "[]", "", R"({"value":1,"value":2})", R"({"value":{"a":1}})"}) {
    expect(Status::bad_request, Method::put, path, body);
  }
  for (const char* body : {R"({"value":0})", R"({"value":99.9})"}) {
    expect(Status::ok, Method::put, path, body);
  }
}

TEST_F(Iot, SwitchesTakeFalse) {
  const std::string thing = make_thing();
  const std::string id = text_of(
      expect(
          Status::created, Method::put, "/iot/v2/things/" + thing + "/properties",
          R"({"name":"pump","permission":"READ_WRITE","update_strategy":"ON_CHANGE","type":"STATUS"})"),
      "id");
  const std::string path = "/iot/v2/things/" + thing + "/properties/" + id;

  expect(Status::ok, Method::put, path + "/publish", R"({"value":false})");

  EXPECT_FALSE(*expect(Status::ok, Method::get, path).find("last_value")->get<bool>());
}

TEST_F(Iot, ABatchOfOldValuesGoesToHistory) {
  const std::string thing = make_thing();
  const std::string path = "/iot/v2/things/" + thing + "/properties/" + make_property(thing);

  expect(
      Status::ok, Method::put, path + "/publish_batch",
      R"([{"timestamp":"2026-11-20T00:00:00Z","value":1},{"timestamp":"2026-11-20T01:00:00Z","value":3}])");

  const auto series = expect(Status::ok, Method::get, path + "/timeseries?interval=86400");
  ASSERT_EQ(series.find("data")->get<json::Array>()->size(), 1U);
  EXPECT_EQ(json::to_text(*series.find("data")->get<json::Array>()->front().find("value")), "2");
}

TEST_F(Iot, OurOwnHistorySpeaksOfTheSamePoints) {
  const std::string thing = make_thing();
  const std::string id = make_property(thing);
  expect(Status::accepted, Method::put, "/api/v1/things/" + thing + "/properties/" + id + "/value",
         R"({"value":7})");
  world_.clock().advance(std::chrono::seconds(1));

  const auto history = expect(Status::ok, Method::get, "/api/v1/properties/" + id + "/history");
  EXPECT_EQ(*history.find("interval")->get<std::int64_t>(), 0);
  EXPECT_EQ(history.find("points")->get<json::Array>()->size(), 1U);
  const auto minutes =
      expect(Status::ok, Method::get, "/api/v1/properties/" + id + "/history?interval=60");
  const auto* points = minutes.find("points")->get<json::Array>();
  ASSERT_EQ(points->size(), 1U);
  EXPECT_EQ(points->front().get<json::Array>()->size(), 4U);
  expect(Status::bad_request, Method::get, "/api/v1/properties/" + id + "/history?from=x");

  EXPECT_EQ(export_of(id), "time,value\r\n2026-11-22T12:00:00Z,7\r\n");
}

TEST_F(Iot, ATextInAnExportIsNoFormula) {
  const std::string thing = make_thing();
  const std::string id = text_of(
      expect(
          Status::created, Method::put, "/iot/v2/things/" + thing + "/properties",
          R"({"name":"note","type":"CHARSTRING","permission":"READ_WRITE","update_strategy":"ON_CHANGE"})"),
      "id");
  for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)", "\\tx", "\\rx"}) {
    expect(Status::accepted, Method::put,
           "/api/v1/things/" + thing + "/properties/" + id + "/value",
           R"({"value":")" + std::string(text) + "\"}");
    world_.clock().advance(std::chrono::seconds(1));
  }

  const std::string all = export_of(id);

  for (const char* cell :
       {"\"'=1+1\"", "\"'+1\"", "\"'-1\"", "\"'@SUM(A1)\"", "\"'\tx\"", "\"'\rx\""}) {
    EXPECT_NE(all.find(std::string(",") + cell + "\r\n"), std::string::npos) << cell << all;
  }
}

}  // namespace
}  // namespace fastness::api
