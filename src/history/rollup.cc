#include "history/rollup.h"

#include <algorithm>
#include <array>

#include "history/codec/bits.h"
#include "history/codec/chunk_codec.h"
#include "history/codec/integers.h"
#include "history/codec/numbers.h"

namespace fastness::history {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr std::array kColumns{&Summary::minimum, &Summary::maximum, &Summary::sum, &Summary::last};

Unexpected<Error> damaged() {
  return fail(Errc::corrupted, "a roll-up of history is damaged");
}

std::vector<std::uint64_t> column(std::span<const Summary> summaries,
                                  std::uint64_t Summary::*member) {
  std::vector<std::uint64_t> values;
  values.reserve(summaries.size());
  for (const Summary& summary : summaries) values.push_back(summary.*member);
  return values;
}

}  // namespace

Timestamp interval_start(Timestamp time, std::chrono::seconds interval) {
  const std::int64_t step = std::chrono::microseconds(interval).count();
  const std::int64_t count = time.time_since_epoch().count();
  std::int64_t rest = count % step;
  if (rest < 0) rest += step;
  return Timestamp(std::chrono::microseconds(count - rest));
}

void add_point(Summary& summary, const Point& point) {
  ++summary.count;
  const std::optional<double> number = point.value.as_number();
  if (!number) return;
  const bool is_first = summary.numbers++ == 0;
  summary.minimum = is_first ? *number : std::min(summary.minimum, *number);
  summary.maximum = is_first ? *number : std::max(summary.maximum, *number);
  summary.sum += *number;
  summary.last = *number;
}

void add_summary(Summary& summary, const Summary& later) {
  summary.count += later.count;
  if (later.numbers == 0) return;
  const bool is_first = summary.numbers == 0;
  summary.numbers += later.numbers;
  summary.minimum = is_first ? later.minimum : std::min(summary.minimum, later.minimum);
  summary.maximum = is_first ? later.maximum : std::max(summary.maximum, later.maximum);
  summary.sum += later.sum;
  summary.last = later.last;
}

std::vector<Summary> summarise_points(std::span<const Point> points,
                                      std::chrono::seconds interval) {
  std::vector<Summary> summaries;
  for (const Point& point : points) {
    const Timestamp start = interval_start(point.time, interval);
    if (summaries.empty() || summaries.back().start != start) summaries.push_back({start});
    add_point(summaries.back(), point);
  }
  return summaries;
}

std::vector<Summary> coarsen(std::span<const Summary> summaries, std::chrono::seconds interval) {
  std::vector<Summary> coarse;
  for (const Summary& summary : summaries) {
    const Timestamp start = interval_start(summary.start, interval);
    if (coarse.empty() || coarse.back().start != start) coarse.push_back({start});
    add_summary(coarse.back(), summary);
  }
  return coarse;
}

Bytes encode_summaries(std::span<const Summary> summaries, std::chrono::seconds interval) {
  Bytes bytes;
  BitWriter out(bytes);
  out.put(kFormat, 8);
  out.put_number(static_cast<std::uint64_t>(interval.count()));
  out.put_number(summaries.size());
  std::vector<std::int64_t> starts;
  for (const Summary& summary : summaries) {
    starts.push_back(summary.start.time_since_epoch().count());
  }
  encode_times(starts, out);
  pack(column(summaries, &Summary::count), out);
  pack(column(summaries, &Summary::numbers), out);
  std::vector<double> values;
  for (const auto member : kColumns) {
    values.clear();
    for (const Summary& summary : summaries) {
      if (summary.numbers != 0) values.push_back(summary.*member);
    }
    encode_numbers(values, out);
  }
  return bytes;
}

Result<std::vector<Summary>> decode_summaries(ByteView bytes) {
  BitReader in(bytes);
  if (in.get(8) != kFormat) return damaged();
  const std::uint64_t interval = in.get_number();
  const std::uint64_t size = in.get_number();
  if (!in.ok() || size > kMaxChunkPoints || interval == 0 || interval > 86'400) return damaged();

  std::vector<Summary> summaries;
  for (const std::int64_t start : decode_times(size, in)) {
    const Timestamp time{std::chrono::microseconds(start)};
    if (start % static_cast<std::int64_t>(interval * 1'000'000) != 0 ||
        (!summaries.empty() && time <= summaries.back().start)) {
      return damaged();
    }
    summaries.push_back({time});
  }
  std::vector<std::uint64_t> counts(size);
  std::vector<std::uint64_t> numbers(size);
  unpack(counts, in);
  unpack(numbers, in);
  for (std::size_t i = 0; i < size; ++i) {
    if (numbers[i] > counts[i]) return damaged();
    summaries[i].count = counts[i];
    summaries[i].numbers = numbers[i];
  }
  const auto with_numbers = static_cast<std::size_t>(
      std::ranges::count_if(summaries, [](const Summary& s) { return s.numbers != 0; }));
  for (const auto member : kColumns) {
    const std::vector<double> values = decode_numbers(with_numbers, in);
    auto value = values.begin();
    for (Summary& summary : summaries) {
      if (summary.numbers != 0) summary.*member = *value++;
    }
  }
  if (!in.ok()) return damaged();
  return summaries;
}

}  // namespace fastness::history
