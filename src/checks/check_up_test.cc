// Each check finds what it is for, says how bad it is, and leaves alone what only looks like it.
#include "checks/check_up.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/seeded_random.h"

namespace fastness::checks {
namespace {

using namespace std::chrono_literals;
using accounts::Scope;
using identity::IdentityState;
using vault_ipc::GenerationId;
using vault_ipc::GenerationState;
using vault_ipc::Profile;

constexpr std::chrono::days kDay{1};

class CheckUpTest : public ::testing::Test {
 protected:
  CheckUpTest() {
    facts_.now = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 22));
    facts_.devices.emplace();
    facts_.forgeries.emplace();
    facts_.custody.emplace();
    facts_.administrators.emplace();
    facts_.custody->owners = 3;
    add_kit(3).rehearsed_at = facts_.now;
    add_generation(1, GenerationState::issuing);
  }

  vault_ipc::Generation& add_generation(std::uint32_t number, GenerationState state) {
    vault_ipc::Generation generation;
    generation.id = GenerationId(number);
    generation.state = state;
    if (state >= GenerationState::distrusted) generation.distrusted_at = facts_.now - kDay;
    return facts_.generations.emplace_back(std::move(generation));
  }
  vault_ipc::Kit& add_kit(std::uint32_t owners) {
    vault_ipc::Kit kit;
    kit.created_at = facts_.now - kDay;
    kit.owners = owners;
    return facts_.custody->kits.emplace_back(kit);
  }
  // One that comes in by secret key; a reference until the next is added.
  identity::ExaminedDevice& add_device(const std::string& name = "pump") {
    Device device{name,
                  {{DeviceId(random_uuid(random_)), OrganisationId(random_uuid(random_)),
                    IdentityState::active, std::nullopt},
                   false,
                   false,
                   false,
                   std::nullopt,
                   std::nullopt,
                   std::nullopt}};
    return facts_.devices->emplace_back(std::move(device)).examined;
  }
  identity::ExaminedDevice& add_enrolled(Timestamp issued_at, Timestamp not_after,
                                         Profile profile = Profile::standard) {
    identity::ExaminedDevice& device = add_device();
    device.standing.newest = {GenerationId(1), profile, issued_at, not_after, false};
    return device;
  }
  accounts::ApiKey& add_key(accounts::Scopes scopes, std::chrono::days life) {
    return facts_.api_keys.emplace_back(
        accounts::ApiKey{"fk" + std::to_string(facts_.api_keys.size()),
                         OrganisationId(random_uuid(random_)), UserId(random_uuid(random_)),
                         "a program", scopes, facts_.now, facts_.now + life, std::nullopt});
  }

  Check check(std::string_view id) {
    const std::vector<Check> all = check_up(facts_);
    const auto found = std::ranges::find(all, id, &Check::id);
    return all.at(static_cast<std::size_t>(found - all.begin()));
  }
  State state(std::string_view id) { return check(id).state; }

  fastness::testing::SeededRandom random_{1};
  Facts facts_;
};

TEST_F(CheckUpTest, NothingWrongIsEveryCheckPassed) {
  add_enrolled(facts_.now, facts_.now + 60 * kDay);
  add_key({Scope::things_read}, 90 * kDay);

  for (const Check& each : check_up(facts_)) {
    SCOPED_TRACE(each.id);
    EXPECT_EQ(each.state, State::passed);
    EXPECT_EQ(each.count, 0U);
    EXPECT_TRUE(each.subjects.empty());
    EXPECT_FALSE(each.since);
  }
}

TEST_F(CheckUpTest, EveryCheckHasItsOwnIdAndSaysWhyAndWhatToDo) {
  std::set<std::string_view> ids;
  for (const Check& each : check_up(facts_)) {
    SCOPED_TRACE(each.id);
    EXPECT_TRUE(ids.insert(each.id).second);
    EXPECT_EQ(each.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos);
    EXPECT_FALSE(each.title.empty());
    EXPECT_TRUE(each.why.ends_with('.'));
    EXPECT_TRUE(each.remedy.ends_with('.'));
  }
  EXPECT_GE(ids.size(), 14U);
}

// No news is not good news.
TEST_F(CheckUpTest, WhatCannotBeReadIsUnknownAndNeverPassed) {
  facts_.devices.reset();
  facts_.forgeries.reset();

  EXPECT_EQ(state("device-cloned"), State::unknown);
  EXPECT_EQ(state("revoked-device-trying"), State::unknown);
  EXPECT_EQ(state("device-key-shared"), State::unknown);
  EXPECT_EQ(state("device-certificate-expiring"), State::unknown);
  EXPECT_EQ(state("forged-certificate"), State::unknown);
  EXPECT_EQ(state("api-key-broad"), State::passed) << "keys were read";
}

TEST_F(CheckUpTest, AForgeryFailsUntilItsKeyIsGivenUp) {
  facts_.forgeries->push_back({GenerationId(1), 3, facts_.now - kDay, facts_.now});
  const Check failed = check("forged-certificate");
  EXPECT_EQ(failed.state, State::failed);
  ASSERT_EQ(failed.subjects.size(), 1U);
  EXPECT_EQ(failed.subjects[0].id, "1");
  EXPECT_EQ(failed.since, facts_.now - kDay);
  facts_.generations[0].state = GenerationState::retiring;
  EXPECT_EQ(state("forged-certificate"), State::failed) << "a retiring key still admits";

  facts_.generations[0].state = GenerationState::distrusted;
  facts_.generations[0].distrusted_at = facts_.now;

  EXPECT_EQ(state("forged-certificate"), State::passed);
}

TEST_F(CheckUpTest, ALockdownNeedsAPersonUntilItIsEnded) {
  EXPECT_EQ(state("enrolment-locked"), State::passed);
  facts_.locked = identity::Locked{GenerationId(1), facts_.now - kDay};
  const Check locked = check("enrolment-locked");
  EXPECT_EQ(locked.state, State::attention);
  EXPECT_EQ(locked.since, facts_.now - kDay);
  ASSERT_EQ(locked.subjects.size(), 1U);
  EXPECT_EQ(locked.subjects[0].id, "1");
}

TEST_F(CheckUpTest, AnAlarmThatReachesNobodyFails) {
  EXPECT_EQ(state("alarms-undelivered"), State::passed);
  facts_.silent_channels.emplace("alarms.mail_to", facts_.now - kDay);
  const Check failed = check("alarms-undelivered");
  EXPECT_EQ(failed.state, State::failed);
  EXPECT_EQ(failed.since, facts_.now - kDay);
  ASSERT_EQ(failed.subjects.size(), 1U);
  EXPECT_EQ(failed.subjects[0].id, "alarms.mail_to");
}

TEST_F(CheckUpTest, AForgeryOfAGenerationThatNobodyKnowsIsNotLetPass) {
  facts_.forgeries->push_back({GenerationId(7), 1, facts_.now, facts_.now});

  EXPECT_EQ(state("forged-certificate"), State::failed);
}

TEST_F(CheckUpTest, FlappingFailsAndBeingApartWantsALook) {
  add_device("two programs").clone = {identity::CloneSign::apart, facts_.now - kDay};
  EXPECT_EQ(state("device-cloned"), State::attention);

  add_device("copied").clone = {identity::CloneSign::flapping, facts_.now};

  const Check failed = check("device-cloned");
  EXPECT_EQ(failed.state, State::failed);
  EXPECT_EQ(failed.count, 2U);
  EXPECT_EQ(failed.subjects[0].name, "copied") << "the worst comes first";
  EXPECT_EQ(failed.since, facts_.now - kDay) << "of the oldest";
}

TEST_F(CheckUpTest, WhoWasRevokedAndTriesFailsWhoIsPausedWantsALook) {
  using identity::RefusalReason;
  add_device().refused = {RefusalReason::suspended, 5, facts_.now, facts_.now};
  EXPECT_EQ(state("revoked-device-trying"), State::attention);

  for (const RefusalReason reason :
       {RefusalReason::device_revoked, RefusalReason::quarantined,
        RefusalReason::certificate_revoked, RefusalReason::wrong_key}) {
    SCOPED_TRACE(to_text(reason));
    facts_.devices->clear();
    add_device().refused = {reason, 1, facts_.now, facts_.now};
    EXPECT_EQ(state("revoked-device-trying"), State::failed);
  }
}

TEST_F(CheckUpTest, SharedKeysAndChosenSecretsAreNamed) {
  add_device("a").shares_key = true;
  add_device("b").shares_key = true;
  identity::ExaminedDevice& chosen = add_device("c");
  chosen.has_secret = true;
  chosen.secret_was_chosen = true;

  EXPECT_EQ(state("device-key-shared"), State::failed);
  EXPECT_EQ(check("device-key-shared").count, 2U);
  EXPECT_EQ(state("device-secret-chosen"), State::attention);
  EXPECT_EQ(check("device-secret-chosen").subjects.at(0).name, "c");
}

TEST_F(CheckUpTest, ACertificateIsLookedAtTwoWeeksBeforeItsEnd) {
  constexpr const char* kId = "device-certificate-expiring";
  const struct {
    const char* what;
    std::chrono::microseconds left;
    State state;
  } cases[] = {{"two weeks and a second", 14 * kDay + 1s, State::passed},
               {"two weeks", 14 * kDay, State::attention},
               {"a second", 1s, State::attention},
               {"over", 0s, State::failed},
               {"long over", -90 * kDay, State::failed}};
  for (const auto& each : cases) {
    SCOPED_TRACE(each.what);
    facts_.devices->clear();
    add_enrolled(facts_.now - 50 * kDay, facts_.now + each.left);
    EXPECT_EQ(state(kId), each.state);
  }
}

TEST_F(CheckUpTest, OnlyACertificateThatIsUsedCanEndTooSoon) {
  constexpr const char* kId = "device-certificate-expiring";
  add_enrolled(facts_.now, facts_.now).has_secret = true;
  add_enrolled(facts_.now, facts_.now).standing.newest->is_revoked = true;
  add_enrolled(facts_.now, facts_.now).standing.state = IdentityState::revoked;
  add_enrolled(facts_.now, facts_.now).standing.state = IdentityState::suspended;
  add_device();

  EXPECT_EQ(state(kId), State::passed);
}

TEST_F(CheckUpTest, ADeviceThatCannotRenewNeedsAPerson) {
  constexpr const char* kId = "device-cannot-renew";
  add_enrolled(facts_.now, facts_.now + 60 * kDay);
  EXPECT_EQ(state(kId), State::passed);

  add_enrolled(facts_.now - 40 * kDay, facts_.now + 20 * kDay).renewal_faults =
      identity::RenewalFaults{identity::RenewalFault::storage, 3, facts_.now - 2 * kDay};

  EXPECT_EQ(state(kId), State::attention);
  EXPECT_EQ(check(kId).count, 1U);
  EXPECT_EQ(check(kId).since, facts_.now - 2 * kDay);
}

TEST_F(CheckUpTest, ACertificateIsOldAfterAYear) {
  add_enrolled(facts_.now - 365 * kDay + 1s, facts_.now + 9'000 * kDay, Profile::board);
  EXPECT_EQ(state("device-certificate-old"), State::passed);

  add_enrolled(facts_.now - 365 * kDay, facts_.now + 9'000 * kDay, Profile::board);

  EXPECT_EQ(state("device-certificate-old"), State::attention);
  EXPECT_EQ(check("device-certificate-old").count, 1U);
  EXPECT_EQ(check("device-certificate-old").since, facts_.now);
}

TEST_F(CheckUpTest, BoardsOfAKeyThatWasGivenUpAreNamedWhileTheyComeIn) {
  constexpr const char* kId = "distrusted-generation-in-use";
  add_generation(2, GenerationState::distrusted).board_cut_off = facts_.now + kDay;
  const Timestamp end = facts_.now + 900 * kDay;
  add_enrolled(facts_.now, end, Profile::board);
  EXPECT_EQ(state(kId), State::passed) << "its generation issues";
  add_enrolled(facts_.now, end).standing.newest->generation = GenerationId(2);
  EXPECT_EQ(state(kId), State::passed) << "it is cut off already, being no board";

  add_enrolled(facts_.now, end, Profile::board).standing.newest->generation = GenerationId(2);
  EXPECT_EQ(state(kId), State::attention);
  EXPECT_EQ(check(kId).count, 1U);
  EXPECT_EQ(check(kId).since, facts_.now - kDay);

  facts_.generations[1].board_cut_off = facts_.now;
  EXPECT_EQ(state(kId), State::passed) << "now it is cut off too";
}

TEST_F(CheckUpTest, AKeyThatMayChangeEverythingIsBroadWhateverItMayRead) {
  add_key({Scope::devices_read, Scope::things_read, Scope::history_read, Scope::security_read,
           Scope::values_write, Scope::things_write, Scope::devices_write},
          30 * kDay);
  EXPECT_EQ(state("api-key-broad"), State::passed);

  add_key({Scope::devices_write, Scope::devices_enrol, Scope::things_write, Scope::values_write},
          30 * kDay);
  add_key(accounts::Scopes::all(), 30 * kDay);

  EXPECT_EQ(state("api-key-broad"), State::attention);
  EXPECT_EQ(check("api-key-broad").count, 2U);
}

TEST_F(CheckUpTest, AKeyForMoreThanAYearIsLongLived) {
  add_key({Scope::things_read}, 366 * kDay);
  EXPECT_EQ(state("api-key-long-lived"), State::passed);

  add_key({Scope::things_read}, 367 * kDay);

  EXPECT_EQ(state("api-key-long-lived"), State::attention);
  EXPECT_EQ(check("api-key-long-lived").subjects.at(0).id, "fk1");
}

TEST_F(CheckUpTest, AKeyThatNobodyUsesIsMissedAfterSixtyDays) {
  accounts::ApiKey& fresh = add_key({Scope::things_read}, 300 * kDay);
  fresh.created_at = facts_.now - 60 * kDay + 1s;
  accounts::ApiKey& used = add_key({Scope::things_read}, 300 * kDay);
  used.created_at = facts_.now - 300 * kDay;
  used.last_used_at = facts_.now - 59 * kDay;
  EXPECT_EQ(state("api-key-unused"), State::passed);

  facts_.api_keys[0].created_at = facts_.now - 60 * kDay;
  facts_.api_keys[1].last_used_at = facts_.now - 61 * kDay;

  EXPECT_EQ(state("api-key-unused"), State::attention);
  EXPECT_EQ(check("api-key-unused").count, 2U);
  EXPECT_EQ(check("api-key-unused").since, facts_.now - 61 * kDay);
}

TEST_F(CheckUpTest, AKeyThatHasEndedHarmsNobody) {
  accounts::ApiKey& over = add_key(accounts::Scopes::all(), 0 * kDay);
  over.created_at = facts_.now - 2'000 * kDay;

  for (const char* id : {"api-key-broad", "api-key-long-lived", "api-key-unused"}) {
    EXPECT_EQ(state(id), State::passed) << id;
  }
}

TEST_F(CheckUpTest, WhoAdministersIsGuardedByMoreThanAPassword) {
  const auto add = [&](accounts::Role role, bool is_guarded) {
    facts_.administrators->push_back({UserId(random_uuid(random_)), role, facts_.now, is_guarded});
  };
  add(accounts::Role::owner, true);
  EXPECT_EQ(state("administrator-password-alone"), State::passed);

  add(accounts::Role::administrator, false);

  const Check found = check("administrator-password-alone");
  EXPECT_EQ(found.state, State::attention);
  ASSERT_EQ(found.count, 1U);
  EXPECT_EQ(found.subjects[0].id, facts_.administrators->back().user.value().to_text());
  EXPECT_EQ(found.subjects[0].name, "the administrator");
  facts_.administrators.reset();
  EXPECT_EQ(state("administrator-password-alone"), State::unknown);
}

TEST_F(CheckUpTest, WhatTheHostMustChangeIsSaid) {
  facts_.is_plaintext_open = true;
  facts_.is_root_key_on_disk = true;

  EXPECT_EQ(state("plaintext-listener"), State::failed);
  EXPECT_EQ(check("plaintext-listener").subjects.at(0).id, "listen.mqtt_plain");
  EXPECT_EQ(state("root-key-on-disk"), State::attention);
}

TEST_F(CheckUpTest, ARecoveryKitIsThereRehearsedAndWhole) {
  EXPECT_EQ(state("recovery-kit"), State::passed);

  add_kit(3);
  EXPECT_EQ(state("recovery-kit"), State::attention);
  EXPECT_EQ(check("recovery-kit").subjects.at(0).name, "The newest was never rehearsed");
  EXPECT_EQ(check("recovery-kit").since, facts_.now - kDay);

  facts_.custody->kits.back().rehearsed_at = facts_.now;
  facts_.custody->owners = 4;
  EXPECT_EQ(check("recovery-kit").count, 1U);
  EXPECT_EQ(check("recovery-kit").subjects.at(0).name,
            "The newest lacks organisations or people that came after it");

  facts_.custody->kits.clear();
  EXPECT_EQ(check("recovery-kit").subjects.at(0).name, "There is none");
  EXPECT_EQ(state("recovery-kit"), State::attention);

  facts_.custody.reset();
  EXPECT_EQ(state("recovery-kit"), State::unknown);
}

TEST_F(CheckUpTest, BackupsThatFailNeedAPersonAndDoNotSayWhy) {
  EXPECT_EQ(state("scheduled-backup"), State::passed);
  facts_.backups_failing_since = facts_.now - kDay;

  EXPECT_EQ(state("scheduled-backup"), State::attention);
  EXPECT_EQ(check("scheduled-backup").since, facts_.now - kDay);
  EXPECT_EQ(check("scheduled-backup").subjects.at(0).id, "backups.directory");

  facts_.backups_failing_since.reset();
  facts_.test_restores_failing_since = facts_.now - 2 * kDay;
  EXPECT_EQ(state("scheduled-backup"), State::attention);
  EXPECT_EQ(check("scheduled-backup").since, facts_.now - 2 * kDay);
  EXPECT_EQ(check("scheduled-backup").subjects.at(0).id, "test-restore");
}

TEST_F(CheckUpTest, OfManySomeAreNamedAndAllAreCounted) {
  for (int i = 0; i < 1'000; ++i) add_device(std::to_string(i)).shares_key = true;

  const Check many = check("device-key-shared");

  EXPECT_EQ(many.count, 1'000U);
  ASSERT_EQ(many.subjects.size(), Check::kMaxSubjects);
  EXPECT_EQ(many.subjects.front().name, "0");
}

}  // namespace
}  // namespace fastness::checks
