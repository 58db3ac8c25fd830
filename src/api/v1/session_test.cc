#include <string>

#include <gtest/gtest.h>

#include "api/world_test.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;
using testing::text_of;
using testing::World;

class SessionRoutes : public ::testing::Test {
 protected:
  http::Response set_up(const std::string& password = "correct horse battery") {
    const auto link = world_.accounts().setup_links().create(std::nullopt).value();
    return world_.ask(Method::post, "/api/v1/setup",
                      {.body = R"({"token":")" + link.token + R"(","email":"me@x.y","password":")" +
                               password + R"(","organisation":"Greenhouse"})"});
  }
  // Signs the first user in; what its page sends from then on.
  Ask page() { return World::page_of(set_up()); }

  World world_;
};

TEST_F(SessionRoutes, TheSetUpLinkSignsInWithACookieThatScriptsCannotRead) {
  const auto open = world_.expect(Status::ok, Method::get, "/api/v1/setup/status");
  EXPECT_FALSE(*open.find("open")->get<bool>());

  const auto response = set_up();

  ASSERT_EQ(response.status, Status::created) << response.body;
  const std::string cookie(*response.headers.find("set-cookie"));
  EXPECT_TRUE(cookie.starts_with("__Host-session="));
  for (const char* attribute : {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"}) {
    EXPECT_NE(cookie.find(attribute), std::string::npos) << attribute;
  }
  const std::string token = cookie.substr(15, 43);
  EXPECT_EQ(response.body.find(token), std::string::npos);
}

TEST_F(SessionRoutes, ALinkSaysWhatItsPageIsToAskFor) {
  const auto look = [&](const std::string& token, Status status = Status::ok) {
    return world_.expect(status, Method::post, "/api/v1/setup/link",
                         {.body = R"({"token":")" + token + R"("})"});
  };
  const Ask host{.body = R"({"organisation":"Mine","email":"owner@localhost"})",
                 .channel = http::Channel::admin};
  const auto made = world_.expect(Status::created, Method::post, "/admin/v1/init", host);
  const std::string token = text_of(made, "setup_token");
  EXPECT_EQ(text_of(made, "setup_url"), "https://localhost:8443/setup#" + token);

  const auto invitation = look(token);
  EXPECT_EQ(text_of(invitation, "email"), "owner@localhost");
  EXPECT_EQ(text_of(invitation, "organisation"), "Mine");
  EXPECT_FALSE(*invitation.find("has_password")->get<bool>());
  look("guess", Status::unauthorized);
  look("", Status::bad_request);
  world_.expect(
      Status::forbidden, Method::post, "/api/v1/setup/link",
      {.body = R"({"token":")" + token + R"("})", .headers = {{"sec-fetch-site", "cross-site"}}});

  const Ask choice{.body = R"({"token":")" + token +
                           R"(","email":"me@x.y","password":"correct horse battery",)"
                           R"("organisation":"Garden"})"};
  const auto session = world_.expect(Status::created, Method::post, "/api/v1/setup", choice);
  EXPECT_EQ(text_of(*session.find("user"), "email"), "me@x.y");
  EXPECT_EQ(text_of(*session.find("organisation"), "name"), "Garden");
  look(token, Status::unauthorized);
}

TEST_F(SessionRoutes, TheHostMakesLinksForNewcomersAndForWhomItNames) {
  const auto make = [&](const std::string& body, Status status = Status::created) {
    return world_.expect(status, Method::post, "/admin/v1/setup-link",
                         {.body = body, .channel = http::Channel::admin});
  };
  const auto look = [&](const json::Value& link) -> std::string {
    const auto invitation =
        world_.expect(Status::ok, Method::post, "/api/v1/setup/link",
                      {.body = R"({"token":")" + text_of(link, "token") + R"("})"});
    return invitation.find("email") != nullptr ? text_of(invitation, "email") : "";
  };
  EXPECT_EQ(look(make("{}")), "") << "nobody is there: whoever comes is the first";
  world_.expect(
      Status::created, Method::post, "/admin/v1/init",
      {.body = R"({"organisation":"O","email":"a@x.y"})", .channel = http::Channel::admin});
  EXPECT_EQ(look(make("{}")), "a@x.y");
  world_.expect(
      Status::created, Method::post, "/admin/v1/init",
      {.body = R"({"organisation":"P","email":"b@x.y"})", .channel = http::Channel::admin});

  make("{}", Status::conflict);
  EXPECT_EQ(look(make(R"({"email":"B@x.y"})")), "b@x.y");
  make(R"({"email":"c@x.y"})", Status::not_found);
}

TEST_F(SessionRoutes, TheTrailNamesWhoCameIn) {
  const auto body = json::parse(set_up().body);
  const std::string actor = "user:" + text_of(*body->find("user"), "id");
  const OrganisationId organisation(*Uuid::parse(text_of(*body->find("organisation"), "id")));

  const auto entries = world_.audit().list(organisation, 1, std::nullopt);

  EXPECT_EQ(entries->front().event.action, "setup.use");
  EXPECT_EQ(entries->front().event.actor, actor);
}

TEST_F(SessionRoutes, AShortPasswordNamesItsField) {
  const auto response = set_up("elevenchars");

  EXPECT_EQ(response.status, Status::bad_request);
  const auto body = json::parse(response.body);
  EXPECT_EQ(text_of(*body->find("error"), "field"), "password");
  EXPECT_EQ(text_of(*body->find("error"), "code"), "invalid_request");
}

TEST_F(SessionRoutes, APageReadsWithItsCookieAndWritesWithItsCsrfToken) {
  Ask ask = page();
  const auto session = world_.expect(Status::ok, Method::get, "/api/v1/session", ask);
  EXPECT_EQ(text_of(*session.find("user"), "email"), "me@x.y");
  EXPECT_EQ(text_of(*session.find("organisation"), "name"), "Greenhouse");
  EXPECT_EQ(text_of(session, "csrf"), ask.headers["x-fastness-csrf"]);

  ask.body = R"({"name":"t"})";
  world_.expect(Status::created, Method::post, "/api/v1/things", ask);
}

TEST_F(SessionRoutes, AForgedRequestChangesNothing) {
  const Ask good = page();
  const auto attack = [&](const char* header, std::optional<std::string> value) {
    Ask ask = good;
    ask.body = R"({"name":"t"})";
    ask.headers.erase(header);
    if (value) ask.headers[header] = *value;
    return world_.ask(Method::post, "/api/v1/things", ask).status;
  };

  EXPECT_EQ(attack("x-fastness-csrf", std::nullopt), Status::forbidden);
  EXPECT_EQ(attack("x-fastness-csrf", ""), Status::forbidden);
  EXPECT_EQ(attack("x-fastness-csrf", "x"), Status::forbidden);
  EXPECT_EQ(attack("sec-fetch-site", "cross-site"), Status::forbidden);
  EXPECT_EQ(attack("sec-fetch-site", "same-site"), Status::forbidden);
  EXPECT_EQ(attack("cookie", "__Host-session=" + std::string(43, 'A')), Status::unauthorized);
  EXPECT_EQ(attack("cookie", "session=" + good.headers.at("cookie").substr(15)),
            Status::unauthorized);
  const auto things = world_.expect(Status::ok, Method::get, "/api/v1/things", good);
  EXPECT_TRUE(things.find("things")->get<json::Array>()->empty());
}

TEST_F(SessionRoutes, WithoutFetchMetadataTheOriginDecides) {
  Ask ask = page();
  ask.headers.erase("sec-fetch-site");
  ask.body = R"({"name":"t"})";
  for (const char* origin : {"https://evil.example", "http://localhost:8443", "null",
                             "https://localhost", "https://localhost:8443.evil.example"}) {
    ask.headers["origin"] = origin;
    EXPECT_EQ(world_.ask(Method::post, "/api/v1/things", ask).status, Status::forbidden) << origin;
  }
  ask.headers["origin"] = "https://localhost:8443";
  world_.expect(Status::created, Method::post, "/api/v1/things", ask);
}

TEST_F(SessionRoutes, APageOfAnotherOriginWatchesNothing) {
  Ask ask = page();
  ask.headers["connection"] = "upgrade";
  ask.headers["upgrade"] = "websocket";
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/live", ask).status, Status::switching_protocols);

  ask.headers["sec-fetch-site"] = "cross-site";
  world_.expect(Status::forbidden, Method::get, "/api/v1/live", ask);
  ask.headers.erase("sec-fetch-site");
  ask.headers["origin"] = "https://evil.example";
  world_.expect(Status::forbidden, Method::get, "/api/v1/live", ask);
  ask.headers.erase("cookie");
  world_.expect(Status::unauthorized, Method::get, "/api/v1/live", ask);
}

TEST_F(SessionRoutes, EverySignInIsASessionOfItsOwn) {
  const Ask before = page();
  const std::string planted = "__Host-session=" + std::string(43, 'A');
  for (const std::string& cookie : {before.headers.at("cookie"), planted}) {
    const auto response =
        world_.ask(Method::post, "/api/v1/session",
                   {.body = R"({"email":"me@x.y","password":"correct horse battery"})",
                    .headers = {{"cookie", cookie}}});

    ASSERT_EQ(response.status, Status::created) << response.body;
    EXPECT_FALSE(response.headers.find("set-cookie")->starts_with(cookie));
  }
  world_.expect(Status::unauthorized, Method::get, "/api/v1/session",
                {.headers = {{"cookie", planted}}});
}

TEST_F(SessionRoutes, AFailedSignInIsInTheTrailOfTheHost) {
  static_cast<void>(page());
  world_.expect(
      Status::unauthorized, Method::post, "/api/v1/session",
      {.body = R"({"email":"me@x.y","password":"a guess of somebody"})", .address = "192.0.2.66"});

  const OrganisationId nobody(Uuid(Uuid::Bytes{}));
  const auto entry = world_.audit().list(nobody, 1, std::nullopt)->front();
  EXPECT_EQ(entry.event.action, "session.create");
  EXPECT_EQ(entry.event.actor, "anonymous");
  EXPECT_EQ(entry.event.address, "192.0.2.66");
  EXPECT_NE(entry.event.result, "ok");
  EXPECT_EQ((entry.event.object + entry.event.result).find("guess"), std::string::npos);
}

TEST_F(SessionRoutes, SigningOutEndsTheSession) {
  const Ask ask = page();

  const auto response = world_.ask(Method::delete_, "/api/v1/session", ask);

  EXPECT_EQ(response.status, Status::no_content);
  EXPECT_NE(response.headers.find("set-cookie")->find("Max-Age=0"), std::string_view::npos);
  world_.expect(Status::unauthorized, Method::get, "/api/v1/session", ask);
}

TEST_F(SessionRoutes, WrongPasswordsAreRefusedAlike) {
  static_cast<void>(page());
  const auto sign_in = [&](const std::string& email, const std::string& password) {
    return world_.ask(Method::post, "/api/v1/session",
                      {.body = R"({"email":")" + email + R"(","password":")" + password + R"("})"});
  };

  const auto wrong = sign_in("me@x.y", "wrong");
  const auto unknown = sign_in("you@x.y", "wrong");

  EXPECT_EQ(wrong.status, Status::unauthorized);
  EXPECT_EQ(wrong.body, unknown.body);
  EXPECT_EQ(sign_in("me@x.y", "correct horse battery").status, Status::created);
}

TEST_F(SessionRoutes, AKeyIsShownOnceAndEndedAtOnce) {
  Ask ask = page();
  ask.body = R"({"name":"k","scopes":["things:read"]})";
  const auto made = world_.expect(Status::created, Method::post, "/api/v1/api-keys", ask);
  const std::string id = text_of(made, "client_id");
  const std::string secret = text_of(made, "client_secret");
  EXPECT_EQ(id.size(), 32U);
  EXPECT_EQ(secret.size(), 64U);
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/api-keys", ask).body.find(secret), std::string::npos);
  const auto key = world_.accounts().api_keys().authenticate(id, secret).value();
  const std::string token = world_.accounts().tokens().issue(key, world_.clock().now());
  world_.expect(Status::ok, Method::get, "/api/v1/things", {.token = token});

  ask.body.clear();
  EXPECT_EQ(world_.ask(Method::delete_, "/api/v1/api-keys/" + id, ask).status, Status::no_content);

  world_.expect(Status::unauthorized, Method::get, "/api/v1/things", {.token = token});
}

TEST_F(SessionRoutes, AKeyTakesANewSecretForItselfAndAPersonForAny) {
  const auto me = world_.add_member("k@x.y");
  const auto you = world_.add_member("l@x.y");
  const std::string path = "/api/v1/api-keys/" + me.client_id + "/rotate";
  world_.expect(Status::forbidden, Method::post, path,
                {.token = world_.token_of(me, accounts::Scopes::all())});
  world_.expect(Status::forbidden, Method::post, path, {.token = you.token});

  const auto made = world_.expect(Status::ok, Method::post, path, {.token = me.token});

  const std::string secret = text_of(made, "client_secret");
  EXPECT_TRUE(world_.accounts().api_keys().authenticate(me.client_id, secret));
  EXPECT_TRUE(world_.accounts().api_keys().authenticate(me.client_id, me.client_secret));
  EXPECT_FALSE(text_of(*made.find("api_key"), "previous_secret_ends_at").empty());
  const auto line = world_.audit().list(me.organisation, 1, std::nullopt)->front().event;
  EXPECT_EQ(line.action, "api_key.rotate");
  EXPECT_EQ(line.object, "api_key:" + me.client_id);
  EXPECT_EQ(line.actor, "api_key:" + me.client_id);
  // A person of another organisation sees no such key.
  EXPECT_EQ(world_.ask(Method::post, path, page()).status, Status::not_found);
}

TEST_F(SessionRoutes, WhoeverFindsAKeyMayEndItAndAKeyMayEndOnlyItself) {
  const auto me = world_.add_member("k@x.y");
  const std::string other = world_.token_of(me, accounts::Scopes::all());
  world_.expect(Status::forbidden, Method::delete_, "/api/v1/api-keys/" + me.client_id,
                {.token = other});
  const auto report = [&](const std::string& secret) {
    return world_
        .ask(Method::post, "/api/v1/leaked-keys",
             {.body = R"({"client_secret":")" + secret + "\"}"})
        .status;
  };

  EXPECT_EQ(report("fastnessk1"), Status::bad_request);
  EXPECT_EQ(report(me.client_secret), Status::no_content);
  EXPECT_EQ(report(me.client_secret), Status::no_content);

  world_.expect(Status::unauthorized, Method::get, "/api/v1/things", {.token = me.token});
}

}  // namespace
}  // namespace fastness::api
