// What is kept as evidence: whole, provable, without secrets, and not without everybody's trail
// telling of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "json/time_text.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;
using ::testing::HasSubstr;
using testing::Member;
using ::testing::Not;
using testing::text_of;
using testing::World;
using namespace std::chrono_literals;

constexpr const char* kManifest =
    R"({"manifest_sha256":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"})";

class EvidenceRoutes : public ::testing::Test {
 protected:
  static Ask owner(std::string body = {}) {
    return {.body = std::move(body), .channel = http::Channel::admin};
  }
  void sign_trail() {
    ASSERT_TRUE(world_.audit().keep_checkpoint(world_.audit().head(), "a signed note\n"));
  }
  json::Value begin(std::string body = {}) {
    return world_.expect(Status::created, Method::post, "/admin/v1/evidence",
                         owner(std::move(body)));
  }
  std::string path(const std::string& order, OrganisationId organisation, const char* what) const {
    return "/admin/v1/evidence/" + order + "/organisations/" + organisation.value().to_text() +
           "/" + what;
  }
  http::Response read(const std::string& target) {
    return world_.ask(Method::get, target, owner());
  }

  World world_;
  Member mine_ = world_.add_member("me@x.y");
  Member other_ = world_.add_member("other@x.y");
};

TEST_F(EvidenceRoutes, ThereIsNoneBeforeTheTrailWasSigned) {
  EXPECT_EQ(world_.ask(Method::post, "/admin/v1/evidence", owner()).status, Status::not_found);
}

TEST_F(EvidenceRoutes, OnlyTheHostTakesIt) {
  sign_trail();
  EXPECT_GE(
      to_number(world_.ask(Method::post, "/admin/v1/evidence", {.token = mine_.token}).status),
      400);
}

TEST_F(EvidenceRoutes, ATrailIsReadByAnOrderThatEverybodysTrailTellsOf) {
  (void)world_.ask(Method::put, "/iot/v2/devices",
                   {.token = mine_.token, .body = R"({"type":"phone"})"});
  sign_trail();
  const auto unordered =
      read(path("00000000-0000-0000-0000-000000000000", mine_.organisation, "trail"));
  EXPECT_EQ(unordered.status, Status::not_found);

  const std::string order = text_of(begin(), "id");

  EXPECT_THAT(read(path(order, mine_.organisation, "trail")).body, HasSubstr("device.create"));
  EXPECT_THAT(read(path(order, other_.organisation, "trail")).body,
              Not(HasSubstr("device.create")));
  EXPECT_THAT(read(path(order, mine_.organisation, "checks")).body, HasSubstr("checked_at"));
  for (const Member& each : {mine_, other_}) {
    const auto newest = world_.audit().list(each.organisation, 1, std::nullopt).value();
    EXPECT_EQ(newest.at(0).event.action, "host.take_evidence");
    EXPECT_EQ(newest.at(0).event.object, "evidence:" + order);
  }
}

TEST_F(EvidenceRoutes, AnOrderEndsWithItsHourItsEndAndTheNextOne) {
  sign_trail();
  const std::string first = text_of(begin(), "id");
  const std::string second = text_of(begin(), "id");
  EXPECT_EQ(read(path(first, mine_.organisation, "trail")).status, Status::not_found);
  EXPECT_EQ(read(path(second, mine_.organisation, "trail")).status, Status::ok);
  world_.clock().advance(1h);
  EXPECT_EQ(read(path(second, mine_.organisation, "trail")).status, Status::not_found);

  const std::string third = text_of(begin(), "id");
  const std::string end = "/admin/v1/evidence/" + third + "/end";
  EXPECT_EQ(
      world_
          .ask(Method::post, end, owner(R"({"manifest_sha256":")" + std::string(64, 'x') + R"("})"))
          .status,
      Status::bad_request);
  EXPECT_EQ(world_.ask(Method::post, end, owner(kManifest)).status, Status::no_content);
  EXPECT_EQ(read(path(third, mine_.organisation, "trail")).status, Status::not_found);
}

TEST_F(EvidenceRoutes, WhatWasTakenIsNotedByTheIncidentThatIsOpen) {
  sign_trail();
  ASSERT_TRUE(world_.incidents().begin({"x", "", {}}, world_.clock().now()));
  const std::string order = text_of(begin(), "id");
  ASSERT_EQ(
      world_.ask(Method::post, "/admin/v1/evidence/" + order + "/end", owner(kManifest)).status,
      Status::no_content);
  EXPECT_THAT(world_.incidents().current().value()->steps.at(0).text,
              HasSubstr("SHA-256 of MANIFEST: 00112233"));
}

TEST_F(EvidenceRoutes, SinceATimeItBeginsThereAndProvesWhatItLeavesOut) {
  (void)world_.ask(Method::put, "/iot/v2/devices",
                   {.token = mine_.token, .body = R"({"type":"phone"})"});
  world_.clock().advance(4min);
  const std::string since = json::to_time_text(world_.clock().now());
  (void)world_.ask(Method::put, "/iot/v2/things",
                   {.token = mine_.token, .body = R"({"name":"fern"})"});
  sign_trail();

  const auto begun = begin(R"({"since":")" + since + R"("})");

  const auto* audit = begun.find("audit");
  ASSERT_NE(audit, nullptr);
  const std::int64_t from = *audit->find("from")->get<std::int64_t>();
  EXPECT_GT(from, 0);
  EXPECT_FALSE(audit->find("hashes")->get<json::Array>()->empty());
  const std::string trail = read(path(text_of(begun, "id"), mine_.organisation, "trail") +
                                 "?from=" + std::to_string(from))
                                .body;
  EXPECT_THAT(trail, HasSubstr("thing.create"));
  EXPECT_THAT(trail, Not(HasSubstr("device.create")));
}

// Whatever the admin socket says for evidence and of an incident is shown to others later.
TEST_F(EvidenceRoutes, NoSecretIsInIt) {
  const auto device = world_.expect(Status::created, Method::put, "/iot/v2/devices",
                                    {.token = mine_.token, .body = R"({"type":"phone"})"});
  (void)world_.expect(Status::ok, Method::put, "/iot/v2/devices/" + text_of(device, "id") + "/pass",
                      {.token = mine_.token, .body = R"({"password":"Planted/secret-71/qz+Wv"})"});
  const auto link = world_.expect(Status::created, Method::post, "/admin/v1/setup-link",
                                  owner(R"({"email":"me@x.y"})"));
  sign_trail();
  const std::string order = text_of(begin(), "id");
  std::string all;
  for (const Member& each : {mine_, other_}) {
    all += read(path(order, each.organisation, "trail")).body;
    all += read(path(order, each.organisation, "checks")).body;
  }
  all += read(path(order, OrganisationId(Uuid(Uuid::Bytes{})), "trail")).body;
  for (const char* target : {"/admin/v1/status", "/admin/v1/vault", "/admin/v1/restriction",
                             "/admin/v1/incidents", "/admin/v1/ca"}) {
    all += read(target).body;
  }

  EXPECT_THAT(all, HasSubstr("host.make_setup_link"));
  for (const std::string& secret : {mine_.client_secret, mine_.token, other_.client_secret,
                                    text_of(link, "token"), std::string("Planted/secret")}) {
    EXPECT_THAT(all, Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace fastness::api
