#include "history/codec/integers.h"

#include <array>
#include <numeric>

namespace fastness::history {
namespace {

constexpr unsigned kOrderBits = 2;  // how many times differences were taken: 0, 1 or 2
constexpr unsigned kMaxOrder = 2;

// Differences wrap around, so that every sequence has them and gets its values back.
void difference(std::vector<std::int64_t>& values) {
  std::uint64_t before = 0;
  for (std::int64_t& value : values) {
    const auto now = static_cast<std::uint64_t>(value);
    value = static_cast<std::int64_t>(now - before);
    before = now;
  }
}

void accumulate(std::vector<std::int64_t>& values) {
  std::uint64_t sum = 0;
  for (std::int64_t& value : values) {
    sum += static_cast<std::uint64_t>(value);
    value = static_cast<std::int64_t>(sum);
  }
}

std::vector<std::uint64_t> zigzagged(const std::vector<std::int64_t>& values, std::size_t from) {
  std::vector<std::uint64_t> numbers;
  numbers.reserve(values.size() - from);
  for (std::size_t i = from; i < values.size(); ++i) numbers.push_back(zigzag(values[i]));
  return numbers;
}

}  // namespace

void encode_integers(std::span<const std::int64_t> values, BitWriter& out) {
  std::vector<std::int64_t> current(values.begin(), values.end());
  // After `order` differences the first `order` numbers are large ones: they go out one by one.
  std::array<std::vector<std::int64_t>, kMaxOrder + 1> candidates;
  unsigned best = 0;
  std::size_t best_size = 0;
  for (unsigned order = 0; order <= kMaxOrder; ++order) {
    const std::size_t head = std::min<std::size_t>(order, current.size());
    const std::size_t size = head * 64 + packed_size(zigzagged(current, head));
    if (order == 0 || size < best_size) {
      best = order;
      best_size = size;
    }
    candidates[order] = current;
    difference(current);
  }
  const auto& chosen = candidates[best];
  const std::size_t head = std::min<std::size_t>(best, chosen.size());
  out.put(best, kOrderBits);
  for (std::size_t i = 0; i < head; ++i) out.put_number(zigzag(chosen[i]));
  pack(zigzagged(chosen, head), out);
}

std::vector<std::int64_t> decode_integers(std::size_t count, BitReader& in) {
  const auto order = static_cast<unsigned>(in.get(kOrderBits));
  const std::size_t head = std::min<std::size_t>(order, count);
  std::vector<std::int64_t> values;
  values.reserve(count);
  for (std::size_t i = 0; i < head; ++i) values.push_back(unzigzag(in.get_number()));
  std::vector<std::uint64_t> numbers(count - head);
  unpack(numbers, in);
  for (const std::uint64_t number : numbers) values.push_back(unzigzag(number));
  for (unsigned i = 0; i < order; ++i) accumulate(values);
  return values;
}

void encode_times(std::span<const std::int64_t> ascending, BitWriter& out) {
  if (ascending.empty()) return;
  std::uint64_t step = 0;
  std::vector<std::int64_t> offsets;
  offsets.reserve(ascending.size());
  for (const std::int64_t time : ascending) {
    const auto offset =
        static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(ascending.front());
    step = std::gcd(step, offset);
    offsets.push_back(static_cast<std::int64_t>(offset));
  }
  if (step == 0) step = 1;  // a single time
  for (std::int64_t& offset : offsets) {
    offset = static_cast<std::int64_t>(static_cast<std::uint64_t>(offset) / step);
  }
  out.put_number(zigzag(ascending.front()));
  out.put_number(step);
  encode_integers(offsets, out);
}

std::vector<std::int64_t> decode_times(std::size_t count, BitReader& in) {
  if (count == 0) return {};
  const auto first = static_cast<std::uint64_t>(unzigzag(in.get_number()));
  const std::uint64_t step = in.get_number();
  std::vector<std::int64_t> times = decode_integers(count, in);
  for (std::int64_t& time : times) {
    time = static_cast<std::int64_t>(first + static_cast<std::uint64_t>(time) * step);
  }
  return times;
}

}  // namespace fastness::history
