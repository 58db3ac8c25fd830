#include "client/load/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace fastness::client {

using std::chrono::microseconds;

// Below 32 µs each has a slot; above, the five bits after the highest one choose it.
std::size_t LatencyHistogram::slot_of(std::uint64_t value) {
  if (value < kSteps) return value;
  const auto doubling = static_cast<std::size_t>(std::bit_width(value)) - 5;
  const std::size_t step = (value >> (doubling - 1)) - kSteps;
  return std::min(doubling * kSteps + step, kSteps * kDoublings - 1);
}

std::uint64_t LatencyHistogram::end_of(std::size_t slot) {
  const std::size_t doubling = slot / kSteps;
  if (doubling == 0) return slot;
  return ((kSteps + slot % kSteps + 1) << (doubling - 1)) - 1;
}

void LatencyHistogram::add(std::chrono::nanoseconds latency) {
  const auto value = std::max(std::chrono::duration_cast<microseconds>(latency), microseconds(0));
  ++slots_[slot_of(static_cast<std::uint64_t>(value.count()))];
  ++count_;
  longest_ = std::max(longest_, value);
}

microseconds LatencyHistogram::percentile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    seen += slots_[slot];
    if (seen == 0 || seen < wanted) continue;
    if (slot + 1 == slots_.size()) break;  // it has no end
    return std::min(microseconds(end_of(slot)), longest_);
  }
  return longest_;
}

std::vector<LatencyHistogram::Range> LatencyHistogram::ranges() const {
  std::array<std::uint64_t, kDoublings> doublings{};
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) doublings[slot / kSteps] += slots_[slot];
  std::vector<Range> found;
  for (std::size_t i = 0; i < doublings.size(); ++i) {
    if (doublings[i] == 0) continue;
    found.push_back({microseconds(end_of((i + 1) * kSteps - 1) + 1), doublings[i]});
  }
  return found;
}

std::string LatencyHistogram::to_text() const {
  constexpr std::uint64_t kWidth = 50;
  const std::vector<Range> found = ranges();
  if (found.empty()) return "";
  const std::uint64_t most = std::ranges::max_element(found, {}, &Range::count)->count;
  std::string text;
  for (const Range& range : found) {
    const auto bar = static_cast<std::size_t>((range.count * kWidth + most - 1) / most);
    std::string end = std::to_string(range.under.count());
    std::string many = std::to_string(range.count);
    end.insert(0, end.size() < 10 ? 10 - end.size() : 0, ' ');
    many.insert(0, many.size() < 10 ? 10 - many.size() : 0, ' ');
    text += "under " + end + " us " + many + "  " + std::string(bar, '#') + '\n';
  }
  return text;
}

}  // namespace fastness::client
