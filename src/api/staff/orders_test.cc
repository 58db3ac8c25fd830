// The gravest orders of the host over its socket, once the guard is on: not done before two
// operators have agreed to that very request, and then once; and nobody else's business.
#include <algorithm>
#include <map>
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
using testing::World;

constexpr const char* kGuard = "/admin/v1/orders/guard";
constexpr const char* kErase = "/admin/v1/users/erase";

class OrderRoutes : public ::testing::Test {
 protected:
  // An operator with a passkey, at their console.
  struct Signer {
    UserId user;
    Ask page;
    webauthn::testing::SoftwareAuthenticator authenticator;
  };

  OrderRoutes() { world_.expect(Status::no_content, Method::put, kGuard, host()); }

  static Ask host(std::string body = {}) {
    return {.body = std::move(body), .channel = http::Channel::admin, .address = ""};
  }
  static std::string email(const std::string& address) { return R"({"email":")" + address + "\"}"; }

  Signer signer(const std::string& address) {
    const testing::Member member = world_.add_member(address);
    const auto session =
        world_.accounts().sessions().create(member.user, member.organisation).value();
    Signer made{member.user, world_.page_of(session), webauthn::testing::SoftwareAuthenticator()};
    accounts::Passkeys& passkeys = world_.accounts().passkeys();
    const auto offer = passkeys.offer(session.id, member.user).value();
    const auto said = made.authenticator.create(webauthn::testing::Asked(party_, offer.challenge));
    EXPECT_TRUE(passkeys.add(session.id, member.user, "Key", as_bytes(said.client_data),
                             said.authenticator_data, party_));
    EXPECT_TRUE(world_.accounts().operators().add(member.user));
    return made;
  }
  [[nodiscard]] std::string sign(const Signer& by, const json::Value& offer) const {
    webauthn::testing::Asked asked(party_);
    const Bytes challenge = from_base64url(text_of(offer, "challenge")).value();
    std::ranges::copy(challenge, asked.challenge.begin());
    const auto said = by.authenticator.get(asked);
    return R"({"credential":")" + to_base64url(by.authenticator.id()) + R"(","client_data":")" +
           to_base64url(as_bytes(said.client_data)) + R"(","authenticator_data":")" +
           to_base64url(said.authenticator_data) + R"(","signature":")" +
           to_base64url(said.signature) + "\"}";
  }
  http::Response approve(const Signer& by, const std::string& id) {
    const std::string path = "/api/v1/operator/orders/" + id + "/approval";
    const auto offer = world_.ask(Method::post, path + "/options", by.page);
    if (offer.status != Status::ok) return offer;
    Ask ask = by.page;
    ask.body = sign(by, *json::parse(offer.body));
    return world_.ask(Method::post, path, ask);
  }

  // Gives an order that is not to be done, and says what it is told.
  std::string refused(Method method, const std::string& path, const std::string& body = {}) {
    const auto answer = world_.expect(Status::conflict, method, path, host(body));
    EXPECT_EQ(text_of(*answer.find("error"), "code"), "needs_two_people");
    return text_of(*answer.find("error"), "message");
  }
  json::Array waiting() {
    const auto list = world_.expect(Status::ok, Method::get, "/admin/v1/orders", host());
    return *list.find("orders")->get<json::Array>();
  }
  // The id of what was asked for last.
  std::string newest() { return text_of(waiting().back(), "id"); }
  std::vector<std::string> trail(OrganisationId of = OrganisationId(Uuid(Uuid::Bytes{}))) {
    std::vector<std::string> lines;
    const auto entries = world_.audit().list(of, 100, std::nullopt).value();
    for (const auto& each : entries) {
      lines.push_back(each.event.actor + " " + each.event.action + " " + each.event.object + " " +
                      each.event.result);
    }
    return lines;
  }
  [[nodiscard]] bool is_in_trail(const std::string& line) {
    const auto lines = trail();
    return std::ranges::count(lines, line) == 1;
  }

  World world_;
  const webauthn::RelyingParty party_ =
      webauthn::RelyingParty::of(webauthn::RelyingParty::Scheme::https, "localhost", 8443).value();
  const testing::Member owner_ = world_.add_member("owner@x.y");
  const Signer anna_ = signer("anna@operators.x");
  const Signer ben_ = signer("ben@operators.x");
};

// A request of each grave row that its handler would do, or refuse for a reason of its own.
const std::map<std::string_view, std::string>& grave_bodies() {
  static const std::map<std::string_view, std::string> kBodies{
      {"ca.accept_root", R"({"answer":"-----BEGIN"})"},
      {"ca.destroy", R"({"known_devices":0})"},
      {"ca.distrust", R"({})"},
      {"host.add_operator", R"({"email":"owner@x.y"})"},
      {"host.erase_user", R"({"email":"owner@x.y"})"},
      {"host.make_break_glass", ""},
      {"host.make_setup_link", R"({"email":"owner@x.y"})"},
      {"host.remove_operator", R"({"email":"ben@operators.x"})"},
      {"host.reset_factors", R"({"email":"owner@x.y"})"},
      {"host.unguard_orders", ""}};
  return kBodies;
}

// Each grave row of the table: known here, put into words, and not done when one person says it.
TEST_F(OrderRoutes, EachGraveOrderWaitsForTwoPeople) {
  const auto links = [this] {
    return world_.database().query<Bytes>("SELECT digest FROM setup_link ORDER BY digest").value();
  };
  const auto links_before = links();
  std::size_t grave = 0;
  for (const Route& route : world_.api().routes()) {
    if (route.access.weight != Access::Weight::grave) continue;
    SCOPED_TRACE(std::string(route.audit));
    ASSERT_TRUE(grave_bodies().contains(route.audit));
    EXPECT_EQ(route.access.who, Access::Who::host);
    std::string path(route.pattern);
    if (const auto open = path.find("{number}"); open != std::string::npos) {
      path.replace(open, 8, "1");
    }
    const std::string& body = grave_bodies().at(route.audit);

    const std::string told = refused(route.method, path, body);
    refused(route.method, path, body);

    ++grave;
    const auto orders = waiting();
    ASSERT_EQ(orders.size(), grave) << "asked for again, it is the same order";
    EXPECT_EQ(text_of(orders.back(), "action"), route.audit);
    EXPECT_EQ(text_of(orders.back(), "state"), "waiting");
    EXPECT_NE(told.find(text_of(orders.back(), "words")), std::string::npos) << told;
    EXPECT_NE(told.find(text_of(orders.back(), "id")), std::string::npos) << told;
  }
  EXPECT_EQ(grave, grave_bodies().size());
  // And nothing of it has happened.
  EXPECT_TRUE(world_.accounts().users().find_by_email("owner@x.y"));
  EXPECT_EQ(world_.accounts().operators().list()->size(), 2U);
  EXPECT_FALSE(world_.accounts().break_glass().are_there().value());
  EXPECT_EQ(links(), links_before);
  EXPECT_TRUE(world_.accounts().host_orders().guarded_since());
}

TEST_F(OrderRoutes, WhatTwoOperatorsSignedIsDoneOnce) {
  refused(Method::post, "/admin/v1/break-glass");
  const std::string id = newest();
  EXPECT_EQ(approve(anna_, id).status, Status::no_content);
  refused(Method::post, "/admin/v1/break-glass");
  EXPECT_EQ(approve(anna_, id).status, Status::conflict) << "Anna is one person";
  EXPECT_EQ(approve(ben_, id).status, Status::no_content);

  world_.expect(Status::created, Method::post, "/admin/v1/break-glass", host());

  refused(Method::post, "/admin/v1/break-glass");
  EXPECT_NE(newest(), id);
  EXPECT_TRUE(is_in_trail("host order.ask order:" + id + " ok"));
  EXPECT_TRUE(
      is_in_trail("user:" + anna_.user.value().to_text() + " order.approve order:" + id + " ok"));
  EXPECT_TRUE(is_in_trail("host order.do order:" + id + " ok"));
  EXPECT_TRUE(is_in_trail("host host.make_break_glass break_glass ok"));
}

TEST_F(OrderRoutes, AnotherBodyIsAnotherOrder) {
  refused(Method::post, kErase, email("owner@x.y"));
  const std::string id = newest();
  EXPECT_EQ(approve(anna_, id).status, Status::no_content);
  EXPECT_EQ(approve(ben_, id).status, Status::no_content);

  refused(Method::post, kErase, email("anna@operators.x"));
  refused(Method::post, "/admin/v1/reset-factors", email("owner@x.y"));

  EXPECT_TRUE(world_.accounts().users().find_by_email("anna@operators.x"));
  world_.expect(Status::ok, Method::post, kErase, host("{ \"email\" : \"owner@x.y\" }"));
  EXPECT_FALSE(world_.accounts().users().find_by_email("owner@x.y"));
}

// An address that is somebody else's by the time the order is given again: other people agreed to
// have that one erased.
TEST_F(OrderRoutes, AnAddressOfAnotherPersonIsAnotherOrder) {
  refused(Method::post, kErase, email("owner@x.y"));
  const std::string id = newest();
  EXPECT_EQ(approve(anna_, id).status, Status::no_content);
  EXPECT_EQ(approve(ben_, id).status, Status::no_content);
  bool is_erased = false;
  world_.erasures().erase(world_.accounts().users().find(owner_.user).value(),
                          accounts::ErasureCause::person,
                          [&](const auto& erasure) { is_erased = erasure.has_value(); });
  world_.tasks().run_until([&] { return is_erased; });
  const testing::Member another = world_.add_member("owner@x.y");

  refused(Method::post, kErase, email("owner@x.y"));

  EXPECT_TRUE(world_.accounts().users().find(another.user));
}

TEST_F(OrderRoutes, WhatCannotBeDoneIsNoOrder) {
  world_.expect(Status::not_found, Method::post, kErase, host(email("nobody@x.y")));
  world_.expect(Status::bad_request, Method::post, kErase, host(R"({"email":1})"));
  world_.expect(Status::bad_request, Method::post, kErase, host(R"({"mail":"owner@x.y"})"));
  world_.expect(Status::not_found, Method::post, "/admin/v1/ca/generations/0/destroy",
                host(R"({"known_devices":0})"));

  EXPECT_TRUE(waiting().empty());
}

TEST_F(OrderRoutes, WhatFailsCanBeGivenAgain) {
  const std::string path = "/admin/v1/ca/generations/1/destroy";
  refused(Method::post, path, R"({"known_devices":0})");
  const std::string id = newest();
  EXPECT_EQ(approve(anna_, id).status, Status::no_content);
  EXPECT_EQ(approve(ben_, id).status, Status::no_content);

  // The authority says that this one still issues; that is not about people.
  for (int i = 0; i < 2; ++i) {
    const auto answer =
        world_.expect(Status::conflict, Method::post, path, host(R"({"known_devices":0})"));
    EXPECT_EQ(text_of(*answer.find("error"), "code"), "conflict");
  }
  EXPECT_EQ(text_of(waiting().front(), "state"), "approved");
}

TEST_F(OrderRoutes, AnOperatorRefusesForAll) {
  refused(Method::post, kErase, email("owner@x.y"));
  const std::string id = newest();
  EXPECT_EQ(approve(anna_, id).status, Status::no_content);

  world_.expect(Status::no_content, Method::delete_, "/api/v1/operator/orders/" + id, ben_.page);

  EXPECT_TRUE(waiting().empty());
  EXPECT_EQ(approve(ben_, id).status, Status::not_found);
  EXPECT_TRUE(
      is_in_trail("user:" + ben_.user.value().to_text() + " order.refuse order:" + id + " ok"));
}

TEST_F(OrderRoutes, NobodyElseSeesOrSignsAnything) {
  refused(Method::post, kErase, email("owner@x.y"));
  const std::string id = newest();
  const Ask owner = world_.page_of(owner_.user);
  const std::string path = "/api/v1/operator/orders/" + id;

  for (const Ask& each : {owner, Ask{.token = owner_.token}}) {
    world_.expect(Status::not_found, Method::get, "/api/v1/operator/orders", each);
    world_.expect(Status::not_found, Method::delete_, path, each);
    world_.expect(Status::not_found, Method::post, path + "/approval/options", each);
  }
  for (const Ask& each : {owner, Ask{.token = owner_.token}, anna_.page}) {
    world_.expect(Status::not_found, Method::get, "/admin/v1/orders", each);
    world_.expect(Status::not_found, Method::put, kGuard, each);
    world_.expect(Status::not_found, Method::delete_, kGuard, each);
    world_.expect(Status::not_found, Method::post, "/admin/v1/orders/" + id + "/codes", each);
    world_.expect(Status::not_found, Method::post, kErase, each);
  }
  EXPECT_EQ(waiting().size(), 1U) << "who may not order it asks for nothing either";
}

TEST_F(OrderRoutes, TwoOfTheSealedCodesDoForTwoPeople) {
  const auto codes = world_.accounts().break_glass().make().value();
  refused(Method::post, "/admin/v1/setup-link", email("owner@x.y"));
  const std::string path = "/admin/v1/orders/" + newest() + "/codes";
  const auto pair = [](const std::string& one, const std::string& other) {
    return R"({"codes":[")" + one + R"(",")" + other + "\"]}";
  };
  world_.expect(Status::forbidden, Method::post, path, host(pair(codes[0], codes[0])));
  refused(Method::post, "/admin/v1/setup-link", email("owner@x.y"));

  world_.expect(Status::no_content, Method::post, path, host(pair(codes[1], codes[2])));

  world_.expect(Status::created, Method::post, "/admin/v1/setup-link", host(email("owner@x.y")));
  for (const std::string& line : trail()) {
    for (const std::string& code : codes) EXPECT_EQ(line.find(code), std::string::npos) << line;
  }
}

TEST_F(OrderRoutes, TheGuardIsTakenOffByTwo) {
  refused(Method::delete_, kGuard);
  const std::string id = newest();
  EXPECT_EQ(approve(anna_, id).status, Status::no_content);
  EXPECT_EQ(approve(ben_, id).status, Status::no_content);

  world_.expect(Status::no_content, Method::delete_, kGuard, host());

  world_.expect(Status::created, Method::post, "/admin/v1/break-glass", host());
  world_.expect(Status::conflict, Method::delete_, kGuard, host());
  const auto list = world_.expect(Status::ok, Method::get, "/admin/v1/orders", host());
  EXPECT_EQ(list.find("guarded_since"), nullptr);
}

TEST_F(OrderRoutes, TheGuardWantsTwoWhoCouldSign) {
  world_.expect(Status::conflict, Method::put, kGuard, host());
  ASSERT_TRUE(world_.accounts().host_orders().unguard());
  ASSERT_TRUE(world_.accounts().reset_factors(ben_.user));

  world_.expect(Status::conflict, Method::put, kGuard, host());

  EXPECT_FALSE(world_.accounts().host_orders().guarded_since());
}

// Whose signature it was stays to be checked, and is part of what its person takes along; whom the
// order was about is in it by an id alone.
TEST_F(OrderRoutes, SignaturesAreShownAndNameNobodyByAddress) {
  refused(Method::post, kErase, email("owner@x.y"));
  const std::string id = newest();
  EXPECT_EQ(approve(anna_, id).status, Status::no_content);

  const auto shown =
      world_.expect(Status::ok, Method::get, "/admin/v1/orders/" + id + "/signatures", host());

  const auto& made = *shown.find("signatures")->get<json::Array>();
  ASSERT_EQ(made.size(), 1U);
  const std::string statement = text_of(made[0], "statement");
  EXPECT_NE(statement.find("object: user:" + owner_.user.value().to_text()), std::string::npos);
  EXPECT_EQ(statement.find("owner@x.y"), std::string::npos);
  for (const std::string& line : trail()) EXPECT_EQ(line.find("@"), std::string::npos) << line;
  const auto taken =
      world_.ask(Method::post, "/admin/v1/users/export", host(email("anna@operators.x")));
  EXPECT_NE(taken.body.find("signed_orders"), std::string::npos);
  EXPECT_NE(taken.body.find(to_base64url(world_.accounts()
                                             .host_orders()
                                             .signatures_of(anna_.user)
                                             ->front()
                                             .second.signature.signature)),
            std::string::npos);
}

TEST_F(OrderRoutes, WhatLapsesHasALineInTheTrail) {
  refused(Method::post, kErase, email("owner@x.y"));
  const std::string id = newest();
  world_.clock().advance(accounts::HostOrders::kWaits);
  world_.accounts().host_orders().tick();

  EXPECT_TRUE(is_in_trail("host order.expire order:" + id + " lapsed"));
}

}  // namespace
}  // namespace fastness::api
