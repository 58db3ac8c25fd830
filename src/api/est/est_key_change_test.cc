// A device that asks for another key, and its owner who takes that back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/est/est_fixture_test.h"

namespace fastness::api {
namespace {

using namespace std::chrono_literals;
using http::Method;
using http::Status;
using testing::Ask;
using testing::EstTest;
using ::testing::HasSubstr;
using testing::kRenew;
using testing::Member;
using testing::text_of;

// --- another key ---------------------------------------------------------------------------------

class EstKeyChangeTest : public EstTest {
 protected:
  http::Response change(const crypto::Digest& leaf, const Bytes& der,
                        const std::string& signature) {
    Ask ask = with(der);
    ask.leaf = leaf;
    ask.headers["fastness-old-key-signature"] = signature;
    return world_.ask(Method::post, kRenew, ask);
  }

  std::string signature(const crypto::PrivateKey& by) const {
    const auto statement = vault_ipc::continuity_statement(device_, new_key_.public_key().digest());
    return to_base64(by.sign(statement).to_der());
  }

  Bytes new_request() const { return request_of(new_key_, device_.value().to_text()); }

  const crypto::PrivateKey new_key_ = crypto::PrivateKey::generate();
};

TEST_F(EstKeyChangeTest, ADeviceGetsAnotherKeyIfBothSign) {
  const crypto::Digest old = enrol();
  const Bytes asked = new_request();

  const auto changed = certificate_in(change(old, asked, signature(key_)));

  EXPECT_EQ(changed.key_digest(), new_key_.public_key().digest());
  EXPECT_TRUE(is_admitted(changed.digest()));
  EXPECT_TRUE(is_admitted(old)) << "until the device has come by the new one";
  EXPECT_EQ(last_line(1), "device.change_key " + object() + " ok");
  EXPECT_EQ(certificate_in(change(old, asked, signature(key_))).digest(), changed.digest())
      << "an answer that was lost is sent again";
}

TEST_F(EstKeyChangeTest, WithoutTheOldKeysSignatureItIsRefusedInWords) {
  const crypto::Digest leaf = enrol();
  for (const std::string& bad : {signature(new_key_), to_base64(as_bytes("none"))}) {
    const auto refused = change(leaf, new_request(), bad);
    EXPECT_EQ(refused.status, Status::bad_request);
    EXPECT_THAT(refused.body, HasSubstr("what the key of the certificate signed"));
    EXPECT_EQ(last_line(1), "device.change_key " + object() + " refused");
  }
  EXPECT_THAT(change(leaf, new_request(), "not base64!").body, HasSubstr("base64"));
  EXPECT_EQ(change(leaf, new_request(), "").status, Status::bad_request);
  EXPECT_EQ(world_.identity().describe(mine_.organisation, device_)->pinned_key,
            key_.public_key().digest());
}

TEST_F(EstKeyChangeTest, WithoutTheNewKeysSignatureItIsRefused) {
  const crypto::Digest leaf = enrol();
  Bytes damaged = new_request();
  damaged.back() ^= 1U;
  EXPECT_EQ(change(leaf, damaged, signature(key_)).status, Status::bad_request);
}

TEST_F(EstKeyChangeTest, WithoutTheOldKeyInTheHandshakeItIsRefused) {
  const crypto::Digest leaf = enrol();
  Ask ask = with(new_request());
  ask.headers["fastness-old-key-signature"] = signature(key_);
  EXPECT_EQ(world_.ask(Method::post, kRenew, ask).status, Status::unauthorized);
  ask.leaf = crypto::sha256(as_bytes("forged"));
  EXPECT_EQ(world_.ask(Method::post, kRenew, ask).status, Status::forbidden);
  EXPECT_TRUE(is_admitted(leaf));
  EXPECT_EQ(world_.identity().certificates(mine_.organisation, device_)->size(), 1U);
}

TEST_F(EstKeyChangeTest, ADeviceThatIsKeptOutGetsNone) {
  const crypto::Digest leaf = enrol();
  auto& identity = world_.identity();
  const auto why = [&] { return change(leaf, new_request(), signature(key_)).body; };
  ASSERT_TRUE(identity.suspend(mine_.organisation, device_, ""));
  EXPECT_THAT(why(), HasSubstr("device_suspended"));
  ASSERT_TRUE(identity.quarantine(mine_.organisation, device_, ""));
  EXPECT_THAT(why(), HasSubstr("device_quarantined"));
  ASSERT_TRUE(identity.resume(mine_.organisation, device_));
  identity.clones().connected(mine_.organisation, device_, 1, "192.0.2.1:1", world_.clock().now());
  identity.clones().connected(mine_.organisation, device_, 2, "198.51.100.7:1",
                              world_.clock().now());
  world_.clock().advance(identity::CloneWatch::kLong);
  EXPECT_THAT(why(), HasSubstr("device_in_two_places"));
  ASSERT_TRUE(identity.revoke(mine_.organisation, device_, "stolen"));
  EXPECT_THAT(why(), HasSubstr("certificate_revoked"));
}

TEST_F(EstKeyChangeTest, ACertificateThatIsOverIsRenewedFirst) {
  const crypto::Digest leaf = enrol();
  world_.clock().advance(24h * 61);
  const auto refused = change(leaf, new_request(), signature(key_));
  EXPECT_EQ(refused.status, Status::forbidden);
  EXPECT_THAT(refused.body, HasSubstr("Renew it first"));
}

TEST_F(EstKeyChangeTest, ASecondOneWithinADayIsRefused) {
  const crypto::Digest leaf = enrol();
  certificate_in(change(leaf, new_request(), signature(key_)));
  const auto refused = change(leaf, new_request(), signature(key_));
  EXPECT_EQ(refused.status, Status::conflict) << "every signature is another, so this request is";
  EXPECT_THAT(refused.body, HasSubstr("a day after a change"));
}

// --- the owner is told, and takes it back --------------------------------------------------------

class UndoKeyChangeTest : public EstKeyChangeTest {
 protected:
  UndoKeyChangeTest()
      : old_(enrol()), new_(certificate_in(change(old_, asked_, signature_)).digest()) {}

  std::string path() const {
    return "/api/v1/devices/" + device_.value().to_text() + "/undo-key-change";
  }
  // Tokens do not live a day.
  Status undo(const Member& member, accounts::Scopes scopes = accounts::Scopes::all()) {
    const std::string token = world_.token_of(member, scopes);
    return world_.ask(Method::post, path(), {.token = token, .body = "{}"}).status;
  }
  json::Value shown() {
    return world_.expect(Status::ok, Method::get, "/api/v1/devices/" + device_.value().to_text(),
                         {.token = world_.token_of(mine_, accounts::Scopes::all())});
  }

  const Bytes asked_ = new_request();
  const std::string signature_ = signature(key_);
  const crypto::Digest old_;
  const crypto::Digest new_;
};

TEST_F(UndoKeyChangeTest, ItIsOnTheDeviceAndOnTheFirstPage) {
  const json::Value device = shown();
  const json::Value& change = *device.find("identity")->find("key_change");
  EXPECT_EQ(text_of(change, "state"), "open");
  EXPECT_EQ(text_of(change, "old_key_sha256"), to_hex(key_.public_key().digest()));
  EXPECT_EQ(text_of(change, "new_key_sha256"), to_hex(new_key_.public_key().digest()));
  EXPECT_LT(text_of(change, "changed_at"), text_of(change, "undo_until"));
  EXPECT_EQ(text_of(*device.find("attention"), "kind"), "key_changed");
  const auto home = world_.ask(Method::get, "/api/v1/home", {.token = mine_.token}).body;
  EXPECT_THAT(home, HasSubstr("key_changed"));

  world_.clock().advance(24h);

  EXPECT_EQ(shown().find("identity")->find("key_change"), nullptr);
  EXPECT_EQ(shown().find("attention"), nullptr);
}

TEST_F(UndoKeyChangeTest, TheOwnerTakesItBackOnce) {
  EXPECT_EQ(undo(mine_), Status::ok);
  EXPECT_EQ(last_line(), "device.undo_key_change " + object() + " ok");
  EXPECT_TRUE(is_admitted(old_));
  EXPECT_FALSE(is_admitted(new_));
  EXPECT_EQ(text_of(*shown().find("identity")->find("key_change"), "state"), "undone");
  EXPECT_EQ(shown().find("attention"), nullptr) << "it is dealt with";
  EXPECT_EQ(undo(mine_), Status::conflict);
}

TEST_F(UndoKeyChangeTest, NobodyElseDoes) {
  const Member theirs = world_.add_member("you@x.y");
  EXPECT_EQ(undo(theirs), Status::not_found);
  EXPECT_EQ(undo(mine_, {accounts::Scope::devices_read, accounts::Scope::devices_write}),
            Status::forbidden)
      << "it takes what enrolling takes";
  EXPECT_EQ(world_.ask(Method::post, path(), {.body = "{}"}).status, Status::unauthorized);
  EXPECT_EQ(world_.ask(Method::post, path(), {.body = "{}", .leaf = old_}).status,
            Status::unauthorized)
      << "a device does not decide it, with either key";
  EXPECT_TRUE(is_admitted(new_));
}

TEST_F(UndoKeyChangeTest, AfterADayItIsTooLate) {
  world_.clock().advance(24h);
  EXPECT_EQ(undo(mine_), Status::conflict);
  EXPECT_TRUE(is_admitted(new_));
}

TEST_F(UndoKeyChangeTest, WhatWasTakenBackIsNotSentAgain) {
  ASSERT_EQ(undo(mine_), Status::ok);
  EXPECT_EQ(change(old_, asked_, signature_).status, Status::conflict);
  world_.clock().advance(24h);
  EXPECT_EQ(change(old_, asked_, signature_).status, Status::bad_request);
  EXPECT_EQ(change(new_, asked_, signature_).status, Status::forbidden);
  EXPECT_TRUE(is_admitted(old_));
}

}  // namespace
}  // namespace fastness::api
