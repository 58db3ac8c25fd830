// People of an organisation over HTTP, and attacks on the way in.
#include <string>

#include <gtest/gtest.h>

#include "api/people/invitation_letter.h"
#include "api/world_test.h"
#include "http/web_socket.h"
#include "wording/testing/leftovers.h"

namespace fastness::api {
namespace {

using accounts::Role;
using http::Method;
using http::Status;
using testing::Ask;
using testing::text_of;
using testing::with;
using testing::World;

class PeopleRoutes : public ::testing::Test {
 protected:
  explicit PeopleRoutes(World::Mails mails = World::Mails::nobody)
      : world_({}, std::nullopt, mails) {}

  [[nodiscard]] Ask owner() { return world_.page_of(owner_.user); }
  json::Value invite(const std::string& email, const std::string& role) {
    return world_.expect(Status::created, Method::post, "/api/v1/invitations",
                         with(owner(), R"({"email":")" + email + R"(","role":")" + role + "\"}"));
  }
  static std::string token_in(const std::string& link) { return link.substr(link.find('#') + 1); }
  std::string invited(const std::string& email, const std::string& role) {
    return token_in(text_of(invite(email, role), "link"));
  }
  http::Response join(const std::string& token, const std::string& password = kGood) {
    Ask ask;
    ask.headers["sec-fetch-site"] = "same-origin";
    ask.body = R"({"token":")" + token + R"(","password":")" + password + "\"}";
    return world_.ask(Method::post, "/api/v1/invitations/join", ask);
  }
  json::Value session(const Ask& page) {
    return world_.expect(Status::ok, Method::get, "/api/v1/session", page);
  }
  std::string user_of(const Ask& page) { return text_of(*session(page).find("user"), "id"); }
  std::string here() const { return owner_.organisation.value().to_text(); }
  std::size_t people_seen_by(const Ask& page) {
    const auto answer = world_.expect(Status::ok, Method::get, "/api/v1/people", page);
    return answer.find("people")->get<json::Array>()->size();
  }
  std::vector<std::string> trail(OrganisationId organisation) {
    std::vector<std::string> actions;
    const auto entries = world_.audit().list(organisation, 50, std::nullopt);
    for (const audit::Entry& entry : entries.value()) actions.push_back(entry.event.action);
    return actions;
  }
  static bool has(const std::vector<std::string>& list, const std::string& what) {
    return std::find(list.begin(), list.end(), what) != list.end();
  }

  static constexpr const char* kGood = "correct horse battery";
  World world_;
  const testing::Member owner_ = world_.add_member("owner@x.y");
};

class MailingPeopleRoutes : public PeopleRoutes {
 protected:
  MailingPeopleRoutes() : PeopleRoutes(World::Mails::everybody) {}
};

TEST_F(PeopleRoutes, SomebodyNewComesInAndIsWhatTheyWereInvitedAs) {
  const std::string token = invited("New@x.y", "member");
  Ask anybody;
  anybody.headers["sec-fetch-site"] = "same-origin";
  const auto offer = world_.expect(Status::ok, Method::post, "/api/v1/invitations/look-up",
                                   with(anybody, R"({"token":")" + token + "\"}"));
  EXPECT_EQ(text_of(offer, "email"), "new@x.y");
  EXPECT_EQ(text_of(offer, "organisation"), "Greenhouse");

  const Ask page = World::page_of(join(token));

  const auto now = session(page);
  EXPECT_EQ(text_of(now, "role"), "member");
  EXPECT_EQ(text_of(*now.find("organisation"), "id"), here());
  EXPECT_EQ(now.find("organisations")->get<json::Array>()->size(), 2U);
  world_.expect(Status::created, Method::post, "/api/v1/things", with(page, R"({"name":"t"})"));
  EXPECT_TRUE(has(trail(owner_.organisation), "invitation.join"));
  EXPECT_EQ(join(token).status, Status::unauthorized) << "it was good once";
}

TEST_F(PeopleRoutes, AnInvitationIsNoWayIntoAnAccountThatIsThere) {
  const testing::Member known = world_.add_member("known@x.y");
  const std::string token = invited("known@x.y", "viewer");

  EXPECT_EQ(join(token, "another long password").status, Status::conflict);
  const Ask other = world_.page_of(world_.add_member("other@x.y").user);
  EXPECT_EQ(world_
                .ask(Method::post, "/api/v1/invitations/accept",
                     with(other, R"({"token":")" + token + "\"}"))
                .status,
            Status::forbidden)
      << "by another account";

  const Ask page = world_.page_of(known.user);
  const auto now = world_.expect(Status::ok, Method::post, "/api/v1/invitations/accept",
                                 with(page, R"({"token":")" + token + "\"}"));
  EXPECT_EQ(text_of(now, "role"), "viewer");
  EXPECT_EQ(text_of(*now.find("organisation"), "id"), here()) << "and works there at once";
  EXPECT_TRUE(has(trail(owner_.organisation), "invitation.accept"));
}

TEST_F(PeopleRoutes, AnotherSitesPageUsesNoInvitation) {
  const std::string token = invited("new@x.y", "member");
  Ask ask{.body = R"({"token":")" + token + R"(","password":"correct horse battery"})"};
  ask.headers["sec-fetch-site"] = "cross-site";
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/invitations/join", ask).status, Status::forbidden);
  ask.body = R"({"token":")" + token + "\"}";
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/invitations/look-up", ask).status, Status::forbidden);
}

TEST_F(PeopleRoutes, AnAdministratorInvitesNobodyAboveThem) {
  const Ask page = world_.add_person(owner_.organisation, "a@x.y", Role::administrator);
  const auto status = [&](const char* role) {
    return world_
        .ask(Method::post, "/api/v1/invitations",
             with(page, R"({"email":"n@x.y","role":")" + std::string(role) + "\"}"))
        .status;
  };
  EXPECT_EQ(status("viewer"), Status::created);
  EXPECT_EQ(status("administrator"), Status::forbidden);
  EXPECT_EQ(status("owner"), Status::bad_request) << "nobody is invited as that";
}

TEST_F(PeopleRoutes, MembersSeeThemselvesAndNobodyElse) {
  const Ask member = world_.add_person(owner_.organisation, "m@x.y", Role::member);
  const Ask viewer = world_.add_person(owner_.organisation, "v@x.y", Role::viewer);
  invite("secret@x.y", "viewer");

  EXPECT_EQ(people_seen_by(owner()), 3U);
  EXPECT_EQ(people_seen_by(member), 1U);
  const std::string seen = world_.ask(Method::get, "/api/v1/people", viewer).body;
  EXPECT_EQ(seen.find("owner@x.y"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("secret@x.y"), std::string::npos) << seen;
  EXPECT_EQ(world_.ask(Method::delete_, "/api/v1/people/" + user_of(member), viewer).status,
            Status::not_found);
}

TEST_F(PeopleRoutes, WhoeverIsLetGoIsCutOffAtOnce) {
  const Ask member = world_.add_person(owner_.organisation, "m@x.y", Role::member);
  const auto key = world_.expect(Status::created, Method::post, "/api/v1/api-keys",
                                 with(member, R"({"name":"k","scopes":["things:read"]})"));
  const std::string form = "grant_type=client_credentials&client_id=" + text_of(key, "client_id") +
                           "&client_secret=" + text_of(key, "client_secret");
  Ask trade{.body = form};
  trade.headers["content-type"] = "application/x-www-form-urlencoded";
  const std::string token = text_of(
      world_.expect(Status::ok, Method::post, "/iot/v1/clients/token", trade), "access_token");
  world_.expect(Status::ok, Method::get, "/api/v1/things", {.token = token});

  world_.expect(Status::no_content, Method::delete_, "/api/v1/people/" + user_of(member), owner());

  EXPECT_EQ(world_.ask(Method::get, "/api/v1/things", {.token = token}).status,
            Status::unauthorized);
  EXPECT_EQ(world_.ask(Method::post, "/iot/v1/clients/token", trade).status, Status::unauthorized);
  EXPECT_NE(text_of(*session(member).find("organisation"), "id"), here()) << "their own is left";
  Ask stale = member;
  stale.headers["x-organization"] = here();
  EXPECT_EQ(world_.ask(Method::get, "/api/v1/things", stale).status, Status::forbidden);
}

TEST_F(PeopleRoutes, ALesserRoleIsLessAtOnceAlsoForKeys) {
  const Ask member = world_.add_person(owner_.organisation, "m@x.y", Role::member);
  const auto made = world_.expect(Status::created, Method::post, "/api/v1/api-keys",
                                  with(member, R"({"name":"k","scopes":["things:write"]})"));
  const auto key =
      world_.accounts().api_keys().find(owner_.organisation, text_of(made, "client_id"));
  const std::string token = world_.accounts().tokens().issue(*key, world_.clock().now());
  world_.expect(Status::created, Method::post, "/api/v1/things",
                {.token = token, .body = R"({"name":"t"})"});

  world_.expect(Status::no_content, Method::put, "/api/v1/people/" + user_of(member),
                with(owner(), R"({"role":"viewer"})"));

  EXPECT_EQ(world_.ask(Method::post, "/api/v1/things", {.token = token, .body = R"({"name":"t"})"})
                .status,
            Status::forbidden);
  EXPECT_EQ(world_.ask(Method::post, "/api/v1/things", with(member, R"({"name":"t"})")).status,
            Status::forbidden);
  EXPECT_EQ(text_of(session(member), "role"), "viewer");
}

TEST_F(PeopleRoutes, AKeyIsNoMoreThanWhoMakesIt) {
  const Ask member = world_.add_person(owner_.organisation, "m@x.y", Role::member);
  const auto refused = world_.ask(
      Method::post, "/api/v1/api-keys",
      with(member, R"({"name":"k","scopes":["things:read","audit:read","security:read"]})"));
  EXPECT_EQ(refused.status, Status::forbidden);
  EXPECT_NE(refused.body.find("security:read, audit:read"), std::string::npos) << refused.body;
  const Ask viewer = world_.add_person(owner_.organisation, "v@x.y", Role::viewer);
  EXPECT_EQ(world_
                .ask(Method::post, "/api/v1/api-keys",
                     with(viewer, R"({"name":"k","scopes":["things:read"]})"))
                .status,
            Status::forbidden);
}

TEST_F(PeopleRoutes, AMemberSeesAndEndsNobodyElsesKeys) {
  const Ask member = world_.add_person(owner_.organisation, "m@x.y", Role::member);
  const std::string owners = "/api/v1/api-keys/" + owner_.client_id;

  EXPECT_EQ(world_.ask(Method::get, "/api/v1/api-keys", member).body.find(owner_.client_id),
            std::string::npos);
  EXPECT_EQ(world_.ask(Method::delete_, owners, member).status, Status::not_found);
  EXPECT_EQ(world_.ask(Method::post, owners + "/rotate", member).status, Status::not_found);
  const Ask administrator = world_.add_person(owner_.organisation, "a@x.y", Role::administrator);
  world_.expect(Status::no_content, Method::delete_, owners, administrator);
}

TEST_F(PeopleRoutes, HandingOverLeavesTwoOwnersOfTwoPlaces) {
  const Ask member = world_.add_person(owner_.organisation, "m@x.y", Role::member);
  const Ask page = owner();

  world_.expect(Status::no_content, Method::post,
                "/api/v1/people/" + user_of(member) + "/hand-over", page);

  EXPECT_EQ(text_of(session(member), "role"), "owner");
  const auto before = session(page);
  EXPECT_EQ(text_of(before, "role"), "administrator");
  EXPECT_EQ(text_of(*before.find("organisation"), "id"), here()) << "they go on where they were";
  EXPECT_EQ(before.find("organisations")->get<json::Array>()->size(), 2U);
  EXPECT_TRUE(has(trail(owner_.organisation), "organisation.hand_over"));
  EXPECT_EQ(
      world_.ask(Method::post, "/api/v1/people/" + user_of(member) + "/hand-over", page).status,
      Status::forbidden)
      << "it is not theirs any more";
}

TEST_F(PeopleRoutes, AnOwnerDoesNotLeaveAndIsNotErasedWhileOthersAreThere) {
  static_cast<void>(world_.add_person(owner_.organisation, "m@x.y", Role::viewer));
  EXPECT_EQ(world_.ask(Method::delete_, "/api/v1/people/" + owner_.user.value().to_text(), owner())
                .status,
            Status::conflict);
  EXPECT_EQ(world_
                .ask(Method::post, "/api/v1/account/erasure",
                     with(owner(), R"({"organisation":"Greenhouse"})"))
                .status,
            Status::conflict);
  EXPECT_EQ(world_
                .ask(Method::post, "/admin/v1/users/erase",
                     {.body = R"({"email":"owner@x.y"})", .channel = http::Channel::admin})
                .status,
            Status::conflict);
}

// What is about one's own account is in the trail of what is one's own.
TEST_F(PeopleRoutes, AnEmployerReadsNothingOfSomebodysAccount) {
  const Ask member = world_.add_person(owner_.organisation, "m@x.y", Role::member);
  const auto user = world_.accounts().users().find_by_email("m@x.y").value();
  world_.expect(Status::ok, Method::post, "/api/v1/account/factor", member);
  static_cast<void>(world_.ask(Method::post, "/api/v1/account/factor/confirm",
                               with(member, R"({"code":"000000"})")));
  world_.expect(Status::created, Method::post, "/api/v1/things", with(member, R"({"name":"t"})"));

  EXPECT_FALSE(has(trail(owner_.organisation), "account.set_factor"));
  EXPECT_TRUE(has(trail(user.organisation), "account.set_factor"));
  EXPECT_TRUE(has(trail(owner_.organisation), "thing.create"));
}

TEST_F(PeopleRoutes, TheOwnerNamesTheOrganisation) {
  world_.expect(Status::no_content, Method::put, "/api/v1/organisation",
                with(owner(), R"({"name":"Barn"})"));
  EXPECT_EQ(text_of(*session(owner()).find("organisation"), "name"), "Barn");
  const Ask administrator = world_.add_person(owner_.organisation, "a@x.y", Role::administrator);
  EXPECT_EQ(world_.ask(Method::put, "/api/v1/organisation", with(administrator, R"({"name":"X"})"))
                .status,
            Status::forbidden);
}

TEST_F(MailingPeopleRoutes, TheLinkIsForWhoeverReadsThatMailAndNobodyElse) {
  const auto made = invite("new@x.y", "administrator");

  EXPECT_EQ(made.find("link"), nullptr);
  ASSERT_EQ(world_.mails.size(), 1U);
  const auto& [to, letter] = world_.mails.front();
  EXPECT_EQ(to, "new@x.y");
  EXPECT_NE(letter.body.find("owner@x.y invites you"), std::string::npos);
  const auto link = letter.body.find("https://iot.lan:8443/invitation#");
  ASSERT_NE(link, std::string::npos) << "by the server's name, not the request's";
  const std::string rest = letter.body.substr(link);
  EXPECT_EQ(join(token_in(rest.substr(0, rest.find('\n')))).status, Status::created);
}

TEST_F(MailingPeopleRoutes, AnInvitationIsInTheLanguageOfWhoReadsItOrElseOfWhoWroteIt) {
  accounts::Users& users = world_.accounts().users();
  const auto subject_for = [this](const std::string& email) {
    world_.expect(Status::created, Method::post, "/api/v1/invitations",
                  with(owner(), R"({"email":")" + email + R"(","role":"viewer"})"));
    return world_.mails.back().second.subject;
  };
  EXPECT_EQ(subject_for("a@x.y"), "Fastness: you are invited");

  world_.expect(Status::no_content, Method::put, "/api/v1/account/language",
                with(owner(), R"({"language":"de"})"));
  EXPECT_EQ(subject_for("b@x.y"), "Fastness: Sie sind eingeladen");

  ASSERT_TRUE(
      users.choose_language(users.create("c@x.y", "C").value().id, wording::Language::english));
  EXPECT_EQ(subject_for("c@x.y"), "Fastness: you are invited");
}

TEST_F(MailingPeopleRoutes, AMailThatDoesNotArriveLeavesNoInvitation) {
  world_.can_deliver = false;

  const auto response = world_.ask(Method::post, "/api/v1/invitations",
                                   with(owner(), R"({"email":"new@x.y","role":"viewer"})"));

  EXPECT_EQ(response.status, Status::service_unavailable);
  EXPECT_TRUE(world_.accounts().invitations().list(owner_.organisation)->empty());
}

// Whoever can invite must not write to strangers by this server.
TEST(InvitationLetter, HasNothingThatTheInviterWrote) {
  const accounts::Invitation invitation{accounts::InvitationId(Uuid(Uuid::Bytes{1})),
                                        OrganisationId(Uuid(Uuid::Bytes{2})),
                                        UserId(Uuid(Uuid::Bytes{3})),
                                        Role::viewer,
                                        Timestamp(),
                                        Timestamp()};
  for (const char* inviter : {"http://evil.example/@x.y", "a b@x.y", "x<b>@x.y", ""}) {
    const auto letter = invitation_letter(invitation, inviter, "https://iot.lan/invitation#t");
    EXPECT_NE(letter.body.en.find("somebody who has an account there"), std::string::npos)
        << inviter;
    EXPECT_NE(letter.body.de.find("Jemand, der dort ein Konto hat,"), std::string::npos) << inviter;
    for (const wording::Language language : wording::kLanguages) {
      EXPECT_EQ(letter.in(language).body.find("evil"), std::string::npos);
    }
  }
  const auto plain = invitation_letter(invitation, "a.b+c@x-y.z", "L");
  EXPECT_NE(plain.body.en.find("a.b+c@x-y.z invites you"), std::string::npos);
  EXPECT_NE(plain.body.de.find("a.b+c@x-y.z lädt Sie als Betrachter (viewer)"), std::string::npos);
}

TEST(InvitationLetter, IsWhollyInItsLanguage) {
  for (const Role role : accounts::kAllRoles) {
    const accounts::Invitation invitation{
        accounts::InvitationId(Uuid(Uuid::Bytes{1})),
        OrganisationId(Uuid(Uuid::Bytes{2})),
        UserId(Uuid(Uuid::Bytes{3})),
        role,
        Timestamp(),
        Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 30))};
    for (const char* inviter : {"me@x.y", ""}) {
      const auto letter = invitation_letter(invitation, inviter, "https://iot.lan/invitation#t");
      EXPECT_EQ(wording::testing::leftovers(letter), "");
      EXPECT_NE(letter.body.en.find("on 2026-11-30 00:00 UTC."), std::string::npos);
      EXPECT_NE(letter.body.de.find("am 30.11.2026 um 00:00 Uhr UTC."), std::string::npos);
      for (const wording::Language language : wording::kLanguages) {
        EXPECT_NE(letter.in(language).body.find("\n\nhttps://iot.lan/invitation#t\n\n"),
                  std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace fastness::api
