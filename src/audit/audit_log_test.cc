#include "audit/audit_log.h"

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/secret/system_random.h"
#include "keys/testing/memory_vault.h"
#include "ledger/audit_leaf.h"
#include "storage/migrations.h"

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

  std::unique_ptr<AuditLog> open() {
    return AuditLog::open(database_, *keys_, clock_, random_).value();
  }

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

TEST_F(AuditLogTest, FindsTheFirstEntrySinceATimeEvenIfTheClockWasSetBack) {
  const auto log = open();
  EXPECT_EQ(log->first_since(kStart).value(), 0U) << "there are none";
  for (const auto step : {0s, 10s, -5s, 20s}) {
    clock_.advance(step);
    ASSERT_TRUE(log->record(event(mine_, "device.create")));
  }
  EXPECT_EQ(log->first_since(kStart).value(), 0U);
  EXPECT_EQ(log->first_since(kStart + 7s).value(), 1U) << "what follows it is since then too";
  EXPECT_EQ(log->first_since(kStart + 11s).value(), 3U);
  EXPECT_EQ(log->first_since(kStart + 1h).value(), 4U);
}

TEST_F(AuditLogTest, AScanReadsOnePieceAfterTheOtherAndCountsWhatNobodyCanRead) {
  const auto log = open();
  for (std::size_t i = 0; i <= AuditLog::kMaxPage; ++i) {
    ASSERT_TRUE(log->record(event(mine_, "device.create")));
  }
  ASSERT_TRUE(log->record(event(theirs_, "device.revoke")));

  const auto first = log->scan(mine_, 0).value();
  EXPECT_EQ(first.entries.size(), AuditLog::kMaxPage);
  EXPECT_EQ(first.entries.front().seq, 0U);
  ASSERT_TRUE(first.next);
  const auto second = log->scan(mine_, *first.next).value();
  EXPECT_EQ(second.entries.size(), 1U);
  EXPECT_EQ(second.next, std::nullopt);

  vault_.destroy_share(mine_);
  keys_->forget(mine_);
  const auto erased = log->scan(mine_, 0).value();
  EXPECT_TRUE(erased.entries.empty());
  EXPECT_EQ(erased.unreadable, AuditLog::kMaxPage);
  EXPECT_EQ(erased.next, first.next) << "what follows is not skipped";
}

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

  EXPECT_EQ(AuditLog::open(database_, *keys_, clock_, random_).error().code, Errc::corrupted);
}

TEST_F(AuditLogTest, AnEditedEntryIsRefusedAtTheNextStart) {
  {
    const auto log = open();
    ASSERT_TRUE(log->record(event(mine_, "a")));
    ASSERT_TRUE(log->keep_checkpoint(log->head(), "signed"));
  }
  ASSERT_TRUE(database_.run("UPDATE audit_entry SET time = time + 1"));

  EXPECT_EQ(AuditLog::open(database_, *keys_, clock_, random_).error().code, Errc::corrupted);
}

TEST_F(AuditLogTest, AGapIsRefusedAtTheNextStart) {
  {
    const auto log = open();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(log->record(event(mine_, "a")));
  }
  ASSERT_TRUE(database_.run("DELETE FROM audit_entry WHERE seq = 1"));

  EXPECT_EQ(AuditLog::open(database_, *keys_, clock_, random_).error().code, Errc::corrupted);
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

// The trail as the first version of this program wrote it.
constexpr storage::Migration kFirstVersion[] = {
    {1, R"(
      CREATE TABLE audit_entry (
        seq INTEGER PRIMARY KEY,
        organisation BLOB NOT NULL,
        time INTEGER NOT NULL,
        sealed BLOB NOT NULL
      ) STRICT;
      CREATE INDEX audit_entry_by_organisation ON audit_entry (organisation, seq);
      CREATE TABLE audit_checkpoint (
        size INTEGER PRIMARY KEY,
        root TEXT NOT NULL,
        note TEXT NOT NULL,
        signed_at INTEGER NOT NULL
      ) STRICT;
    )"},
};

TEST_F(AuditLogTest, AnEntryOfBeforeIsReadAndProvedAndNewOnesFollowIt) {
  ASSERT_TRUE(storage::migrate(database_, "audit", kFirstVersion));
  Bytes plain;
  for (const char* text : {"user:1", "device.revoke", "device:2", "127.0.0.1", "ok"}) {
    ByteWriter(plain).sized(std::string_view(text));
  }
  Bytes row;
  ByteWriter(row).u64(0);
  const Bytes sealed =
      keys_->seal({mine_, keys::FieldId::audit_entry, keys::RowId(ByteView(row))}, plain).value();
  ASSERT_TRUE(
      database_.run("INSERT INTO audit_entry (seq, organisation, time, sealed) VALUES (0, ?, ?, ?)",
                    mine_, Timestamp(kStart), sealed));
  const crypto::Digest leaf = ledger::plain_audit_leaf(0, kStart, mine_, sealed);
  ASSERT_TRUE(database_.run("INSERT INTO audit_checkpoint VALUES (1, ?, 'signed', 0)",
                            to_hex(leaf)));  // the root of one entry is its leaf

  const auto log = open();
  ASSERT_TRUE(log->record(event(mine_, "device.create")));

  const auto entries = log->list(mine_, 10, std::nullopt).value();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[1].event, event(mine_, "device.revoke"));
  const auto proven = log->prove(mine_, 0, 2, 10).value();
  ASSERT_EQ(proven.size(), 2U);
  EXPECT_EQ(proven[0].leaf, leaf);
  EXPECT_FALSE(proven[0].opening);
  EXPECT_TRUE(proven[1].opening);
}

TEST_F(AuditLogTest, AnEntryNamesItsRequestItsSessionAndHowOften) {
  Event told = event(mine_, "data.read");
  told.request = "00112233445566aa";
  told.session = "5e551011";
  told.count = 17;
  ASSERT_TRUE(open()->record(told));

  EXPECT_EQ(open()->list(mine_, 1, std::nullopt).value().at(0).event, told);
}

TEST_F(AuditLogTest, AProofLeadsFromWhatIsShownToTheRoot) {
  const auto log = open();
  for (int i = 0; i < 7; ++i) {
    ASSERT_TRUE(log->record(event(i % 2 == 0 ? mine_ : theirs_, std::to_string(i))));
  }

  const auto proven = log->prove(mine_, 0, 7, 10).value();

  ASSERT_EQ(proven.size(), 4U) << "and none of theirs";
  crypto::Digest root{};
  const Bytes bytes = from_hex(log->head().root).value();
  std::ranges::copy(bytes, root.begin());
  for (const AuditLog::ProvenEntry& each : proven) {
    ledger::AuditSalt salt{};
    std::ranges::copy(each.opening->salt, salt.begin());
    const ledger::AuditLeaf leaf{each.seq, each.time, mine_,
                                 ledger::commit_audit(salt, each.opening->content),
                                 crypto::sha256(each.sealed)};
    EXPECT_EQ(leaf.merkle_leaf(), each.leaf);
    EXPECT_TRUE(crypto::verify_inclusion(each.leaf, each.seq, 7, each.hashes, root));
  }
  EXPECT_EQ(log->prove(mine_, 1, 7, 1).value().at(0).seq, 2U);
  EXPECT_TRUE(log->prove(mine_, 0, 7, 0).value().empty());
  EXPECT_EQ(log->prove(mine_, 0, 8, 10).error().code, Errc::invalid_argument);
}

TEST_F(AuditLogTest, AnErasedEntryStillProvesThatItWasThere) {
  const auto log = open();
  ASSERT_TRUE(log->record(event(theirs_, "a")));
  ASSERT_TRUE(log->record(event(mine_, "b")));

  vault_.destroy_share(theirs_);
  keys_->forget(theirs_);

  const auto proven = log->prove(theirs_, 0, 2, 10).value();
  ASSERT_EQ(proven.size(), 1U);
  EXPECT_FALSE(proven[0].event);
  EXPECT_FALSE(proven[0].opening) << "without the salt its commitment tells nobody anything";
  const ledger::AuditLeaf leaf{0, proven[0].time, theirs_, *proven[0].commitment,
                               crypto::sha256(proven[0].sealed)};
  EXPECT_EQ(leaf.merkle_leaf(), proven[0].leaf);
}

// Whoever can write the file but has no key of it: a commitment taken away, or another one.
TEST_F(AuditLogTest, AnotherCommitmentIsRefusedAtTheNextStart) {
  const storage::Sql kChanges[] = {"UPDATE audit_entry SET commitment = NULL",
                                   "UPDATE audit_entry SET commitment = zeroblob(32)",
                                   "UPDATE audit_entry SET commitment = zeroblob(31)"};
  for (const storage::Sql& change : kChanges) {
    database_ = storage::Database::open_in_memory().value();
    {
      const auto log = open();
      ASSERT_TRUE(log->record(event(mine_, "a")));
      ASSERT_TRUE(log->keep_checkpoint(log->head(), "signed"));
    }
    ASSERT_TRUE(database_.run(change));

    EXPECT_EQ(AuditLog::open(database_, *keys_, clock_, random_).error().code, Errc::corrupted);
  }
}

TEST_F(AuditLogTest, WhatItWasIsCheckedBySizeAndRoot) {
  const auto log = open();
  ASSERT_TRUE(log->record(event(mine_, "a")));
  ASSERT_TRUE(log->record(event(mine_, "b")));
  const crypto::Digest first = log->prove(mine_, 0, 1, 1).value().at(0).leaf;

  EXPECT_TRUE(log->check(1, first));
  EXPECT_EQ(log->check(2, first).error().code, Errc::corrupted);
  EXPECT_EQ(log->check(3, first).error().code, Errc::corrupted);
  EXPECT_TRUE(log->prove_consistency(1, 2));
  EXPECT_EQ(log->prove_consistency(0, 2).error().code, Errc::invalid_argument);
  EXPECT_EQ(log->prove_consistency(1, 3).error().code, Errc::invalid_argument);
}

TEST_F(AuditLogTest, AccessesAreListedApartToo) {
  const auto log = open();
  ASSERT_TRUE(log->record(event(mine_, "device.create")));
  ASSERT_TRUE(log->record(event(mine_, "data.read"), AuditLog::Kind::access));

  EXPECT_EQ(log->list(mine_, 10, std::nullopt).value().size(), 2U);
  const auto accesses = log->list(mine_, 10, std::nullopt, AuditLog::Kind::access).value();
  ASSERT_EQ(accesses.size(), 1U);
  EXPECT_EQ(accesses[0].event.action, "data.read");
}

}  // namespace
}  // namespace fastness::audit
