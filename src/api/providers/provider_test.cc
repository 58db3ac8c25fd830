// Sign-ins by providers over HTTP: the way there and back, and who is refused on it (T16).
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "audit/audit_log.h"
#include "crypto/password/one_time_code.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::text_of;
using testing::World;

constexpr const char* kLinked = "/api/v1/account/sign-ins";
constexpr const char* kAnswer = "/api/v1/session/answer";
constexpr const char* kLogout = "/api/v1/session/providers/company/logout";

class ProviderRoutes : public ::testing::Test {
 protected:
  static std::string cookie_of(const http::Response& response) {
    const std::string cookie(response.headers.find("set-cookie").value_or(""));
    return cookie.substr(0, cookie.find(';'));
  }
  // A browser that holds `cookie`, on a page of ours.
  static Ask browser(const std::string& cookie) {
    Ask ask;
    ask.headers["cookie"] = cookie;
    ask.headers["sec-fetch-site"] = "same-origin";
    return ask;
  }
  static Ask with_cookie(Ask page, const std::string& cookie) {
    page.headers["cookie"] += "; " + cookie;
    return page;
  }

  // Sends a browser away; its cookie.
  std::string begin(const std::string& provider = "company") {
    const auto sent = world_.ask(Method::post, "/api/v1/session/providers/" + provider);
    EXPECT_EQ(sent.status, Status::ok) << sent.body;
    return cookie_of(sent);
  }
  std::string begin_link(const Ask& page) {
    const auto sent = world_.ask(Method::post, std::string(kLinked) + "/providers/company", page);
    EXPECT_EQ(sent.status, Status::ok) << sent.body;
    return cookie_of(sent);
  }
  // As a provider sends it back.
  http::Response come_back(const std::string& cookie, const std::string& more = "&code=c0de",
                           const std::string& provider = "company") {
    Ask ask;
    ask.headers["cookie"] = cookie;
    ask.headers["sec-fetch-site"] = "cross-site";
    return world_.ask(Method::get,
                      "/api/v1/session/providers/" + provider +
                          "/callback?state=" + world_.providers().sent->state + more,
                      ask);
  }
  std::string place_of(const http::Response& response) {
    EXPECT_EQ(response.status, Status::found) << response.body;
    return std::string(response.headers.find("location").value_or(""));
  }
  http::Response sign_in() {
    const std::string cookie = begin();
    EXPECT_EQ(place_of(come_back(cookie)), "/sign-in?answered");
    return world_.ask(Method::post, kAnswer, browser(cookie));
  }
  http::Response link(const Ask& page) {
    const std::string cookie = begin_link(page);
    EXPECT_EQ(place_of(come_back(cookie)), "/account?answered");
    return world_.ask(Method::post, kLinked, with_cookie(page, cookie));
  }
  std::vector<std::string> trail(OrganisationId organisation) {
    std::vector<std::string> lines;
    const auto entries = world_.audit().list(organisation, 500, std::nullopt);
    for (const audit::Entry& each : *entries) {
      lines.push_back(each.event.action + " " + each.event.result);
    }
    return lines;
  }

  World world_;
  const testing::Member me_ = world_.add_member("me@x.y");
  const Ask page_ = world_.page_of(me_.user);
};

TEST_F(ProviderRoutes, OneIsLinkedFromInsideAndSignsIn) {
  const auto made = link(page_);
  ASSERT_EQ(made.status, Status::created) << made.body;
  EXPECT_EQ(text_of(*json::parse(made.body), "provider"), "Company");

  const auto in = sign_in();
  ASSERT_EQ(in.status, Status::created) << in.body;
  EXPECT_THAT(in.body, HasSubstr(me_.user.value().to_text()));
  EXPECT_THAT(std::string(*in.headers.find("set-cookie")),
              ::testing::StartsWith("__Host-session="));
  EXPECT_EQ(in.headers.count("set-cookie"), 2U) << "and the attempt's is forgotten";

  const auto list = world_.expect(Status::ok, Method::get, kLinked, page_);
  const auto& only = list.find("sign_ins")->get<json::Array>()->at(0);
  EXPECT_EQ(text_of(only, "issuer"), "https://id.example");
  EXPECT_NE(only.find("last_used_at"), nullptr);
  EXPECT_EQ(only.find("subject"), nullptr);
  EXPECT_EQ(list.find("providers")->get<json::Array>()->size(), 2U);

  const std::string own = std::string(kLinked) + "/" + text_of(only, "id");
  const Ask yours = world_.page_of(world_.add_member("you@x.y").user);
  world_.expect(Status::not_found, Method::delete_, own, yours);
  EXPECT_EQ(world_.ask(Method::delete_, own, page_).status, Status::no_content);
  EXPECT_EQ(sign_in().status, Status::unauthorized);
}

TEST_F(ProviderRoutes, WhereToGoSaysNoSecretAndTheCookieIsForThisBrowserAlone) {
  const auto sent = world_.ask(Method::post, "/api/v1/session/providers/company");
  ASSERT_EQ(sent.status, Status::ok);
  const oidc::Attempt& attempt = *world_.providers().sent;
  EXPECT_EQ(text_of(*json::parse(sent.body), "url"),
            "https://id.example/auth?state=" + attempt.state);
  EXPECT_EQ(attempt.redirect_uri,
            "https://localhost:8443/api/v1/session/providers/company/callback");
  const std::string cookie(*sent.headers.find("set-cookie"));
  EXPECT_THAT(cookie, ::testing::StartsWith("__Host-sign-in="));
  EXPECT_THAT(cookie, HasSubstr("; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=600"));
  EXPECT_EQ(sent.headers.find("cache-control"), "no-store");
  for (const std::string& secret : {attempt.verifier, cookie_of(sent).substr(15)}) {
    EXPECT_THAT(sent.body, Not(HasSubstr(secret)));
  }
}

TEST_F(ProviderRoutes, OnlyAPageOfOursSendsAnybodyAwayOrAsksWhatCameOfIt) {
  Ask foreign;
  foreign.headers["sec-fetch-site"] = "cross-site";
  world_.expect(Status::forbidden, Method::post, "/api/v1/session/providers/company", foreign);
  world_.expect(Status::forbidden, Method::post, kAnswer, foreign);
  Ask page = page_;
  page.headers.erase("x-fastness-csrf");
  world_.expect(Status::forbidden, Method::post, kLinked, page);
  EXPECT_TRUE(world_.providers().redeemed.empty());
}

// Who signs in with an identity that nobody has linked gets no account, and hears what to do.
TEST_F(ProviderRoutes, WhomNobodyHasLinkedIsToldToLinkFromInside) {
  const auto refused = sign_in();
  EXPECT_EQ(refused.status, Status::unauthorized);
  EXPECT_THAT(refused.body, HasSubstr("then link it on the page Account"));
  EXPECT_FALSE(refused.headers.find("set-cookie"));
  EXPECT_EQ(world_.accounts().users().registered()->size(), 0U);
}

TEST_F(ProviderRoutes, AStateIsGoodOnceAndInItsOwnBrowser) {
  ASSERT_EQ(link(page_).status, Status::created);
  const std::string mine = begin();
  const std::string enemys = "__Host-sign-in=" + std::string(43, 'x');
  const auto told = [&](const std::string& cookie) {
    return world_.ask(Method::post, kAnswer, browser(cookie)).status;
  };
  EXPECT_EQ(place_of(come_back(enemys)), "/sign-in?answered");
  EXPECT_EQ(told(enemys), Status::conflict);
  EXPECT_EQ(place_of(come_back("")), "/sign-in?answered");

  EXPECT_EQ(place_of(come_back(mine)), "/sign-in?answered");
  EXPECT_EQ(told(mine), Status::created);
  EXPECT_EQ(told(mine), Status::conflict);
  static_cast<void>(come_back(mine));
  EXPECT_EQ(told(mine), Status::conflict);
  EXPECT_EQ(world_.providers().redeemed.size(), 2U) << "once to link, once to sign in";
}

TEST_F(ProviderRoutes, TheAnswerOfAnotherProviderIsNone) {
  const std::string cookie = begin();
  static_cast<void>(come_back(cookie, "&code=c0de", "other"));
  EXPECT_EQ(world_.ask(Method::post, kAnswer, browser(cookie)).status, Status::conflict);
  EXPECT_TRUE(world_.providers().redeemed.empty());
}

// Somebody's session must not be given another's identity by an attempt of theirs.
TEST_F(ProviderRoutes, AnAttemptToLinkIsOfItsSessionAndForThatAlone) {
  const Ask yours = world_.page_of(world_.add_member("you@x.y").user);
  const std::string cookie = begin_link(yours);
  static_cast<void>(come_back(cookie));
  EXPECT_EQ(world_.ask(Method::post, kLinked, with_cookie(page_, cookie)).status, Status::conflict);

  const std::string again = begin_link(yours);
  static_cast<void>(come_back(again));
  EXPECT_EQ(world_.ask(Method::post, kAnswer, browser(again)).status, Status::conflict);

  const std::string to_sign_in = begin();
  static_cast<void>(come_back(to_sign_in));
  EXPECT_EQ(world_.ask(Method::post, kLinked, with_cookie(page_, to_sign_in)).status,
            Status::conflict);
  EXPECT_TRUE(world_.providers().redeemed.empty());
}

TEST_F(ProviderRoutes, LinkingAndUnlinkingNeedAFreshProof) {
  const std::string id = text_of(*json::parse(link(page_).body), "id");
  world_.clock().advance(std::chrono::minutes(6));
  for (const auto& [method, path] : std::vector<std::pair<Method, std::string>>{
           {Method::post, kLinked},
           {Method::post, std::string(kLinked) + "/providers/company"},
           {Method::delete_, std::string(kLinked) + "/" + id}}) {
    const auto refused = world_.expect(Status::forbidden, method, path, page_);
    EXPECT_EQ(text_of(*refused.find("error"), "code"), "step_up_required") << path;
  }
  EXPECT_EQ(world_.ask(Method::get, kLinked, page_).status, Status::ok);
}

TEST_F(ProviderRoutes, ASessionThatEndsMeanwhileLinksNothing) {
  const auto sessions = world_.accounts().sessions().list(me_.user);
  const std::string cookie = begin_link(page_);
  static_cast<void>(come_back(cookie));
  world_.providers().before_answer = [&] {
    EXPECT_TRUE(world_.accounts().sessions().end(sessions.front().id));
  };
  EXPECT_EQ(world_.ask(Method::post, kLinked, with_cookie(page_, cookie)).status,
            Status::unauthorized);
  EXPECT_TRUE(world_.accounts().linked_sign_ins().list(me_.user)->empty());
}

TEST_F(ProviderRoutes, WhoHasASecondFactorOwesItsCode) {
  ASSERT_EQ(link(page_).status, Status::created);
  const accounts::User user = world_.accounts().users().find(me_.user).value();
  const auto offer = world_.accounts().factors().offer(user.id);
  const auto code = [&] {
    return crypto::one_time_code(accounts::testing::app_secret(offer.secret),
                                 crypto::one_time_step(world_.clock().now()));
  };
  ASSERT_TRUE(world_.accounts().factors().confirm(user, code()));
  world_.clock().advance(std::chrono::minutes(2));

  const auto asked = sign_in();
  ASSERT_EQ(asked.status, Status::ok) << asked.body;
  EXPECT_THAT(std::string(asked.headers.find("set-cookie").value_or("")),
              Not(HasSubstr("session=")));
  const std::string token = text_of(*json::parse(asked.body), "factor_token");
  const auto in =
      world_.ask(Method::post, "/api/v1/session/factor",
                 {.body = R"({"token":")" + token + R"(","code":")" + std::string(code()) + "\"}"});
  EXPECT_EQ(in.status, Status::created) << in.body;
}

TEST_F(ProviderRoutes, WhatAProviderSaysIsShownToNobody) {
  ASSERT_EQ(link(page_).status, Status::created);
  const auto refused_with = [&](const std::string& more) {
    const std::string cookie = begin();
    const auto back = come_back(cookie, more);
    EXPECT_EQ(place_of(back), "/sign-in?answered");
    EXPECT_THAT(back.body, Not(HasSubstr("evil")));
    return world_.ask(Method::post, kAnswer, browser(cookie));
  };
  world_.providers().says = fail(Errc::unauthenticated, "the evil provider refused");
  const auto refused = refused_with("&error=access_denied&error_description=evil%20words&scope=x");
  EXPECT_EQ(refused.status, Status::unauthorized);
  EXPECT_THAT(refused.body, HasSubstr("Signing in by Company did not work."));
  EXPECT_THAT(refused.body, Not(HasSubstr("evil")));
  EXPECT_EQ(world_.providers().redeemed.back().second.code, "");
  // A refusal with a code is a refusal.
  static_cast<void>(refused_with("&error=x&code=evil"));
  EXPECT_EQ(world_.providers().redeemed.back().second.code, "");

  for (const Errc code : {Errc::unavailable, Errc::permission_denied, Errc::exhausted}) {
    world_.providers().says = fail(code, "evil.example does what it likes");
    const auto away = refused_with("&code=c&iss=https%3A%2F%2Fid.example");
    EXPECT_EQ(away.status, Status::service_unavailable);
    EXPECT_THAT(away.body, Not(HasSubstr("evil")));
  }
  EXPECT_EQ(world_.providers().redeemed.back().second.issuer, "https://id.example");
}

TEST_F(ProviderRoutes, AProviderThatIsAwayOrUnknownIsSaid) {
  world_.providers().is_away = true;
  const auto away = world_.ask(Method::post, "/api/v1/session/providers/company");
  EXPECT_EQ(away.status, Status::service_unavailable);
  EXPECT_FALSE(away.headers.find("set-cookie"));
  world_.expect(Status::not_found, Method::post, "/api/v1/session/providers/nobody");
  world_.expect(Status::not_found, Method::post, std::string(kLinked) + "/providers/nobody", page_);
  const auto list = world_.expect(Status::ok, Method::get, "/api/v1/session/providers");
  EXPECT_EQ(text_of(list.find("providers")->get<json::Array>()->at(0), "name"), "Company");
}

TEST_F(ProviderRoutes, ASignInIsOnePersons) {
  ASSERT_EQ(link(page_).status, Status::created);
  const Ask yours = world_.page_of(world_.add_member("you@x.y").user);
  for (const Ask& page : {page_, yours}) {
    const auto refused = link(page);
    EXPECT_EQ(refused.status, Status::conflict);
    EXPECT_THAT(refused.body, HasSubstr("is linked to an account already"));
  }
}

// As a provider asks: no page of ours, no cookie.
Ask logout_form(const std::string& body) {
  Ask ask;
  ask.body = body;
  ask.headers["content-type"] = "application/x-www-form-urlencoded";
  return ask;
}

TEST_F(ProviderRoutes, WhoSignsOutThereIsSignedOutHere) {
  ASSERT_EQ(link(page_).status, Status::created);
  world_.providers().says = oidc::Identity{"https://id.example", "me", "s-1"};
  const auto in = sign_in();
  ASSERT_EQ(in.status, Status::created) << in.body;
  Ask theirs;
  theirs.headers["cookie"] = cookie_of(in);
  ASSERT_EQ(world_.ask(Method::get, "/api/v1/session", theirs).status, Status::ok);
  const auto said = oidc::Logout{"https://id.example", "me", "s-1", world_.clock().now()};
  world_.providers().says_of_logout = said;

  const auto done = world_.ask(Method::post, kLogout, logout_form("logout_token=a.b-c_d"));

  EXPECT_EQ(done.status, Status::ok) << done.body;
  EXPECT_EQ(done.headers.find("cache-control"), "no-store");
  EXPECT_FALSE(done.headers.find("set-cookie"));
  EXPECT_THAT(world_.providers().logouts, ::testing::ElementsAre(std::pair("company", "a.b-c_d")));
  world_.expect(Status::unauthorized, Method::get, "/api/v1/session", theirs);
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/session", page_).status, Status::ok)
      << "who came in otherwise goes on";
  EXPECT_THAT(trail(me_.organisation), ::testing::Contains("session.provider_sign_out ok"));
  EXPECT_EQ(world_.ask(Method::post, kLogout, logout_form("logout_token=x")).status, Status::ok)
      << "said once more it is done already";
}

TEST_F(ProviderRoutes, WhatTheProviderDidNotSaySignsNobodyOut) {
  ASSERT_EQ(link(page_).status, Status::created);
  const auto in = sign_in();
  Ask theirs;
  theirs.headers["cookie"] = cookie_of(in);

  world_.providers().says_of_logout = fail(Errc::unauthenticated, "evil words");
  const auto refused = world_.ask(Method::post, kLogout, logout_form("logout_token=evil"));
  EXPECT_EQ(refused.status, Status::bad_request);
  EXPECT_THAT(refused.body, Not(HasSubstr("evil")));
  world_.providers().says_of_logout = fail(Errc::unavailable, "evil words");
  EXPECT_EQ(world_.ask(Method::post, kLogout, logout_form("logout_token=x")).status,
            Status::service_unavailable);

  world_.providers().logouts.clear();
  for (const char* body : {"", "token=x", "logout_token=%zz"}) {
    world_.expect(Status::bad_request, Method::post, kLogout, logout_form(body));
  }
  Ask as_json;
  as_json.body = R"({"logout_token":"x"})";
  as_json.headers["content-type"] = "application/json";
  world_.expect(Status::unsupported_media_type, Method::post, kLogout, as_json);
  world_.expect(Status::not_found, Method::post, "/api/v1/session/providers/nobody/logout",
                logout_form("logout_token=x"));
  EXPECT_TRUE(world_.providers().logouts.empty());
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/session", theirs).status, Status::ok);
}

// What was taken away because it is somebody else's now must not leave them inside.
TEST_F(ProviderRoutes, UnlinkingEndsTheSessionsThatRestOnIt) {
  const std::string id = text_of(*json::parse(link(page_).body), "id");
  Ask theirs;
  theirs.headers["cookie"] = cookie_of(sign_in());
  ASSERT_EQ(world_.ask(Method::get, "/api/v1/session", theirs).status, Status::ok);

  EXPECT_EQ(world_.ask(Method::delete_, std::string(kLinked) + "/" + id, page_).status,
            Status::no_content);

  world_.expect(Status::unauthorized, Method::get, "/api/v1/session", theirs);
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/session", page_).status, Status::ok);
}

TEST_F(ProviderRoutes, TheTrailSaysWhoCameInAndWhatWasLinked) {
  const std::string id = text_of(*json::parse(link(page_).body), "id");
  ASSERT_EQ(sign_in().status, Status::created);
  world_.ask(Method::delete_, std::string(kLinked) + "/" + id, page_);
  const auto lines = trail(me_.organisation);
  EXPECT_THAT(lines, ::testing::IsSupersetOf({"account.link_sign_in ok", "session.use_provider ok",
                                              "account.unlink_sign_in ok"}));
}

}  // namespace
}  // namespace fastness::api
