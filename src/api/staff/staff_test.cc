// Operators over HTTP: what they may without a grant (nothing), with one (what it says), and what
// the organisation sees of it and does about it.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "api/world_test.h"
#include "json/writer.h"
#include "webauthn/testing/software_authenticator.h"

namespace fastness::api {
namespace {

using namespace std::chrono_literals;
using accounts::Scope;
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

class Staff : public ::testing::Test {
 protected:
  // Somebody with a passkey, at their console.
  struct Person {
    testing::Member member;
    accounts::NewSession session;
    Ask page;
    SoftwareAuthenticator authenticator;
  };

  Staff() {
    EXPECT_TRUE(world_.accounts().operators().add(anna_.member.user));
    EXPECT_TRUE(world_.accounts().operators().add(ben_.member.user));
  }

  Person person(const std::string& email) {
    const testing::Member member = world_.add_member(email);
    auto session = world_.accounts().sessions().create(member.user, member.organisation).value();
    Person made{member, session, world_.page_of(session), SoftwareAuthenticator()};
    accounts::Passkeys& passkeys = world_.accounts().passkeys();
    const auto offer = passkeys.offer(session.id, member.user).value();
    const Said said = made.authenticator.create(Asked(party_, offer.challenge));
    EXPECT_TRUE(passkeys.add(session.id, member.user, "Key", as_bytes(said.client_data),
                             said.authenticator_data, party_));
    return made;
  }
  // What the browser makes of an offer.
  [[nodiscard]] std::string sign(const Person& by, const json::Value& offer) const {
    Asked asked(party_);
    const Bytes challenge = from_base64url(text_of(offer, "challenge")).value();
    std::ranges::copy(challenge, asked.challenge.begin());
    const Said said = by.authenticator.get(asked);
    return R"({"credential":")" + to_base64url(by.authenticator.id()) + R"(","client_data":")" +
           to_base64url(as_bytes(said.client_data)) + R"(","authenticator_data":")" +
           to_base64url(said.authenticator_data) + R"(","signature":")" +
           to_base64url(said.signature) + "\"}";
  }
  [[nodiscard]] std::string wish(const std::string& scopes = R"("things:read")") const {
    return R"({"organisation_id":")" + owner_.member.organisation.value().to_text() +
           R"(","scopes":[)" + scopes + R"(],"minutes":60,"reason":"The pump is silent"})";
  }
  // The id of what an operator asked for.
  std::string ask(const Person& by, const std::string& wished) {
    const auto draft = world_.expect(Status::ok, Method::post, "/api/v1/operator/grants/options",
                                     with(by.page, wished));
    const std::string id = text_of(draft, "grant_id");
    world_.expect(Status::created, Method::post, "/api/v1/operator/grants",
                  with(by.page, R"({"grant_id":")" + id + R"(","wish":)" + wished +
                                    R"(,"passkey":)" + sign(by, *draft.find("offer")) + "}"));
    return id;
  }
  http::Response approve(const Person& by, const std::string& path) {
    const auto offer = world_.ask(Method::post, path + "/approval/options", by.page);
    if (offer.status != Status::ok) return offer;
    return world_.ask(Method::post, path + "/approval",
                      with(by.page, sign(by, *json::parse(offer.body))));
  }
  // As the organisation's owner, whose grant it is.
  http::Response approve(const std::string& id) {
    return approve(owner_, "/api/v1/support-access/" + id);
  }
  http::Response enter(const Person& who, const std::string& id) {
    EXPECT_TRUE(world_.accounts().sessions().prove(who.session.id));
    return world_.ask(Method::post, "/api/v1/operator/grants/" + id + "/visit", who.page);
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
  bool is_in_trail(const std::string& line) {
    return std::ranges::count(trail(owner_.member.organisation), line) == 1;
  }

  World world_;
  const RelyingParty party_ =
      RelyingParty::of(RelyingParty::Scheme::https, "localhost", 8443).value();
  const Person owner_ = person("owner@x.y");
  const Person anna_ = person("anna@operators.x");
  const Person ben_ = person("ben@operators.x");
};

// T12: to be an operator is no access to anything.
TEST_F(Staff, AnOperatorWithoutAGrantSeesNothingOfAnybody) {
  const auto thing = world_.expect(Status::created, Method::post, "/api/v1/things",
                                   with(owner_.page, R"({"name":"Pump"})"));
  world_.expect(Status::not_found, Method::get, "/api/v1/things/" + text_of(thing, "id"),
                anna_.page);
  world_.expect(Status::not_found, Method::put, "/api/v1/session/organisation",
                with(anna_.page, R"({"organisation":")" +
                                     owner_.member.organisation.value().to_text() + "\"}"));
  const std::string id = ask(anna_, wish());

  EXPECT_EQ(enter(anna_, id).status, Status::conflict) << "nobody approved it";
  EXPECT_EQ(enter(ben_, id).status, Status::not_found) << "nor is it Ben's";
  world_.expect(Status::not_found, Method::get, "/api/v1/things/" + text_of(thing, "id"),
                anna_.page);
}

TEST_F(Staff, AGrantOpensWhatItSaysUntilItEnds) {
  const auto thing = world_.expect(Status::created, Method::post, "/api/v1/things",
                                   with(owner_.page, R"({"name":"Pump"})"));
  const std::string path = "/api/v1/things/" + text_of(thing, "id");
  const std::string id = ask(anna_, wish());
  ASSERT_EQ(approve(id).status, Status::no_content);

  const auto session = enter(anna_, id);

  ASSERT_EQ(session.status, Status::ok) << session.body;
  const auto seen = json::parse(session.body).value();
  EXPECT_EQ(text_of(*seen.find("visit"), "grant_id"), id);
  EXPECT_EQ(text_of(*seen.find("visit"), "reason"), "The pump is silent");
  EXPECT_EQ(text_of(seen, "role"), "guest");
  world_.expect(Status::ok, Method::get, path, anna_.page);
  world_.expect(Status::forbidden, Method::delete_, path, anna_.page);
  world_.expect(Status::forbidden, Method::get, "/api/v1/devices", anna_.page);

  EXPECT_EQ(world_.ask(Method::delete_, "/api/v1/support-access/" + id, owner_.page).status,
            Status::no_content);

  world_.expect(Status::not_found, Method::get, path, anna_.page);
  const std::string grant = "grant:" + id;
  const std::string anna = "user:" + anna_.member.user.value().to_text();
  const std::string owner = "user:" + owner_.member.user.value().to_text();
  EXPECT_TRUE(is_in_trail(anna + " access.ask " + grant + " ok"));
  EXPECT_TRUE(is_in_trail(owner + " access.approve " + grant + " ok"));
  EXPECT_TRUE(is_in_trail(anna + " access.enter " + grant + " ok"));
  EXPECT_TRUE(is_in_trail(owner + " access.end " + grant + " ended"));
  EXPECT_TRUE(is_in_trail(grant + " thing.delete thing:" + text_of(thing, "id") + " forbidden"))
      << "what they tried is told by the grant";
}

// Every row of the table, by an operator who was granted every scope: what goes by a role, or is
// about keys and people, stays shut.
TEST_F(Staff, AGrantGivesScopesAndNoRole) {
  std::string every;
  for (const Scope scope : accounts::kAllScopes) {
    every += (every.empty() ? "\"" : ",\"") + std::string(to_text(scope)) + "\"";
  }
  const std::string id = ask(anna_, wish(every));
  ASSERT_EQ(approve(id).status, Status::no_content);
  ASSERT_EQ(enter(anna_, id).status, Status::ok);
  int refused = 0;
  for (const Route& route : world_.api().routes()) {
    using Who = Access::Who;
    const Who who = route.access.who;
    if (who != Who::role && who != Who::any_key) continue;
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    const std::string path = testing::path_of_nobody(route.pattern);
    EXPECT_EQ(world_.ask(route.method, path, anna_.page).status, Status::forbidden);
    ++refused;
  }
  EXPECT_GT(refused, 15);
  world_.expect(Status::ok, Method::get, "/api/v1/audit", anna_.page);
}

TEST_F(Staff, WhoAskedDoesNotApproveAndAnotherDoes) {
  const std::string id = ask(anna_, wish());
  const std::string path = "/api/v1/operator/grants/" + id;

  EXPECT_EQ(approve(anna_, path).status, Status::forbidden);
  EXPECT_EQ(approve(ben_, path).status, Status::no_content);

  const auto list = world_.expect(Status::ok, Method::get, "/api/v1/support-access", owner_.page);
  const auto& grant = list.find("grants")->get<json::Array>()->at(0);
  EXPECT_EQ(text_of(grant, "state"), "live");
  EXPECT_EQ(text_of(grant, "granted_by"), "operator");
  EXPECT_EQ(text_of(*grant.find("operator"), "email"), "anna@operators.x");
  EXPECT_EQ(text_of(*grant.find("decided_by"), "email"), "ben@operators.x");
  EXPECT_EQ(approve(id).status, Status::conflict);
}

TEST_F(Staff, AnotherOrganisationSeesAndDecidesNothing) {
  const Person stranger = person("stranger@x.y");
  const std::string id = ask(anna_, wish());
  const std::string path = "/api/v1/support-access/" + id;

  const auto list = world_.expect(Status::ok, Method::get, "/api/v1/support-access", stranger.page);
  EXPECT_TRUE(list.find("grants")->get<json::Array>()->empty());
  EXPECT_EQ(approve(stranger, path).status, Status::not_found);
  world_.expect(Status::not_found, Method::get, path + "/signatures", stranger.page);
  world_.expect(Status::not_found, Method::delete_, path, stranger.page);
  world_.expect(Status::not_found, Method::get, "/api/v1/operator/grants", stranger.page);
  const auto signatures = world_.expect(Status::ok, Method::get, path + "/signatures", owner_.page);
  EXPECT_EQ(signatures.find("signatures")->get<json::Array>()->size(), 1U);
}

TEST_F(Staff, ATimeThatIsOverIsInTheTrailAndTheSessionIsBackHome) {
  const std::string id = ask(anna_, wish());
  ASSERT_EQ(approve(id).status, Status::no_content);
  ASSERT_EQ(enter(anna_, id).status, Status::ok);

  world_.clock().advance(60min);
  ASSERT_TRUE(world_.accounts().access_grants().tick());

  EXPECT_TRUE(is_in_trail("host access.expire grant:" + id + " expired"));
  const auto session = world_.expect(Status::ok, Method::get, "/api/v1/session", anna_.page);
  EXPECT_EQ(session.find("visit"), nullptr);
  EXPECT_EQ(text_of(*session.find("organisation"), "id"),
            anna_.member.organisation.value().to_text());
}

TEST_F(Staff, GoingInNeedsAFreshProofAndGoingBackNothing) {
  const std::string id = ask(anna_, wish());
  ASSERT_EQ(approve(id).status, Status::no_content);
  world_.clock().advance(accounts::Sessions::kProof);
  const std::string path = "/api/v1/operator/grants/" + id + "/visit";

  const auto asked = world_.expect(Status::forbidden, Method::post, path, anna_.page);
  EXPECT_EQ(text_of(*asked.find("error"), "code"), "step_up_required");
  ASSERT_EQ(enter(anna_, id).status, Status::ok);
  const auto back =
      world_.expect(Status::ok, Method::delete_, "/api/v1/operator/visit", anna_.page);
  EXPECT_EQ(back.find("visit"), nullptr);
}

TEST_F(Staff, WhoIsInActsByTheGrantThereAndAsThemselfElsewhere) {
  const std::string id = ask(anna_, wish());
  ASSERT_EQ(approve(id).status, Status::no_content);
  ASSERT_EQ(enter(anna_, id).status, Status::ok);

  EXPECT_EQ(world_.ask(Method::post, "/api/v1/sessions/end-others", anna_.page).status,
            Status::no_content);
  EXPECT_EQ(world_.ask(Method::delete_, "/api/v1/operator/grants/" + id, anna_.page).status,
            Status::no_content);

  const std::string anna = "user:" + anna_.member.user.value().to_text();
  EXPECT_TRUE(is_in_trail(anna + " access.end grant:" + id + " ended"));
  const auto own = trail(anna_.member.organisation);
  EXPECT_TRUE(std::ranges::any_of(own, [&](const std::string& line) {
    return line.starts_with(anna + " session.end_others ");
  })) << "what is about an account is in no organisation's trail but its own";
}

TEST_F(Staff, TheHostSaysWhoIsAnOperatorAndReviewsWhatTheyHave) {
  Ask host{.channel = http::Channel::admin};
  const auto add = [&](const std::string& email) {
    return world_.ask(Method::post, "/admin/v1/operators",
                      with(host, R"({"email":")" + email + "\"}"));
  };
  EXPECT_EQ(add("owner@x.y").status, Status::created);
  EXPECT_EQ(add("owner@x.y").status, Status::conflict);
  EXPECT_EQ(add("nobody@x.y").status, Status::not_found);
  const std::string id = ask(anna_, wish());

  const auto review = world_.expect(Status::ok, Method::get, "/admin/v1/operators", host);
  EXPECT_EQ(review.find("operators")->get<json::Array>()->size(), 3U);
  EXPECT_EQ(review.find("grants")->get<json::Array>()->size(), 1U);
  EXPECT_EQ(world_.ask(Method::delete_, "/admin/v1/grants/" + id, host).status, Status::no_content);
  EXPECT_TRUE(is_in_trail("host host.end_grant grant:" + id + " refused"));
  EXPECT_EQ(world_
                .ask(Method::post, "/admin/v1/operators/remove",
                     with(host, R"({"email":"anna@operators.x"})"))
                .status,
            Status::no_content);
  world_.expect(Status::not_found, Method::get, "/api/v1/operator/grants", anna_.page);
}

TEST_F(Staff, SealedCodesOpenLoudly) {
  Ask host{.channel = http::Channel::admin};
  const auto made = world_.expect(Status::created, Method::post, "/admin/v1/break-glass", host);
  const auto& codes = *made.find("codes")->get<json::Array>();
  ASSERT_EQ(codes.size(), 3U);
  const std::string id = ask(anna_, wish());
  const std::string path = "/api/v1/operator/grants/" + id + "/break-glass";
  const auto use = [&](const std::string& one, const std::string& other) {
    const auto offer = world_.expect(Status::ok, Method::post, path + "/options", anna_.page);
    return world_.ask(Method::post, path,
                      with(anna_.page, R"({"codes":[")" + one + R"(",")" + other +
                                           R"("],"passkey":)" + sign(anna_, offer) + "}"));
  };
  const std::string one = *codes[0].get<std::string>();

  EXPECT_EQ(use(one, one).status, Status::forbidden);
  EXPECT_EQ(use(one, *codes[1].get<std::string>()).status, Status::no_content);

  const std::string anna = "user:" + anna_.member.user.value().to_text();
  EXPECT_TRUE(is_in_trail(anna + " access.break_glass grant:" + id + " forbidden"));
  EXPECT_TRUE(is_in_trail(anna + " access.break_glass grant:" + id + " ok"));
  EXPECT_EQ(enter(anna_, id).status, Status::ok);
}

TEST_F(Staff, AnExportHasWhatWasAskedOfItsPersonOrByThem) {
  ask(anna_, wish());
  Ask host{.channel = http::Channel::admin};
  const auto exported = [&](const std::string& email) {
    return world_.expect(Status::ok, Method::post, "/admin/v1/users/export",
                         with(host, R"({"email":")" + email + "\"}"));
  };
  const auto count = [](const json::Value& document, std::string_view name) {
    return document.find(name)->find("grants")->get<json::Array>()->size();
  };

  EXPECT_EQ(count(exported("owner@x.y"), "support_access"), 1U);
  EXPECT_EQ(count(exported("owner@x.y"), "as_operator"), 0U);
  EXPECT_EQ(count(exported("anna@operators.x"), "as_operator"), 1U);
  EXPECT_EQ(count(exported("ben@operators.x"), "as_operator"), 0U);
}

}  // namespace
}  // namespace fastness::api
