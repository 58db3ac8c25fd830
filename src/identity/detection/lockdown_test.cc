// A lockdown of enrolment: nothing new gets in by any door, and nobody who is known feels it.
#include "identity/detection/lockdown.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/public_key/pem.h"
#include "crypto/testing/self_signed.h"
#include "identity/identity_fixture_test.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using testing::IdentityTest;
using vault_ipc::GenerationId;
using vault_ipc::Profile;

class LockdownTest : public IdentityTest {
 protected:
  LockdownTest() { listen_with({.on_forgery = OnForgery::lockdown}); }

  void listen_with(DetectionPolicy wanted) {
    reopen_with(wanted);
    identity->on_lockdown([this](const LockdownEvent& each) { told.push_back(each.change); });
  }
  void use_forged(std::uint32_t generation) {
    identity->report_forged({crypto::sha256(as_bytes("stolen" + std::to_string(uses_++))),
                             GenerationId(generation), device.value().to_text()});
    clock.advance(1s);
    identity->tick();
  }
  ClaimCodeWish wish() const {
    return {mine, UserId(random_uuid_), "shed", std::nullopt, 2, Approval::owner, clock.now() + 1h};
  }
  static ClaimAttempt attempt_with(const char* name) {
    return {HardwareId::parse(name).value(), crypto::sha256(as_bytes(name)), "192.0.2.7",
            std::nullopt};
  }

  std::vector<LockdownEvent::Change> told;

 private:
  const Uuid random_uuid_ = random_uuid(random);
  int uses_ = 0;
};

TEST_F(LockdownTest, BeginsWithTheFirstUseOfAForgeryAndIsToldOnce) {
  static_cast<void>(enrol(Profile::board));
  EXPECT_FALSE(identity->lockdown());
  use_forged(1);
  use_forged(1);
  ASSERT_TRUE(identity->lockdown());
  EXPECT_EQ(identity->lockdown()->generation, GenerationId(1));
  EXPECT_EQ(told.size(), 1U);
  EXPECT_EQ(identity->generations()->size(), 1U) << "and rotates nothing";
}

TEST_F(LockdownTest, NothingNewIsTakenByAnyDoor) {
  static_cast<void>(enrol(Profile::standard));
  const DeviceId bare{random_uuid(random)};
  ASSERT_TRUE(identity->add_device(mine, bare));
  const auto codes = identity->claims().create(wish(), 1);
  ASSERT_TRUE(codes);
  const auto code = identity->claims().find(as_text(codes->front().text.reveal()));
  ASSERT_TRUE(code && *code);
  const auto waiting = identity->claims().claim(*code, attempt_with("early"));
  ASSERT_TRUE(waiting);

  use_forged(1);

  const auto other = crypto::PrivateKey::generate();
  const DeviceId late{random_uuid(random)};
  EXPECT_EQ(identity->add_device(mine, late).error().code, Errc::unavailable);
  EXPECT_FALSE(identity->published().load()->find_device(late));
  const Enrolment first{mine, bare, Profile::standard, request_for(other), {}};
  EXPECT_TRUE(identity->is_locked_out(first));
  EXPECT_EQ(identity->enrol(first).error().code, Errc::unavailable);
  EXPECT_TRUE(identity->certificates(mine, bare)->empty());
  const Enrolment another_key{mine, device, Profile::standard, request_for(other), {}};
  EXPECT_TRUE(identity->is_locked_out(another_key));
  EXPECT_FALSE(identity->enrol(another_key));
  EXPECT_EQ(
      identity
          ->set_secret(mine, device, identity->suggest_secret(), Identity::SecretOrigin::suggested)
          .error()
          .code,
      Errc::unavailable);
  Claims& claims = identity->claims();
  EXPECT_EQ(claims.create(wish(), 1).error().code, Errc::unavailable);
  const Bytes leaf =
      crypto::testing::self_signed(key, mine.value().to_text(), clock.now(), clock.now() + 24h);
  const auto registered =
      claims.register_certificate({mine,
                                   wish().by,
                                   "",
                                   crypto::to_pem(crypto::kCertificateLabel, leaf),
                                   {},
                                   1,
                                   Approval::none,
                                   std::nullopt});
  EXPECT_EQ(registered.error().code, Errc::unavailable);
  EXPECT_EQ(claims.claim(*code, attempt_with("late")).error().code, Errc::unavailable);
  EXPECT_EQ(claims.approve(mine, waiting->claim.id).error().code, Errc::unavailable);
  EXPECT_EQ(claims.list(mine)->front().uses, 1) << "and nothing is spent";
  EXPECT_TRUE(claims.refuse(mine, waiting->claim.id)) << "what takes away goes on";
}

TEST_F(LockdownTest, WhoIsKnownComesInAndRenews) {
  const Bytes certificate = enrol(Profile::standard);
  const DeviceId secretive{random_uuid(random)};
  ASSERT_TRUE(identity->add_device(mine, secretive));
  const std::string secret = identity->suggest_secret();
  ASSERT_TRUE(identity->set_secret(mine, secretive, secret, Identity::SecretOrigin::suggested));
  clock.advance(1s);
  use_forged(1);
  ASSERT_TRUE(identity->lockdown());

  EXPECT_TRUE(identity->published().load()->admit_certificate(certificate, clock.now()));
  EXPECT_TRUE(identity->published().load()->admit_secret(secretive, secret, clock.now()));
  const Bytes request = crypto::CertificateRequest::build(key, device.value().to_text()).value();
  EXPECT_TRUE(identity->renew(crypto::sha256(certificate), request));
  const auto other = crypto::PrivateKey::generate();
  const Bytes for_other =
      crypto::CertificateRequest::build(other, device.value().to_text()).value();
  EXPECT_EQ(identity->change_key(crypto::sha256(certificate), for_other, {}).error().code,
            Errc::unavailable)
      << "but not with another key";
  const Enrolment same_key{mine, device, Profile::board, request_for(key), {}};
  EXPECT_FALSE(identity->is_locked_out(same_key));
  EXPECT_TRUE(identity->enrol(same_key)) << "a board that its owner gives another certificate";
  EXPECT_TRUE(identity->suspend(mine, device, "lost"));
  EXPECT_TRUE(identity->resume(mine, device));
}

TEST_F(LockdownTest, NeitherARestartNorTimeNorAnotherPolicyEndsIt) {
  use_forged(1);
  const Timestamp since = identity->lockdown()->since;
  clock.advance(24h * 400);
  listen_with({});
  ASSERT_TRUE(identity->lockdown());
  EXPECT_EQ(identity->lockdown()->since, since);
  EXPECT_FALSE(identity->add_device(mine, DeviceId(random_uuid(random))));
}

TEST_F(LockdownTest, OneActEndsItAndTheNextUseOfTheSameKeyLocksAgain) {
  EXPECT_EQ(identity->unlock().error().code, Errc::not_found);
  use_forged(1);
  ASSERT_TRUE(identity->unlock());
  EXPECT_THAT(told,
              ::testing::ElementsAre(LockdownEvent::Change::began, LockdownEvent::Change::ended));
  EXPECT_TRUE(identity->add_device(mine, DeviceId(random_uuid(random))));
  listen_with(policy);
  EXPECT_FALSE(identity->lockdown()) << "nor does a restart bring it back";

  use_forged(1);
  EXPECT_TRUE(identity->lockdown());
  ASSERT_TRUE(identity->unlock());
  ASSERT_TRUE(identity->authority().rotate({RotationKind::emergency, "stolen", 0s, std::nullopt}));
  use_forged(1);
  EXPECT_FALSE(identity->lockdown()) << "a key that was given up harms nobody";
}

TEST_F(LockdownTest, NeitherASuspicionNorTheOtherPoliciesLock) {
  vault.disconnect();
  use_forged(1);
  EXPECT_FALSE(identity->lockdown()) << "the ledger here was behind";
  identity.reset();
  vault.restart();
  vault.reconnect();
  for (const OnForgery wanted : {OnForgery::alarm, OnForgery::rotate}) {
    listen_with({.on_forgery = wanted});
    use_forged(1);
    EXPECT_FALSE(identity->lockdown());
  }
}

TEST(Lockdown, HoldsWhileItCannotBeWrittenDownAndIsWrittenLater) {
  auto database = storage::Database::open_in_memory().value();
  auto lockdown = Lockdown::open(database).value();
  ASSERT_TRUE(database.run("ALTER TABLE identity_lockdown RENAME TO elsewhere"));
  EXPECT_FALSE(lockdown.begin(GenerationId(3), Timestamp(5s)));
  EXPECT_TRUE(lockdown.now()) << "a full disk lets nobody in";
  EXPECT_FALSE(lockdown.check_open());
  EXPECT_FALSE(lockdown.keep());

  ASSERT_TRUE(database.run("ALTER TABLE elsewhere RENAME TO identity_lockdown"));
  ASSERT_TRUE(lockdown.keep());
  ASSERT_TRUE(lockdown.keep());
  const auto again = Lockdown::open(database).value();
  ASSERT_TRUE(again.now());
  EXPECT_EQ(again.now()->generation, GenerationId(3));
  EXPECT_EQ(again.now()->since, Timestamp(5s));
}

TEST(Lockdown, IsNotEndedUnlessThatIsOnTheDisk) {
  auto database = storage::Database::open_in_memory().value();
  auto lockdown = Lockdown::open(database).value();
  ASSERT_TRUE(lockdown.begin(GenerationId(1), Timestamp(5s)));
  ASSERT_TRUE(database.run("ALTER TABLE identity_lockdown RENAME TO elsewhere"));
  EXPECT_FALSE(lockdown.end(Timestamp(9s)));
  EXPECT_TRUE(lockdown.now());
}

}  // namespace
}  // namespace fastness::identity
