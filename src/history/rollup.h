// Summaries of whole intervals: made from points, put together, stored beside each chunk.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "history/point.h"

namespace fastness::history {

// Where the interval that holds `time` begins.
[[nodiscard]] Timestamp interval_start(Timestamp time, std::chrono::seconds interval);

// Adds one point, which is not before those that `summary` has.
void add_point(Summary& summary, const Point& point);

// Adds what came after.
void add_summary(Summary& summary, const Summary& later);

// One Summary for each interval that has points, in order. `points` ascend.
[[nodiscard]] std::vector<Summary> summarise_points(std::span<const Point> points,
                                                    std::chrono::seconds interval);

// Summaries of longer intervals, which are multiples of the given ones'. `summaries` ascend.
[[nodiscard]] std::vector<Summary> coarsen(std::span<const Summary> summaries,
                                           std::chrono::seconds interval);

// The stored form of ascending summaries whose starts are multiples of `interval`.
[[nodiscard]] Bytes encode_summaries(std::span<const Summary> summaries,
                                     std::chrono::seconds interval);
// `corrupted` unless the above could have made it.
[[nodiscard]] Result<std::vector<Summary>> decode_summaries(ByteView bytes);

}  // namespace fastness::history
