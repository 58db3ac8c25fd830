// Passkeys over HTTP: how one is added, signs in and proves, and what is refused on the way.
#include <string>

#include <gtest/gtest.h>

#include "api/world_test.h"
#include "json/writer.h"
#include "webauthn/testing/software_authenticator.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;
using testing::text_of;
using testing::with;
using testing::World;
using webauthn::RelyingParty;
using webauthn::testing::Asked;
using webauthn::testing::Said;
using webauthn::testing::SoftwareAuthenticator;

constexpr const char* kPasskeys = "/api/v1/account/passkeys";

class PasskeyRoutes : public ::testing::Test {
 protected:
  // What a browser makes of an offer at `at`.
  static Asked asked_by(const json::Value& offer, const RelyingParty& at) {
    Asked asked(at);
    const Bytes challenge = from_base64url(text_of(offer, "challenge")).value();
    std::copy(challenge.begin(), challenge.end(), asked.challenge.begin());
    return asked;
  }
  static std::string base64url(std::string_view text) { return to_base64url(as_bytes(text)); }

  http::Response add(const Ask& page, const std::string& name = "Phone") {
    const auto offer =
        world_.expect(Status::ok, Method::post, std::string(kPasskeys) + "/options", page);
    handle_ = text_of(offer, "user_handle");
    const Said said = phone_.create(asked_by(offer, party_));
    return world_.ask(Method::post, kPasskeys,
                      with(page, R"({"name":")" + name + R"(","client_data":")" +
                                     base64url(said.client_data) + R"(","authenticator_data":")" +
                                     to_base64url(said.authenticator_data) + "\"}"));
  }
  std::string use(const SoftwareAuthenticator& authenticator, const Asked& asked) const {
    const Said said = authenticator.get(asked);
    return R"({"credential":")" + to_base64url(authenticator.id()) + R"(","user_handle":")" +
           handle_ + R"(","client_data":")" + base64url(said.client_data) +
           R"(","authenticator_data":")" + to_base64url(said.authenticator_data) +
           R"(","signature":")" + to_base64url(said.signature) + "\"}";
  }
  Asked asked_to_sign_in() {
    return asked_by(world_.expect(Status::ok, Method::post, "/api/v1/session/passkey/options"),
                    party_);
  }
  http::Response sign_in(const std::string& body, Ask ask = {}) {
    ask.body = body;
    return world_.ask(Method::post, "/api/v1/session/passkey", ask);
  }

  World world_;
  const RelyingParty party_ =
      RelyingParty::of(RelyingParty::Scheme::https, "localhost", 8443).value();
  const SoftwareAuthenticator phone_;
  std::string handle_;
  const Ask page_ = World::page_of(world_.set_up("me@x.y"));
};

TEST_F(PasskeyRoutes, OneIsAddedRenamedListedAndRemoved) {
  const auto made = add(page_);
  ASSERT_EQ(made.status, Status::created) << made.body;
  const std::string id = text_of(*json::parse(made.body), "id");
  const std::string own = std::string(kPasskeys) + "/" + id;

  EXPECT_EQ(world_.ask(Method::patch, own, with(page_, R"({"name":"Key ring"})")).status,
            Status::no_content);
  const auto list = world_.expect(Status::ok, Method::get, kPasskeys, page_);
  const auto& listed = list.find("passkeys")->get<json::Array>()->at(0);
  EXPECT_EQ(text_of(list, "host"), "localhost");
  EXPECT_EQ(text_of(listed, "name"), "Key ring");
  EXPECT_EQ(text_of(listed, "host"), "localhost");
  EXPECT_EQ(listed.find("credential"), nullptr);

  const Ask yours = World::page_of(world_.set_up("you@x.y"));
  world_.expect(Status::not_found, Method::delete_, own, yours);
  world_.expect(Status::not_found, Method::patch, own, with(yours, R"({"name":"x"})"));
  EXPECT_EQ(world_.ask(Method::delete_, own, page_).status, Status::no_content);
  world_.expect(Status::not_found, Method::delete_, own, page_);
  EXPECT_EQ(sign_in(use(phone_, asked_to_sign_in())).status, Status::unauthorized);
}

TEST_F(PasskeyRoutes, OneSignsInAloneAndTheTrailSaysSo) {
  ASSERT_EQ(add(page_).status, Status::created);

  const auto entered = sign_in(use(phone_, asked_to_sign_in()));

  const Ask page = World::page_of(entered);
  EXPECT_EQ(text_of(*json::parse(entered.body)->find("user"), "email"), "me@x.y");
  world_.expect(Status::ok, Method::get, kPasskeys, page);
  const auto organisation = world_.accounts().users().find_by_email("me@x.y").value().organisation;
  const auto entries = world_.audit().list(organisation, 10, std::nullopt);
  EXPECT_EQ((*entries)[0].event.action, "session.use_passkey");
  EXPECT_EQ((*entries)[0].event.result, "ok");
  EXPECT_TRUE((*entries)[0].event.actor.starts_with("user:"));
  EXPECT_EQ((*entries)[1].event.action, "account.add_passkey");
  EXPECT_TRUE((*entries)[1].event.object.starts_with("passkey:"));
}

TEST_F(PasskeyRoutes, WhateverIsWrongIsRefusedInTheSameWords) {
  ASSERT_EQ(add(page_).status, Status::created);
  const std::string used = use(phone_, asked_to_sign_in());
  ASSERT_EQ(sign_in(used).status, Status::created);
  Asked elsewhere = asked_to_sign_in();
  elsewhere.origin = "https://evil.example";
  Asked unverified = asked_to_sign_in();
  unverified.flags = webauthn::testing::kPresent;

  const auto unknown = sign_in(use(SoftwareAuthenticator(), asked_to_sign_in()));

  EXPECT_EQ(unknown.status, Status::unauthorized);
  for (const std::string& body :
       {used, use(phone_, elsewhere), use(phone_, unverified), use(phone_, Asked(party_))}) {
    const auto refused = sign_in(body);
    EXPECT_EQ(refused.status, Status::unauthorized);
    EXPECT_EQ(refused.body, unknown.body);
  }
}

TEST_F(PasskeyRoutes, PagesOfOthersAreRefused) {
  ASSERT_EQ(add(page_).status, Status::created);
  Ask foreign;
  foreign.headers["sec-fetch-site"] = "cross-site";
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/session/passkey/options", foreign).status,
            Status::forbidden);
  EXPECT_EQ(sign_in(use(phone_, asked_to_sign_in()), foreign).status, Status::forbidden);
}

TEST_F(PasskeyRoutes, BytesHaveOneSpelling) {
  for (const char* credential : {"AAAA=", "AAAA AAAA", "AAB", "+/+/"}) {
    SCOPED_TRACE(credential);
    const auto refused =
        sign_in(R"({"credential":")" + std::string(credential) +
                R"(","client_data":"AAAA","authenticator_data":"AAAA","signature":"AAAA"})");
    EXPECT_EQ(refused.status, Status::bad_request);
    EXPECT_NE(refused.body.find("credential"), std::string::npos);
  }
}

TEST_F(PasskeyRoutes, OneProvesWhoIsInTheSession) {
  world_.expect(Status::not_found, Method::post, "/api/v1/session/prove/passkey/options", page_);
  ASSERT_EQ(add(page_).status, Status::created);
  world_.clock().advance(accounts::Sessions::kProof);
  const auto is_asked = [&] {
    return world_.ask(Method::post, "/api/v1/account/recovery-codes", page_)
               .body.find("step_up_required") != std::string::npos;
  };
  const auto prove = [&](const SoftwareAuthenticator& by) {
    const auto offer =
        world_.expect(Status::ok, Method::post, "/api/v1/session/prove/passkey/options", page_);
    EXPECT_EQ(offer.find("credentials")->get<json::Array>()->size(), 1U);
    return world_.ask(Method::post, "/api/v1/session/prove/passkey",
                      with(page_, use(by, asked_by(offer, party_))));
  };
  ASSERT_TRUE(is_asked());

  EXPECT_EQ(prove(SoftwareAuthenticator()).status, Status::forbidden);
  EXPECT_TRUE(is_asked());
  EXPECT_EQ(prove(phone_).status, Status::no_content);
  EXPECT_FALSE(is_asked());
}

// T15: where two factors are asked for, a password that was given away opens nothing, neither by a
// passkey of the thief's own nor by taking the owner's away.
TEST_F(PasskeyRoutes, WhoWasGivenThePasswordNeedsThePasskeyToo) {
  world_.accounts().sessions().ask_for_two_factors();
  const auto owes = [&](const Ask& page) {
    return text_of(world_.expect(Status::ok, Method::get, "/api/v1/session", page),
                   "second_factor");
  };
  ASSERT_EQ(owes(page_), "to_add");
  const auto made = add(page_);
  ASSERT_EQ(made.status, Status::created);
  EXPECT_EQ(owes(page_), "nothing") << "it was shown by adding it";
  const std::string id = text_of(*json::parse(made.body), "id");

  const Ask thief = World::page_of(world_.sign_in());
  EXPECT_EQ(owes(thief), "to_show");
  for (const auto& [method, path] : std::vector<std::pair<Method, std::string>>{
           {Method::get, "/api/v1/devices"},
           {Method::post, std::string(kPasskeys) + "/options"},
           {Method::post, "/api/v1/account/factor"},
           {Method::delete_, std::string(kPasskeys) + "/" + id}}) {
    const auto refused = world_.ask(method, path, thief);
    EXPECT_EQ(refused.status, Status::forbidden) << path;
    EXPECT_NE(refused.body.find("second_factor_required"), std::string::npos) << refused.body;
  }

  const auto offer =
      world_.expect(Status::ok, Method::post, "/api/v1/session/prove/passkey/options", thief);
  const auto prove = [&](const SoftwareAuthenticator& by) {
    return world_.ask(Method::post, "/api/v1/session/prove/passkey",
                      with(thief, use(by, asked_by(offer, party_))));
  };
  EXPECT_EQ(prove(SoftwareAuthenticator()).status, Status::forbidden);
  EXPECT_EQ(owes(thief), "to_show");
}

TEST_F(PasskeyRoutes, APasskeyIsTwoFactorsAtTheDoorAndAsAProof) {
  world_.accounts().sessions().ask_for_two_factors();
  ASSERT_EQ(add(page_).status, Status::created);
  const Ask by_password = World::page_of(world_.sign_in());
  const Ask by_passkey = World::page_of(sign_in(use(phone_, asked_to_sign_in())));
  world_.expect(Status::ok, Method::get, "/api/v1/devices", by_passkey);
  world_.expect(Status::forbidden, Method::get, "/api/v1/devices", by_password);

  const auto offer =
      world_.expect(Status::ok, Method::post, "/api/v1/session/prove/passkey/options", by_password);
  world_.expect(Status::no_content, Method::post, "/api/v1/session/prove/passkey",
                with(by_password, use(phone_, asked_by(offer, party_))));
  world_.expect(Status::ok, Method::get, "/api/v1/devices", by_password);
}

TEST_F(PasskeyRoutes, ACopyThatCountsFewerIsInItsPersonsTrail) {
  ASSERT_EQ(add(page_).status, Status::created);
  Asked asked = asked_to_sign_in();
  asked.counter = 5;
  ASSERT_EQ(sign_in(use(phone_, asked)).status, Status::created);
  asked = asked_to_sign_in();
  asked.counter = 4;
  EXPECT_EQ(sign_in(use(phone_, asked)).status, Status::unauthorized);

  const auto list = world_.expect(Status::ok, Method::get, kPasskeys, page_);
  EXPECT_NE(list.find("passkeys")->get<json::Array>()->at(0).find("doubted_at"), nullptr);
  const auto organisation = world_.accounts().users().find_by_email("me@x.y").value().organisation;
  const auto entries = world_.audit().list(organisation, 1, std::nullopt);
  EXPECT_EQ((*entries)[0].event.action, "session.use_passkey");
  EXPECT_EQ((*entries)[0].event.result, "unauthenticated");
}

TEST_F(PasskeyRoutes, WhatIsThereAlreadyOrIsNoneIsNotAdded) {
  ASSERT_EQ(add(page_).status, Status::created);
  EXPECT_EQ(add(page_).status, Status::conflict) << "this credential is there already";
  const auto refused =
      world_.ask(Method::post, kPasskeys,
                 with(page_, R"({"name":"x","client_data":"e30","authenticator_data":"AAAA"})"));
  EXPECT_EQ(refused.status, Status::bad_request);
}

TEST_F(PasskeyRoutes, TheHostsResetTakesThemAway) {
  ASSERT_EQ(add(page_).status, Status::created);
  const Ask host{.body = R"({"email":"me@x.y"})", .channel = http::Channel::admin};
  EXPECT_EQ(world_.ask(Method::post, "/admin/v1/reset-factors", host).status, Status::no_content);
  EXPECT_EQ(sign_in(use(phone_, asked_to_sign_in())).status, Status::unauthorized);
}

}  // namespace
}  // namespace fastness::api
