#include "base/value.h"

#include <gtest/gtest.h>

namespace fastness {
namespace {

Value position() {
  return Value::composite({{"lon", 9.19}, {"lat", 45.46}}).value();
}

TEST(Value, RoundTripsThroughItsStorageForm) {
  const Value cases[] = {true, false, 0, std::int64_t{-1} << 62, 0.1, "", "Größe", position()};
  for (const Value& value : cases) {
    Bytes bytes;
    ByteWriter writer(bytes);
    value.encode(writer);

    ByteReader reader(bytes);
    const auto decoded = Value::decode(reader);

    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, value);
    EXPECT_TRUE(reader.finish("value"));
  }
}

TEST(Value, EveryCutIsCorruption) {
  Bytes bytes;
  ByteWriter writer(bytes);
  position().encode(writer);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    SCOPED_TRACE(size);
    ByteReader reader(ByteView(bytes).first(size));
    const auto decoded = Value::decode(reader);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code, Errc::corrupted);
  }
}

TEST(Value, CompositeHasOneSpelling) {
  EXPECT_EQ(position(), Value::composite({{"lat", 45.46}, {"lon", 9.19}}).value());
  EXPECT_FALSE(Value::composite({}));
  EXPECT_FALSE(Value::composite({{"a", true}, {"a", false}}));
  Composite many;
  for (std::size_t i = 0; i < Value::kMaxAttributes; ++i) many.push_back({std::to_string(i), true});
  EXPECT_TRUE(Value::composite(many));
  many.push_back({"one more", true});
  EXPECT_FALSE(Value::composite(many));
}

TEST(Value, OnlyScalarsAreNumbers) {
  EXPECT_EQ(Value(true).as_number(), 1.0);
  EXPECT_EQ(Value(7).as_number(), 7.0);
  EXPECT_EQ(Value(0.5).as_number(), 0.5);
  EXPECT_EQ(Value("7").as_number(), std::nullopt);
  EXPECT_EQ(position().as_number(), std::nullopt);
}

}  // namespace
}  // namespace fastness
