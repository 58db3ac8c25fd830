// Rights to single things: every row, by somebody who has one thing and asks for another.
#include <string>

#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using accounts::Role;
using accounts::Scope;
using accounts::ThingRight;
using http::Method;
using http::Status;
using testing::Ask;
using testing::text_of;
using testing::World;
using Of = Access::Of;

class GivenThings : public ::testing::Test {
 protected:
  // A thing with one property, and the last value of that.
  struct Made {
    std::string id;
    std::string property;
  };
  Made make(const std::string& name) {
    Ask ask = owner_;
    ask.body = R"({"name":")" + name +
               R"(","properties":[{"name":"t","variable_name":"t","type":"FLOAT"}]})";
    const auto thing = world_.expect(Status::created, Method::post, "/api/v1/things", ask);
    const auto& property = (*thing.find("properties")->get<json::Array>())[0];
    return {text_of(thing, "id"), text_of(property, "id")};
  }

  Ask guest(ThingRight right) {
    return world_.add_person(member_.organisation, std::string(to_text(right)) + "@x.y",
                             Role::guest, {{ThingId(*Uuid::parse(boiler_.id)), right}});
  }
  Ask limited_key(accounts::Scopes scopes) {
    const auto made = world_.accounts()
                          .api_keys()
                          .create(member_.organisation, member_.user, "limited", scopes,
                                  world_.clock().now() + std::chrono::hours(24), {},
                                  accounts::KeyUse::program, {ThingId(*Uuid::parse(boiler_.id))})
                          .value();
    return {.token = world_.accounts().tokens().issue(made.key, world_.clock().now())};
  }

  // The path of a row, of that thing, with other objects that exist nowhere.
  static std::string path_of(const Route& route, const Made& made) {
    std::string path(route.pattern);
    const auto put = [&path](const std::string& name, const std::string& id) {
      const auto at = path.find("{" + name + "}");
      if (at != std::string::npos) path.replace(at, name.size() + 2, id);
    };
    if (route.access.of == Of::thing) put(std::string(route.access.parameter), made.id);
    put("property_id", made.property);
    put("pid", made.property);
    return testing::path_of_nobody(path);
  }

  static bool is_about_one(const Route& route) {
    return route.access.of == Of::thing || route.access.of == Of::property;
  }
  Status status_of(const Route& route, const Made& made, const Ask& who) {
    return world_.ask(route.method, path_of(route, made), who).status;
  }

  World world_;
  const testing::Member member_ = world_.add_member("owner@x.y");
  const Ask owner_ = world_.page_of(member_.user);
  const Made boiler_ = make("Boiler");
  const Made cellar_ = make("Cellar");
};

TEST_F(GivenThings, AnotherThingIsNotThereOnAnyRow) {
  const Ask page = guest(ThingRight::edit);
  const Ask key = limited_key(accounts::kScopesOfThings);
  int asked = 0;
  for (const Route& route : world_.api().routes()) {
    if (!is_about_one(route)) continue;
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    ++asked;
    for (const Ask& who : {page, key}) {
      EXPECT_EQ(status_of(route, cellar_, who), Status::not_found);
      EXPECT_NE(status_of(route, boiler_, who), Status::forbidden);
      EXPECT_NE(status_of(route, boiler_, who), Status::unauthorized);
    }
  }
  EXPECT_GE(asked, 17);
}

TEST_F(GivenThings, WhatIsAboutEverythingIsRefused) {
  const Ask page = guest(ThingRight::edit);
  const Ask key = limited_key(accounts::kScopesOfThings);
  int refused = 0;
  for (const Route& route : world_.api().routes()) {
    const bool is_by_scope =
        route.access.who == Access::Who::member || route.access.who == Access::Who::enroller;
    if (!is_by_scope || route.access.of != Of::everything) continue;
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    ++refused;
    EXPECT_EQ(status_of(route, boiler_, page), Status::forbidden);
    EXPECT_EQ(status_of(route, boiler_, key), Status::forbidden);
  }
  EXPECT_GE(refused, 40);
}

TEST_F(GivenThings, AreAllThatIsListed) {
  for (const Ask& who : {guest(ThingRight::view), limited_key({Scope::things_read})}) {
    for (const char* path : {"/api/v1/things", "/iot/v2/things"}) {
      const auto response = world_.ask(Method::get, path, who);
      ASSERT_EQ(response.status, Status::ok) << response.body;
      EXPECT_NE(response.body.find(boiler_.id), std::string::npos);
      EXPECT_EQ(response.body.find(cellar_.id), std::string::npos) << response.body;
    }
  }
}

TEST_F(GivenThings, AreAllThatIsAnsweredInABatch) {
  Ask who = limited_key({Scope::history_read, Scope::things_read});
  for (const char* path : {"/iot/v2/series/batch_query", "/iot/v2/series/batch_query_raw",
                           "/iot/v2/series/batch_query_sampling"}) {
    who.body = R"({"resp_version":1,"requests":[{"q":"property.)" + boiler_.property +
               R"("},{"q":"property.)" + cellar_.property + R"("},{"q":"thing.)" + cellar_.id +
               R"("}]})";
    const auto answer = world_.expect(Status::ok, Method::post, path, who);
    const auto& answers = *answer.find("responses")->get<json::Array>();
    ASSERT_EQ(answers.size(), 3U);
    EXPECT_EQ(text_of(answers[0], "status"), "ok");
    EXPECT_EQ(text_of(answers[1], "status"), "error");
    EXPECT_EQ(text_of(answers[2], "status"), "error");
  }
}

TEST_F(GivenThings, ARightIsNoMoreThanItSays) {
  const auto write = "/api/v1/things/" + boiler_.id + "/properties/" + boiler_.property + "/value";
  const auto edit = "/api/v1/things/" + boiler_.id + "/properties/" + boiler_.property;
  for (const ThingRight right : accounts::kAllThingRights) {
    Ask who = guest(right);
    SCOPED_TRACE(to_text(right));
    who.body = R"({"value":21})";
    EXPECT_EQ(world_.ask(Method::put, write, who).status == Status::forbidden,
              right < ThingRight::operate);
    who.body = R"({"name":"warm"})";
    EXPECT_EQ(world_.ask(Method::patch, edit, who).status == Status::forbidden,
              right < ThingRight::edit);
    who.body = R"({"name":"theirs"})";
    EXPECT_EQ(world_.ask(Method::patch, "/api/v1/things/" + boiler_.id, who).status,
              Status::forbidden)
        << "what it is attached to is everybody's";
  }
}

TEST_F(GivenThings, AreGivenAndTakenAtOnce) {
  const Ask page = guest(ThingRight::view);
  const auto seen = "/api/v1/things/" + cellar_.id;
  EXPECT_EQ(world_.ask(Method::get, seen, page).status, Status::not_found);
  const auto people = world_.expect(Status::ok, Method::get, "/api/v1/people", owner_);
  std::string user;
  for (const auto& person : *people.find("people")->get<json::Array>()) {
    if (text_of(person, "role") == "guest") user = text_of(person, "user_id");
  }
  Ask give = owner_;
  give.body = R"({"things":[{"thing_id":")" + cellar_.id + R"(","right":"view"}]})";

  EXPECT_EQ(world_.ask(Method::put, "/api/v1/people/" + user + "/things", give).status,
            Status::no_content);

  EXPECT_EQ(world_.ask(Method::get, seen, page).status, Status::ok);
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/things/" + boiler_.id, page).status,
            Status::not_found);
  const auto session = world_.expect(Status::ok, Method::get, "/api/v1/session", page);
  EXPECT_EQ(session.find("things")->get<json::Array>()->size(), 1U);
}

TEST_F(GivenThings, OfAnotherOrganisationAreNoThings) {
  const testing::Member other = world_.add_member("other@x.y");
  Ask theirs = world_.page_of(other.user);
  theirs.body = R"({"email":"n@x.y","role":"guest","things":[{"thing_id":")" + boiler_.id +
                R"(","right":"view"}]})";
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/invitations", theirs).status, Status::bad_request);
  theirs.body = R"({"name":"k","scopes":["things:read"],"things":[")" + boiler_.id + R"("]})";
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/api-keys", theirs).status, Status::bad_request);
}

TEST_F(GivenThings, AKeyIsMadeForThemInAPage) {
  Ask ask = owner_;
  ask.body = R"({"name":"k","scopes":["things:read"],"things":[")" + boiler_.id + R"("]})";
  const auto made = world_.expect(Status::created, Method::post, "/api/v1/api-keys", ask);
  const auto& things = *made.find("api_key")->find("things")->get<json::Array>();
  ASSERT_EQ(things.size(), 1U);
  EXPECT_EQ(*things[0].get<std::string>(), boiler_.id);
  ask.body = R"({"name":"k","scopes":["devices:read"],"things":[")" + boiler_.id + R"("]})";
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/api-keys", ask).status, Status::bad_request);
}

}  // namespace
}  // namespace fastness::api
