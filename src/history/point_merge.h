#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/result.h"
#include "history/chunk_store.h"
#include "history/open_chunks.h"
#include "history/point.h"

namespace fastness::history {

// One chunk of a day that a query has to look at: in the store and not read yet, or in memory.
struct Source {
  Timestamp start;
  Timestamp end;
  std::uint64_t last_position;      // of two points for one moment, that of the higher is right,
  std::uint64_t sequence;           // and if these are the same, of the higher sequence
  std::optional<ChunkEntry> entry;  // in the store
  std::vector<Point> points;        // else these
};

// All chunks of one day that have points in the range, by start. `open` was looked at before:
// of a chunk that is in memory too, the store is asked only if it has more by now.
[[nodiscard]] Result<std::vector<Source>> sources_of(const ChunkStore& store, const Series& series,
                                                     const std::vector<OpenView>& open, Day day,
                                                     TimeRange range);

// The points of several chunks, overlapping or not, as one sequence. A chunk is read when its turn
// comes. Thread-compatible; the store must outlive it.
class PointMerge {
 public:
  PointMerge(const ChunkStore& store, std::vector<Source> sources, TimeRange range, Order order);

  // Nothing at the end.
  [[nodiscard]] Result<std::optional<Point>> next();

 private:
  struct Run {
    std::vector<Point> points;  // in the order asked for, backwards: the next one is last
    std::pair<std::uint64_t, std::uint64_t> rank;  // last position, sequence
  };
  [[nodiscard]] bool is_before(Timestamp a, Timestamp b) const {
    return order_ == Order::ascending ? a < b : a > b;
  }
  [[nodiscard]] Timestamp edge(const Source& source) const {
    return order_ == Order::ascending ? source.start : source.end;
  }
  [[nodiscard]] Result<void> open_due();
  [[nodiscard]] Result<void> open(Source source);

  const ChunkStore* store_;
  std::vector<Source> waiting_;  // the next one last
  TimeRange range_;
  Order order_;
  std::vector<Run> runs_;  // none empty
};

}  // namespace fastness::history
