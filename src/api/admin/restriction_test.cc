// What is served while the operator has restricted the instance.
#include "api/access/restriction.h"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using incident::Level;
using testing::Ask;
using ::testing::HasSubstr;
using testing::Member;
using ::testing::Not;
using testing::World;

class RestrictionRoutes : public ::testing::Test {
 protected:
  void restrict(Level level) {
    ASSERT_TRUE(world_.restrictions().order(level, "a login was stolen", world_.clock().now()));
  }
  Ask mine(std::string body = {}) const { return {.token = mine_.token, .body = std::move(body)}; }
  http::Response make_device() {
    return world_.ask(Method::put, "/iot/v2/devices", mine(R"({"type":"phone"})"));
  }
  http::Response make_thing() {
    return world_.ask(Method::put, "/iot/v2/things", mine(R"({"name":"t"})"));
  }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
  const Ask host_{.channel = http::Channel::admin};
};

// A new row that changes something says what it does to who is here, or it is refused first.
TEST_F(RestrictionRoutes, OfEveryActionOfThePolicyTableItIsKnownWhatItDoes) {
  for (const Route& route : world_.api().routes()) {
    if (route.audit.empty() || route.access.who == Access::Who::host) continue;
    EXPECT_TRUE(is_effect_known(route.audit)) << route.audit;
  }
}

TEST_F(RestrictionRoutes, EachLevelServesNoMoreThanTheOneBeforeIt) {
  for (const Route& route : world_.api().routes()) {
    bool was_served = true;
    for (const Level level : incident::all_levels()) {
      const bool is_served = check(level, route).has_value();
      EXPECT_TRUE(was_served || !is_served) << route.pattern << " " << to_text(level);
      was_served = is_served;
    }
    const bool is_of_the_host = route.access.who == Access::Who::host;
    EXPECT_TRUE(was_served || !is_of_the_host) << route.pattern;
  }
}

TEST_F(RestrictionRoutes, NoNewcomersLetsEverybodyElseWork) {
  restrict(Level::no_newcomers);
  const auto refused = make_device();
  EXPECT_EQ(refused.status, Status::service_unavailable);
  EXPECT_THAT(refused.body, HasSubstr("Nobody gets a new identity"));
  EXPECT_EQ(make_thing().status, Status::created);
}

TEST_F(RestrictionRoutes, ReadOnlyLetsPeopleLookAndTakeAway) {
  const auto device =
      world_.expect(Status::created, Method::put, "/iot/v2/devices", mine(R"({"type":"phone"})"));
  const std::string path = "/api/v1/devices/" + testing::text_of(device, "id");
  restrict(Level::read_only);
  EXPECT_EQ(make_thing().status, Status::service_unavailable);
  EXPECT_EQ(world_.ask(Method::get, path, mine()).status, Status::ok);
  EXPECT_EQ(world_.ask(Method::post, path + "/suspend", mine()).status, Status::ok)
      << "never the wrong moment to shut somebody out";
  EXPECT_EQ(world_.ask(Method::post, path + "/resume", mine()).status, Status::service_unavailable);
}

TEST_F(RestrictionRoutes, DevicesOnlyShutsPeopleAndProgramsOutAndTellsThemWhy) {
  restrict(Level::devices_only);
  const auto refused = world_.ask(Method::get, "/api/v1/devices", mine());
  EXPECT_EQ(refused.status, Status::service_unavailable);
  EXPECT_THAT(refused.body, HasSubstr("restricted by whoever runs it"));
  EXPECT_THAT(refused.body, Not(HasSubstr("stolen"))) << "the operator's words are for operators";
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/trust", {}).status, Status::ok)
      << "devices need the roots";
}

TEST_F(RestrictionRoutes, WhoMayNotAnywayHearsNothingOfIt) {
  restrict(Level::devices_only);
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/devices", {}).status, Status::unauthorized);
}

TEST_F(RestrictionRoutes, TheHostAloneOrdersItWithAReasonAndItIsSeen) {
  const std::string order = R"({"level":"read-only","reason":"a login was stolen"})";
  EXPECT_GE(to_number(world_.ask(Method::put, "/admin/v1/restriction", mine(order)).status), 400);
  EXPECT_EQ(world_.restrictions().level(), Level::normal);

  Ask host = host_;
  host.body = R"({"level":"read-only"})";
  EXPECT_EQ(world_.ask(Method::put, "/admin/v1/restriction", host).status, Status::bad_request);
  host.body = R"({"level":"a bit","reason":"x"})";
  EXPECT_EQ(world_.ask(Method::put, "/admin/v1/restriction", host).status, Status::bad_request);
  EXPECT_EQ(world_.restrictions().level(), Level::normal);

  host.body = order;
  const auto ordered = world_.expect(Status::ok, Method::put, "/admin/v1/restriction", host);
  EXPECT_EQ(testing::text_of(ordered, "level"), "read-only");
  EXPECT_EQ(world_.restrictions().level(), Level::read_only);
  const std::string home = world_.ask(Method::get, "/api/v1/home", mine()).body;
  EXPECT_THAT(home, HasSubstr("This server is restricted: read-only"));
  EXPECT_THAT(home, Not(HasSubstr("stolen")));
  EXPECT_THAT(world_.ask(Method::get, "/admin/v1/restriction", host_).body, HasSubstr("stolen"));

  host.body = R"({"level":"normal"})";
  EXPECT_EQ(world_.ask(Method::put, "/admin/v1/restriction", host).status, Status::ok);
  EXPECT_EQ(make_thing().status, Status::created);
}

}  // namespace
}  // namespace fastness::api
