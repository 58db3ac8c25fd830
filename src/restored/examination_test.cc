// A restored copy, attacked by disks: whatever is missing or changed is found.
#include "restored/examination.h"

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/testing/manual_clock.h"
#include "crypto/merkle_tiles.h"
#include "crypto/secret/system_random.h"
#include "identity/identity_store.h"
#include "journal/segment_log.h"
#include "keys/testing/memory_vault.h"
#include "storage/key_value_store.h"

namespace fastness::restored {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr Timestamp kNow{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)};
constexpr int kRows = 300;  // more than one tile of the ledger's tree

crypto::SecretBytes database_key() {
  Bytes bytes(storage::Database::kKeySize, 7);
  return crypto::SecretBytes::take(bytes);
}

// Small stores with something in each of them, as a restore leaves them.
class Examination : public ::testing::Test {
 protected:
  Examination() {
    std::string name = (fs::temp_directory_path() / "examination-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    root_ = name;
    {
      auto store = storage::KeyValueStore::open({values(), families_, 8U << 20U}).value();
      keys::ContentKeys keys(*store, vault_, clock_, random_);
      fill_database(keys);
      for (int i = 0; i < kRows; ++i) {
        const std::string key = "key" + std::to_string(i);
        EXPECT_TRUE(store->put(store->family("points"), as_bytes(key), Bytes(100, 'v')));
      }
      EXPECT_TRUE(store->compact(store->family("points"), {}, {}));
      EXPECT_TRUE(store->sync());
    }
    fill_journal();
  }
  ~Examination() override { fs::remove_all(root_); }

  void fill_database(keys::ContentKeys& keys) {
    auto database = storage::Database::open(database_path(), database_key()).value();
    auto store = identity::IdentityStore::open(database).value();
    crypto::TiledMerkleTree tree;
    auto all_at_once = database.begin().value();
    for (std::uint64_t i = 0; i < kRows; ++i) {
      ledger::LedgerEntry entry;
      entry.index = i;
      entry.leaf[0] = static_cast<std::uint8_t>(i);
      entry.leaf[1] = static_cast<std::uint8_t>(i >> 8U);
      entry.time = kNow;
      EXPECT_TRUE(store.append_entry(entry));
      tree.append(entry.merkle_leaf());
    }
    EXPECT_TRUE(all_at_once.commit());
    const auto trail = audit::AuditLog::open(database, keys, clock_, random_).value();
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(trail->record(
          {OrganisationId(Uuid({1})), "user:1", "device.create", "device:2", "192.0.2.1", "ok"}));
    }
    expected_ = {tree.size(), tree.root(), trail->head(), 1};
    EXPECT_TRUE(database.checkpoint());
  }

  void fill_journal() {
    const auto log =
        journal::SegmentLog::open(files_, vault_, {.directory = journal(), .consumers = consumers_})
            .value();
    for (int i = 0; i < 10; ++i) {
      const std::vector<journal::Record> records{{1, Bytes(200, 'r')}};
      EXPECT_TRUE(log->write(records));
    }
    expected_.journal_next = log->next_position();
  }

  [[nodiscard]] fs::path database_path() const { return root_ / "control.db"; }
  [[nodiscard]] fs::path values() const { return root_ / "values"; }
  [[nodiscard]] fs::path journal() const { return root_ / "journal"; }

  // The first file below whose name has this in it.
  [[nodiscard]] static fs::path find(const fs::path& folder, const std::string& part) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().filename().string().find(part) != std::string::npos) return entry.path();
    }
    ADD_FAILURE() << "no " << part;
    return {};
  }
  static void flip(const fs::path& path, std::uint64_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }

  Result<void> look() {
    const auto live = storage::Database::open(root_ / "live.db", database_key()).value();
    auto database = live.open_copy(database_path());
    if (!database) return Unexpected<Error>{database.error()};
    auto store = storage::KeyValueStore::open({root_ / "live", families_, 8U << 20U}).value();
    keys::ContentKeys keys(*store, vault_, clock_, random_);
    return examine({database.value(), values(), families_, journal(), consumers_}, expected_,
                   files_, vault_, keys, clock_, random_);
  }
  void expect_found(const std::string& words) {
    const auto looked = look();
    ASSERT_FALSE(looked);
    EXPECT_THAT(looked.error().message, HasSubstr(words));
  }
  void change_database(const std::function<void(storage::Database&)>& change) {
    auto database = storage::Database::open(database_path(), database_key()).value();
    change(database);
    ASSERT_TRUE(database.checkpoint());
  }

  const std::vector<std::string> families_{std::string(keys::ContentKeys::kFamily), "points"};
  const std::vector<std::string> consumers_{"history"};
  os::PosixFileSystem files_;
  testing::ManualClock clock_{kNow};
  crypto::SystemRandom random_;
  keys::testing::MemoryVault vault_;
  Expectation expected_;
  fs::path root_;
};

TEST_F(Examination, WhatIsWholePassesAgainAndAgain) {
  for (int i = 0; i < 2; ++i) {
    const auto looked = look();
    EXPECT_TRUE(looked) << looked.error().message;
  }
  EXPECT_EQ(vault_.unwraps(), 0U) << "nothing of an organisation is opened";
}

TEST_F(Examination, AChangedByteIsFoundInEveryStore) {
  const auto size = fs::file_size(database_path());
  const std::pair<fs::path, std::uint64_t> places[] = {
      {database_path(), 200},
      {database_path(), size / 2},
      {database_path(), size - 300},
      {find(values(), ".sst"), 700},
      {find(journal(), "segment"), 4096 + 300},
  };
  for (const auto& [path, at] : places) {
    SCOPED_TRACE(path.filename().string() + " " + std::to_string(at));
    flip(path, at);
    EXPECT_FALSE(look());
    flip(path, at);
    EXPECT_TRUE(look());
  }
}

TEST_F(Examination, AFileThatIsMissingIsFoundAndNotMadeAnew) {
  const fs::path paths[] = {database_path(), find(values(), ".sst"), find(values(), "CURRENT"),
                            find(journal(), "segment")};
  for (const fs::path& path : paths) {
    SCOPED_TRACE(path.filename().string());
    const fs::path away = root_ / "away";
    fs::rename(path, away);
    EXPECT_FALSE(look());
    EXPECT_FALSE(fs::exists(path));
    fs::rename(away, path);
    EXPECT_TRUE(look());
  }
  fs::remove_all(values());
  EXPECT_FALSE(look());
}

TEST_F(Examination, AStoreOfAnotherInstanceOrBeforeIsFound) {
  expected_.ledger_size += 1;
  expect_found("the restored ledger has 300 entries, and the instance had 301");
  expected_.ledger_size -= 1;
  expected_.ledger_root[0] ^= 1;
  expect_found("the restored ledger is not the one");
  expected_.ledger_root[0] ^= 1;
  expected_.audit.size += 1;
  expect_found("the restored audit trail has 3 entries, and the instance had 4");
  expected_.audit.size -= 1;
  expected_.audit.root = std::string(64, '0');
  expect_found("the restored audit trail is not the one");
  expected_.audit = {};
  expect_found("the restored audit trail has 3");
}

TEST_F(Examination, ALostRowIsFoundThoughTheFileIsSound) {
  change_database([](storage::Database& database) {
    ASSERT_TRUE(database.run("DELETE FROM identity_certificate WHERE ledger_index = 17"));
  });
  expect_found("the restored ledger lacks entry 17");
}

TEST_F(Examination, AJournalThatEndsTooEarlyIsFound) {
  expected_.journal_next += 1;
  expect_found("the restored journal has 10 entries, and the instance had 11");
}

}  // namespace
}  // namespace fastness::restored
