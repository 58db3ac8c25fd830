// Another key for a device that has one: who gets it, who does not, and how it is taken back.
#include "identity/key_change.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "identity/identity_fixture_test.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using ledger::Continuity;
using testing::IdentityTest;
using vault::testing::InProcessVault;
using vault_ipc::GenerationState;
using vault_ipc::Profile;

class KeyChangeTest : public IdentityTest {
 protected:
  KeyChangeTest() : old_leaf(crypto::sha256(enrol(Profile::standard))) { reopen_and_listen(); }

  void reopen_and_listen() {
    reopen();
    identity->on_key_retired([this](const RetiredKey& each) { retired.push_back(each); });
  }

  Bytes request(const crypto::PrivateKey& of) const {
    return crypto::CertificateRequest::build(of, device.value().to_text()).value();
  }
  Bytes signature(const crypto::PrivateKey& by, const crypto::PrivateKey& wanted) const {
    return by.sign(vault_ipc::continuity_statement(device, wanted.public_key().digest())).to_der();
  }

  // The fingerprint of a certificate for the new key, or an error.
  Result<crypto::Digest> change(const crypto::Digest& leaf, const Bytes& asked,
                                const Bytes& signed_by_old) {
    auto issued = identity->change_key(leaf, asked, signed_by_old);
    if (!issued) return Unexpected<Error>{issued.error()};
    return issued->certificate.digest();
  }
  Result<crypto::Digest> change_to(const crypto::PrivateKey& wanted) {
    return change(old_leaf, request(wanted), signature(key, wanted));
  }
  Errc refusal(const crypto::PrivateKey& wanted) {
    const auto changed = change_to(wanted);
    return changed ? Errc{} : changed.error().code;
  }
  crypto::Digest must_change() {
    const auto changed = change_to(new_key);
    EXPECT_TRUE(changed) << changed.error().message;
    return changed ? *changed : crypto::Digest{};
  }

  bool is_admitted(const crypto::Digest& leaf) {
    return identity->published().load()->admit_digest(leaf, clock.now()).has_value();
  }
  Errc undo() {
    const auto undone = identity->undo_key_change(mine, device);
    return undone ? Errc{} : undone.error().code;
  }
  std::optional<KeyChange> told() { return identity->describe(mine, device)->key_change; }
  crypto::Digest pinned() { return identity->describe(mine, device)->pinned_key.value(); }
  void tick_later(std::chrono::minutes by) {
    clock.advance(by);
    identity->tick();
  }
  Result<IssuedCertificate> renew_old() { return identity->renew(old_leaf, request(key)); }

  const crypto::Digest old_leaf;
  const crypto::PrivateKey new_key = crypto::PrivateKey::generate();
  const crypto::PrivateKey third_key = crypto::PrivateKey::generate();
  std::vector<RetiredKey> retired;
};

TEST_F(KeyChangeTest, BothKeysSignAndTheLedgerSaysSo) {
  const auto issued = identity->change_key(old_leaf, request(new_key), signature(key, new_key));

  ASSERT_TRUE(issued) << issued.error().message;
  EXPECT_EQ(issued->entry.continuity, Continuity::signed_by_old_key);
  EXPECT_EQ(issued->entry.profile, Profile::standard);
  EXPECT_EQ(pinned(), new_key.public_key().digest());
  const auto shown = told().value();
  EXPECT_EQ(shown.state, KeyChangeState::open);
  EXPECT_EQ(shown.old_key, key.public_key().digest());
  EXPECT_EQ(shown.new_key, new_key.public_key().digest());
  EXPECT_EQ(shown.at, clock.now());
  EXPECT_TRUE(revocations.empty()) << "nobody is cut off by it";
}

// --- which key lets it in ------------------------------------------------------------------------

TEST_F(KeyChangeTest, BothKeysLetItInUntilItComesByTheNewOne) {
  const crypto::Digest new_leaf = must_change();
  reopen_and_listen();
  EXPECT_TRUE(is_admitted(old_leaf)) << "the power may fail before the device has stored it";
  EXPECT_TRUE(is_admitted(new_leaf));
  identity->note_connected(device, old_leaf);
  ASSERT_TRUE(is_admitted(old_leaf)) << "the old one settles nothing";

  identity->note_connected(device, new_leaf);

  EXPECT_FALSE(is_admitted(old_leaf));
  EXPECT_TRUE(is_admitted(new_leaf));
  EXPECT_EQ(identity->published().load()->admit_digest(old_leaf, clock.now()).error().reason,
            RefusalReason::wrong_key);
  ASSERT_EQ(retired.size(), 1U);
  EXPECT_EQ(retired[0].device, device);
  EXPECT_EQ(retired[0].organisation, mine);
  EXPECT_EQ(retired[0].came_by, new_leaf) << "connections by any other certificate are to end";
  identity->note_connected(device, new_leaf);
  EXPECT_EQ(retired.size(), 1U) << "once";
  reopen_and_listen();
  EXPECT_FALSE(is_admitted(old_leaf)) << "a restart brings it not back";
  EXPECT_TRUE(told());
}

// Let in while the old key still counted, and heard of when it did not any more.
TEST_F(KeyChangeTest, AConnectionByTheOldKeyThatComesToLightLateIsToEndToo) {
  const crypto::Digest new_leaf = must_change();
  identity->note_connected(device, new_leaf);
  identity->note_connected(device, old_leaf);
  ASSERT_EQ(retired.size(), 2U);
  EXPECT_FALSE(retired[1].came_by);
}

TEST_F(KeyChangeTest, AnotherDevicesConnectionSettlesNothing) {
  must_change();
  const DeviceId other(random_uuid(random));
  ASSERT_TRUE(identity->add_device(mine, other));
  const auto others = identity->enrol({mine, other, Profile::standard, request_for(third_key), {}});
  ASSERT_TRUE(others);
  identity->note_connected(device, others->certificate.digest());
  identity->note_connected(other, others->certificate.digest());
  identity->note_connected(device, crypto::Digest{});
  EXPECT_TRUE(is_admitted(old_leaf));
  EXPECT_TRUE(retired.empty());
}

TEST_F(KeyChangeTest, AfterADayTheOldKeyIsOverWhateverTheDeviceDid) {
  const crypto::Digest new_leaf = must_change();
  tick_later(24h - 1min);
  EXPECT_TRUE(is_admitted(old_leaf));
  clock.advance(1min);
  EXPECT_FALSE(is_admitted(old_leaf)) << "even before anything ticks";
  EXPECT_TRUE(is_admitted(new_leaf));
  EXPECT_TRUE(retired.empty());

  identity->tick();

  ASSERT_EQ(retired.size(), 1U);
  EXPECT_FALSE(retired[0].came_by) << "all its connections are by the old key";
  EXPECT_FALSE(told()) << "and there is nothing to undo";
}

TEST_F(KeyChangeTest, TheNewKeyIsRenewedAndTheOldOneIsNot) {
  const crypto::Digest new_leaf = must_change();
  clock.advance(11min);
  EXPECT_EQ(renew_old().error().code, Errc::permission_denied);
  EXPECT_TRUE(identity->renew(new_leaf, request(new_key)));
  EXPECT_TRUE(is_admitted(old_leaf)) << "only a connection settles it";
}

// --- who does not get one ------------------------------------------------------------------------

TEST_F(KeyChangeTest, WithoutTheOldKeysSignatureThereIsNone) {
  const Bytes asked = request(new_key);
  const auto elsewhere =
      vault_ipc::continuity_statement(DeviceId(random_uuid(random)), new_key.public_key().digest());
  EXPECT_EQ(change(old_leaf, asked, {}).error().code, Errc::invalid_argument);
  EXPECT_EQ(change(old_leaf, asked, signature(new_key, new_key)).error().code,
            Errc::invalid_argument)
      << "the new key cannot vouch for itself";
  EXPECT_EQ(change(old_leaf, asked, signature(key, third_key)).error().code, Errc::invalid_argument)
      << "a signature for another key";
  EXPECT_EQ(change(old_leaf, asked, key.sign(elsewhere).to_der()).error().code,
            Errc::invalid_argument)
      << "a signature for another device";
  EXPECT_EQ(identity->certificates(mine, device)->size(), 1U) << "the vault was not even asked";
  EXPECT_EQ(pinned(), key.public_key().digest());
  EXPECT_TRUE(change_to(new_key)) << "and none of it stands in the way";
}

TEST_F(KeyChangeTest, WithoutTheNewKeysSignatureThereIsNone) {
  Bytes damaged = request(new_key);
  damaged.back() ^= 1U;
  EXPECT_EQ(change(old_leaf, damaged, signature(key, new_key)).error().code,
            Errc::invalid_argument);
  const Bytes anothers = crypto::CertificateRequest::build(new_key, "another").value();
  EXPECT_EQ(change(old_leaf, anothers, signature(key, new_key)).error().code,
            Errc::invalid_argument);
  EXPECT_EQ(change(old_leaf, {}, signature(key, new_key)).error().code, Errc::invalid_argument);
  EXPECT_EQ(pinned(), key.public_key().digest());
}

TEST_F(KeyChangeTest, AnotherDevicesCertificateChangesNothingHere) {
  const DeviceId other(random_uuid(random));
  ASSERT_TRUE(identity->add_device(mine, other));
  const auto others = identity->enrol({mine, other, Profile::standard, request_for(third_key), {}});
  ASSERT_TRUE(others);
  EXPECT_EQ(change(others->certificate.digest(), request(new_key), signature(third_key, new_key))
                .error()
                .code,
            Errc::invalid_argument)
      << "the request names this device";
  EXPECT_EQ(change(crypto::Digest{}, request(new_key), signature(key, new_key)).error().code,
            Errc::permission_denied);
}

TEST_F(KeyChangeTest, OnlyAnIdentityInGoodStateChangesItsKey) {
  ASSERT_TRUE(identity->suspend(mine, device, ""));
  EXPECT_EQ(refusal(new_key), Errc::permission_denied);
  ASSERT_TRUE(identity->quarantine(mine, device, ""));
  EXPECT_EQ(refusal(new_key), Errc::permission_denied);
  ASSERT_TRUE(identity->resume(mine, device));
  ASSERT_TRUE(identity->revoke_certificate(mine, device, old_leaf, "lost"));
  EXPECT_EQ(refusal(new_key), Errc::permission_denied);
  ASSERT_TRUE(identity->revoke(mine, device, "stolen"));
  EXPECT_EQ(refusal(new_key), Errc::permission_denied);
  EXPECT_EQ(identity->certificates(mine, device)->size(), 1U);
}

TEST_F(KeyChangeTest, ADeviceThatSeemsToBeInTwoPlacesDoesNot) {
  identity->clones().connected(mine, device, 1, "192.0.2.1:1", clock.now());
  identity->clones().connected(mine, device, 2, "198.51.100.7:1", clock.now());
  clock.advance(CloneWatch::kLong + 1min);
  ASSERT_TRUE(identity->clones().find(device, clock.now()));
  EXPECT_EQ(refusal(new_key), Errc::permission_denied);
  identity->clones().disconnected(device, 1, CloneWatch::Ending::other);
  EXPECT_EQ(refusal(new_key), Errc{});
}

// A renewal makes up for these; a change of key does not.
TEST_F(KeyChangeTest, ACertificateThatLetsNobodyInChangesNoKey) {
  clock.advance(24h * 61);
  ASSERT_FALSE(is_admitted(old_leaf));
  EXPECT_EQ(refusal(new_key), Errc::permission_denied);
  const auto fresh = renew_old();
  ASSERT_TRUE(fresh);
  clock.advance(11min);
  ASSERT_TRUE(identity->change_generation(
      {fresh->entry.generation, GenerationState::distrusted, std::nullopt}));
  const auto by_fresh =
      change(fresh->certificate.digest(), request(new_key), signature(key, new_key));
  EXPECT_EQ(by_fresh.error().code, Errc::permission_denied);
}

TEST_F(KeyChangeTest, ACertificateThatWasRenewedChangesNoKey) {
  const auto renewed = renew_old();
  ASSERT_TRUE(renewed);
  EXPECT_EQ(refusal(new_key), Errc::already_exists) << "a moment ago: two may have the key";
  clock.advance(11min);
  EXPECT_EQ(refusal(new_key), Errc::permission_denied) << "there is a newer one";
  EXPECT_TRUE(change(renewed->certificate.digest(), request(new_key), signature(key, new_key)));
}

TEST_F(KeyChangeTest, ByPolicyTheSecondOfTwoRequestsIsAReasonToKeepItOut) {
  reopen_with({.on_second_renewal = OnSecondRenewal::quarantine});
  std::vector<PolicyQuarantine> quarantined;
  identity->on_quarantined([&](const PolicyQuarantine& each) { quarantined.push_back(each); });
  must_change();
  EXPECT_EQ(refusal(third_key), Errc::already_exists);
  ASSERT_EQ(quarantined.size(), 1U);
  EXPECT_FALSE(is_admitted(old_leaf));
}

TEST_F(KeyChangeTest, ASecondOneWithinADayIsRefused) {
  const crypto::Digest new_leaf = must_change();
  clock.advance(11min);
  EXPECT_EQ(refusal(third_key), Errc::already_exists) << "by the old key";
  const auto onward = [&] {
    return change(new_leaf, request(third_key), signature(new_key, third_key));
  };
  EXPECT_EQ(onward().error().code, Errc::already_exists) << "by the new one";
  identity->note_connected(device, new_leaf);
  clock.advance(24h - 12min);
  EXPECT_EQ(onward().error().code, Errc::already_exists);
  clock.advance(1min);
  EXPECT_TRUE(onward());
}

TEST_F(KeyChangeTest, AKeyThatItHadBeforeIsNoNewKey) {
  const crypto::Digest new_leaf = must_change();
  clock.advance(24h);
  EXPECT_EQ(change(new_leaf, request(key), signature(new_key, key)).error().code,
            Errc::invalid_argument);
  EXPECT_EQ(change(new_leaf, request(new_key), signature(new_key, new_key)).error().code,
            Errc::invalid_argument)
      << "nor the one that it has";
}

// --- taking it back ------------------------------------------------------------------------------

TEST_F(KeyChangeTest, TheOwnerTakesItBack) {
  const crypto::Digest new_leaf = must_change();
  identity->note_connected(device, new_leaf);
  clock.advance(24h - 1min);

  EXPECT_EQ(undo(), Errc{});

  EXPECT_TRUE(is_admitted(old_leaf));
  EXPECT_EQ(identity->published().load()->admit_digest(new_leaf, clock.now()).error().reason,
            RefusalReason::certificate_revoked);
  ASSERT_EQ(revocations.size(), 1U) << "its sessions end";
  EXPECT_EQ(revocations[0].device, device);
  EXPECT_EQ(pinned(), key.public_key().digest());
  EXPECT_EQ(told()->state, KeyChangeState::undone);
  const auto newest = identity->certificates(mine, device)->front();
  EXPECT_EQ(newest.entry.continuity, Continuity::taken_back);
  EXPECT_EQ(newest.entry.key, key.public_key().digest());
  EXPECT_TRUE(renew_old()) << "the vault goes on with the old key too";
  reopen_and_listen();
  EXPECT_TRUE(is_admitted(old_leaf));
  EXPECT_FALSE(is_admitted(new_leaf));
}

TEST_F(KeyChangeTest, EveryCertificateOfTheNewKeyDiesWithIt) {
  const crypto::Digest new_leaf = must_change();
  clock.advance(11min);
  const auto renewed = identity->renew(new_leaf, request(new_key));
  ASSERT_TRUE(renewed);
  EXPECT_EQ(undo(), Errc{});
  EXPECT_FALSE(is_admitted(renewed->certificate.digest()));
  EXPECT_FALSE(identity->renew(renewed->certificate.digest(), request(new_key)));
}

TEST_F(KeyChangeTest, ItIsTakenBackWithinADayAndOnce) {
  EXPECT_EQ(undo(), Errc::not_found) << "there is none";
  must_change();
  clock.advance(24h);
  EXPECT_EQ(undo(), Errc::not_found);
  clock.advance(-1min);
  EXPECT_EQ(undo(), Errc{});
  EXPECT_EQ(undo(), Errc::not_found);
}

TEST_F(KeyChangeTest, NobodyElseTakesItBack) {
  const crypto::Digest new_leaf = must_change();
  EXPECT_EQ(identity->undo_key_change(theirs, device).error().code, Errc::not_found);
  EXPECT_TRUE(is_admitted(new_leaf));
  ASSERT_TRUE(identity->revoke(mine, device, "stolen"));
  EXPECT_EQ(undo(), Errc::permission_denied) << "no way back for a revoked device";
  EXPECT_FALSE(is_admitted(old_leaf));
}

// A thief who had the old key kept what it signed.
TEST_F(KeyChangeTest, WhatWasTakenBackIsNotChangedToAgain) {
  const Bytes asked = request(new_key);
  const Bytes signed_by_old = signature(key, new_key);
  ASSERT_TRUE(change(old_leaf, asked, signed_by_old));
  ASSERT_EQ(undo(), Errc{});

  EXPECT_EQ(change(old_leaf, asked, signed_by_old).error().code, Errc::already_exists);
  clock.advance(24h);
  EXPECT_EQ(change(old_leaf, asked, signed_by_old).error().code, Errc::invalid_argument);
  EXPECT_EQ(pinned(), key.public_key().digest());
  EXPECT_TRUE(change_to(third_key)) << "another one may come";
}

TEST_F(KeyChangeTest, AKeptOutDeviceIsPutBackAndStaysOut) {
  const crypto::Digest new_leaf = must_change();
  ASSERT_TRUE(identity->quarantine(mine, device, "who did this?"));
  EXPECT_EQ(undo(), Errc{});
  EXPECT_FALSE(is_admitted(old_leaf));
  ASSERT_TRUE(identity->resume(mine, device));
  EXPECT_TRUE(is_admitted(old_leaf));
  EXPECT_FALSE(is_admitted(new_leaf));
}

// --- what dies in the middle ---------------------------------------------------------------------

TEST_F(KeyChangeTest, TheSameRequestGetsTheSameCertificateAllDay) {
  const Bytes asked = request(new_key);
  const Bytes signed_by_old = signature(key, new_key);
  const auto first = change(old_leaf, asked, signed_by_old);
  ASSERT_TRUE(first);
  reopen_and_listen();
  clock.advance(23h);
  EXPECT_EQ(change(old_leaf, asked, signed_by_old).value(), *first);
  EXPECT_EQ(identity->certificates(mine, device)->size(), 2U);
}

TEST_F(KeyChangeTest, AChangeThatWasCutOffIsAskedForAgain) {
  vault.cut_after(0, InProcessVault::LastRequest::carried_out);
  EXPECT_EQ(refusal(new_key), Errc::unavailable);
  vault.reconnect();
  reopen_and_listen();
  EXPECT_TRUE(is_admitted(old_leaf));
  EXPECT_EQ(pinned(), key.public_key().digest());
  EXPECT_FALSE(told()) << "nothing has changed here";
  EXPECT_EQ(refusal(third_key), Errc::unavailable) << "first this one is to be over";

  const crypto::Digest new_leaf = must_change();

  EXPECT_TRUE(is_admitted(new_leaf));
  EXPECT_EQ(undo(), Errc{});
  EXPECT_TRUE(is_admitted(old_leaf));
}

// The vault knows the new key, and the device has given up: without this it could not renew.
TEST_F(KeyChangeTest, AChangeThatNobodyAsksForAgainIsTakenBack) {
  vault.cut_after(0, InProcessVault::LastRequest::carried_out);
  ASSERT_EQ(refusal(new_key), Errc::unavailable);
  vault.reconnect();
  reopen_and_listen();
  ASSERT_EQ(renew_old().error().code, Errc::permission_denied);

  tick_later(10min);

  EXPECT_TRUE(renew_old());
  clock.advance(11min);
  EXPECT_EQ(identity->certificates(mine, device)->at(1).entry.continuity, Continuity::taken_back);
}

TEST_F(KeyChangeTest, AChangeThatNeverReachedTheVaultIsForgotten) {
  vault.cut_after(0, InProcessVault::LastRequest::lost);
  ASSERT_EQ(refusal(new_key), Errc::unavailable);
  vault.reconnect();
  reopen_and_listen();
  tick_later(10min);
  EXPECT_EQ(identity->certificates(mine, device)->size(), 1U);
  EXPECT_EQ(refusal(third_key), Errc{});
}

TEST_F(KeyChangeTest, ItIsTakenBackAtOnceEvenIfTheVaultHearsOfItLater) {
  const crypto::Digest new_leaf = must_change();
  clock.advance(24h - 1min);
  vault.disconnect();
  EXPECT_EQ(undo(), Errc{});
  EXPECT_FALSE(is_admitted(new_leaf));
  EXPECT_TRUE(is_admitted(old_leaf));
  EXPECT_EQ(told()->state, KeyChangeState::returning);
  vault.restart();
  vault.reconnect();
  reopen_and_listen();
  EXPECT_FALSE(is_admitted(new_leaf));

  tick_later(2h);

  EXPECT_TRUE(renew_old()) << "it has heard";
}

TEST_F(KeyChangeTest, ATakingBackWhoseAnswerWasLostIsOver) {
  must_change();
  vault.cut_after(0, InProcessVault::LastRequest::carried_out);
  EXPECT_EQ(undo(), Errc{});
  vault.reconnect();
  reopen_and_listen();
  tick_later(1min);
  EXPECT_EQ(told()->state, KeyChangeState::undone);
  EXPECT_TRUE(renew_old());
}

}  // namespace
}  // namespace fastness::identity
