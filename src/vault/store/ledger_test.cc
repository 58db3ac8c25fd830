#include "vault/store/ledger.h"

#include <gtest/gtest.h>

#include "os/testing/faulty_file_system.h"

namespace fastness::vault {
namespace {

using ledger::LedgerEntry;
using os::testing::FaultyFileSystem;

const std::filesystem::path kDirectory = "/vault";
const std::filesystem::path kPath = "/vault/ledger";

crypto::SecretBytes mac_key() {
  return crypto::SecretBytes(32);
}

DeviceId device(std::uint8_t number) {
  Uuid::Bytes bytes{};
  bytes[15] = number;
  return DeviceId(Uuid(bytes));
}

LedgerEntry entry(std::uint64_t index) {
  LedgerEntry made;
  made.index = index;
  made.device = device(static_cast<std::uint8_t>(index % 3));
  made.leaf.fill(static_cast<std::uint8_t>(index));
  made.key.fill(static_cast<std::uint8_t>(index + 100));
  made.time = Timestamp(std::chrono::seconds(index));
  return made;
}

Result<Ledger> open(os::FileSystem& files) {
  static_cast<void>(files.create_directory(kDirectory));
  return Ledger::open(files, kPath, mac_key());
}

// A ledger with this many entries on a disk without faults.
void fill(os::FileSystem& files, std::uint64_t count) {
  Ledger ledger = open(files).value();
  for (std::uint64_t i = 0; i < count; ++i) ASSERT_TRUE(ledger.append(entry(i)));
}

TEST(Ledger, KeepsItsEntriesAcrossStarts) {
  FaultyFileSystem files(1);
  crypto::Digest root{};
  {
    Ledger ledger = open(files).value();
    for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(ledger.append(entry(i)));
    root = ledger.root();
  }

  const Ledger again = open(files).value();

  EXPECT_EQ(again.size(), 5U);
  EXPECT_EQ(again.root(), root);
  EXPECT_EQ(again.read(1, 2)->at(1), entry(2));
  EXPECT_EQ(again.read(3, 100)->size(), 2U);
  EXPECT_TRUE(again.read(5, 1)->empty());
  EXPECT_EQ(again.newest_of(device(0))->key, entry(3).key);
  EXPECT_EQ(again.newest_of(device(0))->generation, entry(3).generation);
  EXPECT_FALSE(again.newest_of(device(9)));
  EXPECT_EQ(again.last_time(), entry(4).time);
}

TEST(Ledger, TakesEntriesInTurnOnly) {
  FaultyFileSystem files(1);
  Ledger ledger = open(files).value();
  EXPECT_EQ(ledger.append(entry(1)).error().code, Errc::invalid_argument);
  EXPECT_TRUE(ledger.append(entry(0)));
  EXPECT_EQ(ledger.append(entry(0)).error().code, Errc::invalid_argument);
}

// What was acknowledged survives a power cut at any moment; what was not is there whole or not.
TEST(Ledger, SurvivesAPowerCutAtEveryCall) {
  for (std::uint64_t call = 1;; ++call) {
    SCOPED_TRACE(call);
    FaultyFileSystem files(call);
    static_cast<void>(files.create_directory(kDirectory));
    static_cast<void>(files.sync_directory("/"));
    files.cut_power_at(files.calls() + call);
    std::uint64_t acknowledged = 0;
    if (auto ledger = open(files)) {
      Ledger opened = std::move(ledger).value();
      while (acknowledged < 4 && opened.append(entry(acknowledged))) ++acknowledged;
    }
    const bool was_cut = files.is_off();
    files.restore_power();

    auto after = open(files);

    ASSERT_TRUE(after) << after.error().message;
    Ledger ledger = std::move(after).value();
    EXPECT_GE(ledger.size(), acknowledged);
    EXPECT_LE(ledger.size(), acknowledged + 1);
    ASSERT_TRUE(ledger.append(entry(ledger.size())));
    if (!was_cut) return;
  }
}

TEST(Ledger, AFailedWriteStopsItUntilTheNextStart) {
  FaultyFileSystem files(1);
  Ledger ledger = open(files).value();
  ASSERT_TRUE(ledger.append(entry(0)));
  files.fail_call(files.calls() + 2, Errc::unavailable);  // the sync

  EXPECT_FALSE(ledger.append(entry(1)));

  EXPECT_EQ(ledger.append(entry(1)).error().code, Errc::unavailable) << "though the disk works";
  EXPECT_TRUE(open(files));
}

TEST(Ledger, NoBitOfAnyEntryButTheLastCanBeChanged) {
  constexpr std::uint64_t kRecord = LedgerEntry::kEncodedSize + 16;
  for (std::uint64_t offset = 0; offset < 16 + 2 * kRecord; offset += 3) {
    SCOPED_TRACE(offset);
    FaultyFileSystem files(1);
    fill(files, 3);
    files.flip_bit(kPath, offset);
    EXPECT_EQ(open(files).error().code, Errc::corrupted);
  }
}

// The length of a file may be on the disk before its bytes are.
TEST(Ledger, AHeaderThatAPowerCutLeftEmptyIsBegunAnewAndOneWithEntriesIsNot) {
  for (const std::size_t size : {0U, 3U, 16U}) {
    SCOPED_TRACE(size);
    FaultyFileSystem files(1);
    static_cast<void>(files.create_directory(kDirectory));
    ASSERT_TRUE(os::replace_file(files, kPath, Bytes(size)));
    EXPECT_TRUE(open(files));
  }
  FaultyFileSystem files(1);
  static_cast<void>(files.create_directory(kDirectory));
  ASSERT_TRUE(os::replace_file(files, kPath, Bytes(17)));
  EXPECT_EQ(open(files).error().code, Errc::corrupted);
}

TEST(Ledger, AnotherInstancesKeyReadsNothing) {
  FaultyFileSystem files(1);
  fill(files, 3);
  crypto::SecretBytes other(32);
  other.reveal()[0] = 1;
  EXPECT_EQ(Ledger::open(files, kPath, std::move(other)).error().code, Errc::corrupted);
}

}  // namespace
}  // namespace fastness::vault
