#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "base/result.h"
#include "history/chunk_store.h"
#include "history/open_chunks.h"
#include "history/point.h"
#include "history/point_merge.h"

namespace fastness::history {

// Answers summaries from roll-ups where they are exact, and from points elsewhere: in memory, at
// the ends of the range, and where chunks overlap, because there a point of one may replace one of
// the other. Thread-compatible; the store must outlive it.
class Summariser {
 public:
  Summariser(const ChunkStore& store, Series series, std::vector<OpenView> open, TimeRange range,
             std::chrono::seconds interval);

  [[nodiscard]] Result<std::vector<Summary>> run();

 private:
  [[nodiscard]] Result<void> add_day(Day day);
  [[nodiscard]] Result<void> add_cluster(std::vector<Source> cluster);
  // Whether the chunk was added from its roll-up.
  [[nodiscard]] Result<bool> add_rollup(const Source& source);
  [[nodiscard]] Result<void> add_points(std::vector<Source> cluster);
  [[nodiscard]] Summary& summary_at(Timestamp time);

  const ChunkStore& store_;
  Series series_;
  std::vector<OpenView> open_;
  TimeRange range_;
  std::chrono::seconds interval_;
  std::vector<Summary> summaries_;
};

}  // namespace fastness::history
