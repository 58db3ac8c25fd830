// What api/openapi.yaml does not describe reaches no handler.
#include "api/access/described.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "api/access/access_text.h"
#include "api/api.h"
#include "api/world_test.h"
#include "audit/audit_log.h"
#include "json/value.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;
using testing::Member;
using testing::text_of;
using testing::World;

class Described : public ::testing::Test {
 protected:
  // Somebody for whom every row is there.
  Described() : mine_(world_.add_member("me@x.y")) {
    EXPECT_TRUE(world_.accounts().operators().add(mine_.user));
  }

  // The field that a refusal names.
  std::string refused_field(Status status, Method method, const std::string& target, Ask how = {}) {
    how.token = mine_.token;
    const auto answer = world_.expect(status, method, target, how);
    const json::Value* error = answer.find("error");
    const json::Value* field = error == nullptr ? nullptr : error->find("field");
    const auto* text = field == nullptr ? nullptr : field->get<std::string>();
    return text == nullptr ? "" : *text;
  }

  World world_;
  Member mine_;
  const Ask page_ = world_.page_of(mine_.user);
};

TEST_F(Described, EveryRowOfOursIsInTheFileAndEveryOperationOfTheFileIsARow) {
  std::set<std::pair<Method, std::string>> rows;
  for (const Route& route : world_.api().routes()) {
    if (route.style != ErrorStyle::ours) continue;
    rows.emplace(route.method, route.pattern);
    EXPECT_NE(find_described(route.method, route.pattern), nullptr)
        << to_text(route.method) << " " << route.pattern;
  }
  for (const DescribedOperation& each : described_operations()) {
    const bool is_row = rows.contains({each.method, std::string(each.pattern)});
    EXPECT_TRUE(is_row) << to_text(each.method) << " " << each.pattern;
  }
}

// The file is what people read, and docs/access.md is made from it; the table is what decides.
TEST_F(Described, TheFileSaysOfEveryRowWhoMay) {
  for (const Route& route : world_.api().routes()) {
    if (route.style != ErrorStyle::ours) continue;
    EXPECT_EQ(described_access(route.method, route.pattern), to_text(route.access))
        << to_text(route.method) << " " << route.pattern;
  }
}

// No row of ours, whatever it does, takes a parameter that nobody described; but for the one where
// others write the query, which passes over what it does not know.
TEST_F(Described, AParameterThatIsNotDescribedIsRefusedByEveryRow) {
  int asked = 0;
  for (const Route& route : world_.api().routes()) {
    if (route.described == nullptr) continue;
    if (route.described->takes_any_query) {
      EXPECT_EQ(route.pattern, "/api/v1/session/providers/{provider_id}/callback");
      continue;
    }
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    const bool is_host = route.access.who == Access::Who::host;
    Ask how = is_host ? Ask{} : page_;
    how.channel = is_host ? http::Channel::admin : http::Channel::tls;
    const auto answer = world_.expect(Status::bad_request, route.method,
                                      std::string(route.pattern) + "?debug=1", how);
    EXPECT_EQ(text_of(*answer.find("error"), "field"), "debug");
    ++asked;
  }
  EXPECT_GT(asked, 60);
}

TEST_F(Described, AMemberThatIsNotDescribedIsRefusedByEveryRow) {
  for (const Route& route : world_.api().routes()) {
    if (route.described == nullptr) continue;
    const auto& types = route.described->media_types;
    if (!types.empty() && types.front() != "application/json") continue;
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    const bool is_host = route.access.who == Access::Who::host;
    const bool needs_query =
        std::ranges::any_of(route.described->query, &DescribedParameter::is_required);
    if (needs_query) continue;
    Ask how = is_host ? Ask{} : page_;
    how.body = R"({"is_admin":true})";
    how.channel = is_host ? http::Channel::admin : http::Channel::tls;
    const auto answer =
        world_.expect(Status::bad_request, route.method, std::string(route.pattern), how);
    EXPECT_EQ(text_of(*answer.find("error"), "field"), "is_admin");
  }
}

TEST_F(Described, AParameterOfAnotherTypeOrTwiceOrMissingIsRefused) {
  const struct {
    const char* query;
    const char* field;
  } kCases[] = {
      {"/api/v1/audit?limit=0", "limit"},
      {"/api/v1/audit?limit=501", "limit"},
      {"/api/v1/audit?limit=ten", "limit"},
      {"/api/v1/audit?limit=", "limit"},
      {"/api/v1/audit?limit=99999999999999999999", "limit"},
      {"/api/v1/audit?limit=10&limit=20", "limit"},
      {"/api/v1/audit?Limit=10", "Limit"},
      {"/api/v1/devices?status=broken", "status"},
      {"/api/v1/properties/p/history?from=yesterday", "from"},
      {"/api/v1/properties/p/history?aggregation=avg", "aggregation"},
      {"/api/v1/audit/proofs", "size"},
  };
  for (const auto& [query, field] : kCases) {
    SCOPED_TRACE(query);
    EXPECT_EQ(refused_field(Status::bad_request, Method::get, query), field);
  }
}

TEST_F(Described, WhatMayRepeatMay) {
  world_.expect(Status::ok, Method::get, "/api/v1/devices?tag=a:1&tag=b:2", {.token = mine_.token});
}

TEST_F(Described, ALongNameIsNotShownInFull) {
  const std::string name(500, 'x');
  EXPECT_EQ(refused_field(Status::bad_request, Method::get, "/api/v1/audit?" + name + "=1").size(),
            64U);
}

// Forms are what pages of other sites can send without being asked.
TEST_F(Described, ABodyOfAnotherMediaTypeIsRefused) {
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonp",
                           "multipart/form-data; boundary=x", "application/xml"}) {
    SCOPED_TRACE(type);
    Ask how{.body = R"({"name":"n"})"};
    how.headers["content-type"] = type;
    EXPECT_EQ(refused_field(Status::unsupported_media_type, Method::post, "/api/v1/things", how),
              "Content-Type");
  }
  for (const char* type : {"application/json", "Application/JSON; charset=utf-8"}) {
    SCOPED_TRACE(type);
    Ask how{.token = mine_.token, .body = R"({"name":"n"})"};
    how.headers["content-type"] = type;
    world_.expect(Status::created, Method::post, "/api/v1/things", how);
  }
}

TEST_F(Described, WhatIsNoObjectIsNoBody) {
  for (const char* body : {"[]", "7", "null", "\"name\"", "{", R"({"name":"a","name":"b"})"}) {
    SCOPED_TRACE(body);
    refused_field(Status::bad_request, Method::post, "/api/v1/things", {.body = body});
  }
}

TEST_F(Described, WhoMayNotAskIsToldSoFirst) {
  world_.expect(Status::unauthorized, Method::get, "/api/v1/audit?debug=1");
  world_.expect(Status::forbidden, Method::get, "/api/v1/audit?debug=1",
                {.token = world_.token_of(mine_, {accounts::Scope::things_read})});
}

TEST_F(Described, ARefusalForItsFormIsInTheTrailToo) {
  refused_field(Status::bad_request, Method::post, "/api/v1/things",
                {.body = R"({"name":"n","owner":"x"})"});

  const auto entries = world_.audit().list(mine_.organisation, 1, std::nullopt).value();
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].event.action, "thing.create");
  EXPECT_EQ(entries[0].event.result, "invalid_request");
}

// These are frozen, and their clients send what they like.
TEST_F(Described, CompatibleRowsTakeWhatTheirClientsSend) {
  for (const Route& route : world_.api().routes()) {
    const bool is_ours = route.style == ErrorStyle::ours;
    EXPECT_EQ(route.described != nullptr, is_ours) << route.pattern;
  }
  world_.expect(Status::ok, Method::get, "/iot/v2/devices?show_deleted=false&_=1",
                {.token = mine_.token});
}

}  // namespace
}  // namespace fastness::api
