// Walks every row of the policy table with every kind of wrong credentials.
#include "api/access/policy.h"

#include <algorithm>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "api/world_test.h"
#include "crypto/public_key/pem.h"
#include "crypto/testing/self_signed.h"
#include "json/value.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using accounts::Scopes;
using http::Method;
using http::Status;
using testing::Ask;
using testing::Member;
using testing::World;

class Policy : public ::testing::Test {
 protected:
  Policy() : mine_(world_.add_member("me@x.y")), theirs_(world_.add_member("you@x.y")) {
    const auto device = world_.expect(Status::created, Method::put, "/iot/v2/devices",
                                      {.token = mine_.token, .body = R"({"type":"phone"})"});
    device_ = testing::text_of(device, "id");
    const auto thing = world_.expect(
        Status::created, Method::put, "/iot/v2/things",
        {.token = mine_.token, .body = R"({"name":"t","device_id":")" + device_ + R"("})"});
    thing_ = testing::text_of(thing, "id");
    const auto property = world_.expect(
        Status::created, Method::put, "/iot/v2/things/" + thing_ + "/properties",
        {.token = mine_.token,
         .body =
             R"({"name":"p","type":"INT","permission":"READ_WRITE","update_strategy":"ON_CHANGE"})"});
    property_ = testing::text_of(property, "id");
  }

  // The row's path, with objects of mine, or with ones that nobody has.
  enum class Objects { mine, nobodys };
  std::string path(const Route& route, Objects objects) const {
    const std::string nobody = "00000000-0000-4000-8000-000000000000";
    const bool is_device = route.pattern.find("/devices/") != std::string_view::npos;
    const auto fill = [&](std::string_view name) -> std::string {
      if (name == "user_id") {
        return objects == Objects::mine ? mine_.user.value().to_text() : nobody;
      }
      if (name == "api_key_id") return objects == Objects::mine ? mine_.client_id : nobody;
      if (name == "key") return "k";
      if (objects == Objects::nobodys || name == "cid") return nobody;
      if (name == "device_id" || (name == "id" && is_device)) return device_;
      if (name == "thing_id" || name == "id") return thing_;
      return property_;
    };
    std::string filled;
    std::string_view rest = route.pattern;
    while (!rest.empty()) {
      const auto open = rest.find('{');
      filled += rest.substr(0, open);
      if (open == std::string_view::npos) break;
      const auto close = rest.find('}');
      filled += fill(rest.substr(open + 1, close - open - 1));
      rest.remove_prefix(close + 1);
    }
    return filled;
  }
  static bool names_an_object(const Route& route) {
    return route.pattern.find('{') != std::string_view::npos;
  }

  // A body that every row which wants one can read.
  static constexpr const char* kBody =
      R"({"name":"n","type":"INT","permission":"READ_WRITE","update_strategy":"ON_CHANGE","value":1,)"
      R"("key":"a","value_":"b","csr":"x","csr_pem":"x","password":"xxxxxxxxxxxxxxxx","properties":[],)"
      R"("requests":[],"enabled":true,"organisation":"o","email":"z@x.y"})";

  // As much of it as the row describes: what it does not describe, no handler would see.
  static std::string body_of(const Route& route) {
    if (route.described == nullptr) return kBody;
    if (route.described->members.empty()) return "";
    const json::Value all = json::parse(kBody).value();
    json::Writer out;
    out.begin_object();
    for (const auto& [name, value] : *all.get<json::Object>()) {
      const auto& members = route.described->members;
      if (std::ranges::find(members, std::string_view(name)) != members.end()) {
        out.field(name, value);
      }
    }
    out.end_object();
    return std::move(out).text();
  }

  World world_;
  Member mine_;
  Member theirs_;
  std::string device_;
  std::string thing_;
  std::string property_;
};

TEST_F(Policy, WithoutCredentialsOnlyThePublicRowsAnswer) {
  int closed = 0;
  for (const Route& route : world_.api().routes()) {
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    const auto response =
        world_.ask(route.method, path(route, Objects::mine), {.body = body_of(route)});
    if (route.access.who == Access::Who::anyone) continue;
    ++closed;
    EXPECT_EQ(response.status,
              route.access.who == Access::Who::host ? Status::not_found : Status::unauthorized);
    EXPECT_EQ(response.body.find(device_), std::string::npos);
  }
  EXPECT_GT(closed, 70);
}

TEST_F(Policy, ThePublicRowsAreTheseAndNoOthers) {
  std::set<std::string> open;
  for (const Route& route : world_.api().routes()) {
    if (route.access.who == Access::Who::anyone) open.insert(std::string(route.pattern));
  }

  EXPECT_EQ(open, (std::set<std::string>{"/api/v1/setup/status",
                                         "/api/v1/setup/link",
                                         "/api/v1/setup",
                                         "/api/v1/session",
                                         "/api/v1/session/factor",
                                         "/api/v1/invitations/look-up",
                                         "/api/v1/invitations/join",
                                         "/api/v1/session/passkey/options",
                                         "/api/v1/session/passkey",
                                         "/api/v1/session/providers",
                                         "/api/v1/session/providers/{provider_id}",
                                         "/api/v1/session/providers/{provider_id}/callback",
                                         "/api/v1/session/providers/{provider_id}/logout",
                                         "/api/v1/session/answer",
                                         "/api/v1/trust",
                                         "/api/v1/status",
                                         "/api/v1/property-types",
                                         "/api/v1/leaked-keys",
                                         "/api/v1/leaks",
                                         "/api/v1/browser-reports",
                                         "/api/v1/ca/generations/{number}/crl",
                                         "/api/v1/ca/ocsp",
                                         "/api/v1/ca/ocsp/{request}",
                                         "/api/v1/ca/root-set",
                                         "/iot/v1/clients/token",
                                         "/iot/v1/property_types",
                                         "/.well-known/security.txt",
                                         "/.well-known/est/cacerts",
                                         "/.well-known/est/csrattrs",
                                         "/.well-known/est/{label}/cacerts",
                                         "/.well-known/est/{label}/csrattrs"}));
}

TEST_F(Policy, AKeyWithoutTheScopeIsForbidden) {
  for (const Route& route : world_.api().routes()) {
    const auto who = route.access.who;
    if (who != Access::Who::member && who != Access::Who::enroller) continue;
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    Scopes others;
    for (const Scope scope : accounts::kAllScopes) {
      if (scope != route.access.scope) others.add(scope);
    }

    const auto response =
        world_.ask(route.method, path(route, Objects::mine),
                   {.token = world_.token_of(mine_, others), .body = body_of(route)});

    EXPECT_EQ(response.status, Status::forbidden) << response.body;
  }
}

// A device's certificate is proved on the listener of people and programs too, and opens the rows
// for devices only.
TEST_F(Policy, ACertificateIsNoCredentialButForDevices) {
  int for_devices = 0;
  for (const Route& route : world_.api().routes()) {
    if (route.access.who == Access::Who::anyone) continue;
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    const auto response =
        world_.ask(route.method, path(route, Objects::mine),
                   {.body = body_of(route), .leaf = crypto::sha256(as_bytes("a leaf"))});
    if (route.access.who == Access::Who::device) {
      ++for_devices;
      EXPECT_EQ(response.status, Status::forbidden) << "nobody knows this one";
    } else if (route.access.who == Access::Who::host) {
      EXPECT_EQ(response.status, Status::not_found);
    } else {
      EXPECT_EQ(response.status, Status::unauthorized);
    }
  }
  EXPECT_EQ(for_devices, 4);
}

// A claim code opens the first enrolment and nothing else, however many rows there are.
TEST_F(Policy, AClaimCodeIsNoCredentialButForEnrolment) {
  const auto made = world_.expect(Status::created, Method::post, "/api/v1/claim-codes",
                                  {.token = mine_.token, .body = R"({"approval":"none"})"});
  const std::string code =
      testing::text_of(made.find("claim_codes")->get<json::Array>()->at(0), "code");
  int enrolling = 0;
  for (const Route& route : world_.api().routes()) {
    if (route.access.who == Access::Who::anyone) continue;
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    Ask ask{.body = body_of(route)};
    ask.headers["authorization"] = "Basic " + to_base64(as_bytes("board:" + code));
    const auto response = world_.ask(route.method, path(route, Objects::mine), ask);
    if (route.access.who == Access::Who::enroller) {
      ++enrolling;
      EXPECT_EQ(response.status, Status::unsupported_media_type) << "it came in";
    } else {
      EXPECT_EQ(response.status, Status::unauthorized);
    }
  }
  EXPECT_EQ(enrolling, 2);
}

// So does a claim certificate.
TEST_F(Policy, AClaimCertificateIsNoCredentialButForEnrolment) {
  const Bytes leaf = crypto::testing::self_signed(
      crypto::PrivateKey::generate(), mine_.organisation.value().to_text(), world_.clock().now(),
      world_.clock().now() + std::chrono::hours(24));
  const json::Value pem(crypto::to_pem(crypto::kCertificateLabel, leaf));
  world_.expect(
      Status::created, Method::post, "/api/v1/claim-certificates",
      {.token = mine_.token, .body = R"({"uses":2,"certificate_pem":)" + json::to_text(pem) + "}"});
  int enrolling = 0;
  for (const Route& route : world_.api().routes()) {
    if (route.access.who == Access::Who::anyone) continue;
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    const auto response = world_.ask(route.method, path(route, Objects::mine),
                                     {.body = kBody, .leaf = crypto::sha256(leaf)});
    if (route.access.who == Access::Who::enroller) {
      ++enrolling;
      EXPECT_EQ(response.status, Status::unsupported_media_type) << "it came in";
    } else if (route.access.who == Access::Who::device) {
      EXPECT_EQ(response.status, Status::forbidden) << "it is no device's";
    } else if (route.access.who == Access::Who::host) {
      EXPECT_EQ(response.status, Status::not_found);
    } else {
      EXPECT_EQ(response.status, Status::unauthorized);
    }
  }
  EXPECT_EQ(enrolling, 2);
}

TEST_F(Policy, AKeyIsNoDevice) {
  for (const Route& route : world_.api().routes()) {
    if (route.access.who != Access::Who::device) continue;
    SCOPED_TRACE(std::string(route.pattern));
    EXPECT_EQ(world_.ask(route.method, path(route, Objects::mine), {.token = mine_.token}).status,
              Status::forbidden);
  }
}

TEST_F(Policy, AKeyIsNoPersonAndNoHost) {
  for (const Route& route : world_.api().routes()) {
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    const auto response = world_.ask(route.method, path(route, Objects::nobodys),
                                     {.token = mine_.token, .body = body_of(route)});
    if (route.access.who == Access::Who::person || route.access.who == Access::Who::role) {
      EXPECT_EQ(response.status, Status::forbidden);
    }
    if (route.access.who == Access::Who::host || route.access.who == Access::Who::staff) {
      EXPECT_EQ(response.status, Status::not_found);
    }
  }
}

TEST_F(Policy, AnotherOrganisationsObjectLooksLikeOneThatIsNot) {
  for (const Route& route : world_.api().routes()) {
    const auto who = route.access.who;
    if (!names_an_object(route) || who == Access::Who::host || who == Access::Who::anyone) continue;
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));

    const auto of_mine = world_.ask(route.method, path(route, Objects::mine),
                                    {.token = theirs_.token, .body = body_of(route)});
    const auto of_nobody = world_.ask(route.method, path(route, Objects::nobodys),
                                      {.token = theirs_.token, .body = body_of(route)});

    EXPECT_GE(to_number(of_mine.status), 400U) << of_mine.body;
    EXPECT_EQ(of_mine.status, of_nobody.status);
    EXPECT_EQ(of_mine.body, of_nobody.body);
  }
  // And nothing of it has happened.
  world_.expect(Status::ok, Method::get, "/iot/v2/things/" + thing_ + "/properties/" + property_,
                {.token = mine_.token});
}

TEST_F(Policy, AnotherOrganisationInTheHeaderIsForbidden) {
  Ask ask{.token = mine_.token};
  ask.headers["x-organization"] = theirs_.organisation.value().to_text();
  world_.expect(Status::forbidden, Method::get, "/iot/v2/devices", ask);
  ask.headers["x-organization"] = "nonsense";
  world_.expect(Status::forbidden, Method::get, "/iot/v2/devices", ask);
  ask.headers["x-organization"] = mine_.organisation.value().to_text();
  world_.expect(Status::ok, Method::get, "/iot/v2/devices", ask);
}

TEST_F(Policy, WhatIsNoRowIsNotFoundAndAWrongMethodSaysTheRightOnes) {
  for (const char* path : {"/", "/api/v1", "/api/v2/devices", "/iot/v2/dashboards", "/iot/v2/x",
                           "/admin/v1/status", "/iot/v2/devices/../devices"}) {
    world_.expect(Status::not_found, Method::get, path, {.token = mine_.token});
  }
  const auto response = world_.ask(Method::patch, "/iot/v2/devices", {.token = mine_.token});
  EXPECT_EQ(response.status, Status::method_not_allowed);
  EXPECT_TRUE(response.headers.has_token("allow", "PUT"));
}

TEST_F(Policy, TheAdminSocketIsForTheHostOnly) {
  world_.expect(Status::ok, Method::get, "/admin/v1/status", {.channel = http::Channel::admin});
  world_.expect(Status::not_found, Method::get, "/admin/v1/status", {.token = mine_.token});
  world_.expect(Status::forbidden, Method::get, "/api/v1/devices",
                {.channel = http::Channel::admin});
}

TEST_F(Policy, WhatChangesSomethingLeavesALineWithItsResult) {
  world_.expect(Status::created, Method::post, "/api/v1/things",
                {.token = mine_.token, .body = R"({"name":"new"})"});
  world_.expect(Status::not_found, Method::delete_,
                "/api/v1/things/00000000-0000-4000-8000-000000000000", {.token = mine_.token});
  world_.expect(Status::ok, Method::get, "/api/v1/things", {.token = mine_.token});

  const auto entries = world_.audit().list(mine_.organisation, 2, std::nullopt);
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].event.action, "thing.delete");
  EXPECT_EQ((*entries)[0].event.result, "not_found");
  EXPECT_EQ((*entries)[1].event.action, "thing.create");
  EXPECT_EQ((*entries)[1].event.result, "ok");
  EXPECT_EQ((*entries)[1].event.actor, "api_key:" + mine_.client_id);
  EXPECT_EQ((*entries)[1].event.address, "192.0.2.1");
}

// Who had no right to a change, and who showed nothing: each row by itself.
TEST_F(Policy, EveryChangeThatWasRefusedIsInTheTrail) {
  const OrganisationId of_the_host(Uuid(Uuid::Bytes{}));
  const auto newest = [this](OrganisationId whose) {
    return world_.audit().list(whose, 1, std::nullopt)->front().event;
  };
  int rows = 0;
  for (const Route& route : world_.api().routes()) {
    if (route.audit.empty() || route.access.who != Access::Who::member) continue;
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    const Ask ask{.body = body_of(route)};
    ++rows;

    world_.expect(Status::unauthorized, route.method, path(route, Objects::mine), ask);
    audit::Event event = newest(of_the_host);
    EXPECT_EQ(event.action, route.audit);
    EXPECT_EQ(event.result, "unauthenticated");
    EXPECT_EQ(event.address, "192.0.2.1");

    const Scope other =
        route.access.scope == Scope::audit_read ? Scope::things_read : Scope::audit_read;
    world_.expect(Status::forbidden, route.method, path(route, Objects::mine),
                  {.token = world_.token_of(mine_, {other}), .body = ask.body});
    event = newest(mine_.organisation);
    EXPECT_EQ(event.action, route.audit);
    EXPECT_EQ(event.result, "forbidden");
    EXPECT_EQ(event.actor.substr(0, 8), "api_key:");
  }
  EXPECT_GT(rows, 30);
}

// What follows a link or loads a picture sends a GET, with the cookie of whoever is signed in.
TEST_F(Policy, WhatIsReadLeavesNoLineBecauseItChangesNothing) {
  for (const Route& route : world_.api().routes()) {
    if (!http::is_safe(route.method)) continue;
    // Whoever takes everything along is in the trail, though nothing is changed.
    EXPECT_EQ(route.audit, route.pattern == "/api/v1/account/export" ? "account.export" : "")
        << route.pattern;
  }
}

TEST_F(Policy, FieldsThatNobodyMaySetAreNotTaken) {
  const std::string theirs = theirs_.organisation.value().to_text();
  const std::string wish = "00000000-0000-4000-8000-00000000000a";
  const std::string body = R"({"name":"n","type":"phone","id":")" + wish + R"(","organisation":")" +
                           theirs + R"(","organization_id":")" + theirs + R"(","user_id":")" +
                           wish + R"(","created_at":"2001-01-01T00:00:00Z",)" +
                           R"("connection_status":"ONLINE","state":"revoked","scopes":["admin"]})";
  for (const auto& [method, path] :
       {std::pair{Method::put, "/iot/v2/devices"}, std::pair{Method::put, "/iot/v2/things"}}) {
    SCOPED_TRACE(path);
    const auto made =
        world_.expect(Status::created, method, path, {.token = mine_.token, .body = body});
    EXPECT_NE(testing::text_of(made, "id"), wish);
    const std::string answer = json::to_text(made);
    EXPECT_EQ(answer.find("2001-01-01"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("revoked"), std::string::npos) << answer;
    const std::string list = world_.ask(Method::get, path, {.token = theirs_.token}).body;
    EXPECT_EQ(list.find(testing::text_of(made, "id")), std::string::npos) << list;
  }
}

// Our own API does not even look at a request that sets what it does not describe.
TEST_F(Policy, FieldsThatAreNotDescribedAreRefusedAndMakeNothing) {
  const std::string before = world_.ask(Method::get, "/api/v1/things", {.token = mine_.token}).body;
  for (const char* member : {"id", "organisation", "user_id", "created_at", "scopes"}) {
    SCOPED_TRACE(member);
    const auto refused = world_.expect(
        Status::bad_request, Method::post, "/api/v1/things",
        {.token = mine_.token, .body = R"({"name":"n",")" + std::string(member) + R"(":"x"})"});
    EXPECT_EQ(testing::text_of(*refused.find("error"), "field"), member);
  }
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/things", {.token = mine_.token}).body, before);
}

TEST_F(Policy, EveryAnswerWithABodySaysWhatItIs) {
  int with_body = 0;
  for (const Route& route : world_.api().routes()) {
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    const auto response = world_.ask(route.method, path(route, Objects::nobodys),
                                     {.token = mine_.token, .body = body_of(route)});
    if (response.body.empty()) continue;
    ++with_body;
    EXPECT_TRUE(response.headers.find("content-type"));
  }
  EXPECT_GT(with_body, 70);
}

// Only what is wrong with a request is told to whoever sent it.
TEST_F(Policy, WhatWentWrongInsideIsNotTold) {
  for (const Errc code : {Errc::corrupted, Errc::unavailable, Errc::permission_denied,
                          Errc::not_found, Errc::exhausted, Errc::unauthenticated}) {
    const Problem problem = to_problem(Error{code, "hub/control.db is damaged"});
    for (const ErrorStyle style :
         {ErrorStyle::ours, ErrorStyle::goa, ErrorStyle::oauth, ErrorStyle::text}) {
      const std::string told = render(problem, style, "id").body;
      EXPECT_EQ(told.find("control.db"), std::string::npos) << told;
    }
  }
}

TEST_F(Policy, TheTrailNamesTheInnermostObjectOfAPath) {
  const std::string property = "/iot/v2/things/" + thing_ + "/properties/" + property_;
  const struct {
    Method method;
    std::string path;
    std::string object;
  } kCases[] = {
      {Method::put, "/iot/v2/devices/" + device_ + "/certs", "device:" + device_},
      {Method::delete_, "/iot/v2/devices/" + device_ + "/tags/a", "device:" + device_},
      {Method::post, "/iot/v2/things/" + thing_, "thing:" + thing_},
      {Method::delete_, property, "property:" + property_},
      {Method::delete_, "/api/v1/api-keys/nobody", "api_key:nobody"},
  };
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.path);
    static_cast<void>(world_.ask(each.method, each.path, {.token = mine_.token, .body = "{}"}));
    EXPECT_EQ(world_.audit().list(mine_.organisation, 1, std::nullopt)->front().event.object,
              each.object);
  }
}

TEST_F(Policy, AKeyThatAsksTooMuchIsToldToWait) {
  bool was_stopped = false;
  for (int i = 0; i < 300 && !was_stopped; ++i) {
    const auto response = world_.ask(Method::get, "/api/v1/trust", {.token = mine_.token});
    was_stopped = response.status == Status::too_many_requests;
    if (was_stopped) {
      EXPECT_TRUE(response.headers.find("retry-after"));
    }
  }
  EXPECT_TRUE(was_stopped);
  world_.expect(Status::ok, Method::get, "/api/v1/devices", {.token = theirs_.token});
}

}  // namespace
}  // namespace fastness::api
