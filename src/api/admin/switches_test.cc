// What is served while the operator has switched off single parts of the instance.
#include "api/access/switches.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using incident::Component;
using testing::Ask;
using ::testing::HasSubstr;
using testing::Member;
using ::testing::Not;
using testing::World;

class SwitchRoutes : public ::testing::Test {
 protected:
  void switch_off(Component component) {
    ASSERT_TRUE(world_.switches().switch_off(component, "it has a hole", world_.clock().now()));
  }
  Ask mine(std::string body = {}) const { return {.token = mine_.token, .body = std::move(body)}; }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
  const Ask host_{.channel = http::Channel::admin};
};

// Those over MQTT have no rows; all others would be switches that do nothing.
TEST_F(SwitchRoutes, EveryComponentIsAskedAboutSomewhere) {
  std::set<Component> found{Component::mqtt_renewal, Component::mqtt_programs,
                            Component::mqtt_secrets, Component::mqtt_plaintext};
  for (const Route& route : world_.api().routes()) {
    if (const auto component = component_of(route)) found.insert(*component);
  }
  EXPECT_EQ(found.size(), incident::all_components().size());
}

// Nobody can be kept from ordering it back, from trusting the right roots, or from reporting a key.
TEST_F(SwitchRoutes, TheHostAndWhatIsPublicBelongToNone) {
  for (const Route& route : world_.api().routes()) {
    SCOPED_TRACE(route.pattern);
    const bool is_public = route.pattern.starts_with("/api/v1/ca") ||
                           route.pattern.starts_with("/api/v1/ledger") ||
                           route.pattern == "/api/v1/trust" || route.pattern == "/api/v1/leaks";
    if (route.access.who == Access::Who::host || is_public) {
      EXPECT_EQ(component_of(route), std::nullopt);
    }
  }
}

TEST_F(SwitchRoutes, OffIsOffForItsRowsAndForNoOthers) {
  switch_off(Component::arduino_api);
  const auto refused = world_.ask(Method::get, "/iot/v2/devices", mine());
  EXPECT_EQ(refused.status, Status::service_unavailable);
  EXPECT_THAT(refused.body, HasSubstr("The API for Arduino's clients is off"));
  EXPECT_THAT(refused.body, Not(HasSubstr("hole"))) << "the operator's words are for operators";
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/devices", mine()).status, Status::ok);
  ASSERT_TRUE(world_.switches().switch_on(Component::arduino_api, "", world_.clock().now()));
  EXPECT_EQ(world_.ask(Method::get, "/iot/v2/devices", mine()).status, Status::ok);
}

TEST_F(SwitchRoutes, EveryRowOfAComponentIsRefusedWhileItIsOff) {
  for (const Component component : incident::all_components()) switch_off(component);
  for (const Route& route : world_.api().routes()) {
    SCOPED_TRACE(route.pattern);
    EXPECT_EQ(check(world_.switches(), route).has_value(), component_of(route) == std::nullopt);
  }
}

TEST_F(SwitchRoutes, WhoMayNotAnywayHearsNothingOfIt) {
  switch_off(Component::arduino_api);
  EXPECT_EQ(world_.ask(Method::get, "/iot/v2/devices", {}).status, Status::unauthorized);
}

TEST_F(SwitchRoutes, TheHostAloneOrdersItWithAReasonAndItIsSeen) {
  const std::string off = "/admin/v1/switches/downloads/off";
  const std::string order = R"({"reason":"they carry it away"})";
  EXPECT_GE(to_number(world_.ask(Method::post, off, mine(order)).status), 400);
  Ask host = host_;
  host.body = "{}";
  EXPECT_EQ(world_.ask(Method::post, off, host).status, Status::bad_request) << "without a reason";
  host.body = order;
  EXPECT_EQ(world_.ask(Method::post, "/admin/v1/switches/everything/off", host).status,
            Status::not_found);
  EXPECT_TRUE(world_.switches().are_all_on());

  const auto ordered = world_.expect(Status::ok, Method::post, off, host);
  EXPECT_EQ(testing::text_of(ordered, "component"), "downloads");
  EXPECT_EQ(testing::text_of(ordered, "reason"), "they carry it away");
  EXPECT_FALSE(world_.switches().is_on(Component::downloads));
  const std::string home = world_.ask(Method::get, "/api/v1/home", mine()).body;
  EXPECT_THAT(home, HasSubstr("A part of this server is switched off: downloads"));
  EXPECT_THAT(home, Not(HasSubstr("carry")));
  EXPECT_THAT(world_.ask(Method::get, "/admin/v1/switches", host_).body,
              HasSubstr("they carry it away"));
  EXPECT_THAT(world_.ask(Method::get, "/admin/v1/status", host_).body, HasSubstr("downloads"));

  host.body = "{}";
  EXPECT_EQ(world_.ask(Method::post, "/admin/v1/switches/downloads/on", host).status, Status::ok);
  EXPECT_TRUE(world_.switches().are_all_on());
}

// Whoever is shut out can see why, and whoever attacks reads no reasons.
TEST_F(SwitchRoutes, AnybodyIsToldHowMuchGoesOnAndNotWhy) {
  const auto status = [this] {
    return world_.expect(Status::ok, Method::get, "/api/v1/status", {});
  };
  EXPECT_EQ(testing::text_of(status(), "level"), "normal");
  EXPECT_EQ(status().find("since"), nullptr) << "nobody ordered it";
  ASSERT_TRUE(world_.restrictions().order(incident::Level::status_only, "stolen keys",
                                          world_.clock().now()));
  switch_off(Component::est);
  world_.clock().advance(std::chrono::hours(2));
  ASSERT_TRUE(world_.restrictions().order(incident::Level::read_only, "some are back",
                                          world_.clock().now()));

  EXPECT_EQ(testing::text_of(status(), "level"), "read-only");
  const std::string text = world_.ask(Method::get, "/api/v1/status", {}).body;
  EXPECT_THAT(text, HasSubstr(R"("component":"est")"));
  EXPECT_THAT(text, HasSubstr(R"("before":[{"level":"status-only")"));
  for (const char* reason : {"stolen", "back", "hole"}) EXPECT_THAT(text, Not(HasSubstr(reason)));
}

TEST_F(SwitchRoutes, WhatTheDiskDoesNotTakeIsOffAndSaysSo) {
  ASSERT_TRUE(world_.database().run_script("DROP TABLE incident_switch"));
  Ask host = host_;
  host.body = R"({"reason":"a hole"})";
  EXPECT_EQ(world_.ask(Method::post, "/admin/v1/switches/live/off", host).status,
            Status::service_unavailable);
  EXPECT_FALSE(world_.switches().is_on(Component::live));
  EXPECT_EQ(world_.ask(Method::post, "/admin/v1/switches/live/on", host).status,
            Status::service_unavailable);
  EXPECT_FALSE(world_.switches().is_on(Component::live));
}

}  // namespace
}  // namespace fastness::api
