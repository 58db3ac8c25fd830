#include <algorithm>

#include <gtest/gtest.h>

#include "api/api.h"
#include "api/world_test.h"
#include "audit/audit_log.h"
#include "crypto/merkle.h"
#include "json/writer.h"
#include "ledger/audit_leaf.h"
#include "ledger/checkpoint.h"

namespace fastness::api {
namespace {

using accounts::Scope;
using accounts::Scopes;
using http::Method;
using http::Status;
using testing::Ask;
using testing::Member;
using testing::World;

class AuditRoutes : public ::testing::Test {
 protected:
  AuditRoutes() : mine_(world_.add_member("me@x.y")), theirs_(world_.add_member("you@x.y")) {}

  void make_thing(const Member& member, const std::string& name) {
    world_.expect(Status::created, Method::post, "/api/v1/things",
                  {.token = member.token, .body = R"({"name":")" + name + R"("})"});
  }
  // As the hub does each minute.
  void sign() {
    const auto head = world_.audit().head();
    crypto::Digest root{};
    const Bytes bytes = from_hex(head.root).value();
    std::ranges::copy(bytes, root.begin());
    const auto note = world_.vault().client().sign_audit_checkpoint(head.size, root);
    ASSERT_TRUE(note);
    ASSERT_TRUE(world_.audit().keep_checkpoint(head, *note));
  }
  static const json::Array& list(const json::Value& answer, std::string_view name) {
    return *answer.find(name)->get<json::Array>();
  }
  static std::int64_t number(const json::Value& in, std::string_view name) {
    return *in.find(name)->get<std::int64_t>();
  }
  static crypto::Digest digest(const json::Value& in, std::string_view name) {
    crypto::Digest out{};
    const Bytes bytes = from_base64(testing::text_of(in, name)).value();
    EXPECT_EQ(bytes.size(), out.size());
    std::ranges::copy_n(bytes.begin(), static_cast<std::ptrdiff_t>(out.size()), out.begin());
    return out;
  }

  World world_;
  Member mine_;
  Member theirs_;
};

TEST_F(AuditRoutes, AnEntryNamesTheRequestThatItIsOf) {
  make_thing(mine_, "a");

  const auto answer =
      world_.expect(Status::ok, Method::get, "/api/v1/audit", {.token = mine_.token});

  const json::Value& entry = list(answer, "entries").at(0);
  EXPECT_EQ(testing::text_of(entry, "action"), "thing.create");
  EXPECT_EQ(testing::text_of(entry, "request_id"), "test");
  EXPECT_EQ(entry.find("session"), nullptr) << "a key has none";
}

TEST_F(AuditRoutes, EveryEntryOfMineIsProvedAndNoneOfTheirs) {
  make_thing(mine_, "a");
  make_thing(theirs_, "b");
  make_thing(mine_, "c");
  sign();
  make_thing(mine_, "after");

  const auto head =
      world_.expect(Status::ok, Method::get, "/api/v1/audit/checkpoint", {.token = mine_.token});
  const auto key = ledger::VerifierKey::parse(testing::text_of(head, "key")).value();
  const auto checkpoint =
      ledger::verify_checkpoint(testing::text_of(head, "checkpoint"), key).value();
  const auto page = world_.expect(Status::ok, Method::get,
                                  "/api/v1/audit/proofs?size=" + std::to_string(checkpoint.size),
                                  {.token = mine_.token});

  const json::Array& entries = list(page, "entries");
  ASSERT_EQ(entries.size(), 2U);
  for (const json::Value& entry : entries) {
    ledger::AuditSalt salt = digest(entry, "salt");
    const Bytes content = from_base64(testing::text_of(entry, "content")).value();
    const ledger::AuditLeaf leaf{
        static_cast<std::uint64_t>(number(entry, "index")), world_.clock().now(),
        mine_.organisation, ledger::commit_audit(salt, content), digest(entry, "sealed_digest")};
    EXPECT_EQ(leaf.merkle_leaf(), digest(entry, "leaf"));
    std::vector<crypto::Digest> hashes;
    for (const json::Value& each : list(entry, "hashes")) {
      const Bytes bytes = from_base64(*each.get<std::string>()).value();
      std::ranges::copy(bytes, hashes.emplace_back().begin());
    }
    EXPECT_TRUE(crypto::verify_inclusion(leaf.merkle_leaf(), leaf.index, checkpoint.size, hashes,
                                         checkpoint.root));
  }
  EXPECT_EQ(json::to_text(page).find(theirs_.organisation.value().to_text()), std::string::npos);
}

TEST_F(AuditRoutes, ProofsArePaged) {
  for (const char* name : {"a", "b", "c"}) make_thing(mine_, name);

  const auto first = world_.expect(Status::ok, Method::get, "/api/v1/audit/proofs?size=3&limit=2",
                                   {.token = mine_.token});
  const std::string next = std::to_string(number(first, "next"));
  const auto second =
      world_.expect(Status::ok, Method::get, "/api/v1/audit/proofs?size=3&limit=2&from=" + next,
                    {.token = mine_.token});

  EXPECT_EQ(list(first, "entries").size(), 2U);
  EXPECT_EQ(list(second, "entries").size(), 1U);
  EXPECT_EQ(second.find("next"), nullptr);
}

TEST_F(AuditRoutes, WhatTheTrailNeverWasIsRefused) {
  make_thing(mine_, "a");
  for (const char* target :
       {"/api/v1/audit/proofs", "/api/v1/audit/proofs?size=2", "/api/v1/audit/proofs?size=-1",
        "/api/v1/audit/proofs?size=1&limit=201", "/api/v1/audit/consistency?from=0&to=1",
        "/api/v1/audit/consistency?from=1&to=2", "/api/v1/audit/consistency?from=1"}) {
    world_.expect(Status::bad_request, Method::get, target, {.token = mine_.token});
  }
  world_.expect(Status::not_found, Method::get, "/api/v1/audit/checkpoint", {.token = mine_.token});
}

TEST_F(AuditRoutes, OneCheckpointIsProvedToContinueAnother) {
  make_thing(mine_, "a");
  make_thing(mine_, "b");

  const auto answer = world_.expect(
      Status::ok, Method::get, "/api/v1/audit/consistency?from=1&to=2", {.token = mine_.token});

  EXPECT_EQ(list(answer, "hashes").size(), 1U);
}

TEST_F(AuditRoutes, AKeyNeedsTheScopeOfTheTrailAndNoOtherHelps) {
  Scopes others;
  for (const Scope scope : accounts::kAllScopes) {
    if (scope != Scope::audit_read) others.add(scope);
  }
  for (const char* target :
       {"/api/v1/audit", "/api/v1/audit/checkpoint", "/api/v1/audit/proofs?size=0",
        "/api/v1/audit/consistency?from=1&to=1", "/api/v1/access"}) {
    SCOPED_TRACE(target);
    world_.expect(Status::forbidden, Method::get, target,
                  {.token = world_.token_of(mine_, others)});
  }
  world_.expect(Status::ok, Method::get, "/api/v1/audit",
                {.token = world_.token_of(mine_, {Scope::audit_read})});
}

TEST_F(AuditRoutes, WhoReadMyDataIsToldAtOnceAndAnHourLaterFromTheTrail) {
  const std::string reader = world_.token_of(mine_, {Scope::things_read});
  for (int i = 0; i < 3; ++i) {
    world_.expect(Status::ok, Method::get, "/api/v1/things", {.token = reader});
  }
  world_.expect(Status::ok, Method::get, "/api/v1/things", {.token = theirs_.token});

  const auto things_of = [&](const json::Value& answer) {
    std::vector<json::Value> found;
    for (const json::Value& each : list(answer, "accesses")) {
      if (testing::text_of(each, "data") == "things") found.push_back(each);
    }
    return found;
  };
  const auto now =
      things_of(world_.expect(Status::ok, Method::get, "/api/v1/access", {.token = mine_.token}));
  ASSERT_EQ(now.size(), 1U) << "what another organisation does with its own is not mine to see";
  EXPECT_EQ(number(now[0], "count"), 3);
  EXPECT_EQ(testing::text_of(now[0], "verb"), "read");
  EXPECT_EQ(now[0].find("seq"), nullptr);

  world_.clock().advance(std::chrono::hours(1));
  world_.api().accesses().tick();
  const Ask fresh{.token = world_.token_of(mine_, {Scope::audit_read})};
  const auto later = things_of(world_.expect(Status::ok, Method::get, "/api/v1/access", fresh));
  ASSERT_EQ(later.size(), 1U);
  EXPECT_EQ(number(later[0], "count"), 3);
  EXPECT_NE(later[0].find("seq"), nullptr);
}

// Reading history and writing values leave no line each, so they must be counted.
TEST_F(AuditRoutes, EveryRowOfAScopeLeavesALineOrIsCounted) {
  for (const Route& route : world_.api().routes()) {
    if (route.access.who != Access::Who::member || !route.audit.empty()) continue;
    SCOPED_TRACE(std::string(to_text(route.method)) + " " + std::string(route.pattern));
    const auto total = [&] {
      std::uint64_t sum = 0;
      const auto pending = world_.api().accesses().pending(mine_.organisation);
      for (const auto& each : pending) sum += each.count;
      return sum;
    };
    const std::uint64_t before = total();
    const auto response = world_.ask(route.method, std::string(route.pattern),
                                     {.token = world_.token_of(mine_, {route.access.scope})});
    // What does not even have the form of a request reads nothing.
    if (response.status != Status::bad_request) {
      EXPECT_EQ(total(), before + 1);
    }
  }
}

TEST_F(AuditRoutes, WhoIsRefusedReadNothing) {
  world_.expect(Status::forbidden, Method::get, "/api/v1/things",
                {.token = world_.token_of(mine_, {Scope::devices_read})});
  EXPECT_TRUE(world_.api().accesses().pending(mine_.organisation).empty());
}

}  // namespace
}  // namespace fastness::api
