// The record of what went wrong: who keeps it, what it restricts, and who hears of it.
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
using testing::text_of;
using testing::World;
using namespace std::chrono_literals;

const OrganisationId kNobody{Uuid(Uuid::Bytes{})};

class IncidentRecord : public ::testing::Test {
 protected:
  static Ask host(std::string body = {}) {
    return {.body = std::move(body), .channel = http::Channel::admin};
  }
  http::Response open(std::string body) {
    return world_.ask(Method::post, "/admin/v1/incidents", host(std::move(body)));
  }
  // The newest entries of a trail, as "action object result" lines.
  std::string trail_of(OrganisationId organisation) {
    std::string lines;
    const auto entries = world_.audit().list(organisation, 20, std::nullopt).value();
    for (const audit::Entry& entry : entries) {
      lines += entry.event.action + " " + entry.event.object + " " + entry.event.result + "\n";
    }
    return lines;
  }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
  Member other_ = world_.add_member("other@x.y");
};

TEST_F(IncidentRecord, OnlyTheHostKeepsIt) {
  for (const auto& [method, path] : {std::pair(Method::get, "/admin/v1/incidents"),
                                     std::pair(Method::post, "/admin/v1/incidents"),
                                     std::pair(Method::post, "/admin/v1/incidents/notes"),
                                     std::pair(Method::post, "/admin/v1/incidents/close")}) {
    const auto refused = world_.ask(method, path, {.token = mine_.token, .body = R"({})"});
    EXPECT_GE(to_number(refused.status), 400) << path;
  }
  EXPECT_FALSE(world_.incidents().current().value());
}

TEST_F(IncidentRecord, OpeningRestrictsInTheSameActAndIsInEverybodysTrailWithoutTheReason) {
  const auto opened = open(R"({"reason":"a login was stolen","restrict_to":"read-only"})");
  ASSERT_EQ(opened.status, Status::created) << opened.body;
  EXPECT_THAT(opened.body, HasSubstr(R"("duty":"early-warning")"));
  EXPECT_THAT(opened.body, HasSubstr(R"({"kind":"restriction")"));
  EXPECT_EQ(world_.restrictions().level(), Level::read_only);
  EXPECT_EQ(world_.restrictions().now().reason, "a login was stolen");

  for (const OrganisationId organisation : {mine_.organisation, other_.organisation, kNobody}) {
    EXPECT_THAT(trail_of(organisation), HasSubstr("host.open_incident incident:1 ok\n"));
    EXPECT_THAT(trail_of(organisation), Not(HasSubstr("stolen")));
  }
  EXPECT_THAT(trail_of(kNobody), HasSubstr("host.restrict restriction:read-only ok\n"));
}

TEST_F(IncidentRecord, ItLiftsNoRestriction) {
  ASSERT_TRUE(world_.restrictions().order(Level::devices_only, "x", world_.clock().now()));
  for (const char* level : {"normal", "read-only", "a bit"}) {
    const auto refused = open(R"({"reason":"x","restrict_to":")" + std::string(level) + R"("})");
    EXPECT_EQ(refused.status, Status::bad_request) << level;
  }
  EXPECT_EQ(world_.restrictions().level(), Level::devices_only);
  EXPECT_FALSE(world_.incidents().current().value());
}

TEST_F(IncidentRecord, ASecondOneIsRefusedAndRestrictsNothing) {
  ASSERT_EQ(open(R"({"reason":"the first"})").status, Status::created);
  const auto second = open(R"({"reason":"the second","restrict_to":"status-only"})");
  EXPECT_EQ(second.status, Status::conflict);
  EXPECT_EQ(world_.restrictions().level(), Level::normal);
}

// The disk is what fails first in a bad hour.
TEST_F(IncidentRecord, WhatCannotBeWrittenDownRestrictsAllTheSame) {
  ASSERT_TRUE(world_.database().run_script("DROP TABLE incident_step; DROP TABLE incident_record"));
  const auto refused = open(R"({"reason":"all is lost","restrict_to":"status-only"})");
  EXPECT_EQ(refused.status, Status::service_unavailable);
  EXPECT_THAT(refused.body, HasSubstr("in force all the same"));
  EXPECT_EQ(world_.restrictions().level(), Level::status_only);
}

TEST_F(IncidentRecord, WhatWasDoneStopsItsClock) {
  ASSERT_EQ(open(R"({"reason":"x"})").status, Status::created);
  world_.clock().advance(3h);
  const auto noted =
      world_.ask(Method::post, "/admin/v1/incidents/notes",
                 host(R"({"did":"early-warning","text":"to the CSIRT, number 17"})"));
  ASSERT_EQ(noted.status, Status::ok) << noted.body;
  EXPECT_THAT(noted.body, HasSubstr("number 17"));
  EXPECT_THAT(noted.body, HasSubstr("done_at"));
  for (const char* body : {R"({"did":"evidence","text":"x"})", R"({"did":"nothing"})", R"({})",
                           R"({"text":"two\nlines"})"}) {
    EXPECT_EQ(world_.ask(Method::post, "/admin/v1/incidents/notes", host(body)).status,
              Status::bad_request)
        << body;
  }
}

TEST_F(IncidentRecord, AClosedOneStaysWithItsStatement) {
  ASSERT_EQ(open(R"({"reason":"x","opened_by":"ada"})").status, Status::created);
  ASSERT_EQ(world_
                .ask(Method::post, "/admin/v1/incidents/close",
                     host(R"({"statement":"It is over.\nNobody was harmed."})"))
                .status,
            Status::ok);
  EXPECT_THAT(trail_of(mine_.organisation), HasSubstr("host.close_incident incident:1 ok\n"));
  const auto all = world_.ask(Method::get, "/admin/v1/incidents", host());
  EXPECT_THAT(all.body, HasSubstr("Nobody was harmed"));
  EXPECT_THAT(all.body, HasSubstr(R"("opened_by":"ada")"));
  EXPECT_THAT(all.body, HasSubstr("closed_at"));

  for (const char* path : {"/admin/v1/incidents/notes", "/admin/v1/incidents/close"}) {
    EXPECT_EQ(world_.ask(Method::post, path, host(R"({"text":"x","statement":"x"})")).status,
              Status::bad_request)
        << "what is not described is refused";
  }
  EXPECT_EQ(
      world_.ask(Method::post, "/admin/v1/incidents/close", host(R"({"statement":"x"})")).status,
      Status::not_found);
}

TEST_F(IncidentRecord, AStatementIsReadByEverybodyOnlyWhenTheHostSaysSo) {
  const auto status = [this] { return world_.ask(Method::get, "/api/v1/status").body; };
  constexpr const char* kStatement = "/admin/v1/incidents/statement";
  ASSERT_EQ(open(R"({"reason":"a login was stolen"})").status, Status::created);
  const std::string close = "/admin/v1/incidents/close";
  EXPECT_EQ(
      world_.ask(Method::post, close, host(R"({"statement":"[WRITE: x]","publish":true})")).status,
      Status::bad_request);
  EXPECT_TRUE(world_.incidents().current().value()) << "it is open still";
  ASSERT_EQ(world_.ask(Method::post, close, host(R"({"statement":"It is over."})")).status,
            Status::ok);
  EXPECT_THAT(status(), HasSubstr(R"("statements":[])"));

  for (const auto& how :
       {testing::Ask{.body = "{}"}, testing::Ask{.token = mine_.token, .body = "{}"}}) {
    EXPECT_GE(to_number(world_.ask(Method::put, kStatement, how).status), 400);
  }
  EXPECT_THAT(status(), HasSubstr(R"("statements":[])"));
  ASSERT_EQ(world_.ask(Method::put, kStatement, host("{}")).status, Status::ok);
  EXPECT_THAT(status(), HasSubstr(R"("text":"It is over.")"));
  EXPECT_THAT(status(), Not(HasSubstr("a login was stolen"))) << "the reason is for operators";
  EXPECT_THAT(trail_of(mine_.organisation), HasSubstr("host.publish_statement incident:1 ok\n"));

  const auto hostile = world_.ask(Method::put, kStatement,
                                  host(R"({"statement":"<img src=x onerror=alert(1)>\"'&"})"));
  ASSERT_EQ(hostile.status, Status::ok) << hostile.body;
  EXPECT_EQ(json::parse(status())
                ->find("statements")
                ->get<json::Array>()
                ->at(0)
                .find("text")
                ->get<std::string>()[0],
            "<img src=x onerror=alert(1)>\"'&");
  EXPECT_EQ(world_.ask(Method::put, kStatement, host(R"({"incident":7})")).status,
            Status::not_found);
  ASSERT_EQ(world_.ask(Method::post, std::string(kStatement) + "/withdraw", host("{}")).status,
            Status::ok);
  EXPECT_THAT(status(), HasSubstr(R"("statements":[])"));
  EXPECT_THAT(trail_of(mine_.organisation), HasSubstr("host.withdraw_statement incident:1 ok\n"));
}

TEST_F(IncidentRecord, NobodyKnewOfItLaterThanNow) {
  EXPECT_EQ(open(R"({"reason":"x","aware_at":"2099-01-01T00:00:00Z"})").status,
            Status::bad_request);
  EXPECT_EQ(open(R"({"reason":"x","aware_at":"2020-01-01T00:00:00Z"})").status, Status::created);
}

}  // namespace
}  // namespace fastness::api
