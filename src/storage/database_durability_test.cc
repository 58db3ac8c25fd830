// What was committed is there, whatever the disk does next.
#include <filesystem>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

#include "storage/database.h"
#include "storage/testing/failing_disk.h"

namespace fastness::storage {
namespace {

using testing::FailingDisk;

class DatabaseDurability : public ::testing::Test {
 protected:
  DatabaseDurability() {
    std::string name = std::filesystem::temp_directory_path() / "fastness-durability-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    Bytes bytes(Database::kKeySize, 7);
    key_ = crypto::SecretBytes::take(bytes);
  }
  ~DatabaseDurability() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] Database open() const {
    auto database = Database::open(folder_ / "d.db", key_);
    EXPECT_TRUE(database) << database.error().message;
    return std::move(database).value();
  }

  // Pairs of rows until one fails; returns how many pairs were said to be there.
  static std::int64_t write_pairs(Database& database) {
    constexpr std::int64_t kPairs = 12;
    const Bytes filler(900, 'x');
    for (std::int64_t i = 0; i < kPairs; ++i) {
      auto begun = database.begin();
      if (!begun) return i;
      Transaction transaction = std::move(begun).value();
      if (!database.run("INSERT INTO t VALUES (?, ?)", 2 * i, filler) ||
          !database.run("INSERT INTO t VALUES (?, ?)", 2 * i + 1, filler) ||
          !transaction.commit()) {
        return i;
      }
      if (i % 4 == 3) static_cast<void>(database.checkpoint().has_value());
    }
    return kPairs;
  }
  // That so many pairs are there, or one more, which nobody was told of; each whole.
  void check(std::int64_t said) const {
    Database database = open();
    ASSERT_TRUE(database.check());
    const auto rows = database.query<std::int64_t>("SELECT id FROM t ORDER BY id");
    ASSERT_TRUE(rows) << rows.error().message;
    const auto count = static_cast<std::int64_t>(rows->size());
    EXPECT_TRUE(count == 2 * said || count == 2 * said + 2) << count << " rows, said " << said;
    for (std::int64_t i = 0; i < count; ++i)
      EXPECT_EQ(std::get<0>(rows->at(static_cast<std::size_t>(i))), i);
  }
  void make_table() const {
    Database database = open();
    ASSERT_TRUE(database.run_script("CREATE TABLE t (id INTEGER PRIMARY KEY, filler BLOB)"));
  }

  std::filesystem::path folder_;
  crypto::SecretBytes key_;
};

TEST_F(DatabaseDurability, APowerCutAtEachCallLosesNothingThatWasCommitted) {
  for (std::uint64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    FailingDisk disk(call);
    make_table();
    std::int64_t said = 0;
    {
      Database database = open();
      disk.cut_power_at(disk.calls() + call);
      said = write_pairs(database);
    }
    const bool was_cut = disk.is_off();
    disk.restore_power();
    check(said);
    if (!was_cut || HasFailure()) break;
  }
}

TEST_F(DatabaseDurability, ACallThatFailsUndoesItsTransactionAndNoOther) {
  for (const auto fault : {FailingDisk::Fault::full, FailingDisk::Fault::broken}) {
    for (std::uint64_t call = 1;; ++call) {
      SCOPED_TRACE(call);
      FailingDisk disk(call);
      make_table();
      std::int64_t said = 0;
      bool was_reached = false;
      {
        Database database = open();
        const std::uint64_t before = disk.calls();
        disk.fail_call(before + call, fault);
        said = write_pairs(database);
        was_reached = disk.calls() >= before + call;
      }
      check(said);
      if (!was_reached || HasFailure()) break;
    }
  }
}

}  // namespace
}  // namespace fastness::storage
