#include "identity/renewal.h"

#include <gtest/gtest.h>

#include "identity/identity_fixture_test.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using testing::IdentityTest;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;
using vault_ipc::Profile;

class RenewalTest : public IdentityTest {
 protected:
  Bytes request(const crypto::PrivateKey& of) const {
    return crypto::CertificateRequest::build(of, device.value().to_text()).value();
  }

  // The fingerprint of a renewed certificate, or an error.
  Result<crypto::Digest> renew(const crypto::Digest& leaf, const Bytes& asked) {
    auto issued = identity->renew(leaf, asked);
    if (!issued) return Unexpected<Error>{issued.error()};
    return issued->certificate.digest();
  }

  bool is_admitted(const crypto::Digest& leaf) {
    return identity->published().load()->admit_digest(leaf, clock.now()).has_value();
  }
};

TEST_F(RenewalTest, TheLedgerNamesItAsGoneOnWithTheSameKey) {
  const crypto::Digest old = crypto::sha256(enrol(Profile::board));
  const auto issued = identity->renew(old, request(key));
  ASSERT_TRUE(issued) << issued.error().message;
  EXPECT_EQ(issued->entry.continuity, vault_ipc::Continuity::same_key);
  EXPECT_EQ(issued->entry.profile, Profile::board) << "as the one that it renews";
  EXPECT_TRUE(is_admitted(issued->certificate.digest()));
  EXPECT_TRUE(revocations.empty()) << "the sessions of the old one live on";
}

TEST_F(RenewalTest, IsRemembered) {
  const crypto::Digest old = crypto::sha256(enrol(Profile::board));
  const auto renews_itself = [&] {
    return identity->published().load()->find_device(device)->renews_itself;
  };
  EXPECT_FALSE(renews_itself());
  const Bytes asked = request(key);
  const auto first = renew(old, asked);
  ASSERT_TRUE(first);
  EXPECT_TRUE(renews_itself());
  reopen();
  EXPECT_TRUE(renews_itself());
  EXPECT_EQ(renew(old, asked).value(), *first) << "a restart takes no answer back";
  EXPECT_EQ(renew(old, request(key)).error().code, Errc::already_exists);
}

// The hub died between the vault's answer and its own disk: asking again is all it takes.
TEST_F(RenewalTest, ARenewalThatWasCutOffIsAskedForAgain) {
  const crypto::Digest old = crypto::sha256(enrol(Profile::standard));
  vault.cut_after(0, vault::testing::InProcessVault::LastRequest::carried_out);
  EXPECT_EQ(renew(old, request(key)).error().code, Errc::unavailable);
  vault.reconnect();
  reopen();
  const auto again = renew(old, request(key));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(is_admitted(*again));
}

TEST_F(RenewalTest, IsForTheSameKeyAndTheSameDeviceOnly) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::standard));
  EXPECT_EQ(renew(leaf, request(crypto::PrivateKey::generate())).error().code,
            Errc::permission_denied);
  const Bytes anothers = crypto::CertificateRequest::build(key, "another").value();
  EXPECT_EQ(renew(leaf, anothers).error().code, Errc::invalid_argument);
  EXPECT_EQ(renew(leaf, {}).error().code, Errc::invalid_argument);
  EXPECT_EQ(renew(crypto::Digest{}, request(key)).error().code, Errc::permission_denied);
  EXPECT_EQ(identity->certificates(mine, device)->size(), 1U);
}

TEST_F(RenewalTest, AnotherDevicesKeyRenewsNothingOfThisOne) {
  const crypto::Digest mine_leaf = crypto::sha256(enrol(Profile::standard));
  const DeviceId other(random_uuid(random));
  const crypto::PrivateKey other_key = crypto::PrivateKey::generate();
  ASSERT_TRUE(identity->add_device(mine, other));
  const auto others = identity->enrol({mine, other, Profile::standard, request_for(other_key), {}});
  ASSERT_TRUE(others);
  EXPECT_EQ(renew(others->certificate.digest(), request(other_key)).error().code,
            Errc::invalid_argument)
      << "the name is of this device";
  EXPECT_EQ(renew(mine_leaf, request(other_key)).error().code, Errc::permission_denied);
}

// A certificate that was issued a moment ago and burnt since is not given again.
TEST_F(RenewalTest, AnAnswerThatIsWorthNothingAnyMoreIsNotRepeated) {
  const crypto::Digest old = crypto::sha256(enrol(Profile::standard));
  const Bytes asked = request(key);
  const auto burnt = renew(old, asked);
  ASSERT_TRUE(burnt);
  clock.advance(1s);
  ASSERT_TRUE(
      identity->change_generation({GenerationId(1), GenerationState::distrusted, std::nullopt}));

  const auto fresh = renew(old, asked);

  ASSERT_TRUE(fresh) << fresh.error().message;
  EXPECT_NE(*fresh, *burnt);
  EXPECT_TRUE(is_admitted(*fresh));
}

// What is proved by a key that somebody seems to have a copy of?
TEST_F(RenewalTest, IsNotForADeviceThatSeemsToBeInTwoPlaces) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::standard));
  std::uint64_t connection = 0;
  const auto come_from = [&](const char* remote) {
    identity->clones().connected(mine, device, ++connection, remote, clock.now());
  };
  come_from("192.0.2.1:1");
  come_from("198.51.100.7:1");
  ASSERT_TRUE(identity->admit_renewal(leaf)) << "a device that moves leaves a connection behind";
  clock.advance(CloneWatch::kLong + 1min);
  ASSERT_TRUE(identity->clones().find(device, clock.now()));

  EXPECT_EQ(identity->admit_renewal(leaf).error().reason, RefusalReason::in_two_places);
  EXPECT_EQ(renew(leaf, request(key)).error().code, Errc::permission_denied);
  EXPECT_EQ(identity->certificates(mine, device)->size(), 1U);

  identity->clones().disconnected(device, 1, CloneWatch::Ending::other);
  EXPECT_TRUE(renew(leaf, request(key)));
}

TEST_F(RenewalTest, WhoCannotTakeACertificateThreeTimesNeedsAHand) {
  enrol(Profile::standard);
  const auto faults = [&] { return identity->examine(mine)->at(0).renewal_faults; };
  const Timestamp first = clock.now();
  for (std::uint32_t i = 1; i < RenewalWatch::kMany; ++i) {
    identity->renewal_faults().note(device, RenewalFault::storage, clock.now());
    EXPECT_FALSE(faults()) << i;
    clock.advance(10min);
  }
  identity->renewal_faults().note(device, RenewalFault::key, clock.now());
  ASSERT_TRUE(faults());
  EXPECT_EQ(faults()->count, RenewalWatch::kMany);
  EXPECT_EQ(faults()->fault, RenewalFault::key);
  EXPECT_EQ(faults()->first, first);

  ASSERT_TRUE(identity->suspend(mine, device, "looking at it"));
  EXPECT_FALSE(faults()) << "its owner has acted";
}

TEST_F(RenewalTest, BeginsInTheMiddleOfALife) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::standard));
  const LedgeredLeaf ledgered = *identity->published().load()->leaves().find(leaf);
  const auto life = ledgered.not_after - ledgered.time;
  const RenewalWindow window = identity->renewal_window(leaf).value();
  EXPECT_EQ(window.start, ledgered.time + life / 2);
  EXPECT_EQ(window.end, window.start + life / 3);
  EXPECT_LT(window.end, ledgered.not_after);
  EXPECT_EQ(identity->renewal_window(crypto::Digest{}).error().code, Errc::not_found);
}

TEST_F(RenewalTest, ABoardIsAskedAsOftenAsAnyOtherDevice) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::board));
  const LedgeredLeaf ledgered = *identity->published().load()->leaves().find(leaf);
  const RenewalWindow window = identity->renewal_window(leaf).value();
  EXPECT_EQ(window.start, ledgered.time + 24h * 30);
  EXPECT_EQ(window.end, ledgered.time + 24h * 50);
}

TEST_F(RenewalTest, IsDueAtOnceWhenTheKeyIsGivenUp) {
  const crypto::Digest leaf = crypto::sha256(enrol(Profile::standard));
  clock.advance(1s);
  const Timestamp now = clock.now();
  ASSERT_TRUE(
      identity->change_generation({GenerationId(1), GenerationState::distrusted, std::nullopt}));
  clock.advance(1s);
  EXPECT_EQ(identity->renewal_window(leaf).value(), (RenewalWindow{now, now + 10min}));
}

}  // namespace
}  // namespace fastness::identity
