#include "storage/key_value_store.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <utility>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

namespace fastness::storage {
namespace {

class KeyValue : public ::testing::Test {
 protected:
  KeyValue() {
    std::string name = std::filesystem::temp_directory_path() / "fastness-keyvalue-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    open();
  }
  ~KeyValue() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void open() {
    store_.reset();
    auto opened = KeyValueStore::open({directory_ / "kv", {"points", "messages"}, 8U << 20U});
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(opened).value();
  }

  [[nodiscard]] Family points() const { return store_->family("points"); }
  void put(std::string_view key, std::string_view value) {
    ASSERT_TRUE(store_->put(points(), as_bytes(key), as_bytes(value)));
  }
  [[nodiscard]] std::string get(std::string_view key) const {
    const auto value = store_->get(points(), as_bytes(key));
    EXPECT_TRUE(value);
    return value->has_value() ? std::string(as_text(**value)) : "(none)";
  }
  [[nodiscard]] std::string keys(std::string_view prefix) const {
    std::string all;
    Cursor at = store_->scan(points(), as_bytes(prefix));
    for (; at.is_valid(); at.next()) all += std::string(as_text(at.key())) + ' ';
    EXPECT_TRUE(at.status());
    return all;
  }

  std::filesystem::path directory_;
  std::unique_ptr<KeyValueStore> store_;
};

TEST_F(KeyValue, KeepsWhatIsPutAcrossOpenings) {
  put("a", "1");
  ASSERT_TRUE(store_->put(points(), as_bytes("b"), as_bytes("2"), Durability::synced));
  ASSERT_TRUE(store_->sync());

  open();

  EXPECT_EQ(get("a"), "1");
  EXPECT_EQ(get("b"), "2");
  EXPECT_EQ(get("c"), "(none)");
}

TEST_F(KeyValue, FamiliesDoNotMeet) {
  put("a", "1");

  EXPECT_FALSE(store_->get(store_->family("messages"), as_bytes("a"))->has_value());
}

TEST_F(KeyValue, ScansSeeTheirPrefixOnlyAndTheirMomentOnly) {
  put("a1", "");
  put("b1", "");
  put("b2", "");
  put("c1", "");
  Cursor at = store_->scan(points(), as_bytes("b"));
  put("b3", "");

  at.seek_to_last();
  EXPECT_EQ(as_text(at.key()), "b2");
  at.previous();
  EXPECT_EQ(as_text(at.key()), "b1");
  at.previous();
  EXPECT_FALSE(at.is_valid());
  at.seek_for_previous(as_bytes("zzz"));
  EXPECT_EQ(as_text(at.key()), "b2");
  at.seek(as_bytes("a"));
  EXPECT_EQ(as_text(at.key()), "b1");
  EXPECT_EQ(keys("b"), "b1 b2 b3 ");
}

TEST_F(KeyValue, BatchesHappenTogether) {
  put("a1", "");
  put("b1", "");
  put("b2", "");
  Batch batch = store_->batch();
  EXPECT_TRUE(batch.is_empty());
  batch.erase_prefix(points(), as_bytes("b"));
  batch.put(points(), as_bytes("d"), as_bytes("4"));
  batch.erase(points(), as_bytes("a1"));

  ASSERT_TRUE(store_->write(std::move(batch), Durability::synced));

  EXPECT_EQ(keys(""), "d ");
}

TEST_F(KeyValue, EmptyPrefixIsEverything) {
  put("\xff\xff", "");
  put("a", "");

  EXPECT_EQ(keys(""), "a \xff\xff ");
  EXPECT_EQ(keys("\xff"), "\xff\xff ");
}

TEST_F(KeyValue, ASecondOpeningIsRefused) {
  const auto second = KeyValueStore::open({directory_ / "kv", {"points"}, 8U << 20U});

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
}

TEST_F(KeyValue, FlippedBitsAreFound) {
  for (int i = 0; i < 1000; ++i) put("key" + std::to_string(i), std::string(100, 'v'));
  ASSERT_TRUE(store_->compact(points(), {}, {}));
  store_.reset();
  for (const auto& entry : std::filesystem::directory_iterator(directory_ / "kv")) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(500);
    file.put('!');
  }

  open();
  Cursor at = store_->scan(points(), {});
  while (at.is_valid()) at.next();

  ASSERT_FALSE(at.status());
  EXPECT_EQ(at.status().error().code, Errc::corrupted);
}

TEST_F(KeyValue, ACheckFindsWhatIsDamagedOrMissingAndChangesNothing) {
  const KeyValueStore::Options options{directory_ / "kv", {"points", "messages"}, 8U << 20U};
  for (int i = 0; i < 1000; ++i) put("key" + std::to_string(i), std::string(100, 'v'));
  ASSERT_TRUE(store_->compact(points(), {}, {}));
  put("later", "in the log alone");
  ASSERT_TRUE(store_->sync());
  store_.reset();
  const auto checked = KeyValueStore::check(options);
  EXPECT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(KeyValueStore::check({options.directory, {"points", "others"}}).error().code,
            Errc::corrupted);
  EXPECT_EQ(KeyValueStore::check({directory_ / "none", {"points"}}).error().code, Errc::corrupted);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "none"));

  for (const char* name : {"CURRENT", ".sst", "MANIFEST"}) {
    SCOPED_TRACE(name);
    const auto copy = directory_ / "copy";
    std::filesystem::remove_all(copy);
    std::filesystem::copy(directory_ / "kv", copy, std::filesystem::copy_options::recursive);
    bool is_found = false;
    for (const auto& entry : std::filesystem::directory_iterator(copy)) {
      if (entry.path().filename().string().find(name) == std::string::npos) continue;
      is_found = std::filesystem::remove(entry.path());
      break;
    }
    ASSERT_TRUE(is_found);
    EXPECT_EQ(KeyValueStore::check({copy, options.families}).error().code, Errc::corrupted);
  }
  for (const auto& entry : std::filesystem::directory_iterator(directory_ / "kv")) {
    if (entry.path().extension() != ".sst") continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(500);
    file.put('!');
  }
  EXPECT_EQ(KeyValueStore::check(options).error().code, Errc::corrupted);
}

TEST_F(KeyValue, UnknownFamiliesOfAnotherReleaseSurvive) {
  put("a", "1");
  store_.reset();
  {
    auto other = KeyValueStore::open({directory_ / "kv", {"newer"}, 8U << 20U});
    ASSERT_TRUE(other);
  }

  open();

  EXPECT_EQ(get("a"), "1");
}

TEST_F(KeyValue, ACopyHoldsWhatWasWrittenBeforeAndNothingAfter) {
  put("a", "1");
  ASSERT_TRUE(store_->put(points(), as_bytes("b"), as_bytes("2"), Durability::synced));

  ASSERT_TRUE(store_->copy_to(directory_ / "copy"));
  put("a", "changed");
  put("c", "3");
  store_.reset();

  auto copy = KeyValueStore::open({directory_ / "copy", {"points", "messages"}, 8U << 20U});
  ASSERT_TRUE(copy) << copy.error().message;
  store_ = std::move(copy).value();
  EXPECT_EQ(keys(""), "a b ");
  EXPECT_EQ(get("a"), "1");
}

// What the store compacts away and scrubs later must not change under whoever packs the copy.
TEST_F(KeyValue, ACopyOutlivesWhatBecomesOfTheStore) {
  put("a", "1");
  ASSERT_TRUE(store_->copy_to(directory_ / "copy"));
  ASSERT_TRUE(store_->erase(points(), as_bytes("a")));
  ASSERT_TRUE(store_->compact(points(), {}, {}));
  store_.reset();
  std::filesystem::remove_all(directory_ / "kv");

  auto copy = KeyValueStore::open({directory_ / "copy", {"points", "messages"}, 8U << 20U});
  ASSERT_TRUE(copy);
  store_ = std::move(copy).value();
  EXPECT_EQ(get("a"), "1");
}

TEST_F(KeyValue, ACopyThatCannotBeMadeHarmsNothing) {
  put("a", "1");
  std::filesystem::create_directory(directory_ / "taken");

  EXPECT_FALSE(store_->copy_to(directory_ / "taken"));
  EXPECT_FALSE(store_->copy_to(directory_ / "none" / "copy"));

  put("b", "2");
  EXPECT_EQ(keys(""), "a b ");
}

// Runs in a process of its own, whose files may not grow beyond a limit for a while.
void survive_a_full_disk(const std::filesystem::path& directory) {
  std::signal(SIGXFSZ, SIG_IGN);
  auto store =
      KeyValueStore::open({directory / "limited", {"points"}, std::size_t{8} << 20U}).value();
  const Family family = store->family("points");
  const auto put = [&](int number) {
    return store->put(family, as_bytes(std::to_string(number)), Bytes(1'000), Durability::synced);
  };
  rlimit limit{};
  ::getrlimit(RLIMIT_FSIZE, &limit);
  const rlim_t unlimited = std::exchange(limit.rlim_cur, 150'000);
  ::setrlimit(RLIMIT_FSIZE, &limit);
  int stored = 0;
  while (stored < 1'000 && put(stored)) ++stored;
  const bool has_failed = stored < 1'000;
  const bool reads_go_on = store->get(family, as_bytes("0"))->has_value();
  limit.rlim_cur = unlimited;
  ::setrlimit(RLIMIT_FSIZE, &limit);

  std::optional<Cursor> reading = store->scan(family, {});
  const bool waits_for_readers = !put(stored);
  reading.reset();
  const bool works_again = waits_for_readers && put(stored);
  int found = 0;
  for (Cursor at = store->scan(family, {}); at.is_valid(); at.next()) ++found;
  const bool is_complete = found == stored + 1;
  store.reset();
  std::_Exit(has_failed && reads_go_on && works_again && is_complete ? 0 : 1);
}

using KeyValueDeathTest = KeyValue;

TEST_F(KeyValueDeathTest, AFullDiskIsGotOver) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");

  EXPECT_EXIT(survive_a_full_disk(directory_), ::testing::ExitedWithCode(0), "");
}

TEST(AfterPrefix, IsTheNextKeyThatDoesNotBeginWithIt) {
  EXPECT_EQ(after_prefix(Bytes{1, 2}), (Bytes{1, 3}));
  EXPECT_EQ(after_prefix(Bytes{1, 0xff}), (Bytes{2}));
  EXPECT_TRUE(after_prefix(Bytes{0xff, 0xff}).empty());
}

}  // namespace
}  // namespace fastness::storage
