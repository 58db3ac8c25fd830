#include "history/history.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "history/codec/chunk_codec.h"
#include "history/rollup.h"
#include "history/summariser.h"

namespace fastness::history {
namespace {

// What history can keep: from 1970 to the end of the year 9999.
constexpr Timestamp kFirst{std::chrono::microseconds(0)};
constexpr Timestamp kEnd{std::chrono::seconds(253'402'300'800)};
// How much one write to the store may hold.
constexpr std::size_t kMaxWrite = std::size_t{4} << 20U;

TimeRange clamped(TimeRange range) {
  return {std::clamp(range.from, kFirst, kEnd), std::clamp(range.to, kFirst, kEnd)};
}

Result<void> check_interval(TimeRange range, std::chrono::seconds interval) {
  if (interval.count() <= 0 || (range.to - range.from) / interval > History::kMaxIntervals) {
    return fail(Errc::invalid_argument, "the interval is not positive or too short for the range");
  }
  return {};
}

std::optional<double> percentile_of(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::percentile_99:
      return 0.99;
    case Aggregation::percentile_95:
      return 0.95;
    case Aggregation::percentile_90:
      return 0.90;
    case Aggregation::percentile_75:
      return 0.75;
    case Aggregation::percentile_50:
      return 0.50;
    case Aggregation::percentile_15:
      return 0.15;
    case Aggregation::percentile_5:
      return 0.05;
    default:
      return std::nullopt;
  }
}

// Linear between the two nearest ranks, as PostgreSQL's percentile_cont and NumPy do.
double percentile(std::vector<double>& values, double fraction) {
  std::ranges::sort(values);
  const double rank = fraction * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return std::lerp(values[below], values[above], rank - std::floor(rank));
}

double aggregate_of(const Summary& summary, Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::average:
      return summary.average();
    case Aggregation::minimum:
      return summary.minimum;
    case Aggregation::maximum:
      return summary.maximum;
    case Aggregation::sum:
      return summary.sum;
    case Aggregation::bool_or:
      return summary.minimum != 0 || summary.maximum != 0 ? 1 : 0;
    default:
      return static_cast<double>(summary.count);
  }
}

// Feeds each interval's points to `use`, in order.
Result<void> for_each_interval(PointReader reader, std::chrono::seconds interval,
                               const std::function<void(Timestamp, std::vector<Point>&)>& use) {
  std::vector<Point> points;
  Timestamp start{};
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(std::optional<Point> point, reader.next());
    const bool is_over = !point || interval_start(point->time, interval) != start;
    if (is_over && !points.empty()) {
      use(start, points);
      points.clear();
    }
    if (!point) return {};
    start = interval_start(point->time, interval);
    points.push_back(std::move(*point));
  }
}

std::vector<double> numbers_of(const std::vector<Point>& points) {
  std::vector<double> numbers;
  numbers.reserve(points.size());
  for (const Point& point : points) {
    if (const auto number = point.value.as_number()) numbers.push_back(*number);
  }
  return numbers;
}

}  // namespace

History::History(ChunkStore store, const Clock& clock, const Options& options)
    : store_(std::move(store)),
      clock_(clock),
      options_(options),
      last_checkpoint_(clock.steady()) {}

History::~History() = default;

Result<std::unique_ptr<History>> History::open(storage::KeyValueStore& store,
                                               keys::ContentKeys& keys, const Clock& clock,
                                               const Options& options) {
  FASTNESS_ASSIGN_OR_RETURN(ChunkStore chunks, ChunkStore::open(store, keys));
  return std::unique_ptr<History>(new History(std::move(chunks), clock, options));
}

std::optional<Timestamp> History::oldest_kept() const {
  if (!options_.retention) return std::nullopt;
  return clock_.now() - *options_.retention;
}

void History::append(const Series& series, Point point, std::uint64_t position) {
  const auto oldest = oldest_kept();
  if (point.time < std::max(kFirst, oldest.value_or(kFirst)) || point.time >= kEnd) {
    ++refused_too_old_;
    return;
  }
  open_.append(series, std::move(point), position, clock_.steady());
}

bool History::is_checkpoint_due() const {
  // By time also if there is nothing to store: the journal must be let go of all the same.
  return open_.fresh_bytes() >= options_.max_open_bytes ||
         clock_.steady() - last_checkpoint_.load() >= options_.checkpoint_interval;
}

std::optional<Checkpoint> History::begin_checkpoint() {
  auto checkpoint = open_.begin(clock_.steady() - options_.idle);
  if (checkpoint) last_checkpoint_.store(clock_.steady());
  return checkpoint;
}

Result<std::uint64_t> History::finish_checkpoint(const Checkpoint& checkpoint) {
  const std::lock_guard lock(storing_);
  const auto stored = store_marked(checkpoint);
  open_.finish();
  is_disk_full_ = !stored && stored.error().code == Errc::exhausted;
  if (!stored) {
    ++failed_checkpoints_;
    return Unexpected<Error>{stored.error()};
  }
  return checkpoint.next_position();
}

Result<void> History::checkpoint() {
  std::optional<Checkpoint> begun = begin_checkpoint();
  if (!begun) return {};
  FASTNESS_RETURN_IF_ERROR(finish_checkpoint(*begun));
  return {};
}

// Stores the marked chunks a few at a time; tells the open chunks which are done and which not.
Result<void> History::store_marked(const Checkpoint& checkpoint) {
  const auto keep =
      open_.bytes() * 2 > options_.max_open_bytes ? OpenChunks::Keep::no : OpenChunks::Keep::yes;
  auto next = checkpoint.marked_.begin();
  const auto end = checkpoint.marked_.end();
  while (next != end) {
    ChunkStore::Changes changes = store_.changes();
    std::vector<Prepared> prepared;
    Result<void> result;
    auto at = next;
    for (; result && at != end && changes.size_bytes() < kMaxWrite; ++at) {
      result = prepare(*at, changes, prepared);
    }
    if (result) result = store_.apply(std::move(changes));
    if (!result) {
      for (; next != end; ++next) open_.not_stored(*next);
      return result;
    }
    for (Prepared& one : prepared) {
      open_.stored(*one.marked, std::move(one.encoded), one.count, one.where, keep);
    }
    next = at;
  }
  return {};
}

Result<void> History::prepare(const Checkpoint::Marked& marked, ChunkStore::Changes& changes,
                              std::vector<Prepared>& prepared) {
  if (!open_.is_wanted(marked)) return {};  // storing it would bring back what was removed
  FASTNESS_ASSIGN_OR_RETURN(const std::vector<Point> points, marked.view.points());
  auto encoded = std::make_shared<const Bytes>(encode_chunk(points));
  const ChunkId id{marked.series, points.front().time, marked.view.sequence};
  if (marked.stored && *marked.stored != id) {
    FASTNESS_RETURN_IF_ERROR(changes.erase(*marked.stored));
  }
  const auto put = changes.put(id, marked.view.last_position, points, *encoded);
  if (!put && put.error().code == Errc::not_found) {
    // The organisation was erased, and what the journal still had of it goes too.
    open_.remove(marked.series.organisation);
    return {};
  }
  FASTNESS_RETURN_IF_ERROR(put);
  prepared.push_back({&marked, std::move(encoded), points.size(), id});
  return {};
}

PointReader History::read(const Series& series, TimeRange range, Order order) const {
  return {store_, series, open_.view(series), clamped(range), order};
}

Result<std::vector<Point>> History::points(const Series& series, TimeRange range, Order order,
                                           std::size_t limit) const {
  PointReader reader = read(series, range, order);
  std::vector<Point> points;
  while (points.size() < limit) {
    FASTNESS_ASSIGN_OR_RETURN(std::optional<Point> point, reader.next());
    if (!point) break;
    points.push_back(std::move(*point));
  }
  return points;
}

Result<std::optional<Point>> History::last(const Series& series) const {
  return read(series, {kFirst, kEnd}, Order::descending).next();
}

Result<std::vector<Summary>> History::summarise(const Series& series, TimeRange range,
                                                std::chrono::seconds interval) const {
  const TimeRange kept = clamped(range);
  FASTNESS_RETURN_IF_ERROR(check_interval(kept, interval));
  return Summariser(store_, series, open_.view(series), kept, interval).run();
}

Result<std::vector<Aggregate>> History::aggregate(const Series& series, TimeRange range,
                                                  std::chrono::seconds interval,
                                                  Aggregation aggregation) const {
  if (const auto fraction = percentile_of(aggregation)) {
    return percentiles(series, range, interval, *fraction);
  }
  FASTNESS_ASSIGN_OR_RETURN(const auto summaries, summarise(series, range, interval));
  std::vector<Aggregate> aggregates;
  for (const Summary& summary : summaries) {
    if (summary.numbers == 0 && aggregation != Aggregation::count) continue;
    if (aggregation == Aggregation::bool_and) {
      FASTNESS_ASSIGN_OR_RETURN(const bool has_zero, holds_zero(series, range, interval, summary));
      aggregates.push_back({summary.start, has_zero ? 0.0 : 1.0});
    } else {
      aggregates.push_back({summary.start, aggregate_of(summary, aggregation)});
    }
  }
  return aggregates;
}

// Needs every value: no roll-up has them.
Result<std::vector<Aggregate>> History::percentiles(const Series& series, TimeRange range,
                                                    std::chrono::seconds interval,
                                                    double fraction) const {
  FASTNESS_RETURN_IF_ERROR(check_interval(clamped(range), interval));
  std::vector<Aggregate> aggregates;
  FASTNESS_RETURN_IF_ERROR(
      for_each_interval(read(series, range, Order::ascending), interval,
                        [&](Timestamp start, const std::vector<Point>& points) {
                          std::vector<double> numbers = numbers_of(points);
                          if (!numbers.empty())
                            aggregates.push_back({start, percentile(numbers, fraction)});
                        }));
  return aggregates;
}

// Whether a zero is among the interval's numbers. Only if some are negative and some positive does
// the summary not say.
Result<bool> History::holds_zero(const Series& series, TimeRange range,
                                 std::chrono::seconds interval, const Summary& summary) const {
  if (summary.minimum == 0 || summary.maximum == 0) return true;
  if (summary.minimum > 0 || summary.maximum < 0) return false;
  PointReader reader = read(
      series, {std::max(range.from, summary.start), std::min(range.to, summary.start + interval)},
      Order::ascending);
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const std::optional<Point> point, reader.next());
    if (!point) return false;
    if (point->value.as_number() == 0.0) return true;
  }
}

Result<std::vector<Point>> History::sample(const Series& series, TimeRange range,
                                           std::chrono::seconds interval) const {
  FASTNESS_RETURN_IF_ERROR(check_interval(clamped(range), interval));
  std::vector<Point> samples;
  PointReader reader = read(series, range, Order::ascending);
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(std::optional<Point> point, reader.next());
    if (!point) return samples;
    const bool is_same = !samples.empty() && interval_start(samples.back().time, interval) ==
                                                 interval_start(point->time, interval);
    if (is_same) samples.pop_back();
    samples.push_back(std::move(*point));
  }
}

Result<void> History::remove(const Series& series) {
  const std::lock_guard lock(storing_);
  open_.remove(series);
  return store_.erase(series);
}

Result<void> History::remove(OrganisationId organisation) {
  const std::lock_guard lock(storing_);
  open_.remove(organisation);
  return store_.erase(organisation);
}

Result<void> History::enforce_limits() {
  const std::lock_guard lock(storing_);
  if (const auto oldest = oldest_kept()) {
    const Day day = day_of(*oldest);
    for (const OrganisationId organisation : store_.organisations()) {
      const auto first = store_.oldest_day(organisation);
      if (!first || *first >= day) continue;
      FASTNESS_RETURN_IF_ERROR(dispose(organisation, day, Disposal::Cause::age));
    }
  }
  return give_up_days();
}

Result<void> History::dispose(OrganisationId organisation, Day before, Disposal::Cause cause) {
  open_.remove_before(organisation, before);
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t days, store_.erase_before(organisation, before));
  if (on_disposed_) on_disposed_({organisation, cause, days});
  return {};
}

Result<void> History::give_up_days() {
  while (options_.cap_bytes && store_.bytes() > *options_.cap_bytes) {
    const auto organisations = store_.organisations();
    const auto largest = std::ranges::max_element(
        organisations, {}, [this](OrganisationId id) { return store_.bytes(id); });
    const auto oldest = store_.oldest_day(*largest);
    if (!oldest) return {};
    FASTNESS_RETURN_IF_ERROR(dispose(*largest, *oldest + 1, Disposal::Cause::cap));
    ++days_given_up_;
  }
  return {};
}

History::Status History::status() const {
  return {.stored_bytes = store_.bytes(),
          .open_bytes = open_.bytes(),
          .open_chunks = open_.chunks(),
          .failed_checkpoints = failed_checkpoints_,
          .is_disk_full = is_disk_full_,
          .refused_too_old = refused_too_old_,
          .days_given_up = days_given_up_};
}

std::uint64_t History::stored_bytes(OrganisationId organisation) const {
  return store_.bytes(organisation);
}

}  // namespace fastness::history
