// How much is read is counted where it is given away, and far more than usual is told.
#include "api/reads/read_meter.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "api/iot/iot_world_test.h"

namespace fastness::api {
namespace {

using accounts::NewsKind;
using accounts::ReadingHabit;
using http::Method;
using http::Status;
using testing::text_of;
using testing::World;

TEST(Meter, ABodyIsCountedAtOnceAndPartsAsEachIsTaken) {
  std::vector<std::uint64_t> counted;
  const auto count = [&counted](std::uint64_t bytes) { counted.push_back(bytes); };
  http::Response whole = http::Response::text(Status::ok, "seven..");
  http::Response nothing = http::Response::empty(Status::no_content);
  http::Response parted;
  parted.source = [left = std::make_shared<int>(2)](const auto& give) {
    if (*left < 0) return give(fail(Errc::unavailable, "the disk is away"));
    const int number = (*left)--;
    give(number == 0 ? std::optional<std::string>() : std::string(100, 'x'));
  };

  meter(whole, count);
  meter(nothing, count);
  EXPECT_EQ(counted, std::vector<std::uint64_t>{7});
  EXPECT_EQ(whole.body, "seven..");
  meter(parted, count);
  EXPECT_EQ(counted.size(), 1U) << "nobody has taken any yet";

  std::vector<bool> given;
  for (int i = 0; i < 4; ++i) {
    parted.source([&given](const http::BodyPart& part) { given.push_back(part && *part); });
  }

  EXPECT_EQ(given, (std::vector<bool>{true, true, false, false}));
  EXPECT_EQ(counted, (std::vector<std::uint64_t>{7, 100, 100}));
}

class ReadRoutes : public ::testing::Test {
 protected:
  ReadRoutes() : me_(set_up()), key_(make_key()) {
    // A day of little, so that it is known what is usual.
    for (const accounts::Reader& reader : {of_key(), of_person()}) reads().note(reader, 1, "");
    world_.clock().advance(ReadingHabit::kSettling);
    take();
  }
  accounts::User set_up() {
    world_.accounts().news().keep();
    const auto link = world_.accounts().setup_links().create(std::nullopt).value();
    const auto answer = world_.ask(
        Method::post, "/api/v1/setup",
        {.body =
             R"({"token":")" + link.token +
             R"(","email":"me@x.y","password":"correct horse battery","organisation":"Mine"})"});
    EXPECT_EQ(answer.status, Status::created) << answer.body;
    return world_.accounts().users().find_by_email("me@x.y").value();
  }
  accounts::ApiKey make_key() {
    return world_.accounts()
        .api_keys()
        .create(me_.organisation, me_.id, "dashboard", accounts::Scopes::all(),
                world_.clock().now() + std::chrono::hours(24 * 30))
        .value()
        .key;
  }

  accounts::ReadWatch& reads() { return world_.accounts().reads(); }
  accounts::Reader of_key() const { return {me_.organisation, me_.id, key_.client_id}; }
  accounts::Reader of_person() const { return {me_.organisation, me_.id}; }
  testing::Ask with_key(const std::string& address = "192.0.2.1") {
    return {.token = world_.accounts().tokens().issue(key_, world_.clock().now()),
            .address = address};
  }
  // What waits on the control thread is done.
  void settle() {
    bool is_done = false;
    world_.tasks().post([&is_done] { is_done = true; });
    world_.tasks().run_until([&is_done] { return is_done; });
  }
  std::vector<audit::Event> lines() {
    std::vector<audit::Event> found;
    const auto entries = world_.audit().list(me_.organisation, 100, std::nullopt).value();
    for (const audit::Entry& each : entries) {
      if (each.event.action == "data.read_much") found.push_back(each.event);
    }
    return found;
  }
  std::vector<NewsKind> take() {
    const auto waiting = world_.accounts().news().waiting(me_.id).value();
    EXPECT_TRUE(world_.accounts().news().mark_told(me_.id, waiting));
    std::vector<NewsKind> kinds;
    for (const auto& each : waiting) kinds.push_back(each.news.kind);
    return kinds;
  }

  World world_;
  accounts::User me_;
  accounts::ApiKey key_;
};

TEST_F(ReadRoutes, AKeyThatIsGivenFarMoreIsInTheTrailAndWaitsToBeMailed) {
  reads().note(of_key(), ReadingHabit::kAllowed, "192.0.2.1");
  ASSERT_TRUE(lines().empty());

  ASSERT_EQ(world_.ask(Method::get, "/api/v1/things", with_key("203.0.113.9")).status, Status::ok);
  settle();

  const auto found = lines();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].actor, "api_key:" + key_.client_id);
  EXPECT_EQ(found[0].object, "api_key:" + key_.client_id);
  EXPECT_EQ(found[0].address, "203.0.113.9");
  EXPECT_EQ(found[0].result, "ok");
  const auto kinds = take();
  EXPECT_EQ(std::ranges::count(kinds, NewsKind::key_read_much), 1);
  ASSERT_EQ(world_.ask(Method::get, "/api/v1/things", with_key()).status, Status::ok);
  settle();
  EXPECT_EQ(lines().size(), 1U) << "and goes on being served, and is told once a day";
}

TEST_F(ReadRoutes, APersonsSessionsAreCountedForThem) {
  reads().note(of_person(), ReadingHabit::kAllowed, "192.0.2.1");

  ASSERT_EQ(world_.ask(Method::get, "/api/v1/things", world_.page_of(me_.id)).status, Status::ok);
  settle();

  ASSERT_EQ(lines().size(), 1U);
  EXPECT_EQ(lines()[0].actor, "user:" + me_.id.value().to_text());
  const auto kinds = take();
  EXPECT_EQ(std::ranges::count(kinds, NewsKind::read_much), 1);
}

TEST_F(ReadRoutes, WhatIsRefusedOrWrittenOrOfAnAccountCountsForNothing) {
  reads().note(of_key(), ReadingHabit::kAllowed, "192.0.2.1");
  reads().note(of_person(), ReadingHabit::kAllowed, "192.0.2.1");
  const std::string nobody = "/00000000-0000-4000-8000-000000000000";

  EXPECT_EQ(world_.ask(Method::get, "/api/v1/things" + nobody, with_key()).status,
            Status::not_found);
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/things", {.token = "none"}).status,
            Status::unauthorized);
  auto make = with_key();
  make.body = R"({"name":"t"})";
  EXPECT_EQ(world_.ask(Method::put, "/iot/v2/things", make).status, Status::created);
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/session", world_.page_of(me_.id)).status, Status::ok);
  settle();

  EXPECT_TRUE(lines().empty());
}

// The whole of a history by one request is much, and is counted as the client takes it.
TEST_F(ReadRoutes, AnExportOfHistoryIsCountedByItsBytes) {
  auto ask = with_key();
  ask.body = R"({"name":"t"})";
  const auto thing = world_.expect(Status::created, Method::put, "/iot/v2/things", ask);
  const std::string properties = "/iot/v2/things/" + text_of(thing, "id") + "/properties";
  ask.body = R"({"name":"soil","permission":"READ_WRITE","update_strategy":"ON_CHANGE",)"
             R"("min_value":0,"max_value":100,"type":"PERCENTAGE"})";
  const auto property = world_.expect(Status::created, Method::put, properties, ask);
  reads().note(of_key(), ReadingHabit::kAllowed, "192.0.2.1");
  const auto csv = world_.ask(
      Method::get, "/api/v1/properties/" + text_of(property, "id") + "/history.csv", with_key());
  ASSERT_EQ(csv.status, Status::ok);
  settle();
  EXPECT_TRUE(lines().empty()) << "nothing was taken yet";
  ASSERT_TRUE(csv.source);

  bool is_taken = false;
  csv.source([&is_taken](const http::BodyPart& part) { is_taken = part && *part; });
  world_.tasks().run_until([&is_taken] { return is_taken; });
  settle();

  EXPECT_EQ(lines().size(), 1U);
}

}  // namespace
}  // namespace fastness::api
