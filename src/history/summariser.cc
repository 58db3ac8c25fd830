#include "history/summariser.h"

#include <algorithm>
#include <utility>

#include "history/point_reader.h"
#include "history/rollup.h"

namespace fastness::history {

Summariser::Summariser(const ChunkStore& store, Series series, std::vector<OpenView> open,
                       TimeRange range, std::chrono::seconds interval)
    : store_(store), series_(series), open_(std::move(open)), range_(range), interval_(interval) {}

Result<std::vector<Summary>> Summariser::run() {
  DayWalk days(store_, series_, open_, range_, Order::ascending);
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const std::optional<Day> day, days.next());
    if (!day) return std::move(summaries_);
    FASTNESS_RETURN_IF_ERROR(add_day(*day));
  }
}

Result<void> Summariser::add_day(Day day) {
  FASTNESS_ASSIGN_OR_RETURN(std::vector<Source> sources,
                            sources_of(store_, series_, open_, day, range_));
  std::vector<Source> cluster;  // chunks that overlap
  Timestamp end{};
  for (Source& source : sources) {
    if (!cluster.empty() && source.start > end) {
      FASTNESS_RETURN_IF_ERROR(add_cluster(std::exchange(cluster, {})));
    }
    end = cluster.empty() ? source.end : std::max(end, source.end);
    cluster.push_back(std::move(source));
  }
  return add_cluster(std::move(cluster));
}

Result<void> Summariser::add_cluster(std::vector<Source> cluster) {
  if (cluster.size() == 1) {
    FASTNESS_ASSIGN_OR_RETURN(const bool is_added, add_rollup(cluster.front()));
    if (is_added) return {};
  }
  return add_points(std::move(cluster));
}

Result<bool> Summariser::add_rollup(const Source& source) {
  const bool is_whole = range_.from <= source.start && source.end < range_.to;
  if (!source.entry || !is_whole) return false;
  std::vector<Summary> summaries;
  if (interval_.count() % 3600 == 0) {
    FASTNESS_ASSIGN_OR_RETURN(summaries, store_.hours(*source.entry));
  } else if (interval_.count() % 60 == 0) {
    FASTNESS_ASSIGN_OR_RETURN(auto minutes, store_.minutes(*source.entry));
    if (!minutes) return false;
    summaries = std::move(*minutes);
  } else {
    return false;
  }
  for (const Summary& summary : summaries) add_summary(summary_at(summary.start), summary);
  return true;
}

Result<void> Summariser::add_points(std::vector<Source> cluster) {
  PointMerge merge(store_, std::move(cluster), range_, Order::ascending);
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const std::optional<Point> point, merge.next());
    if (!point) return {};
    add_point(summary_at(point->time), *point);
  }
}

Summary& Summariser::summary_at(Timestamp time) {
  const Timestamp start = interval_start(time, interval_);
  if (summaries_.empty() || summaries_.back().start != start) summaries_.push_back({start});
  return summaries_.back();
}

}  // namespace fastness::history
