#include "identity/remote_witness.h"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/identity_fixture_test.h"
#include "ledger/checkpoint.h"
#include "os/testing/faulty_file_system.h"

namespace fastness::identity {
namespace {

using namespace std::chrono_literals;
using ledger::Profile;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::filesystem::path kOwnFolder = "/hub";
const std::filesystem::path kOwnFile = kOwnFolder / "witness";

// A witness elsewhere who can be away.
class RemoteWitnessTest : public testing::IdentityTest {
 protected:
  RemoteWitnessTest() {
    prepare_disk(disk);
    start(disk);
    static_cast<void>(enrol(Profile::board));
  }

  static void prepare_disk(os::FileSystem& on) {
    static_cast<void>(on.create_directory(kOwnFolder));
    static_cast<void>(on.sync_directory("/"));
  }

  void start(os::FileSystem& on) {
    witness = std::make_unique<RemoteWitness>(
        on, clock,
        RemoteWitness::Options{kOwnFile, 10min,
                               [this](const std::string& text, const RemoteWitness::Done& done) {
                                 ++deliveries;
                                 if (is_slow) {
                                   under_way = done;
                                   return;
                                 }
                                 if (!is_away) sizes.push_back(size_of(text));
                                 done(is_away ? Result<void>(fail(Errc::unavailable, "away"))
                                              : Result<void>());
                               },
                               [this](const Result<std::uint64_t>& each) {
                                 if (!each) failures.push_back(each.error().message);
                               }});
  }
  std::uint64_t size_of(const std::string& text) {
    const auto checkpoint = ledger::verify_checkpoint(text, identity->ledger_key());
    EXPECT_TRUE(checkpoint);
    return checkpoint ? checkpoint->size : 0;
  }
  // As many minutes, with a turn in each.
  void pass(std::chrono::minutes time) {
    for (auto passed = 0min; passed < time; ++passed) {
      clock.advance(1min);
      const auto updated = witness->update(*identity);
      EXPECT_TRUE(updated) << updated.error().message;
    }
  }

  os::testing::FaultyFileSystem disk{1};
  std::unique_ptr<RemoteWitness> witness;
  bool is_away = false;
  bool is_slow = false;
  RemoteWitness::Done under_way;
  int deliveries = 0;
  std::vector<std::uint64_t> sizes;  // of what arrived
  std::vector<std::string> failures;
};

TEST_F(RemoteWitnessTest, GetsEachCheckpointOnceAndOnlyWhileTheLedgerGrows) {
  pass(1min);
  EXPECT_THAT(sizes, ElementsAre(1));
  static_cast<void>(enrol(Profile::board));
  pass(8min);
  EXPECT_THAT(sizes, ElementsAre(1)) << "not before ten minutes are over";
  pass(2min);
  EXPECT_THAT(sizes, ElementsAre(1, 2));
  pass(60min);
  start(disk);
  pass(30min);
  EXPECT_THAT(sizes, ElementsAre(1, 2)) << "nor after a restart";
}

TEST_F(RemoteWitnessTest, WhoWasAwayGetsWhatWaitedFirstAndThenTheNext) {
  is_away = true;
  pass(1min);
  static_cast<void>(enrol(Profile::board));
  static_cast<void>(enrol(Profile::board));
  pass(24h);
  EXPECT_THAT(sizes, IsEmpty());
  EXPECT_FALSE(failures.empty());

  is_away = false;
  pass(80min);

  EXPECT_THAT(sizes, ElementsAre(1, 3)) << "the one that was made is not left out";
}

TEST_F(RemoteWitnessTest, APauseDoublesUpToAnHour) {
  is_away = true;
  pass(1min);
  EXPECT_EQ(deliveries, 1);
  pass(1min);
  EXPECT_EQ(deliveries, 2);
  pass(1min);
  EXPECT_EQ(deliveries, 2) << "two minutes by now";
  pass(1min);
  EXPECT_EQ(deliveries, 3);
  pass(10h);
  const int by_then = deliveries;
  pass(10h);
  EXPECT_EQ(deliveries, by_then + 10);
}

TEST_F(RemoteWitnessTest, WhatIsUnderWayIsNotSentTwiceAtOnce) {
  is_slow = true;
  pass(30min);
  EXPECT_EQ(deliveries, 1);
  under_way({});
  static_cast<void>(enrol(Profile::board));
  pass(11min);
  EXPECT_EQ(deliveries, 2);
}

TEST_F(RemoteWitnessTest, WhatWaitedIsSentAgainAfterARestart) {
  is_away = true;
  pass(1min);
  static_cast<void>(enrol(Profile::board));
  is_away = false;
  start(disk);
  pass(1min);
  EXPECT_THAT(sizes, ElementsAre(1)) << "not the newest: that would be a hole";
  pass(11min);
  EXPECT_THAT(sizes, ElementsAre(1, 2));
}

TEST_F(RemoteWitnessTest, APowerCutAtAnyCallLeavesNoHole) {
  for (std::uint64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    os::testing::FaultyFileSystem fresh(call);
    prepare_disk(fresh);
    sizes.clear();
    start(fresh);
    fresh.cut_power_at(fresh.calls() + call);
    clock.advance(1min);
    static_cast<void>(witness->update(*identity));
    const bool was_cut = fresh.is_off();
    fresh.restore_power();
    start(fresh);
    pass(12min);
    // It comes; perhaps twice.
    ASSERT_THAT(sizes, ::testing::Each(1U));
    ASSERT_FALSE(sizes.empty());
    if (!was_cut) return;
  }
}

TEST_F(RemoteWitnessTest, ADamagedFileOrAnotherLedgersStopsItAndSaysSo) {
  pass(1min);
  vault::testing::InProcessVault stranger(clock, random);
  const auto foreign = stranger.client().sign_ledger_checkpoint(0, crypto::sha256({}));
  ASSERT_TRUE(foreign);
  for (const std::string& text :
       {std::string("notes"), "arrived\n" + *foreign, std::string("waiting\n"), std::string()}) {
    ASSERT_TRUE(os::replace_file(disk, kOwnFile, as_bytes(text)));
    start(disk);
    clock.advance(1min);
    EXPECT_EQ(witness->update(*identity).error().code, Errc::corrupted) << text;
  }
  EXPECT_THAT(sizes, ElementsAre(1));
}

}  // namespace
}  // namespace fastness::identity
