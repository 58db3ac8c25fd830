#include "history/point_merge.h"

#include <algorithm>
#include <utility>

namespace fastness::history {

namespace {

// Whether memory showed as much of this chunk as the store does now. A checkpoint between the two
// looks may have stored more, and let it go from memory.
bool is_known(const ChunkEntry& entry, const std::vector<Source>& in_memory) {
  return std::ranges::any_of(in_memory, [&entry](const Source& source) {
    return source.sequence == entry.id.sequence && source.last_position >= entry.last_position &&
           source.points.size() >= entry.count;
  });
}

}  // namespace

Result<std::vector<Source>> sources_of(const ChunkStore& store, const Series& series,
                                       const std::vector<OpenView>& open, Day day,
                                       TimeRange range) {
  std::vector<Source> sources;
  for (const OpenView& view : open) {
    if (view.day != day) continue;
    FASTNESS_ASSIGN_OR_RETURN(std::vector<Point> points, view.points());
    if (points.empty()) continue;
    const Timestamp start = points.front().time;
    const Timestamp end = points.back().time;
    sources.push_back(
        {start, end, view.last_position, view.sequence, std::nullopt, std::move(points)});
  }
  FASTNESS_ASSIGN_OR_RETURN(std::vector<ChunkEntry> entries, store.list(series, day));
  std::erase_if(entries, [&sources](const ChunkEntry& entry) { return is_known(entry, sources); });
  for (ChunkEntry& entry : entries) {
    const Timestamp start = entry.id.start;
    sources.push_back(
        {start, entry.end, entry.last_position, entry.id.sequence, std::move(entry), {}});
  }
  std::erase_if(sources, [range](const Source& source) {
    return source.end < range.from || source.start >= range.to;
  });
  std::ranges::stable_sort(sources, {}, &Source::start);
  return sources;
}

PointMerge::PointMerge(const ChunkStore& store, std::vector<Source> sources, TimeRange range,
                       Order order)
    : store_(&store), waiting_(std::move(sources)), range_(range), order_(order) {
  std::ranges::stable_sort(waiting_, [this](const Source& a, const Source& b) {
    return is_before(edge(b), edge(a));  // the first to be opened is last
  });
}

// Opens every chunk that may hold the next point.
Result<void> PointMerge::open_due() {
  while (!waiting_.empty()) {
    const bool is_due = runs_.empty() || std::ranges::none_of(runs_, [this](const Run& run) {
                          return is_before(run.points.back().time, edge(waiting_.back()));
                        });
    if (!is_due) return {};
    Source source = std::move(waiting_.back());
    waiting_.pop_back();
    FASTNESS_RETURN_IF_ERROR(open(std::move(source)));
  }
  return {};
}

Result<void> PointMerge::open(Source source) {
  std::vector<Point> points = std::move(source.points);
  if (source.entry) {
    FASTNESS_ASSIGN_OR_RETURN(points, store_->points(*source.entry));
  }
  std::erase_if(points, [this](const Point& point) { return !range_.holds(point.time); });
  if (order_ == Order::ascending) std::ranges::reverse(points);
  if (!points.empty())
    runs_.push_back({std::move(points), {source.last_position, source.sequence}});
  return {};
}

Result<std::optional<Point>> PointMerge::next() {
  FASTNESS_RETURN_IF_ERROR(open_due());
  if (runs_.empty()) return std::optional<Point>();
  const Run* best = &runs_.front();
  for (const Run& run : runs_) {
    const Timestamp time = run.points.back().time;
    const Timestamp best_time = best->points.back().time;
    if (is_before(time, best_time) || (time == best_time && run.rank > best->rank)) {
      best = &run;
    }
  }
  Point point = best->points.back();
  for (Run& run : runs_) {
    if (run.points.back().time == point.time) run.points.pop_back();
  }
  std::erase_if(runs_, [](const Run& run) { return run.points.empty(); });
  return std::optional<Point>(std::move(point));
}

}  // namespace fastness::history
