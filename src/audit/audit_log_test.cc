#include "audit/audit_log.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"
#include "keys/testing/memory_vault.h"

namespace fastness::audit {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kStart = std::chrono::sys_days{std::chrono::January / 1 / 2030};

class AuditLogTest : public ::testing::Test {
 protected:
  AuditLogTest() {
    std::string name = ::testing::TempDir() + "audit-XXXXXX";
    directory_ = mkdtemp(name.data());
    store_ = storage::KeyValueStore::open(
                 {directory_, {std::string(keys::ContentKeys::kFamily)}, 8U << 20U})
                 .value();
    keys_ = std::make_unique<keys::ContentKeys>(*store_, vault_, clock_, random_);
  }
  ~AuditLogTest() override {
    keys_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  std::unique_ptr<AuditLog> open() { return AuditLog::open(database_, *keys_, clock_).value(); }

  static Event event(OrganisationId organisation, std::string action) {
    return {organisation, "user:1", std::move(action), "device:2", "127.0.0.1", "ok"};
  }

  const OrganisationId mine_{Uuid({1})};
  const OrganisationId theirs_{Uuid({2})};
  testing::ManualClock clock_{kStart};
  crypto::SystemRandom random_;
  keys::testing::MemoryVault vault_;
  std::filesystem::path directory_;
  std::unique_ptr<storage::KeyValueStore> store_;
  std::unique_ptr<keys::ContentKeys> keys_;
  storage::Database database_ = storage::Database::open_in_memory().value();
};

TEST_F(AuditLogTest, ListsNewestFirstAndSurvivesAReopening) {
  {
    const auto log = open();
    ASSERT_TRUE(log->record(event(mine_, "device.create")));
    clock_.advance(1s);
    ASSERT_TRUE(log->record(event(mine_, "device.revoke")));
  }

  const auto entries = open()->list(mine_, 10, std::nullopt).value();

  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0], (Entry{1, kStart + 1s, event(mine_, "device.revoke")}));
  EXPECT_EQ(entries[1], (Entry{0, kStart, event(mine_, "device.create")}));
}

TEST_F(AuditLogTest, AnOrganisationSeesItsOwnEntriesOnly) {
  const auto log = open();
  ASSERT_TRUE(log->record(event(mine_, "a")));
  ASSERT_TRUE(log->record(event(theirs_, "b")));

  ASSERT_EQ(log->list(theirs_, 10, std::nullopt).value().size(), 1U);
  EXPECT_EQ(log->list(theirs_, 10, std::nullopt).value()[0].event.action, "b");
}

TEST_F(AuditLogTest, PagesGoBackFromANumber) {
  const auto log = open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(log->record(event(mine_, std::to_string(i))));

  const auto page = log->list(mine_, 2, 4).value();

  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].seq, 3U);
  EXPECT_EQ(page[1].seq, 2U);
}

TEST_F(AuditLogTest, APageHasAsManyEntriesAsAllowedAndNotOneMore) {
  const auto log = open();
  for (std::size_t i = 0; i <= AuditLog::kMaxPage; ++i) ASSERT_TRUE(log->record(event(mine_, "a")));

  EXPECT_EQ(log->list(mine_, AuditLog::kMaxPage, std::nullopt)->size(), AuditLog::kMaxPage);
  EXPECT_EQ(log->list(mine_, AuditLog::kMaxPage + 1, std::nullopt)->size(), AuditLog::kMaxPage);
}

TEST_F(AuditLogTest, LongTextsAreCut) {
  const auto log = open();
  ASSERT_TRUE(log->record(event(mine_, std::string(257, 'x'))));
  ASSERT_TRUE(log->record(event(mine_, std::string(256, 'y'))));

  const auto entries = log->list(mine_, 10, std::nullopt).value();

  EXPECT_EQ(entries[1].event.action, std::string(256, 'x'));
  EXPECT_EQ(entries[0].event.action, std::string(256, 'y'));
}

TEST_F(AuditLogTest, ErasedEntriesAreUnreadableAndBreakNoProof) {
  const auto log = open();
  ASSERT_TRUE(log->record(event(mine_, "a")));
  ASSERT_TRUE(log->record(event(theirs_, "b")));
  ASSERT_TRUE(log->keep_checkpoint(log->head(), "signed"));

  vault_.destroy_share(theirs_);
  keys_->forget(theirs_);

  EXPECT_TRUE(log->list(theirs_, 10, std::nullopt).value().empty());
  EXPECT_EQ(log->list(mine_, 10, std::nullopt).value().size(), 1U);
  EXPECT_EQ(open()->head(), log->head());
}

TEST_F(AuditLogTest, ACutTrailIsRefusedAtTheNextStart) {
  {
    const auto log = open();
    ASSERT_TRUE(log->record(event(mine_, "a")));
    ASSERT_TRUE(log->record(event(mine_, "b")));
    ASSERT_TRUE(log->keep_checkpoint(log->head(), "signed"));
  }
  ASSERT_TRUE(database_.run("DELETE FROM audit_entry WHERE seq = 1"));

  EXPECT_EQ(AuditLog::open(database_, *keys_, clock_).error().code, Errc::corrupted);
}

TEST_F(AuditLogTest, AnEditedEntryIsRefusedAtTheNextStart) {
  {
    const auto log = open();
    ASSERT_TRUE(log->record(event(mine_, "a")));
    ASSERT_TRUE(log->keep_checkpoint(log->head(), "signed"));
  }
  ASSERT_TRUE(database_.run("UPDATE audit_entry SET time = time + 1"));

  EXPECT_EQ(AuditLog::open(database_, *keys_, clock_).error().code, Errc::corrupted);
}

TEST_F(AuditLogTest, AGapIsRefusedAtTheNextStart) {
  {
    const auto log = open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(log->record(event(mine_, "a")));
  }
  ASSERT_TRUE(database_.run("DELETE FROM audit_entry WHERE seq = 1"));

  EXPECT_EQ(AuditLog::open(database_, *keys_, clock_).error().code, Errc::corrupted);
}

TEST_F(AuditLogTest, OnlyAHeadOfThisTrailIsKept) {
  const auto log = open();
  ASSERT_TRUE(log->record(event(mine_, "a")));
  const auto early = log->head();
  ASSERT_TRUE(log->record(event(mine_, "b")));

  EXPECT_TRUE(log->keep_checkpoint(early, "an older head is fine"));
  EXPECT_FALSE(log->keep_checkpoint({3, log->head().root}, "not yet"));
  EXPECT_FALSE(log->keep_checkpoint({2, early.root}, "another root"));
  EXPECT_EQ(log->last_checkpoint().value()->head, early);
}

}  // namespace
}  // namespace fastness::audit
