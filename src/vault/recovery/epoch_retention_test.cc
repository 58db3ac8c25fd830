// A backup past its retention: what is on the disk does not open it, with a later kit or without.
#include "vault/recovery/epoch_retention.h"

#include <gtest/gtest.h>

#include "vault/recovery/recovery_fixture_test.h"

namespace fastness::vault {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::head_of;
using testing::RecoveryTest;

// A clock on the wall that is wrong, and one that counts how long we ran.
class WallClock final : public Clock {
 public:
  [[nodiscard]] Timestamp now() const override { return now_; }
  [[nodiscard]] SteadyTime steady() const override { return steady_; }
  void set(Timestamp now) { now_ = now; }
  void run(std::chrono::microseconds by) {
    now_ += by;
    steady_ += by;
  }

 private:
  Timestamp now_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};
  SteadyTime steady_;
};

class Retention : public ::testing::Test {
 protected:
  Retention() {
    static_cast<void>(files.create_directory("/v"));
    records.emplace(open_records());
    static_cast<void>(EpochRing::open_or_begin(*records, clock, random).value());
    look();
  }

  SealedFiles open_records() {
    return SealedFiles::open(files, "/v/records", crypto::SecretBytes(32), random).value();
  }

  // As a vault does that is started on this disk.
  void restart() { retention.emplace(*records, clock, 12); }

  EpochRetention::Outcome look() {
    if (!retention) restart();
    return retention->enforce().value();
  }

  // Runs for so long, looking every hour.
  std::uint32_t run_for(hours time) {
    std::uint32_t forgotten = 0;
    for (hours ran{0}; ran < time; ran += hours(1)) {
      clock.run(hours(1));
      forgotten += look().forgotten;
    }
    return forgotten;
  }

  Month first() { return EpochRing::read(*records).value()->first(); }
  Errc error_of(Month month) {
    const auto key = EpochRing::read(*records).value()->key_of(month);
    return key ? Errc{} : key.error().code;
  }

  os::testing::FaultyFileSystem files{1};
  crypto::SystemRandom random;
  WallClock clock;
  const Month november = month_of(clock.now());
  std::optional<SealedFiles> records;
  std::optional<EpochRetention> retention;
};

TEST(Months, AreWrittenAndBegin) {
  const Timestamp november(std::chrono::sys_days(std::chrono::year(2026) / 11 / 1));
  EXPECT_EQ(begin_of(month_of(november + days(29))), november);
  EXPECT_EQ(month_of(begin_of(month_of(november)) - hours(1)), month_of(november) - 1);
  EXPECT_EQ(to_text(month_of(november)), "2026-11");
  EXPECT_EQ(to_text(month_of(november + days(70))), "2027-01");
}

TEST_F(Retention, AMonthsKeyGoesWhenItsBackupsArePastTheirTime) {
  const auto before = records->hold("epoch-ring").value();  // whoever looks at the disk has it
  const auto size = static_cast<std::size_t>(before->size().value());
  run_for(days(365 + 7));  // 29 November a year later
  EXPECT_EQ(first(), november);
  EXPECT_EQ(error_of(november), Errc{});

  EXPECT_EQ(run_for(days(3)), 1U);

  EXPECT_EQ(first(), november + 1);
  EXPECT_EQ(error_of(november), Errc::not_found);
  EXPECT_EQ(error_of(november + 1), Errc{});
  Bytes left(size, 1);
  ASSERT_TRUE(before->read_at(0, left));
  EXPECT_EQ(left, Bytes(size, 0)) << "the sealed ring of before lies on the disk";
}

TEST_F(Retention, WhatIsLeftOfTheRingIsWhatItWas) {
  const auto december = EpochRing::read(*records).value()->key_of(november + 1).value();
  run_for(days(400));
  ASSERT_EQ(first(), november + 1);
  EXPECT_TRUE(crypto::constant_time_equal(
      EpochRing::read(*records).value()->key_of(november + 1)->reveal(), december.reveal()));
}

TEST_F(Retention, AClockThatGoesBackBringsNothingBack) {
  run_for(days(400));
  ASSERT_EQ(first(), november + 1);

  clock.set(begin_of(november));
  EXPECT_EQ(look().forgotten, 0U);
  restart();
  EXPECT_EQ(look().forgotten, 0U);

  EXPECT_EQ(error_of(november), Errc::not_found);
}

TEST_F(Retention, AClockThatIsWrongForwardsDestroysNothing) {
  for (const days leap : {days(46), days(500), days(36'500)}) {
    SCOPED_TRACE(leap.count());
    const Timestamp right = clock.now();
    clock.set(right + leap);
    const auto outcome = look();
    EXPECT_EQ(outcome.forgotten, 0U);
    ASSERT_TRUE(outcome.believed);
    EXPECT_LE(*outcome.believed, right);
    // However often it is started with that clock, and for six days at a time.
    for (int i = 0; i < 20; ++i) {
      restart();
      EXPECT_EQ(look().forgotten, 0U);
    }
    EXPECT_EQ(run_for(hours(24 * 6)), 0U);
    // It is set right: what was proved of the wrong one is worth nothing.
    clock.set(right + days(1));
    EXPECT_FALSE(look().believed);
    EXPECT_EQ(first(), november);
  }
}

TEST_F(Retention, AHostThatWasOffForLongForgetsOnceItHasRunForAWeek) {
  clock.set(clock.now() + days(500));
  ASSERT_EQ(look().forgotten, 0U);

  EXPECT_EQ(run_for(hours(24 * 7 - 1)), 0U);
  const std::uint32_t forgotten = run_for(hours(1));

  EXPECT_EQ(forgotten, month_of(clock.now()) - 12 - november);
  EXPECT_FALSE(look().believed);
  EXPECT_EQ(error_of(november), Errc::not_found);
}

TEST_F(Retention, TheWeekIsCountedOverRestarts) {
  clock.set(clock.now() + days(500));
  for (int i = 0; i < 3; ++i) {
    restart();
    look();
    ASSERT_EQ(run_for(hours(48)), 0U);
  }
  restart();
  look();
  EXPECT_GT(run_for(hours(26)), 0U);
}

TEST_F(Retention, ALongerRetentionBringsNothingBack) {
  run_for(days(400));
  retention.emplace(*records, clock, 1'200);
  look();
  EXPECT_EQ(first(), november + 1);
}

TEST_F(Retention, BeforeThereIsARingNothingIsToBeForgotten) {
  const auto empty = SealedFiles::open(files, "/v/empty", crypto::SecretBytes(32), random).value();
  EpochRetention other(empty, clock, 1);
  EXPECT_EQ(other.enforce()->forgotten, 0U);
  EXPECT_TRUE(empty.names()->empty());
}

TEST_F(Retention, ARecordThatWasChangedIsSaidAndForgetsNothing) {
  run_for(days(300));
  files.flip_bit("/v/records/epoch-clock", 20);
  clock.set(clock.now() + days(40));
  restart();
  EXPECT_FALSE(retention->enforce());
  EXPECT_EQ(first(), november);
}

// A power cut at every step of the forgetting: one ring or the other is there, and it goes on.
TEST_F(Retention, APowerCutLeavesOneRingOrTheOther) {
  for (std::uint64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    os::testing::FaultyFileSystem disk(call);
    static_cast<void>(disk.create_directory("/v"));
    auto kept = SealedFiles::open(disk, "/v/records", crypto::SecretBytes(32), random).value();
    WallClock wall;
    static_cast<void>(EpochRing::open_or_begin(kept, wall, random).value());
    const auto later = EpochRing::read(kept).value()->key_of(november + 3).value();
    wall.run(days(365 + 90));
    EpochRetention before(kept, wall, 12);
    ASSERT_TRUE(EpochRetention::begin(kept, wall.now()));
    disk.cut_power_at(disk.calls() + call);
    const auto done = before.enforce();
    const bool was_cut = disk.is_off();
    disk.restore_power();

    EpochRetention again(kept, wall, 12);
    ASSERT_TRUE(again.enforce());
    const auto ring = EpochRing::read(kept).value();
    EXPECT_EQ(ring->first(), november + 3);
    EXPECT_TRUE(crypto::constant_time_equal(ring->key_of(november + 3)->reveal(), later.reveal()));
    if (was_cut) continue;
    EXPECT_TRUE(done);
    break;
  }
}

// The vault as a thief finds it: everything on the disk opens, and the later kit too.
TEST_F(RecoveryTest, ABackupPastItsRetentionOpensWithNothingThatIsLeft) {
  const BegunBackup old = begin_backup();
  const BackupHead head = head_of(old.head).value();
  ASSERT_TRUE(open_backup(open_kit(make_kit()).ring, head));
  for (int month = 0; month < 14; ++month) {
    clock.advance(days(30));
    ASSERT_TRUE(vault->forget_old_backups());
  }

  const auto later = make_kit();
  const KitContents kit = open_kit(later);
  const BegunBackup newest = begin_backup();

  EXPECT_EQ(open_backup(kit.ring, head).error().code, Errc::not_found);
  EXPECT_EQ(restore(later, old.head).error().code, Errc::not_found);
  EXPECT_TRUE(open_backup(kit.ring, head_of(newest.head).value()));
  // The month in the head says where the ring is to begin; another does not help.
  for (Month month = head.month; month < head.month + 30; ++month) {
    BackupHead forged = head;
    forged.month = month;
    EXPECT_FALSE(open_backup(kit.ring, forged));
  }
  // The disk, by the root key that opens it.
  restart();
  EXPECT_EQ(vault->forget_old_backups()->forgotten, 0U);
  EXPECT_EQ(open_backup(open_kit(make_kit()).ring, head).error().code, Errc::not_found);
  EXPECT_FALSE(files.holds(old.ticket.key.reveal()));
}

// Verifying reads beside the vault that is at work, and finds no more keys than it has.
TEST_F(RecoveryTest, ABackupIsReadBesideAVaultAtWorkUntilItsTimeIsOver) {
  const BegunBackup backup = begin_backup();
  const BackupHead head = head_of(backup.head).value();
  const std::uint64_t calls = files.calls();

  const auto ticket = read_backup_ticket(files, testing::kDirectory, std::nullopt, random, head);

  ASSERT_TRUE(ticket) << ticket.error().message;
  EXPECT_TRUE(crypto::constant_time_equal(ticket->key.reveal(), backup.ticket.key.reveal()));
  EXPECT_EQ(ticket->head, backup.ticket.head);
  EXPECT_EQ(files.calls(), calls) << "something was written";
  BackupHead foreign = head;
  foreign.instance = testing::uuid(9);
  EXPECT_EQ(
      read_backup_ticket(files, testing::kDirectory, std::nullopt, random, foreign).error().code,
      Errc::permission_denied);
  EXPECT_EQ(read_backup_ticket(files, "/nowhere", std::nullopt, random, head).error().code,
            Errc::not_found);
  for (int month = 0; month < 14; ++month) {
    clock.advance(days(30));
    ASSERT_TRUE(vault->forget_old_backups());
  }
  const auto over = read_backup_ticket(files, testing::kDirectory, std::nullopt, random, head);
  EXPECT_EQ(over.error().code, Errc::not_found);
  EXPECT_NE(over.error().message.find("2026-11"), std::string::npos);
}

// What the documents say of old kits, until they are destroyed.
TEST_F(RecoveryTest, AKitOfBeforeTheForgettingOpensWhatItAlwaysOpened) {
  const auto kit = make_kit();
  const BegunBackup old = begin_backup();
  for (int month = 0; month < 14; ++month) {
    clock.advance(days(30));
    ASSERT_TRUE(vault->forget_old_backups());
  }
  EXPECT_TRUE(restore(kit, old.head));
}

TEST_F(RecoveryTest, AKitSaysInItsHeaderWhichBackupsItOpens) {
  const auto first = make_kit();
  EXPECT_EQ(parse(first).header().opens_from, month_of(clock.now()));
  for (int month = 0; month < 14; ++month) {
    clock.advance(days(30));
    ASSERT_TRUE(vault->forget_old_backups());
  }
  const auto later = make_kit();
  const KitHeader header = parse(later).header();
  EXPECT_EQ(header.opens_from, month_of(clock.now()) - EpochRetention::kUsualMonths);
  EXPECT_EQ(header.opens_from, open_kit(later).ring.first());
  EXPECT_TRUE(vault->recovery().rehearse(parse(later), enough(later)));
  EXPECT_TRUE(vault->recovery().rehearse(parse(first), enough(first)));
}

// A new host with a wrong clock must not lose what it was just given.
TEST_F(RecoveryTest, ANewHostForgetsByTheDateThatTheOldOneHadSeen) {
  const auto kit = make_kit();
  const BegunBackup backup = begin_backup();
  clock.advance(days(500));
  ASSERT_TRUE(restore(kit, backup.head));
  const auto restored = open_restored();

  const auto outcome = restored->forget_old_backups().value();

  EXPECT_EQ(outcome.forgotten, 0U);
  EXPECT_TRUE(outcome.believed);
}

}  // namespace
}  // namespace fastness::vault
