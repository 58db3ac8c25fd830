#include "audit/access_tally.h"

#include <filesystem>
#include <memory>

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"
#include "keys/testing/memory_vault.h"

namespace fastness::audit {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNine = std::chrono::sys_days{std::chrono::January / 1 / 2030} + 9h;

class AccessTallyTest : public ::testing::Test {
 protected:
  AccessTallyTest() {
    std::string name = ::testing::TempDir() + "access-XXXXXX";
    directory_ = mkdtemp(name.data());
    store_ = storage::KeyValueStore::open(
                 {directory_, {std::string(keys::ContentKeys::kFamily)}, 8U << 20U})
                 .value();
    keys_ = std::make_unique<keys::ContentKeys>(*store_, vault_, clock_, random_);
    trail_ = AuditLog::open(database_, *keys_, clock_, random_).value();
    tally_ = std::make_unique<AccessTally>(*trail_, clock_, telemetry::Log::discard());
  }
  ~AccessTallyTest() override {
    tally_.reset();
    trail_.reset();
    keys_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::vector<Entry> written(OrganisationId organisation) const {
    return trail_->list(organisation, AuditLog::kMaxPage, std::nullopt, AuditLog::Kind::access)
        .value();
  }

  const OrganisationId mine_{Uuid({1})};
  const OrganisationId theirs_{Uuid({2})};
  testing::ManualClock clock_{kNine + 5min};
  crypto::SystemRandom random_;
  keys::testing::MemoryVault vault_;
  std::filesystem::path directory_;
  std::unique_ptr<storage::KeyValueStore> store_;
  std::unique_ptr<keys::ContentKeys> keys_;
  storage::Database database_ = storage::Database::open_in_memory().value();
  std::unique_ptr<AuditLog> trail_;
  std::unique_ptr<AccessTally> tally_;
};

TEST_F(AccessTallyTest, ManyReadsOfAnHourAreOneEntry) {
  for (int i = 0; i < 1'000; ++i) {
    tally_->note(mine_, "api_key:k", AccessVerb::read, "history");
  }
  tally_->tick();
  EXPECT_TRUE(written(mine_).empty()) << "the hour is not over";
  clock_.advance(1h);

  tally_->tick();
  tally_->tick();

  const auto entries = written(mine_);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].event.actor, "api_key:k");
  EXPECT_EQ(entries[0].event.action, "data.read");
  EXPECT_EQ(entries[0].event.object, "history:2030-01-01T09");
  EXPECT_EQ(AccessTally::parse(entries[0].event).value(),
            (AccessTally::Count{"api_key:k", AccessVerb::read, "history", kNine, 1'000}));
}

TEST_F(AccessTallyTest, WhoWhatAndWhoseAreKeptApart) {
  tally_->note(mine_, "api_key:a", AccessVerb::read, "history");
  tally_->note(mine_, "api_key:a", AccessVerb::read, "things");
  tally_->note(mine_, "api_key:a", AccessVerb::write, "values");
  tally_->note(mine_, "user:b", AccessVerb::read, "history");
  tally_->note(theirs_, "api_key:c", AccessVerb::read, "history");

  EXPECT_EQ(tally_->pending(mine_).size(), 4U);
  EXPECT_EQ(tally_->pending(theirs_).size(), 1U);
  tally_->write_all();
  EXPECT_TRUE(tally_->pending(mine_).empty());
  EXPECT_EQ(written(mine_).size(), 4U);
  EXPECT_EQ(written(theirs_).size(), 1U);
}

// Whoever holds many keys makes the trail longer, and never this process larger.
TEST_F(AccessTallyTest, MemoryIsBoundedAndNothingIsLost) {
  for (std::size_t i = 0; i < AccessTally::kMaxCounts + 10; ++i) {
    tally_->note(mine_, "api_key:" + std::to_string(i), AccessVerb::read, "history");
  }

  EXPECT_EQ(tally_->pending(mine_).size(), 10U);
  EXPECT_EQ(trail_->head().size, AccessTally::kMaxCounts);
}

TEST_F(AccessTallyTest, WhatIsNoAccessIsNotReadAsOne) {
  for (const char* object :
       {"history", "history:", "history:2030-13-01T09", "history:2030-01-01T24", "history:soon",
        "history:2030-01-01T9", "history:2030-01-01T090", "history:2030-01-01T0x",
        "history:2030-01- 1T09", "history:-030-01-01T09", "history:2030-02-29T09"}) {
    SCOPED_TRACE(object);
    EXPECT_FALSE(AccessTally::parse({mine_, "user:1", "data.read", object, "", "ok"}));
  }
  EXPECT_FALSE(AccessTally::parse({mine_, "user:1", "device.create", "x:2030-01-01T09", "", "ok"}));
}

}  // namespace
}  // namespace fastness::audit
