#include "history/chunk_store.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/testing/manual_clock.h"
#include "history/codec/chunk_codec.h"
#include "keys/testing/test_content_keys.h"

namespace fastness::history {
namespace {

using namespace std::chrono_literals;

class ChunkStoreTest : public ::testing::Test {
 protected:
  ChunkStoreTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "fastness-chunks-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    values_ = storage::KeyValueStore::open({directory_ / "values", ChunkStore::families()}).value();
    store_.emplace(ChunkStore::open(*values_, keys_.keys()).value());
  }
  ~ChunkStoreTest() override {
    store_.reset();
    values_.reset();
    std::filesystem::remove_all(directory_);
  }

  // A chunk of `count` points, a second apart; enough of them for a roll-up by the minute.
  void put(std::size_t count) {
    std::vector<Point> points;
    for (std::size_t i = 0; i < count; ++i) points.push_back({start_ + i * 1s, double(i)});
    ChunkStore::Changes changes = store_->changes();
    ASSERT_TRUE(changes.put(id_, count, points, encode_chunk(points)));
    ASSERT_TRUE(store_->apply(std::move(changes)));
  }
  ChunkEntry listed() { return store_->list(id_.series, day_of(start_))->at(0); }

  const Timestamp start_{std::chrono::days(20'000)};
  const ChunkId id_{{OrganisationId(Uuid({1})), SeriesId(7)}, start_, 1};
  fastness::testing::ManualClock clock_{start_};
  keys::testing::TestContentKeys keys_{clock_};
  std::filesystem::path directory_;
  std::unique_ptr<storage::KeyValueStore> values_;
  std::optional<ChunkStore> store_;
};

TEST_F(ChunkStoreTest, AChunkThatIsReplacedAfterItsListingReadsAsItIsNow) {
  put(100);
  const ChunkEntry entry = listed();

  put(200);

  EXPECT_EQ(store_->points(entry)->size(), 200U);
  EXPECT_EQ(store_->minutes(entry)->value().size(), 4U);
}

TEST_F(ChunkStoreTest, AChunkThatIsErasedAfterItsListingHasNothing) {
  put(100);
  const ChunkEntry entry = listed();

  ASSERT_TRUE(store_->erase(id_.series));

  EXPECT_TRUE(store_->points(entry)->empty());
  EXPECT_FALSE(store_->minutes(entry)->has_value());
}

}  // namespace
}  // namespace fastness::history
