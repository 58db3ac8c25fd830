// What the first page and the device's own page say that a person must put right.
#include "api/v1/attention.h"

#include <string>

#include <gtest/gtest.h>

#include "api/iot/iot_world_test.h"
#include "crypto/x509/certificate_request.h"

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
  json::Array limits_reached() {
    return *expect(Status::ok, Method::get, "/api/v1/limits").find("reached")->get<json::Array>();
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

TEST_F(AttentionTest, HistoryIsToldOfBeforeItIsFull) {
  struct Case {
    std::uint64_t used;
    std::uint64_t cap;
    std::string kind;
  };
  constexpr std::uint64_t kGigabyte = 1'000'000'000;
  for (const Case& each :
       {Case{0, 0, ""}, Case{kGigabyte, 0, ""}, Case{9 * kGigabyte - 1, 10 * kGigabyte, ""},
        Case{9 * kGigabyte, 10 * kGigabyte, "storage_full"},
        Case{11 * kGigabyte, 10 * kGigabyte, "storage_full"}}) {
    SCOPED_TRACE(each.used);
    world_.storage() = {.used_bytes = each.used, .cap_bytes = each.cap};
    const auto found = home();
    ASSERT_EQ(found.size(), each.kind.empty() ? 0U : 1U);
    if (!found.empty()) {
      EXPECT_EQ(text_of(found.front(), "kind"), each.kind);
    }
  }
}

TEST_F(AttentionTest, WhatTheHostIsShortOfIsSaidInWordsAndGoesWithTheCause) {
  using Messages = HostRoom::Messages;
  struct Case {
    HostRoom room;
    std::string kind;
    std::string title;
  };
  constexpr std::uint64_t kGigabyte = 1'000'000'000;
  for (const Case& each : {
           Case{{.messages = Messages::refused_for_room, .disk_bytes = 40 * kGigabyte},
                "storage_full",
                "The disk is full: messages are refused"},
           Case{{.messages = Messages::refused_for_fault},
                "storage_failed",
                "The disk takes no data: messages are refused"},
           Case{{.is_history_waiting = true}, "storage_full", "The disk is full"},
           Case{{.disk_bytes = 40 * kGigabyte, .free_bytes = 1'999'000'000},
                "storage_full",
                "The disk is nearly full: 2.0 GB of 40.0 GB are left"},
           Case{{.disk_bytes = kGigabyte, .free_bytes = 255'900'000},
                "storage_full",
                "The disk is nearly full: 255.9 MB of 1.0 GB are left"},
           Case{{.disk_bytes = 4'000 * kGigabyte, .free_bytes = 9'990'000'000},
                "storage_full",
                "The disk is nearly full: 10.0 GB of 4000.0 GB are left"},
           Case{{.connections = 90, .most_connections = 100},
                "connections_full",
                "Few more devices can connect: 90 connections are open, and this server's open "
                "files are enough for 100"},
           Case{{.connections = 100, .most_connections = 100},
                "connections_full",
                "No more devices can connect: 100 connections are open, and this server's open "
                "files are enough for 100"},
       }) {
    SCOPED_TRACE(each.title);
    world_.room() = each.room;
    const auto found = home();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(text_of(found.front(), "kind"), each.kind);
    EXPECT_EQ(text_of(found.front(), "title"), each.title);
    EXPECT_FALSE(text_of(found.front(), "remedy").empty());

    world_.room() = {};
    EXPECT_TRUE(home().empty());
  }
}

TEST_F(AttentionTest, AHostWithRoomNeedsNobody) {
  constexpr std::uint64_t kGigabyte = 1'000'000'000;
  for (const HostRoom& room :
       {HostRoom{.disk_bytes = 40 * kGigabyte, .free_bytes = 2 * kGigabyte},
        HostRoom{.disk_bytes = kGigabyte, .free_bytes = 256'000'000},
        HostRoom{.disk_bytes = 4'000 * kGigabyte, .free_bytes = 10 * kGigabyte},
        HostRoom{.connections = 89, .most_connections = 100}}) {
    world_.room() = room;
    EXPECT_TRUE(home().empty()) << room.free_bytes;
  }
}

TEST_F(AttentionTest, ThePersonAtTheHostIsToldToo) {
  const auto status = [this] {
    return *world_
                .expect(Status::ok, Method::get, "/admin/v1/status",
                        {.channel = http::Channel::admin})
                .find("attention")
                ->get<json::Array>();
  };
  EXPECT_TRUE(status().empty());

  world_.room().messages = HostRoom::Messages::refused_for_room;

  ASSERT_EQ(status().size(), 1U);
  EXPECT_EQ(text_of(status().front(), "title"), "The disk is full: messages are refused");
}

TEST_F(AttentionTest, ABoardWhoseCutOffComesIsMarkedWithWhatToDoUntilItHasANewCertificate) {
  const DeviceId id(*Uuid::parse(device_));
  const auto key = crypto::PrivateKey::generate();
  const auto enrol = [&] {
    const auto request = crypto::CertificateRequest::build(key, "x").value();
    ASSERT_TRUE(world_.identity().enrol(
        {me_.organisation, id, vault_ipc::Profile::board, std::string(as_text(request)), {}}));
  };
  enrol();
  world_.clock().advance(std::chrono::seconds(1));
  EXPECT_EQ(device().find("attention"), nullptr);
  ASSERT_TRUE(world_.identity().authority().rotate({identity::RotationKind::emergency, "stolen",
                                                    std::chrono::seconds(0),
                                                    world_.clock().now() + std::chrono::days(20)}));

  ASSERT_EQ(home().size(), 1U);
  const auto attention = *device().find("attention");
  EXPECT_EQ(text_of(attention, "kind"), "board_cut_off");
  EXPECT_EQ(text_of(attention, "title"),
            "d is cut off in 20 days: the key that signed its certificate was given up, and it "
            "cannot renew");
  EXPECT_NE(text_of(attention, "remedy").find("Issue it a new certificate"), std::string::npos);
  ASSERT_NE(attention.find("deadline"), nullptr);

  enrol();
  EXPECT_TRUE(home().empty());
  EXPECT_EQ(device().find("attention"), nullptr);
}

TEST_F(AttentionTest, AKeyThatEndsSoonIsNamedWithItsDay) {
  for (int month = 0; month < 7; ++month) {  // unused, it would have ended long before
    world_.clock().advance(std::chrono::hours(24 * 51));
    me_.token = text_of(*json::parse(token(form()).body), "access_token");
  }
  me_.token = text_of(*json::parse(token(form()).body), "access_token");

  const auto found = home();

  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(text_of(found.front(), "kind"), "api_key_ends");
  EXPECT_NE(text_of(found.front(), "title").find("in 8 days"), std::string::npos)
      << text_of(found.front(), "title");
}

TEST_F(AttentionTest, AKeyThatNobodyUsesIsNamedBeforeItEnds) {
  ASSERT_TRUE(world_.accounts().api_keys().create(
      me_.organisation, me_.user, "forgotten", accounts::Scopes::all(),
      world_.clock().now() + std::chrono::hours(24 * 365)));
  world_.clock().advance(std::chrono::hours(24 * 80));
  me_.token = text_of(*json::parse(token(form()).body), "access_token");

  const auto found = home();

  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(text_of(found.front(), "kind"), "api_key_ends");
  EXPECT_EQ(text_of(found.front(), "title"), "API key forgotten ends in 10 days: nobody uses it");
}

TEST_F(AttentionTest, LimitsReachedAreShownToTheirOwner) {
  const DeviceId board(*Uuid::parse(device_));
  const Timestamp now = world_.clock().now();
  EXPECT_TRUE(limits_reached().empty());

  world_.limits_reached()[me_.organisation] = {
      {"mqtt_queued_messages", board, 7, now - std::chrono::hours(1), now},
      {"organisation_connections", std::nullopt, 1, now, now}};

  const auto reached = limits_reached();
  ASSERT_EQ(reached.size(), 2U);
  EXPECT_EQ(text_of(reached[0], "limit"), "mqtt_queued_messages");
  EXPECT_EQ(text_of(reached[0], "device_id"), device_);
  EXPECT_EQ(*reached[0].find("count")->get<std::int64_t>(), 7);
  EXPECT_NE(text_of(reached[0], "first_at"), text_of(reached[0], "last_at"));
  EXPECT_EQ(reached[1].find("device_id"), nullptr);
}

TEST_F(AttentionTest, LimitsThatAnotherReachedAreNobodyElsesBusiness) {
  const Timestamp now = world_.clock().now();
  world_.limits_reached()[me_.organisation] = {{"retained_bytes", std::nullopt, 1, now, now}};
  const auto other = world_.add_member("you@x.y");

  const auto answer =
      world_.expect(Status::ok, Method::get, "/api/v1/limits", {.token = other.token});

  EXPECT_TRUE(answer.find("reached")->get<json::Array>()->empty());
}

}  // namespace
}  // namespace fastness::api
