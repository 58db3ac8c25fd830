#include "history/codec/chunk_codec.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "history/codec/integers.h"
#include "history/codec/numbers.h"

namespace fastness::history {
namespace {

constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kStart = 1'780'000'000 * kSecond;

Timestamp at(std::int64_t microseconds) {
  return Timestamp(std::chrono::microseconds(microseconds));
}

template <typename Make>
std::vector<Point> each_second(std::size_t count, const Make& make) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < count; ++i) {
    points.push_back({at(kStart + static_cast<std::int64_t>(i) * kSecond), make(i)});
  }
  return points;
}

// Bit for bit: NaN equals itself, and zero is not negative zero.
bool is_same(const Point& a, const Point& b) {
  const auto* x = a.value.get<double>();
  const auto* y = b.value.get<double>();
  if (x == nullptr || y == nullptr) return a == b;
  return a.time == b.time && std::bit_cast<std::uint64_t>(*x) == std::bit_cast<std::uint64_t>(*y);
}

void expect_round_trip(const std::vector<Point>& points) {
  const auto decoded = decode_chunk(encode_chunk(points));
  ASSERT_TRUE(decoded) << decoded.error().message;
  ASSERT_EQ(decoded->size(), points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    EXPECT_TRUE(is_same((*decoded)[i], points[i])) << i;
  }
}

double bits_each(const std::vector<Point>& points) {
  return static_cast<double>(encode_chunk(points).size()) * 8 / static_cast<double>(points.size());
}

Value colour(double hue) {
  return Value::composite({{"hue", hue}, {"sat", 100.0}, {"bri", 80.0}, {"swi", true}}).value();
}

TEST(ChunkCodec, BringsBackEveryKindOfValue) {
  const auto limits = std::numeric_limits<double>();
  const double odd[] = {0.0,
                        -0.0,
                        0.1,
                        -1e300,
                        limits.infinity(),
                        limits.quiet_NaN(),
                        limits.denorm_min(),
                        limits.max(),
                        1.0 / 3,
                        9007199254740993.0};
  const std::int64_t far[] = {0, -1, std::numeric_limits<std::int64_t>::min(),
                              std::numeric_limits<std::int64_t>::max(), 1};

  expect_round_trip({});
  expect_round_trip(each_second(1, [](std::size_t) { return Value(21.5); }));
  expect_round_trip(each_second(100, [](std::size_t i) { return Value(i % 7 == 0); }));
  expect_round_trip(each_second(50, [&](std::size_t i) { return Value(odd[i % 10]); }));
  expect_round_trip(each_second(50, [&](std::size_t i) { return Value(far[i % 5]); }));
  expect_round_trip(each_second(50, [](std::size_t i) { return Value(std::to_string(i / 9)); }));
  expect_round_trip(each_second(50, [](std::size_t i) { return colour(i % 3 == 0 ? 10 : 20); }));
  expect_round_trip(each_second(4, [](std::size_t i) {
    return i == 0 ? Value(true) : i == 1 ? Value(1) : i == 2 ? Value(1.0) : Value("1");
  }));
}

TEST(ChunkCodec, BringsBackAnyTimes) {
  expect_round_trip({{at(std::numeric_limits<std::int64_t>::min()), 1},
                     {at(0), 2},
                     {at(std::numeric_limits<std::int64_t>::max()), 3}});
  expect_round_trip({{at(-1), 1}, {at(0), 2}, {at(1), 3}});
}

TEST(ChunkCodec, MeasurementsTakeFewBits) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> noise(0, 0.3);
  const auto decimal = each_second(1'000, [&](std::size_t i) {
    return Value(std::round((20 + std::sin(static_cast<double>(i) / 300) + noise(random)) * 10) /
                 10);
  });
  const auto from_board = each_second(1'000, [&](std::size_t) {
    return Value(static_cast<double>(static_cast<float>(std::round(200 + 3 * noise(random)) / 10)));
  });
  const auto counter =
      each_second(1'000, [](std::size_t i) { return Value(static_cast<std::int64_t>(i) * 12); });
  const auto lamp = each_second(1'000, [](std::size_t i) { return Value(i / 100 % 2 == 0); });

  EXPECT_LT(bits_each(decimal), 6);
  EXPECT_LT(bits_each(from_board), 6);
  EXPECT_LT(bits_each(counter), 2);
  EXPECT_LT(bits_each(lamp), 2);
}

TEST(ChunkCodec, RandomChunksRoundTrip) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int run = 0; run < 300; ++run) {
    const std::uint64_t kind = random() % 6;
    const std::uint64_t spread = std::uint64_t{1} << (random() % 40);
    std::int64_t time = static_cast<std::int64_t>(random() % (std::uint64_t{1} << 60U));
    std::vector<Point> points;
    for (std::uint64_t left = random() % 200; left != 0; --left) {
      time += 1 + static_cast<std::int64_t>(random() % spread);
      const auto bits = random();
      const Value value =
          kind == 0   ? Value(bits % 2 == 0)
          : kind == 1 ? Value(static_cast<std::int64_t>(bits % spread))
          : kind == 2 ? Value(std::bit_cast<double>(bits))
          : kind == 3 ? Value(static_cast<double>(bits % spread) / 100)
          : kind == 4
              ? Value(std::to_string(bits % 5))
              : Value(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits))));
      points.push_back({at(time), value});
    }
    expect_round_trip(points);
  }
}

TEST(ChunkCodec, CutsAreCorruption) {
  for (const auto& points :
       {each_second(40, [](std::size_t i) { return Value(static_cast<double>(i * i) / 10); }),
        each_second(40, [](std::size_t i) { return Value(std::to_string(i)); }),
        each_second(40, [](std::size_t i) { return Value(i % 3 == 0); })}) {
    const Bytes bytes = encode_chunk(points);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      SCOPED_TRACE(size);
      const auto decoded = decode_chunk(ByteView(bytes).first(size));
      ASSERT_FALSE(decoded);
      EXPECT_EQ(decoded.error().code, Errc::corrupted);
    }
  }
}

TEST(ChunkCodec, ManyPointsOfALongTextAreNotBlownUp) {
  Bytes bytes;
  BitWriter out(bytes);
  out.put(1, 8);
  out.put(4, 8);  // dictionary
  out.put_number(kMaxChunkPoints);
  std::vector<std::int64_t> times(kMaxChunkPoints);
  for (std::size_t i = 0; i < times.size(); ++i) times[i] = static_cast<std::int64_t>(i);
  encode_times(times, out);
  Bytes word;
  ByteWriter writer(word);
  Value(std::string(100'000, 'x')).encode(writer);
  out.put_number(1);
  out.put_number(word.size());
  for (const std::uint8_t byte : word) out.put(byte, 8);
  out.put_number(1);
  pack(std::vector<std::uint64_t>{0}, out);
  pack(std::vector<std::uint64_t>{kMaxChunkPoints}, out);

  EXPECT_FALSE(decode_chunk(bytes));
}

TEST(Bits, KeepEveryWidth) {
  Bytes bytes;
  BitWriter out(bytes);
  for (unsigned width = 0; width <= 64; ++width) out.put(~std::uint64_t{0} >> 1U, width);
  out.put_number(~std::uint64_t{0});

  BitReader in(bytes);
  for (unsigned width = 0; width <= 64; ++width) {
    const std::uint64_t all = ~std::uint64_t{0} >> 1U;
    const std::uint64_t expected = width == 64 ? all : all & ((std::uint64_t{1} << width) - 1);
    EXPECT_EQ(in.get(width), expected) << width;
  }
  EXPECT_EQ(in.get_number(), ~std::uint64_t{0});
  EXPECT_TRUE(in.ok());
  EXPECT_EQ(in.get(64), 0U);
  EXPECT_FALSE(in.ok());
}

TEST(Zigzag, IsItsOwnInverse) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1},
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(unzigzag(zigzag(value)), value);
  }
  EXPECT_EQ(zigzag(-1), 1U);
}

}  // namespace
}  // namespace fastness::history
