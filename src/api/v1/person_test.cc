// A person's own account over HTTP, with attacks on the second factor and on open browsers.
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;
using testing::path_of_nobody;
using testing::text_of;
using testing::with;
using testing::World;

class AccountRoutes : public ::testing::Test {
 protected:
  static std::string give(const std::string& token, const std::string& shown) {
    return R"({"token":")" + token + R"(","code":")" + shown + "\"}";
  }
  std::string error_field(const http::Response& response) {
    const auto body = json::parse(response.body);
    return text_of(*body->find("error"), "field");
  }

  World world_;
};

// Every row that asks for a fresh proof; whatever is not here lets any session.
TEST_F(AccountRoutes, WhatIsDangerousNeedsAFreshProofAndNothingElseDoes) {
  Ask ask = World::page_of(world_.set_up());
  const UserId me = world_.accounts().users().registered().value().front().id;
  ASSERT_TRUE(world_.accounts().operators().add(me)) << "somebody for whom every row is there";
  ask.body =
      R"({"name":"n","current_password":"x","new_password":"y","code":"1","email":"e","role":"viewer"})";
  std::set<std::string> dangerous;
  world_.clock().advance(accounts::Sessions::kProof);
  const auto answer_of = [&](const Route& route) {
    return world_.ask(route.method, path_of_nobody(route.pattern), ask);
  };
  for (const Route& route : world_.api().routes()) {
    const std::string row = std::string(to_text(route.method)) + " " + std::string(route.pattern);
    SCOPED_TRACE(row);
    const bool is_asked = route.access.proof == Access::Proof::fresh;
    if (is_asked) dangerous.insert(row);
    if (!is_asked && (row == "DELETE /api/v1/session" || row == "POST /api/v1/session" ||
                      row == "GET /api/v1/live")) {
      continue;
    }
    const auto response = answer_of(route);
    EXPECT_EQ(response.body.find("step_up_required") != std::string::npos, is_asked)
        << response.body;
    if (is_asked) {
      EXPECT_EQ(response.status, Status::forbidden);
    }
  }
  EXPECT_EQ(dangerous,
            (std::set<std::string>{"POST /api/v1/api-keys",
                                   "POST /api/v1/api-keys/{api_key_id}/rotate",
                                   "POST /api/v1/claim-codes",
                                   "DELETE /api/v1/devices/{device_id}",
                                   "POST /api/v1/operator/grants/{grant_id}/visit",
                                   "POST /api/v1/devices/{device_id}/undo-key-change",
                                   "DELETE /iot/v2/devices/{id}",
                                   "DELETE /api/v1/things/{thing_id}",
                                   "DELETE /iot/v2/things/{id}",
                                   "POST /api/v1/account/password",
                                   "POST /api/v1/account/factor",
                                   "DELETE /api/v1/account/factor",
                                   "POST /api/v1/account/factor/confirm",
                                   "POST /api/v1/account/recovery-codes",
                                   "POST /api/v1/account/erasure",
                                   "POST /api/v1/account/passkeys",
                                   "POST /api/v1/account/passkeys/options",
                                   "DELETE /api/v1/account/passkeys/{passkey_id}",
                                   "POST /api/v1/account/sign-ins",
                                   "POST /api/v1/account/sign-ins/providers/{provider_id}",
                                   "DELETE /api/v1/account/sign-ins/{sign_in_id}",
                                   "POST /api/v1/invitations",
                                   "PUT /api/v1/people/{user_id}",
                                   "PUT /api/v1/people/{user_id}/things",
                                   "POST /api/v1/people/{user_id}/hand-over"}));

  world_.expect(Status::no_content, Method::post, "/api/v1/session/prove",
                with(ask, R"({"password":"correct horse battery"})"));
  for (const Route& route : world_.api().routes()) {
    if (route.access.proof != Access::Proof::fresh) continue;
    SCOPED_TRACE(std::string(route.pattern));
    EXPECT_EQ(answer_of(route).body.find("step_up_required"), std::string::npos);
  }
}

TEST_F(AccountRoutes, AKeyOfAProgramIsNotAskedForAProof) {
  const auto me = world_.add_member("k@x.y");
  for (const Route& route : world_.api().routes()) {
    if (route.access.proof != Access::Proof::fresh) continue;
    SCOPED_TRACE(std::string(route.pattern));
    EXPECT_EQ(
        world_.ask(route.method, route.pattern, {.token = me.token}).body.find("step_up_required"),
        std::string::npos);
  }
}

TEST_F(AccountRoutes, AWrongProofIsForbiddenAndSaysNotWhichPartWasWrong) {
  const Ask ask = World::page_of(world_.set_up());
  const auto prove = [&](const std::string& body) {
    return world_.ask(Method::post, "/api/v1/session/prove", with(ask, body));
  };
  EXPECT_EQ(prove(R"({"password":"guess"})").status, Status::forbidden);
  const World::App app = world_.add_app(ask);

  const auto wrong_password =
      prove(R"({"password":"guess","code":")" + world_.code_of(app) + "\"}");
  const auto no_code = prove(R"({"password":"correct horse battery"})");
  EXPECT_EQ(wrong_password.status, Status::forbidden);
  EXPECT_EQ(wrong_password.body, no_code.body);
  EXPECT_EQ(
      prove(R"({"password":"correct horse battery","code":")" + world_.code_of(app) + "\"}").status,
      Status::no_content);
  Ask forged = with(ask, R"({"password":"correct horse battery"})");
  forged.headers.erase("x-fastness-csrf");
  world_.expect(Status::forbidden, Method::post, "/api/v1/session/prove", forged);
}

TEST_F(AccountRoutes, APersonChoosesWhatTheyAreWrittenToIn) {
  const Ask mine = World::page_of(world_.set_up());
  const auto answer_to = [&](std::string body) {
    return world_.ask(Method::put, "/api/v1/account/language", with(mine, std::move(body)));
  };
  const auto language = [&] {
    return text_of(world_.expect(Status::ok, Method::get, "/api/v1/account", mine), "language");
  };
  EXPECT_EQ(language(), "en");
  world_.accounts().users().set_default_language(wording::Language::german);
  EXPECT_EQ(language(), "de") << "who has not chosen reads what the host chose";

  EXPECT_EQ(answer_to(R"({"language":"en"})").status, Status::no_content);
  EXPECT_EQ(language(), "en") << "and who has, what they chose";
  for (const char* bad : {R"({"language":"fr"})", R"({"language":"EN"})", R"({"language":""})",
                          R"({"language":"de\n"})", R"({"language":1})", "{}"}) {
    EXPECT_EQ(answer_to(bad).status, Status::bad_request) << bad;
  }
  EXPECT_EQ(language(), "en");
}

TEST_F(AccountRoutes, NobodyChoosesAnothersLanguage) {
  const Ask mine = World::page_of(world_.set_up());
  const auto program = world_.add_member("k@x.y");
  const std::string german = R"({"language":"de"})";

  EXPECT_NE(world_.ask(Method::put, "/api/v1/account/language", {.body = german}).status,
            Status::no_content);
  EXPECT_NE(
      world_.ask(Method::put, "/api/v1/account/language", {.token = program.token, .body = german})
          .status,
      Status::no_content)
      << "a key of a program is no person";
  Ask forged = with(mine, german);
  forged.headers.erase("x-fastness-csrf");
  world_.expect(Status::forbidden, Method::put, "/api/v1/account/language", forged);

  EXPECT_EQ(text_of(world_.expect(Status::ok, Method::get, "/api/v1/account", mine), "language"),
            "en");
  EXPECT_EQ(world_.accounts().users().language(program.user).value(), wording::Language::english);
}

TEST_F(AccountRoutes, ASignInWithAFactorTakesTwoSteps) {
  const World::App app = world_.add_app(World::page_of(world_.set_up()));
  const auto first = world_.sign_in();
  ASSERT_EQ(first.status, Status::ok) << first.body;
  EXPECT_FALSE(first.headers.find("set-cookie"));
  EXPECT_EQ(first.body.find("csrf"), std::string::npos);
  const std::string token = text_of(*json::parse(first.body), "factor_token");

  const auto wrong = world_.ask(Method::post, "/api/v1/session/factor", {.body = give(token, "1")});
  EXPECT_EQ(wrong.status, Status::unauthorized);
  EXPECT_EQ(error_field(wrong), "code");
  const auto unknown = world_.ask(Method::post, "/api/v1/session/factor",
                                  {.body = give("guess", world_.code_of(app))});
  EXPECT_EQ(unknown.status, Status::unauthorized);
  EXPECT_EQ(error_field(unknown), "token");
  world_.expect(Status::unauthorized, Method::get, "/api/v1/session",
                {.headers = {{"cookie", "__Host-session=" + token}}});
  world_.expect(
      Status::forbidden, Method::post, "/api/v1/session/factor",
      {.body = give(token, world_.code_of(app)), .headers = {{"sec-fetch-site", "cross-site"}}});
  const std::string shown = world_.code_of(app);
  const auto second =
      world_.ask(Method::post, "/api/v1/session/factor", {.body = give(token, shown)});
  const auto session =
      world_.expect(Status::ok, Method::get, "/api/v1/session", World::page_of(second));
  EXPECT_EQ(text_of(*session.find("user"), "email"), "me@x.y");
  world_.expect(Status::unauthorized, Method::post, "/api/v1/session/factor",
                {.body = give(token, shown)});
}

TEST_F(AccountRoutes, WhoeverHasThePasswordAndNotTheCodeIsInThePersonsTrail) {
  const Ask ask = World::page_of(world_.set_up());
  world_.add_app(ask);
  const auto first = world_.sign_in("me@x.y", {.address = "192.0.2.66"});
  const std::string token = text_of(*json::parse(first.body), "factor_token");
  world_.expect(Status::unauthorized, Method::post, "/api/v1/session/factor",
                {.body = give(token, "000000"), .address = "192.0.2.66"});

  const auto session = world_.expect(Status::ok, Method::get, "/api/v1/session", ask);
  const OrganisationId mine(*Uuid::parse(text_of(*session.find("organisation"), "id")));
  const auto entries = world_.audit().list(mine, 2, std::nullopt);

  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].event.action, "session.give_code");
  EXPECT_EQ((*entries)[0].event.result, "unauthenticated");
  EXPECT_EQ((*entries)[0].event.address, "192.0.2.66");
  EXPECT_EQ((*entries)[1].event.action, "session.create");
  EXPECT_EQ((*entries)[1].event.result, "factor_needed");
  for (const auto& entry : *entries) {
    EXPECT_EQ((entry.event.object + entry.event.result).find(token), std::string::npos);
  }
}

TEST_F(AccountRoutes, AFactorIsShownOnceAndAsAppsReadIt) {
  const Ask ask = World::page_of(world_.set_up());
  const auto offer = world_.expect(Status::ok, Method::post, "/api/v1/account/factor", ask);
  const std::string secret = text_of(offer, "secret");
  EXPECT_EQ(secret.size(), 32U);
  EXPECT_EQ(text_of(offer, "uri"), "otpauth://totp/Fastness%20localhost:me%40x.y?secret=" + secret +
                                       "&issuer=Fastness%20localhost");
  world_.expect(Status::bad_request, Method::post, "/api/v1/account/factor/confirm",
                with(ask, R"({"code":"nonsense"})"));
  EXPECT_FALSE(
      *world_.expect(Status::ok, Method::get, "/api/v1/account", ask).find("factor")->get<bool>());

  const World::App app = world_.add_app(ask);
  ASSERT_EQ(app.recovery_codes.size(), 10U);
  const auto account = world_.ask(Method::get, "/api/v1/account", ask);
  EXPECT_NE(account.body.find(R"("factor":true)"), std::string::npos) << account.body;
  EXPECT_NE(account.body.find(R"("recovery_codes":10)"), std::string::npos) << account.body;
  EXPECT_EQ(account.body.find(app.secret), std::string::npos);
  EXPECT_EQ(account.body.find(app.recovery_codes.front()), std::string::npos);

  EXPECT_EQ(world_.ask(Method::delete_, "/api/v1/account/factor", ask).status, Status::no_content);
  EXPECT_EQ(world_.sign_in().status, Status::created);
  world_.expect(Status::conflict, Method::post, "/api/v1/account/recovery-codes", ask);
}

TEST_F(AccountRoutes, ALinkOfTheHostAsksForTheCodeAndAResetIsSeenByThePerson) {
  const Ask ask = World::page_of(world_.set_up());
  world_.add_app(ask);
  const Ask host{.body = R"({"email":"me@x.y"})", .channel = http::Channel::admin};
  const auto link = world_.expect(Status::created, Method::post, "/admin/v1/setup-link", host);
  const auto chosen = world_.ask(
      Method::post, "/api/v1/setup",
      {.body = R"({"token":")" + text_of(link, "token") +
               R"(","email":"me@x.y","password":"correct horse battery","organisation":"G"})"});
  ASSERT_EQ(chosen.status, Status::ok) << chosen.body;
  EXPECT_FALSE(chosen.headers.find("set-cookie"));

  EXPECT_EQ(world_.ask(Method::post, "/admin/v1/reset-factors", host).status, Status::no_content);
  world_.expect(Status::not_found, Method::post, "/admin/v1/reset-factors",
                {.body = R"({"email":"you@x.y"})", .channel = http::Channel::admin});
  world_.expect(Status::not_found, Method::post, "/admin/v1/reset-factors", {.body = host.body});
  const Ask again = World::page_of(world_.sign_in());
  EXPECT_NE(world_.ask(Method::get, "/api/v1/home", again).body.find("factor_reset"),
            std::string::npos);
  world_.add_app(again);
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/home", again).body.find("factor_reset"),
            std::string::npos);
}

TEST_F(AccountRoutes, AnOwnPasswordIsChangedByWhoKnowsTheOldOne) {
  const Ask ask = World::page_of(world_.set_up());
  const auto change = [&](const std::string& current, const std::string& wanted) {
    return world_.ask(
        Method::post, "/api/v1/account/password",
        with(ask, R"({"current_password":")" + current + R"(","new_password":")" + wanted + "\"}"));
  };
  const auto wrong = change("guess", "violet tractor umbrella lamp");
  EXPECT_EQ(wrong.status, Status::forbidden);
  EXPECT_EQ(error_field(wrong), "current_password");
  const auto unfit = change("correct horse battery", "short");
  EXPECT_EQ(unfit.status, Status::bad_request);
  EXPECT_EQ(error_field(unfit), "new_password");
  EXPECT_EQ(world_.sign_in().status, Status::created);

  EXPECT_EQ(change("correct horse battery", "violet tractor umbrella lamp").status,
            Status::no_content);
  EXPECT_EQ(world_.sign_in().status, Status::unauthorized);
  world_.expect(Status::ok, Method::get, "/api/v1/session", ask);
}

TEST_F(AccountRoutes, APersonSeesWhereTheyAreSignedInAndEndsWhatTheyLike) {
  const Ask mine = World::page_of(world_.set_up());
  Ask phone_before;
  phone_before.address = "203.0.113.5";
  phone_before.headers["user-agent"] = "Mozilla/5.0 (iPhone) Version/19.0 Safari/604.1";
  const Ask phone = World::page_of(world_.sign_in("me@x.y", phone_before));
  const Ask other = World::page_of(world_.sign_in());
  const auto theirs = world_.accounts().initialise("you@x.y", "Y", accounts::Accounts::WithKey::no);
  const auto stranger =
      world_.accounts().sessions().create(theirs->user.id, theirs->user.organisation);

  const auto list = world_.expect(Status::ok, Method::get, "/api/v1/sessions", mine);
  const auto& sessions = *list.find("sessions")->get<json::Array>();
  ASSERT_EQ(sessions.size(), 3U);
  int current = 0;
  std::string phone_id;
  for (const json::Value& each : sessions) {
    if (*each.find("current")->get<bool>()) ++current;
    if (text_of(each, "address") == "203.0.113.5") {
      EXPECT_EQ(text_of(each, "browser"), "Safari on iPhone");
      phone_id = text_of(each, "id");
    }
    EXPECT_EQ(world_
                  .ask(Method::get, "/api/v1/session",
                       {.headers = {{"cookie", "__Host-session=" + text_of(each, "id")}}})
                  .status,
              Status::unauthorized)
        << "nobody can act by what is shown";
  }
  EXPECT_EQ(current, 1);

  world_.expect(Status::not_found, Method::delete_, "/api/v1/sessions/" + to_hex(stranger->id),
                mine);
  EXPECT_TRUE(world_.accounts().sessions().is_alive(stranger->id));
  EXPECT_EQ(world_.ask(Method::delete_, "/api/v1/sessions/" + phone_id, mine).status,
            Status::no_content);
  world_.expect(Status::unauthorized, Method::get, "/api/v1/session", phone);
  world_.expect(Status::ok, Method::get, "/api/v1/session", other);
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/sessions/end-others", mine).status,
            Status::no_content);
  world_.expect(Status::unauthorized, Method::get, "/api/v1/session", other);
  world_.expect(Status::ok, Method::get, "/api/v1/session", mine);
  EXPECT_TRUE(world_.accounts().sessions().is_alive(stranger->id));
}

TEST_F(AccountRoutes, SigningInAgainEndsTheSessionThatTheBrowserBroughtAlong) {
  const Ask before = World::page_of(world_.set_up());
  Ask browser;
  browser.headers["cookie"] = before.headers.at("cookie");
  Ask wrong = browser;
  wrong.body = R"({"email":"me@x.y","password":"guess"})";
  world_.expect(Status::unauthorized, Method::post, "/api/v1/session", wrong);
  world_.expect(Status::ok, Method::get, "/api/v1/session", before);

  const Ask after = World::page_of(world_.sign_in("me@x.y", browser));

  world_.expect(Status::unauthorized, Method::get, "/api/v1/session", before);
  world_.expect(Status::ok, Method::get, "/api/v1/session", after);
}

}  // namespace
}  // namespace fastness::api
