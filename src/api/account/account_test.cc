// Taking one's data along and having it erased, with everything behind the routes.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "api/world_test.h"
#include "crypto/public_key/pem.h"
#include "crypto/testing/self_signed.h"
#include "json/writer.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;
using testing::text_of;
using testing::World;

class Account : public ::testing::Test {
 protected:
  // Somebody with a session, an API key, a board and its thing with a value.
  struct Person {
    Ask page;
    UserId user{Uuid(Uuid::Bytes{})};
    OrganisationId organisation{Uuid(Uuid::Bytes{})};
    std::string token = {};  // of an API key
    std::string device = {};
    std::string thing = {};
    std::string property = {};
  };

  Ask sign_up(const std::string& link, const std::string& email, const std::string& name) {
    const auto response = world_.ask(
        Method::post, "/api/v1/setup",
        {.body = R"({"token":")" + link + R"(","email":")" + email +
                 R"(","password":"correct horse battery","organisation":")" + name + R"("})"});
    return World::page_of(response);
  }

  Person make_person(const std::string& email, const std::string& name) {
    const auto made =
        world_.accounts().initialise(email, name, accounts::Accounts::WithKey::yes).value();
    Person person{sign_up(made.link.token, email, name), made.user.id, made.user.organisation,
                  world_.accounts().tokens().issue(made.key->key, world_.clock().now())};
    const Ask by_key{.token = person.token};
    Ask ask = by_key;
    ask.body = R"({"type":"phone","name":"board of )" + name + R"("})";
    person.device =
        text_of(world_.expect(Status::created, Method::put, "/iot/v2/devices", ask), "id");
    ask.body = R"({"name":"bed of )" + name + R"(","device_id":")" + person.device + R"("})";
    person.thing =
        text_of(world_.expect(Status::created, Method::put, "/iot/v2/things", ask), "id");
    ask.body = R"({"name":"soil","type":"INT","permission":"READ_WRITE",)"
               R"("update_strategy":"ON_CHANGE"})";
    person.property = text_of(world_.expect(Status::created, Method::put,
                                            "/iot/v2/things/" + person.thing + "/properties", ask),
                              "id");
    ask.body = R"({"value":41})";
    world_.expect(Status::ok, Method::put,
                  "/iot/v2/things/" + person.thing + "/properties/" + person.property + "/publish",
                  ask);
    return person;
  }

  // A claim code and a claim certificate, each with that label, and each with a device that waits.
  void make_claims(const Person& person, const std::string& label) {
    identity::Claims& claims = world_.identity().claims();
    const Timestamp now = world_.clock().now();
    const auto codes = claims.create({person.organisation, person.user, label, std::nullopt, 1,
                                      identity::Approval::owner, now + std::chrono::hours(1)},
                                     1);
    const auto pem = crypto::to_pem(
        crypto::kCertificateLabel,
        crypto::testing::self_signed(claim_key_, person.organisation.value().to_text(), now,
                                     now + std::chrono::hours(1)));
    const auto certificate = claims.register_certificate({person.organisation,
                                                          person.user,
                                                          label,
                                                          pem,
                                                          {},
                                                          1,
                                                          identity::Approval::owner,
                                                          std::nullopt});
    ASSERT_TRUE(codes && certificate);
    for (const identity::ClaimCode& each : {codes->front().code, *certificate}) {
      const auto hardware_id = identity::HardwareId::parse(label + "-board").value();
      ASSERT_TRUE(claims.claim(each, {hardware_id, {}, "192.0.2.9", std::nullopt}));
    }
  }

  // The whole of a body that comes in parts.
  std::string read_all(const http::Response& response) {
    std::string text = response.body;
    bool is_over = response.source == nullptr;
    while (!is_over) {
      bool came = false;
      response.source([&](http::BodyPart part) {
        came = true;
        is_over = !part || !*part;
        if (!is_over) text += **part;
      });
      world_.tasks().run_until([&] { return came; });
    }
    return text;
  }

  Ask with_body(Ask ask, const std::string& body) {
    ask.body = body;
    return ask;
  }
  Ask as_host(const std::string& body = {}) {
    return {.body = body, .channel = http::Channel::admin};
  }
  json::Value erase(const Person& person, const std::string& name) {
    return world_.expect(Status::ok, Method::post, "/api/v1/account/erasure",
                         with_body(person.page, R"({"organisation":")" + name + R"("})"));
  }
  // Everything of the trail that can be read, of whoever it is.
  std::string trail(OrganisationId organisation) {
    std::string text;
    const auto entries = world_.audit().list(organisation, 500, std::nullopt);
    EXPECT_TRUE(entries);
    if (!entries) return text;
    for (const audit::Entry& entry : *entries) {
      text += entry.event.actor + " " + entry.event.action + " " + entry.event.object + " " +
              entry.event.result + "\n";
    }
    return text;
  }

  World world_;
  const crypto::PrivateKey claim_key_ = crypto::PrivateKey::generate();
};

TEST_F(Account, AnExportHasAllOfOnesOwnAndNothingOfOthersAndNoSecret) {
  const Person me = make_person("me@x.y", "Mine");
  const Person you = make_person("you@x.y", "Yours");
  make_claims(me, "planted-mine");
  make_claims(you, "planted-yours");
  accounts::LinkedSignIns& linked = world_.accounts().linked_sign_ins();
  ASSERT_TRUE(linked.link(me.user, {"https://id.example", "subject-of-mine"}, "Company"));
  ASSERT_TRUE(linked.link(you.user, {"https://id.example", "subject-of-yours"}, "Company"));

  ASSERT_TRUE(world_.accounts().users().choose_language(me.user, wording::Language::german));

  const http::Response response = world_.ask(Method::get, "/api/v1/account/export", me.page);

  ASSERT_EQ(response.status, Status::ok) << response.body;
  EXPECT_EQ(response.headers.find("content-disposition"),
            "attachment; filename=\"fastness-account.json\"");
  const std::string text = read_all(response);
  const auto document = json::parse(text);
  ASSERT_TRUE(document) << text;
  EXPECT_EQ(text_of(*document->find("person"), "language"), "de");
  EXPECT_TRUE(document->find("passkeys")->get<json::Array>()->empty());
  EXPECT_EQ(document->find("organisations")->get<json::Array>()->size(), 1U);
  for (const char* by : {"claim_codes", "claim_certificates"}) {
    const auto* claimed = document->find(by)->get<json::Array>();
    ASSERT_EQ(claimed->size(), 1U) << by;
    EXPECT_EQ(text_of(claimed->front(), "label"), "planted-mine") << by;
  }
  EXPECT_NE(text.find("\"session\":\""), std::string::npos)
      << "an entry is as the audit page has it";
  for (const std::string& mine :
       {std::string("me@x.y"), std::string("\"Mine\""), me.device, me.thing, me.property,
        me.user.value().to_text(), std::string("board of Mine"), std::string("host init"),
        std::string("device.create"), std::string("subject-of-mine"),
        "/api/v1/properties/" + me.property + "/history.csv?from=1970-01-01T00:00:00Z"}) {
    EXPECT_NE(text.find(mine), std::string::npos) << mine;
  }
  for (const std::string& theirs :
       {std::string("you@x.y"), std::string("Yours"), std::string("planted-yours"), you.device,
        std::string("subject-of-yours"), you.thing, you.user.value().to_text()}) {
    EXPECT_EQ(text.find(theirs), std::string::npos) << theirs;
  }
  const std::string cookie = me.page.headers.at("cookie");
  EXPECT_EQ(text.find(cookie.substr(cookie.find('=') + 1)), std::string::npos);
  EXPECT_EQ(text.find("fastnessk1"), std::string::npos);
  EXPECT_NE(trail(me.organisation).find("account.export"), std::string::npos);
}

TEST_F(Account, ALongTrailIsExportedWhole) {
  const Person me = make_person("me@x.y", "Mine");
  for (int i = 0; i < 1'200; ++i) {
    ASSERT_TRUE(world_.audit().record(
        {me.organisation, "host", "test", "number:" + std::to_string(i), "", "ok"}));
  }

  const auto document =
      json::parse(read_all(world_.ask(Method::get, "/api/v1/account/export", me.page)));

  ASSERT_TRUE(document);
  EXPECT_GT(document->find("audit")->get<json::Array>()->size(), 1'200U);
  EXPECT_FALSE(*document->find("audit_is_cut_short")->get<bool>());
}

TEST_F(Account, AKeyCanNeitherTakeTheAccountAlongNorEraseIt) {
  const Person me = make_person("me@x.y", "Mine");
  const Ask key{.token = me.token, .body = R"({"organisation":"Mine"})"};

  EXPECT_EQ(world_.ask(Method::get, "/api/v1/account/export", key).status, Status::forbidden);
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/account/erasure", key).status, Status::forbidden);
  EXPECT_TRUE(world_.accounts().users().find(me.user));
}

TEST_F(Account, WithoutTheNameTypedNothingIsErased) {
  const Person me = make_person("me@x.y", "Mine");
  make_person("you@x.y", "Yours");
  for (const char* body : {R"({})", R"({"organisation":""})", R"({"organisation":"mine"})",
                           R"({"organisation":"Yours"})", R"({"organisation":"Mine "})"}) {
    EXPECT_EQ(world_.ask(Method::post, "/api/v1/account/erasure", with_body(me.page, body)).status,
              Status::bad_request)
        << body;
  }
  Ask forged = with_body(me.page, R"({"organisation":"Mine"})");
  forged.headers.erase("x-fastness-csrf");
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/account/erasure", forged).status, Status::forbidden);

  EXPECT_TRUE(world_.accounts().users().find(me.user));
  EXPECT_TRUE(world_.erasures().list()->empty());
}

TEST_F(Account, ErasingEndsEverythingOfOneAndLeavesTheOthers) {
  const Person me = make_person("me@x.y", "Mine");
  const Person you = make_person("you@x.y", "Yours");
  const DeviceId board(Uuid::parse(me.device).value());

  const json::Value told = erase(me, "Mine");

  EXPECT_EQ(text_of(told, "state"), "erased");
  EXPECT_EQ(text_of(told, "asked_by"), "person");
  EXPECT_EQ(text_of(told, "complete_at"), "2027-12-01T00:00:00Z");
  EXPECT_NE(told.find("kits_to_destroy"), nullptr);
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/session", me.page).status, Status::unauthorized);
  EXPECT_EQ(world_.ask(Method::get, "/iot/v2/devices", {.token = me.token}).status,
            Status::unauthorized);
  EXPECT_TRUE(world_.devices().list(me.organisation, things::Deleted::shown).empty());
  EXPECT_TRUE(world_.things().list(me.organisation, things::Deleted::shown).empty());
  const auto known = world_.identity().published().load()->find_device(board);
  EXPECT_TRUE(known == nullptr || known->state == identity::IdentityState::revoked);
  EXPECT_EQ(trail(me.organisation), "");
  EXPECT_EQ(world_.ask(Method::get, "/iot/v2/devices/" + you.device, {.token = you.token}).status,
            Status::ok);
  EXPECT_NE(trail(you.organisation).find("device.create"), std::string::npos);
  EXPECT_EQ(trail(you.organisation).find("account.erase"), std::string::npos);
}

// Whoever asks the host later is told that it happened, by ids that name nobody.
TEST_F(Account, TheHostsTrailSaysThatSomebodyWasErasedAndNotWho) {
  const Person me = make_person("me@x.y", "Mine");

  erase(me, "Mine");

  const std::string told = trail(OrganisationId(Uuid(Uuid::Bytes{})));
  EXPECT_NE(
      told.find("account.erase organisation:" + me.organisation.value().to_text() + " erased"),
      std::string::npos)
      << told;
  EXPECT_EQ(told.find("me@x.y"), std::string::npos);
  const auto list = world_.expect(Status::ok, Method::get, "/admin/v1/erasures", as_host());
  EXPECT_EQ(list.find("erasures")->get<json::Array>()->size(), 1U);
}

// Of what the hub keeps, no row names or knows the person any more, but for the trail and the
// ledger, whose rows are sealed or are ids.
TEST_F(Account, NothingReadableOfThePersonIsLeftInTheDatabase) {
  const Person me = make_person("me@x.y", "Mine");
  ASSERT_TRUE(world_.identity().suspend(me.organisation, DeviceId(Uuid::parse(me.device).value()),
                                        "planted reason"));
  make_claims(me, "planted-label");

  erase(me, "Mine");

  const auto names = world_.database().query<std::string>(
      "SELECT name FROM organisation UNION ALL SELECT name FROM device UNION ALL SELECT name FROM"
      " thing UNION ALL SELECT name FROM property UNION ALL SELECT name FROM api_key UNION ALL"
      " SELECT hex(email_index) FROM user UNION ALL SELECT remote FROM device_connection UNION ALL"
      " SELECT label FROM identity_claim_code UNION ALL SELECT hardware_id FROM identity_claim"
      " UNION ALL SELECT address FROM identity_claim");
  ASSERT_TRUE(names);
  EXPECT_TRUE(names->empty());
  const auto reasons = world_.database().query<std::string>(
      "SELECT reason FROM identity_device UNION ALL"
      " SELECT coalesce(revoke_reason, '') FROM identity_certificate");
  ASSERT_TRUE(reasons);
  for (const auto& [reason] : *reasons) EXPECT_EQ(reason, "");
}

// A thief with the whole database of before the erasure, and the vault of today, has nothing.
TEST_F(Account, WhatWasSealedForAnErasedPersonOpensNoMore) {
  const Person me = make_person("me@x.y", "Mine");
  const auto entries = world_.database().query<std::uint64_t>(
      "SELECT seq FROM audit_entry WHERE organisation = ?", me.organisation);
  EXPECT_GT(entries->size(), 3U);

  erase(me, "Mine");

  EXPECT_TRUE(world_.audit().list(me.organisation, 500, std::nullopt)->empty());
  EXPECT_EQ(world_.content_vault().organisation_share(me.organisation).error().code,
            Errc::not_found);
  EXPECT_EQ(world_.content_vault().person_share(me.organisation, me.user).error().code,
            Errc::not_found);
  EXPECT_FALSE(world_.audit().record({me.organisation, "host", "a", "b", "", "ok"}));
}

TEST_F(Account, WithoutTheVaultItIsOrderedAndGoesOnByItself) {
  const Person me = make_person("me@x.y", "Mine");
  world_.can_destroy_shares = false;

  const json::Value told = erase(me, "Mine");

  EXPECT_EQ(text_of(told, "state"), "erasing");
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/session", me.page).status, Status::unauthorized);
  world_.can_destroy_shares = true;
  ASSERT_TRUE(world_.erasures().retry());
  world_.tasks().run_until(
      [&] { return world_.erasures().list()->front().state == accounts::ErasureState::erased; });
  EXPECT_TRUE(world_.devices().list(me.organisation, things::Deleted::shown).empty());
}

TEST_F(Account, AnErasedAddressIsFreeAgainAndSeesNothingOfBefore) {
  const Person before = make_person("me@x.y", "Mine");
  erase(before, "Mine");

  const Person after = make_person("me@x.y", "Mine");

  EXPECT_NE(after.organisation, before.organisation);
  const std::string text = read_all(world_.ask(Method::get, "/api/v1/account/export", after.page));
  for (const std::string& old : {before.device, before.thing, before.user.value().to_text()}) {
    EXPECT_EQ(text.find(old), std::string::npos);
  }
}

TEST_F(Account, WhatTimeTookIsReportedToItsOwnerAlone) {
  const Person me = make_person("me@x.y", "Mine");
  const Person you = make_person("you@x.y", "Yours");
  ASSERT_TRUE(world_.disposals().note(me.organisation, accounts::DisposalKind::history_age, 3));

  const auto mine = world_.expect(Status::ok, Method::get, "/api/v1/retention", me.page);
  const auto yours = world_.expect(Status::ok, Method::get, "/api/v1/retention", you.page);

  const auto* disposed = mine.find("disposed")->get<json::Array>();
  ASSERT_EQ(disposed->size(), 1U);
  EXPECT_EQ(text_of(disposed->at(0), "kind"), "history_age");
  EXPECT_EQ(text_of(disposed->at(0), "day"), "2026-11-22T00:00:00Z");
  EXPECT_TRUE(yours.find("disposed")->get<json::Array>()->empty());
  erase(me, "Mine");
  EXPECT_TRUE(world_.disposals().list(me.organisation)->empty());
}

TEST_F(Account, TheHostExportsAndErasesAPersonByTheirAddress) {
  const Person me = make_person("me@x.y", "Mine");
  const std::string body = R"({"email":"ME@x.y"})";

  const auto document =
      world_.expect(Status::ok, Method::post, "/admin/v1/users/export", as_host(body));
  EXPECT_EQ(text_of(*document.find("person"), "email"), "me@x.y");
  EXPECT_NE(trail(me.organisation).find("host host.export_user"), std::string::npos);
  const auto told = world_.expect(Status::ok, Method::post, "/admin/v1/users/erase", as_host(body));
  EXPECT_EQ(text_of(told, "asked_by"), "host");

  EXPECT_FALSE(world_.accounts().users().find(me.user));
  world_.expect(Status::not_found, Method::post, "/admin/v1/users/erase", as_host(body));
  world_.expect(Status::not_found, Method::post, "/admin/v1/users/export", as_host(body));
}

}  // namespace
}  // namespace fastness::api
