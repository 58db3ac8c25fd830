#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/result.h"
#include "history/chunk_store.h"
#include "history/point.h"

namespace fastness::history {

// Points in ascending order of time, one a moment: of several for one moment the last is kept.
[[nodiscard]] std::vector<Point> sorted_unique(std::vector<Point> in_order_of_arrival);

// A chunk in memory, as it was when somebody looked. Shares what does not change any more with the
// chunk itself.
struct OpenView {
  Day day;
  std::uint64_t sequence;                            // as in ChunkId
  std::uint64_t last_position;                       // of the latest point to arrive
  std::shared_ptr<const Bytes> encoded;              // what is stored already; may be null
  std::shared_ptr<const std::vector<Point>> marked;  // what a checkpoint is storing; may be null
  std::vector<Point> fresh;

  // All of them. `corrupted` never happens but in broken memory.
  [[nodiscard]] Result<std::vector<Point>> points() const;
};

// What a checkpoint is to store: made by OpenChunks::begin, given back by finish.
class Checkpoint {
 public:
  // The position after that of the last point.
  [[nodiscard]] std::uint64_t next_position() const { return next_position_; }
  [[nodiscard]] bool is_empty() const { return marked_.empty(); }

 private:
  friend class OpenChunks;
  friend class History;
  struct Marked {
    Series series;
    OpenView view;                  // without fresh points
    std::optional<ChunkId> stored;  // as what it was stored before
  };
  std::vector<Marked> marked_;
  std::uint64_t next_position_ = 0;
};

// The points that are not closed into chunks yet: one open chunk per series and day, and full ones
// until they are stored. Thread-safe; append and begin from one thread.
class OpenChunks {
 public:
  // A chunk with so many points is closed, or one whose points take so many bytes.
  static constexpr std::size_t kFullPoints = 1'024;
  static constexpr std::size_t kFullBytes = std::size_t{1} << 20U;

  void append(const Series& series, Point point, std::uint64_t position, SteadyTime now);

  // Marks all points that are not stored. Chunks without a point since `idle_since` that are
  // stored leave memory. Nothing if a checkpoint is under way.
  [[nodiscard]] std::optional<Checkpoint> begin(SteadyTime idle_since);

  // Whether the chunk is still wanted: its series may have been removed since begin().
  [[nodiscard]] bool is_wanted(const Checkpoint::Marked& marked);
  // One marked chunk is in the store, as `encoded`. It stays open if more may come, and if it may
  // stay in memory.
  enum class Keep { yes, no };
  void stored(const Checkpoint::Marked& marked, std::shared_ptr<const Bytes> encoded,
              std::size_t count, const ChunkId& where, Keep keep);
  // One could not be stored: its points wait for the next checkpoint.
  void not_stored(const Checkpoint::Marked& marked);
  // The checkpoint is over.
  void finish();

  // All chunks of a series, without copying what does not change.
  [[nodiscard]] std::vector<OpenView> view(const Series& series) const;

  void remove(const Series& series);
  void remove(OrganisationId organisation);
  void remove_before(OrganisationId organisation, Day day);

  [[nodiscard]] std::size_t bytes() const;        // in memory, about
  [[nodiscard]] std::size_t fresh_bytes() const;  // of them, not marked yet
  [[nodiscard]] std::size_t chunks() const;

 private:
  struct Chunk {
    std::uint64_t sequence = 0;
    std::uint64_t last_position = 0;
    SteadyTime last_append{};
    std::shared_ptr<const Bytes> encoded;
    std::shared_ptr<const std::vector<Point>> marked;
    std::vector<Point> fresh;
    std::size_t count = 0;  // points, those for one moment counted each
    std::size_t marked_bytes = 0;
    std::size_t fresh_bytes = 0;
    std::optional<ChunkId> stored;

    [[nodiscard]] std::size_t bytes() const {
      return marked_bytes + fresh_bytes + (encoded ? encoded->size() : 0);
    }
    [[nodiscard]] bool is_full() const { return count >= kFullPoints || bytes() >= kFullBytes; }
  };
  struct Key {
    Series series;
    Day day;
    friend auto operator<=>(const Key&, const Key&) = default;  // NOLINT: clang-tidy 14
  };
  // The last one takes new points; those before are full.
  using Chunks = std::deque<Chunk>;
  using Map = std::map<Key, Chunks>;

  [[nodiscard]] Chunk* find(const Checkpoint::Marked& marked);
  void mark(const Key& key, Chunk& chunk, Checkpoint& checkpoint);
  void drop_idle(Chunks& chunks, SteadyTime idle_since);
  void erase_chunk(Map::iterator at, std::uint64_t sequence);
  [[nodiscard]] std::uint64_t next_sequence(std::uint64_t position);
  template <typename Predicate>
  void erase_if(const Predicate& predicate);

  mutable std::mutex mutex_;
  Map chunks_;
  std::size_t bytes_ = 0;
  std::size_t fresh_bytes_ = 0;
  std::uint64_t next_position_ = 0;
  std::uint64_t last_sequence_ = 0;
  bool is_under_way_ = false;
};

}  // namespace fastness::history
