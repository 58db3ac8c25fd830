#include "history/codec/chunk_codec.h"

#include <algorithm>
#include <map>
#include <utility>

#include "history/codec/bits.h"
#include "history/codec/integers.h"
#include "history/codec/numbers.h"

namespace fastness::history {
namespace {

// On disk: add at the end.
enum class Encoding : std::uint8_t { booleans = 1, integers = 2, numbers = 3, dictionary = 4 };
constexpr std::uint8_t kFormat = 1;

template <typename T>
bool all_are(std::span<const Point> points) {
  return std::ranges::all_of(points, [](const Point& p) { return p.value.get<T>() != nullptr; });
}

Encoding encoding_of(std::span<const Point> points) {
  if (all_are<bool>(points)) return Encoding::booleans;
  if (all_are<std::int64_t>(points)) return Encoding::integers;
  if (all_are<double>(points)) return Encoding::numbers;
  return Encoding::dictionary;
}

// Lengths of stretches of equal numbers, and their numbers.
struct Runs {
  std::vector<std::uint64_t> numbers;
  std::vector<std::uint64_t> lengths;

  void add(std::uint64_t number) {
    if (numbers.empty() || numbers.back() != number) {
      numbers.push_back(number);
      lengths.push_back(0);
    }
    ++lengths.back();
  }
};

void encode_booleans(std::span<const Point> points, BitWriter& out) {
  Runs runs;
  for (const Point& point : points) runs.add(*point.value.get<bool>() ? 1 : 0);
  out.put(runs.numbers.empty() ? 0 : runs.numbers.front(), 1);
  out.put_number(runs.lengths.size());
  pack(runs.lengths, out);
}

void encode_all_integers(std::span<const Point> points, BitWriter& out) {
  std::vector<std::int64_t> values;
  values.reserve(points.size());
  for (const Point& point : points) values.push_back(*point.value.get<std::int64_t>());
  encode_integers(values, out);
}

void encode_all_numbers(std::span<const Point> points, BitWriter& out) {
  std::vector<double> values;
  values.reserve(points.size());
  for (const Point& point : points) values.push_back(*point.value.get<double>());
  encode_numbers(values, out);
}

// Each distinct value once, in its storage form, then which one when.
void encode_dictionary(std::span<const Point> points, BitWriter& out) {
  std::map<Bytes, std::uint64_t> indexes;
  std::vector<const Bytes*> words;
  Runs runs;
  for (const Point& point : points) {
    Bytes word;
    ByteWriter writer(word);
    point.value.encode(writer);
    const auto [entry, is_new] = indexes.try_emplace(std::move(word), indexes.size());
    if (is_new) words.push_back(&entry->first);
    runs.add(entry->second);
  }
  out.put_number(words.size());
  for (const Bytes* word : words) {
    out.put_number(word->size());
    for (const std::uint8_t byte : *word) out.put(byte, 8);
  }
  out.put_number(runs.lengths.size());
  pack(runs.numbers, out);
  pack(runs.lengths, out);
}

Unexpected<Error> damaged() {
  return fail(Errc::corrupted, "a chunk of history is damaged");
}

std::vector<std::uint64_t> read_packed(std::size_t count, BitReader& in) {
  std::vector<std::uint64_t> numbers(count);
  unpack(numbers, in);
  return numbers;
}

Result<std::vector<Value>> decode_booleans(std::size_t count, BitReader& in) {
  bool value = in.get(1) != 0;
  const std::uint64_t runs = in.get_number();
  if (!in.ok() || runs > count) return damaged();
  const auto lengths = read_packed(runs, in);
  std::vector<Value> values;
  for (const std::uint64_t length : lengths) {
    if (length > count - values.size()) return damaged();
    values.insert(values.end(), length, Value(value));
    value = !value;
  }
  return values;
}

struct Word {
  Value value;
  std::size_t size;
};

Result<std::vector<Word>> decode_words(std::size_t count, BitReader& in) {
  const std::uint64_t distinct = in.get_number();
  if (!in.ok() || distinct > count) return damaged();
  std::vector<Word> words;
  for (std::uint64_t i = 0; i < distinct; ++i) {
    Bytes word;
    for (std::uint64_t size = in.get_number(); size != 0 && in.ok(); --size) {
      word.push_back(static_cast<std::uint8_t>(in.get(8)));
    }
    ByteReader reader(word);
    FASTNESS_ASSIGN_OR_RETURN(Value value, Value::decode(reader));
    if (!in.ok() || !reader.finish("value")) return damaged();
    words.push_back({std::move(value), word.size()});
  }
  return words;
}

Result<std::vector<Value>> decode_dictionary(std::size_t count, BitReader& in) {
  FASTNESS_ASSIGN_OR_RETURN(const auto words, decode_words(count, in));
  const std::uint64_t runs = in.get_number();
  if (!in.ok() || runs > count) return damaged();
  const auto indexes = read_packed(runs, in);
  const auto lengths = read_packed(runs, in);
  std::vector<Value> values;
  std::size_t total = 0;  // a few foreign bytes must not become gigabytes
  for (std::size_t i = 0; i < runs; ++i) {
    if (indexes[i] >= words.size() || lengths[i] > count - values.size()) return damaged();
    const Word& word = words[indexes[i]];
    total += lengths[i] * word.size;
    if (total > kMaxChunkText) return damaged();
    values.insert(values.end(), lengths[i], word.value);
  }
  return values;
}

Result<std::vector<Value>> decode_values(Encoding encoding, std::size_t count, BitReader& in) {
  std::vector<Value> values;
  switch (encoding) {
    case Encoding::booleans:
      return decode_booleans(count, in);
    case Encoding::integers:
      for (const std::int64_t value : decode_integers(count, in)) values.emplace_back(value);
      return values;
    case Encoding::numbers:
      for (const double value : decode_numbers(count, in)) values.emplace_back(value);
      return values;
    case Encoding::dictionary:
      return decode_dictionary(count, in);
  }
  return damaged();
}

}  // namespace

Bytes encode_chunk(std::span<const Point> points) {
  Bytes bytes;
  BitWriter out(bytes);
  const Encoding encoding = encoding_of(points);
  out.put(kFormat, 8);
  out.put(static_cast<std::uint8_t>(encoding), 8);
  out.put_number(points.size());
  std::vector<std::int64_t> times;
  times.reserve(points.size());
  for (const Point& point : points) times.push_back(point.time.time_since_epoch().count());
  encode_times(times, out);
  switch (encoding) {
    case Encoding::booleans:
      encode_booleans(points, out);
      break;
    case Encoding::integers:
      encode_all_integers(points, out);
      break;
    case Encoding::numbers:
      encode_all_numbers(points, out);
      break;
    case Encoding::dictionary:
      encode_dictionary(points, out);
      break;
  }
  return bytes;
}

Result<std::vector<Point>> decode_chunk(ByteView bytes) {
  BitReader in(bytes);
  if (in.get(8) != kFormat) return damaged();
  const auto encoding = static_cast<Encoding>(in.get(8));
  const std::uint64_t count = in.get_number();
  if (!in.ok() || count > kMaxChunkPoints) return damaged();
  const std::vector<std::int64_t> times = decode_times(count, in);
  FASTNESS_ASSIGN_OR_RETURN(std::vector<Value> values, decode_values(encoding, count, in));
  if (!in.ok() || values.size() != count) return damaged();

  std::vector<Point> points;
  points.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0 && times[i] <= times[i - 1]) return damaged();
    points.push_back({Timestamp(std::chrono::microseconds(times[i])), std::move(values[i])});
  }
  return points;
}

}  // namespace fastness::history
