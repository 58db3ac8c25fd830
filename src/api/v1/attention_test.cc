// What the first page and the device's own page say that a person must put right.
#include "api/v1/attention.h"

#include <string>

#include <gtest/gtest.h>

#include "api/iot/iot_world_test.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::text_of;

class AttentionTest : public testing::IotTest {
 protected:
  AttentionTest()
      : device_(make_device()),
        thing_(make_thing(R"({"name":"t","device_id":")" + device_ + "\"}")),
        soil_(make_property(thing_)) {
    world_.clock().advance(std::chrono::minutes(1));
  }

  json::Array home() {
    return *expect(Status::ok, Method::get, "/api/v1/home").find("attention")->get<json::Array>();
  }
  json::Value device() { return expect(Status::ok, Method::get, "/api/v1/devices/" + device_); }
  json::Value thing() { return expect(Status::ok, Method::get, "/api/v1/things/" + thing_); }
  void refuse_value(std::optional<PropertyId> property, const std::string& name,
                    pipeline::Refusal reason) {
    world_.refusals().note({{me_.organisation, ThingId(*Uuid::parse(thing_)), property, name,
                             reason, world_.clock().now()}});
  }
  void publish(const std::string& value) {
    expect(Status::ok, Method::put,
           "/iot/v2/things/" + thing_ + "/properties/" + soil_ + "/publish",
           R"({"value":)" + value + "}");
  }

  std::string device_;
  std::string thing_;
  std::string soil_;
};

TEST_F(AttentionTest, RefusedValuesAreShownAtTheDeviceWithWhatToDo) {
  EXPECT_TRUE(home().empty());

  refuse_value(PropertyId(*Uuid::parse(soil_)), "soil", pipeline::Refusal::above_maximum);

  ASSERT_EQ(home().size(), 1U);
  const auto attention = *device().find("attention");
  EXPECT_EQ(text_of(attention, "kind"), "values_refused");
  EXPECT_EQ(text_of(attention, "title"), "What d sends as soil is refused");
  EXPECT_EQ(text_of(attention, "remedy"),
            "The value is above the property's maximum. Change the property, or the sketch.");
  EXPECT_EQ(text_of(attention, "thing_id"), thing_);
  EXPECT_EQ(text_of(attention, "property_id"), soil_);
  const auto shown = thing();
  const auto* refused = shown.find("properties")->get<json::Array>()->front().find("refused");
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(*refused->find("count")->get<std::int64_t>(), 1);
  EXPECT_EQ(text_of(*refused, "last_reason"), "The value is above the property's maximum.");
}

TEST_F(AttentionTest, OneBadValueBetweenGoodOnesNeedsNobody) {
  refuse_value(PropertyId(*Uuid::parse(soil_)), "soil", pipeline::Refusal::above_maximum);
  world_.clock().advance(std::chrono::seconds(1));

  publish("41");

  EXPECT_TRUE(home().empty());
  EXPECT_NE(thing().find("properties")->get<json::Array>()->front().find("refused"), nullptr);
}

TEST_F(AttentionTest, APropertyThatWasChangedGetsAnotherChance) {
  refuse_value(PropertyId(*Uuid::parse(soil_)), "soil", pipeline::Refusal::above_maximum);
  world_.clock().advance(std::chrono::seconds(1));

  expect(Status::ok, Method::patch, "/api/v1/things/" + thing_ + "/properties/" + soil_,
         R"({"max":200})");

  EXPECT_TRUE(home().empty());
}

TEST_F(AttentionTest, ValuesThatNoPropertyTakesAreNamedByTheThing) {
  EXPECT_EQ(thing().find("unknown_values"), nullptr);

  refuse_value(std::nullopt, "moisture", pipeline::Refusal::unknown_property);
  refuse_value(std::nullopt, "moisture", pipeline::Refusal::unknown_property);

  const auto shown = thing();
  const auto* unknown = shown.find("unknown_values")->get<json::Array>();
  ASSERT_EQ(unknown->size(), 1U);
  EXPECT_EQ(text_of(unknown->front(), "name"), "moisture");
  EXPECT_EQ(*unknown->front().find("count")->get<std::int64_t>(), 2);
  EXPECT_TRUE(home().empty());
}

TEST_F(AttentionTest, AnothersRefusalsAreNobodyElsesBusiness) {
  refuse_value(PropertyId(*Uuid::parse(soil_)), "soil", pipeline::Refusal::wrong_type);
  const auto other = world_.add_member("you@x.y");

  const auto home = world_.expect(Status::ok, Method::get, "/api/v1/home", {.token = other.token});

  EXPECT_TRUE(home.find("attention")->get<json::Array>()->empty());
}

TEST_F(AttentionTest, StorageIsToldOfBeforeItIsFull) {
  struct Case {
    std::uint64_t used;
    std::uint64_t cap;
    bool is_disk_full;
    std::string kind;
  };
  constexpr std::uint64_t kGigabyte = 1'000'000'000;
  for (const Case& each : {Case{0, 0, false, ""}, Case{kGigabyte, 0, false, ""},
                           Case{9 * kGigabyte - 1, 10 * kGigabyte, false, ""},
                           Case{9 * kGigabyte, 10 * kGigabyte, false, "storage_full"},
                           Case{11 * kGigabyte, 10 * kGigabyte, false, "storage_full"},
                           Case{0, 10 * kGigabyte, true, "storage_full"}}) {
    SCOPED_TRACE(each.used);
    world_.storage() = {
        .used_bytes = each.used, .cap_bytes = each.cap, .is_disk_full = each.is_disk_full};
    const auto found = home();
    ASSERT_EQ(found.size(), each.kind.empty() ? 0U : 1U);
    if (!found.empty()) {
      EXPECT_EQ(text_of(found.front(), "kind"), each.kind);
    }
  }
}

TEST_F(AttentionTest, AKeyThatEndsSoonIsNamedWithItsDay) {
  world_.clock().advance(std::chrono::hours(24 * 357));
  me_.token = text_of(*json::parse(token(form()).body), "access_token");

  const auto found = home();

  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(text_of(found.front(), "kind"), "api_key_ends");
  EXPECT_NE(text_of(found.front(), "title").find("in 8 days"), std::string::npos)
      << text_of(found.front(), "title");
}

}  // namespace
}  // namespace fastness::api
