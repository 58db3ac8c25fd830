#include "base/few.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace fastness {
namespace {

// As what it is made for: no default constructor.
class Number {
 public:
  explicit Number(std::uint32_t value) : value_(value) {}
  friend bool operator==(const Number&, const Number&) = default;

 private:
  std::uint32_t value_;
};

TEST(Few, DoesWhatAVectorDoes) {
  std::mt19937 random(7);
  Few<Number> few;
  std::vector<Number> vector;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    // Long and short in turn, so that it grows and empties.
    const bool grows = i % 100 < 50 ? random() % 4 != 0 : random() % 4 == 0;
    if (grows || vector.empty()) {
      few.push_back(Number(i));
      vector.emplace_back(i);
    } else {
      const auto index = static_cast<std::ptrdiff_t>(random() % vector.size());
      few.erase(few.begin() + index);
      vector.erase(vector.begin() + index);
    }
    ASSERT_EQ(few.size(), vector.size());
    ASSERT_EQ(few.empty(), vector.empty());
    ASSERT_TRUE(std::ranges::equal(few, vector)) << "after step " << i;
  }
}

TEST(Few, KeepsTheFirstInside) {
  Few<Number> few;
  few.push_back(Number(1));

  const auto* begin = reinterpret_cast<const std::byte*>(&few);
  const auto* element = reinterpret_cast<const std::byte*>(few.data());
  EXPECT_GE(element, begin);
  EXPECT_LT(element, begin + sizeof few);
  EXPECT_EQ(sizeof few, 16U);
}

TEST(Few, MovesWithWhatItHas) {
  for (std::uint32_t size = 0; size < 5; ++size) {
    SCOPED_TRACE(size);
    Few<Number> from;
    for (std::uint32_t i = 0; i < size; ++i) from.push_back(Number(i));

    Few<Number> to(std::move(from));
    Few<Number> last;
    last.push_back(Number(99));
    last = std::move(to);

    ASSERT_EQ(last.size(), size);
    for (std::uint32_t i = 0; i < size; ++i) EXPECT_EQ(last.data()[i], Number(i));
  }
}

}  // namespace
}  // namespace fastness
