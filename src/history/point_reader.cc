#include "history/point_reader.h"

#include <algorithm>
#include <utility>

namespace fastness::history {

DayWalk::DayWalk(const ChunkStore& store, Series series, const std::vector<OpenView>& open,
                 TimeRange range, Order order)
    : store_(&store), series_(series), order_(order) {
  for (const OpenView& view : open) open_days_.push_back(view.day);
  std::ranges::sort(open_days_);
  const Day first = day_of(range.from);
  const Day last = day_of(range.to - std::chrono::microseconds(1));
  at_ = order == Order::ascending ? first : last;
  last_ = order == Order::ascending ? last : first;
}

Result<std::optional<Day>> DayWalk::next() {
  std::optional<Day> day;
  if (order_ == Order::ascending) {
    if (at_ > last_) return std::optional<Day>();
    FASTNESS_ASSIGN_OR_RETURN(day, store_->next_day(series_, at_));
    const auto open = std::ranges::lower_bound(open_days_, at_);
    if (open != open_days_.end()) day = std::min(day.value_or(*open), *open);
    if (!day || *day > last_) return std::optional<Day>();
    at_ = *day + 1;
    return day;
  }
  if (at_ < last_) return std::optional<Day>();
  FASTNESS_ASSIGN_OR_RETURN(day, store_->previous_day(series_, at_));
  const auto open = std::ranges::upper_bound(open_days_, at_);
  if (open != open_days_.begin()) day = std::max(day.value_or(*(open - 1)), *(open - 1));
  if (!day || *day < last_) return std::optional<Day>();
  at_ = *day - 1;
  return day;
}

PointReader::PointReader(const ChunkStore& store, Series series, std::vector<OpenView> open,
                         TimeRange range, Order order)
    : store_(&store),
      series_(series),
      open_(std::move(open)),
      range_(range),
      order_(order),
      days_(store, series, open_, range, order) {}

Result<std::optional<Point>> PointReader::next() {
  for (;;) {
    if (merge_) {
      FASTNESS_ASSIGN_OR_RETURN(std::optional<Point> point, merge_->next());
      if (point) return point;
    }
    FASTNESS_ASSIGN_OR_RETURN(const std::optional<Day> day, days_.next());
    if (!day) return std::optional<Point>();
    FASTNESS_ASSIGN_OR_RETURN(std::vector<Source> sources,
                              sources_of(*store_, series_, open_, *day, range_));
    merge_.emplace(*store_, std::move(sources), range_, order_);
  }
}

}  // namespace fastness::history
