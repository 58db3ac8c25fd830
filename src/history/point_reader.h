#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "history/chunk_store.h"
#include "history/open_chunks.h"
#include "history/point.h"
#include "history/point_merge.h"

namespace fastness::history {

// The days of a range that have chunks, one after the other, in memory or in the store.
class DayWalk {
 public:
  DayWalk(const ChunkStore& store, Series series, const std::vector<OpenView>& open,
          TimeRange range, Order order);

  // Nothing after the last.
  [[nodiscard]] Result<std::optional<Day>> next();

 private:
  const ChunkStore* store_;
  Series series_;
  std::vector<Day> open_days_;  // ascending
  Order order_;
  Day at_;    // where to look next
  Day last_;  // where to stop
};

// Walks through the points of a range one by one, reading a chunk at a time. Sees the points that
// there were when it was made, and perhaps later ones. Thread-compatible.
class PointReader {
 public:
  PointReader(const ChunkStore& store, Series series, std::vector<OpenView> open, TimeRange range,
              Order order);

  // Nothing at the end. Failures are those of History's queries.
  [[nodiscard]] Result<std::optional<Point>> next();

 private:
  const ChunkStore* store_;
  Series series_;
  std::vector<OpenView> open_;
  TimeRange range_;
  Order order_;
  DayWalk days_;
  std::optional<PointMerge> merge_;
};

}  // namespace fastness::history
