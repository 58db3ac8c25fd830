// What the host's owner does to an account over the admin socket, and every way in over HTTP while
// it is suspended.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/v1/live/live.h"
#include "api/world_test.h"
#include "http/web_socket.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::text_of;
using testing::with;
using testing::World;

// Somebody who watches, and hears when they are cut off.
class CutSocket final : public http::WebSocket {
 public:
  void start(Post /*post*/, Events /*events*/) override {}
  void receive() override {}
  void send(std::string /*message*/) override {}
  [[nodiscard]] std::size_t unsent() const override { return 0; }
  void close(http::CloseCode code) override { closed = code; }

  std::optional<http::CloseCode> closed;
};

class SuspensionRoutes : public ::testing::Test {
 protected:
  static constexpr const char* kGood = "correct horse battery";

  static Ask host(const std::string& body = {}) {
    return {.body = body, .channel = http::Channel::admin};
  }
  static std::string email_body(const std::string& email) {
    return R"({"email":")" + email + "\"}";
  }
  json::Value suspend(const std::string& email = "me@x.y") {
    return world_.expect(
        Status::ok, Method::post, "/admin/v1/accounts/suspend",
        host(R"({"email":")" + email + R"(","reason":"Their laptop was stolen"})"));
  }
  void resume() {
    world_.expect(Status::no_content, Method::post, "/admin/v1/accounts/resume",
                  host(email_body("me@x.y")));
  }
  // Chooses a password by a link of the host.
  void choose_password() {
    const auto link = world_.accounts().setup_links().create(me_.user).value();
    const auto set =
        world_.ask(Method::post, "/api/v1/setup",
                   {.body = R"({"token":")" + link.token + R"(","email":"me@x.y","password":")" +
                            kGood + R"(","organisation":"Greenhouse"})"});
    ASSERT_EQ(set.status, Status::created) << set.body;
  }
  http::Response sign_in(const std::string& password, const std::string& email = "me@x.y") {
    return world_.ask(Method::post, "/api/v1/session",
                      {.body = R"({"email":")" + email + R"(","password":")" + password + "\"}"});
  }
  http::Response trade() {
    Ask ask;
    ask.headers["content-type"] = "application/x-www-form-urlencoded";
    ask.body = "grant_type=client_credentials&client_id=" + me_.client_id +
               "&client_secret=" + me_.client_secret;
    return world_.ask(Method::post, "/iot/v1/clients/token", ask);
  }
  static std::string code_in(const http::Response& response) {
    return text_of(*json::parse(response.body)->find("error"), "code");
  }
  std::vector<std::string> trail(OrganisationId organisation) {
    std::vector<std::string> lines;
    const auto entries = world_.audit().list(organisation, 100, std::nullopt).value();
    for (const auto& each : entries) {
      lines.push_back(each.event.actor + " " + each.event.action + " " + each.event.object + " " +
                      each.event.result);
    }
    return lines;
  }

  World world_;
  const testing::Member me_ = world_.add_member("me@x.y");
  const testing::Member you_ = world_.add_member("you@x.y");
  const OrganisationId hosts_{Uuid(Uuid::Bytes{})};
};

TEST_F(SuspensionRoutes, TheRightPasswordIsToldAndAWrongOneIsRefusedAsAlways) {
  choose_password();
  suspend();

  const auto right = sign_in(kGood);
  const auto wrong = sign_in("not the password at all");
  const auto of_nobody = sign_in("not the password at all", "nobody@x.y");

  EXPECT_EQ(right.status, Status::forbidden);
  EXPECT_EQ(code_in(right), "account_suspended");
  EXPECT_THAT(right.body, HasSubstr("Whoever runs this server suspended this account."));
  EXPECT_THAT(right.body, Not(HasSubstr("laptop"))) << "the reason is the owner's";
  EXPECT_FALSE(right.headers.find("set-cookie"));
  EXPECT_EQ(wrong.status, Status::unauthorized);
  EXPECT_EQ(wrong.body, of_nobody.body);
  EXPECT_THAT(trail(hosts_), Contains(HasSubstr("session.create")));
  EXPECT_THAT(trail(hosts_), Contains(HasSubstr("account_suspended")));
  resume();
  EXPECT_EQ(sign_in(kGood).status, Status::created);
}

TEST_F(SuspensionRoutes, ALinkForANewPasswordAndItsPageAreTold) {
  const auto link = world_.accounts().setup_links().create(me_.user).value();
  suspend();

  const auto look = world_.ask(Method::post, "/api/v1/setup/link",
                               {.body = R"({"token":")" + link.token + "\"}"});
  const auto set = world_.ask(Method::post, "/api/v1/setup",
                              {.body = R"({"token":")" + link.token +
                                       R"(","email":"me@x.y","password":"correct horse battery",)"
                                       R"("organisation":"Greenhouse"})"});

  for (const auto* each : {&look, &set}) {
    EXPECT_EQ(each->status, Status::forbidden);
    EXPECT_EQ(code_in(*each), "account_suspended");
  }
  world_.expect(Status::conflict, Method::post, "/admin/v1/setup-link", host(email_body("me@x.y")));
}

TEST_F(SuspensionRoutes, ALinkedSignInIsTold) {
  ASSERT_TRUE(world_.accounts().linked_sign_ins().link(
      me_.user, oidc::Identity{"https://id.example", "me"}, "Company"));
  const auto by_provider = [&] {
    const auto sent = world_.ask(Method::post, "/api/v1/session/providers/company");
    const std::string cookie(sent.headers.find("set-cookie").value_or(""));
    Ask browser;
    browser.headers["cookie"] = cookie.substr(0, cookie.find(';'));
    browser.headers["sec-fetch-site"] = "same-origin";
    world_.ask(Method::get,
               "/api/v1/session/providers/company/callback?state=" +
                   world_.providers().sent->state + "&code=c0de",
               browser);
    return world_.ask(Method::post, "/api/v1/session/answer", browser);
  };
  suspend();

  const auto refused = by_provider();

  EXPECT_EQ(refused.status, Status::forbidden);
  EXPECT_EQ(code_in(refused), "account_suspended");
  EXPECT_THAT(trail(me_.organisation), Contains(HasSubstr("session.use_provider")));
  resume();
  EXPECT_EQ(by_provider().status, Status::created);
}

TEST_F(SuspensionRoutes, ASessionAndWhatItWatchesEndWithinTheCall) {
  const auto session = world_.accounts().sessions().create(me_.user, me_.organisation).value();
  const Ask page = world_.page_of(session);
  auto caller = caller_of({session.id, session.session}, session.csrf, world_.accounts());
  ASSERT_TRUE(caller);
  const auto socket = std::make_shared<CutSocket>();
  world_.api().live().join(*caller, socket);
  ASSERT_FALSE(socket->closed);

  suspend();

  EXPECT_EQ(socket->closed, http::CloseCode::policy_violation);
  world_.expect(Status::unauthorized, Method::get, "/api/v1/session", page);
  world_.expect(Status::unauthorized, Method::post, "/api/v1/things",
                with(page, R"({"name":"Pump"})"));
  const auto again = std::make_shared<CutSocket>();
  world_.api().live().join(*caller, again);
  EXPECT_TRUE(again->closed) << "one that was on its way meanwhile";
  resume();
  world_.expect(Status::unauthorized, Method::get, "/api/v1/session", page);
}

TEST_F(SuspensionRoutes, AKeyItsTokensAndWhatTheyWatchEndWithinTheCall) {
  Caller caller;
  caller.kind = Caller::Kind::api_key;
  caller.organisation = me_.organisation;
  caller.user = me_.user;
  caller.scopes = accounts::Scopes::all();
  caller.client_id = me_.client_id;
  const auto socket = std::make_shared<CutSocket>();
  world_.api().live().join(caller, socket);
  world_.expect(Status::ok, Method::get, "/api/v1/things", {.token = me_.token});

  suspend();

  EXPECT_EQ(socket->closed, http::CloseCode::policy_violation);
  world_.expect(Status::unauthorized, Method::get, "/api/v1/things", {.token = me_.token});
  EXPECT_EQ(trade().status, Status::unauthorized);
  const auto again = std::make_shared<CutSocket>();
  world_.api().live().join(caller, again);
  EXPECT_TRUE(again->closed);
  resume();
  world_.expect(Status::ok, Method::get, "/api/v1/things", {.token = me_.token});
  EXPECT_EQ(trade().status, Status::ok);
}

TEST_F(SuspensionRoutes, AnInvitationAndSupportAccessAreNoWayBack) {
  const Ask page = world_.page_of(me_.user);
  const auto invited = world_.expect(
      Status::created, Method::post, "/api/v1/invitations",
      with(world_.page_of(you_.user), R"({"email":"me@x.y","role":"administrator"})"));
  const std::string link = text_of(invited, "link");
  const std::string token = link.substr(link.find('#') + 1);
  ASSERT_TRUE(world_.accounts().operators().add(me_.user));
  suspend();

  world_.expect(Status::unauthorized, Method::post, "/api/v1/invitations/accept",
                with(page, R"({"token":")" + token + "\"}"));
  Ask stranger;
  stranger.headers["sec-fetch-site"] = "same-origin";
  world_.expect(
      Status::conflict, Method::post, "/api/v1/invitations/join",
      with(stranger, R"({"token":")" + token + R"(","password":"correct horse battery"})"));
  for (const char* path : {"/api/v1/operator/grants", "/api/v1/support-access"}) {
    world_.expect(Status::unauthorized, Method::get, path, page);
  }
  const auto people = world_.accounts().members().of_organisation(you_.organisation).value();
  EXPECT_EQ(people.size(), 1U) << "nobody came in";
}

TEST_F(SuspensionRoutes, EachDeedIsInTheHostsTrailAndInThatOfEachOrganisation) {
  ASSERT_TRUE(world_.accounts().members().add(
      {you_.organisation, me_.user, accounts::Role::member, world_.clock().now()}));
  suspend();
  resume();
  world_.expect(Status::ok, Method::post, "/admin/v1/accounts/end-sessions",
                host(email_body("me@x.y")));

  const std::string whom = "user:" + me_.user.value().to_text();
  for (const OrganisationId organisation : {hosts_, me_.organisation, you_.organisation}) {
    for (const char* action : {"suspend_account", "resume_account", "end_sessions"}) {
      EXPECT_THAT(trail(organisation),
                  Contains("host host." + std::string(action) + " " + whom + " ok"));
    }
  }
}

TEST_F(SuspensionRoutes, TheOwnerHearsWhatBecomesOfWhatSomebodyOwns) {
  const Ask other = world_.add_person(me_.organisation, "admin@x.y", accounts::Role::administrator);
  const auto told = suspend();

  const auto& owned = *told.find("organisations")->get<json::Array>();
  ASSERT_EQ(owned.size(), 1U);
  EXPECT_EQ(text_of(owned.front(), "name"), "Greenhouse");
  EXPECT_EQ(json::to_text(*owned.front().find("others")), "1");
  EXPECT_EQ(json::to_text(*owned.front().find("administrators")), "1");
  EXPECT_EQ(json::to_text(*told.find("api_keys_suspended")), "1");
  world_.expect(Status::created, Method::post, "/api/v1/things", with(other, R"({"name":"Pump"})"));
}

TEST_F(SuspensionRoutes, TheListSaysWhoIsSuspendedAndWhy) {
  const Ask page = world_.page_of(you_.user);
  suspend();

  const auto told = world_.expect(Status::ok, Method::get, "/admin/v1/accounts", host());

  const auto& accounts = *told.find("accounts")->get<json::Array>();
  ASSERT_EQ(accounts.size(), 2U);
  for (const json::Value& each : accounts) {
    const bool is_mine = text_of(each, "email") == "me@x.y";
    EXPECT_EQ(each.find("suspended_at") != nullptr, is_mine);
    EXPECT_EQ(each.find("last_sign_in_at") != nullptr, !is_mine);
    EXPECT_EQ(json::to_text(*each.find("sessions")), is_mine ? "0" : "1");
    if (is_mine) {
      EXPECT_EQ(text_of(each, "reason"), "Their laptop was stolen");
    }
  }
}

TEST_F(SuspensionRoutes, TheReasonIsInTheExportOfTheirData) {
  suspend();

  const auto taken =
      world_.expect(Status::ok, Method::post, "/admin/v1/users/export", host(email_body("me@x.y")));

  const json::Value& suspended = *taken.find("person")->find("suspended");
  EXPECT_EQ(text_of(suspended, "reason"), "Their laptop was stolen");
}

TEST_F(SuspensionRoutes, SigningOutEverywhereLeavesPasswordAndKeys) {
  choose_password();
  const Ask page = world_.page_of(me_.user);

  const auto told = world_.expect(Status::ok, Method::post, "/admin/v1/accounts/end-sessions",
                                  host(email_body("me@x.y")));

  EXPECT_EQ(json::to_text(*told.find("sessions_ended")), "2");
  world_.expect(Status::unauthorized, Method::get, "/api/v1/session", page);
  world_.expect(Status::ok, Method::get, "/api/v1/things", {.token = me_.token});
  EXPECT_EQ(sign_in(kGood).status, Status::created);
}

TEST_F(SuspensionRoutes, WhatTheOwnerMistypesIsSaid) {
  for (const char* verb : {"resume", "end-sessions"}) {
    world_.expect(Status::not_found, Method::post, std::string("/admin/v1/accounts/") + verb,
                  host(email_body("nobody@x.y")));
  }
  world_.expect(Status::conflict, Method::post, "/admin/v1/accounts/resume",
                host(email_body("me@x.y")));
  const char* path = "/admin/v1/accounts/suspend";
  for (const auto& [status, body] :
       {std::pair{Status::not_found, R"({"email":"nobody@x.y","reason":"x"})"},
        std::pair{Status::bad_request, R"({"email":"me@x.y"})"},
        std::pair{Status::bad_request, R"({"email":"me@x.y","reason":""})"},
        std::pair{Status::bad_request, R"({"email":"me@x.y","reason":"two\nlines"})"}}) {
    world_.expect(status, Method::post, path, host(body));
  }
  suspend();
  world_.expect(Status::conflict, Method::post, path,
                host(R"({"email":"me@x.y","reason":"again"})"));
}

TEST_F(SuspensionRoutes, NobodyOverTheNetworkDoesAnyOfIt) {
  const std::string body = R"({"email":"you@x.y","reason":"x"})";
  for (const Ask& ask : {Ask{.body = body}, Ask{.token = me_.token, .body = body},
                         with(world_.page_of(me_.user), body)}) {
    for (const char* verb : {"suspend", "resume", "end-sessions"}) {
      // Over the network there is no such path.
      world_.expect(Status::not_found, Method::post, std::string("/admin/v1/accounts/") + verb,
                    ask);
    }
  }
  EXPECT_FALSE(world_.accounts().suspensions().has(you_.user));
}

}  // namespace
}  // namespace fastness::api
