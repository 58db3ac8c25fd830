// /api/v1/leaks, from the finder's side and from that of somebody who tries secrets out.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "api/world_test.h"
#include "base/fixed_limits.h"
#include "crypto/secret/key_text.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using testing::Ask;
using testing::Member;
using testing::text_of;
using testing::World;

constexpr const char* kLeaks = "/api/v1/leaks";

class Leaks : public ::testing::Test {
 protected:
  http::Response report(const std::string& text, const std::string& address = "192.0.2.1") {
    return world_.ask(Method::post, kLeaks, {.body = text, .address = address});
  }
  // One of the right form that is no key's.
  std::string made_up_secret() {
    return std::string(as_text(crypto::make_client_secret(random_).reveal()));
  }
  Status token(const Member& member) {
    return world_.ask(Method::get, "/api/v1/things", {.token = member.token}).status;
  }
  audit::Event last_line(OrganisationId organisation) {
    return world_.audit().list(organisation, 1, std::nullopt)->front().event;
  }
  // The answer as the network sees it, but for what names the request.
  static std::string bytes_of(const http::Response& response) {
    std::string all = std::to_string(to_number(response.status)) + "\n";
    for (const auto& field : response.headers.fields()) {
      all += field.name + ": " + field.value + "\n";
    }
    return all + "\n" + response.body;
  }

  World world_;
  crypto::SystemRandom random_;
  Member mine_ = world_.add_member("me@x.y");
  Member theirs_ = world_.add_member("you@x.y");
};

TEST_F(Leaks, EveryKeyInATextEndsAndNoOther) {
  const Member third = world_.add_member("third@x.y");

  EXPECT_EQ(report("diff --git a/.env\n+SECRET='" + mine_.client_secret + "' # " +
                   mine_.client_secret + "\n-" + theirs_.client_secret + made_up_secret())
                .status,
            Status::no_content);

  EXPECT_EQ(token(mine_), Status::unauthorized);
  EXPECT_EQ(token(theirs_), Status::unauthorized);
  EXPECT_EQ(token(third), Status::ok);
  EXPECT_FALSE(world_.accounts().api_keys().authenticate(mine_.client_id, mine_.client_secret));
}

TEST_F(Leaks, TheOwnerIsToldWhereItCameFromAndNobodyElse) {
  const auto before = world_.audit().list(theirs_.organisation, 100, std::nullopt)->size();
  // A member of another organisation who reports it is a stranger to this one.
  static_cast<void>(
      world_.ask(Method::post, kLeaks,
                 {.token = theirs_.token, .body = mine_.client_secret, .address = "198.51.100.7"}));

  const audit::Event line = last_line(mine_.organisation);
  EXPECT_EQ(line.action, "api_key.report_leak");
  EXPECT_EQ(line.object, "api_key:" + mine_.client_id);
  EXPECT_EQ(line.address, "198.51.100.7");
  EXPECT_EQ(line.actor, "anonymous");
  EXPECT_EQ(world_.audit().list(theirs_.organisation, 100, std::nullopt)->size(), before);

  const Member again{
      mine_.organisation, mine_.user, {}, {}, world_.token_of(mine_, accounts::Scopes::all())};
  const auto home = world_.expect(Status::ok, Method::get, "/api/v1/home", {.token = again.token});
  const auto* attention = home.find("attention")->get<json::Array>();
  ASSERT_EQ(attention->size(), 2U) << "the new key ends within a day";
  EXPECT_EQ(text_of(attention->front(), "kind"), "api_key_leaked");
  EXPECT_EQ(text_of(attention->front(), "api_key_id"), mine_.client_id);
}

// Whoever tries out a secret learns nothing, and has ended the key if it was one.
TEST_F(Leaks, AnswersAreTheSameByteForByteWhateverIsPosted) {
  std::string slip = made_up_secret();
  slip.back() = slip.back() == 'a' ? 'b' : 'a';
  const std::string expected = bytes_of(report("nothing at all"));
  const std::pair<const char*, std::string> kPosted[] = {
      {"a live key", mine_.client_secret},
      {"the same again", mine_.client_secret},
      {"one that never was", made_up_secret()},
      {"one with a slip", slip},
      {"its id", mine_.client_id},
      {"nothing", ""},
      {"bytes", std::string("\0\xff{", 3)},
  };
  for (const auto& [what, text] : kPosted) {
    SCOPED_TRACE(what);
    EXPECT_EQ(bytes_of(report(text)), expected);
  }
}

TEST_F(Leaks, AGoodSecretCostsAsMuchWorkAsAMadeUpOne) {
  const auto cost = [&](const std::string& text) {
    const auto lines = world_.audit().head().size;
    const auto snapshot = world_.accounts().api_keys().published().load();
    static_cast<void>(report(text));
    EXPECT_NE(world_.accounts().api_keys().published().load(), snapshot);
    return world_.audit().head().size - lines;
  };
  const auto of_made_up = cost(made_up_secret());
  EXPECT_EQ(cost(mine_.client_secret), of_made_up);
  EXPECT_EQ(cost(mine_.client_secret), of_made_up);
  EXPECT_EQ(cost(theirs_.client_secret + made_up_secret()), 2 * of_made_up);
}

TEST_F(Leaks, NothingThatWasPostedIsEverShown) {
  static_cast<void>(report(mine_.client_secret));
  const std::string secret_part = mine_.client_secret.substr(10, 20);
  const auto entries = world_.audit().list(mine_.organisation, 10, std::nullopt);
  for (const audit::Entry& entry : *entries) {
    for (const std::string& text : {entry.event.object, entry.event.actor, entry.event.result}) {
      EXPECT_EQ(text.find(secret_part), std::string::npos);
    }
  }
}

TEST_F(Leaks, AReportIsHeldToItsBytesItsKeysAndItsPace) {
  const std::size_t bytes = fixed_limit("leaks.bytes");
  EXPECT_EQ(report(std::string(bytes, 'x')).status, Status::no_content);
  EXPECT_EQ(report(std::string(bytes + 1, 'x')).status, Status::content_too_large);

  std::string keys;
  for (std::size_t i = 0; i < fixed_limit("leaks.keys"); ++i) keys += made_up_secret();
  EXPECT_EQ(report(keys).status, Status::no_content);
  EXPECT_EQ(report(keys + keys).status, Status::no_content) << "each spelling counts once";
  EXPECT_EQ(report(keys + mine_.client_secret).status, Status::content_too_large);
  EXPECT_EQ(token(mine_), Status::ok) << "what was refused has done nothing";

  const std::string elsewhere = "198.51.100.7";
  for (std::size_t i = 0; i < fixed_limit("leaks.reports_of_network"); ++i) {
    ASSERT_EQ(report("", elsewhere).status, Status::no_content) << i;
  }
  EXPECT_EQ(report(mine_.client_secret, "198.51.100.8").status, Status::too_many_requests);
  EXPECT_EQ(token(mine_), Status::ok);
  world_.clock().advance(std::chrono::seconds(10));
  EXPECT_EQ(report(mine_.client_secret, elsewhere).status, Status::no_content);
  EXPECT_EQ(report("", elsewhere).status, Status::too_many_requests);
}

TEST_F(Leaks, TheOwnerSeesWhyAndForgetsIt) {
  static_cast<void>(report(mine_.client_secret));
  const auto keys = world_.accounts().api_keys().list(mine_.organisation);
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(accounts::state_of(keys[0], world_.clock().now()), accounts::KeyState::leaked);
}

}  // namespace
}  // namespace fastness::api
