#include "crypto/secret/secret_bytes.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include <gtest/gtest.h>

#include "crypto/testing/counted_instructions.h"

namespace fastness::crypto {
namespace {

constexpr std::uint8_t kA{0xAA};
constexpr std::uint8_t kZero{0x00};

static_assert(!std::is_copy_constructible_v<SecretBytes>);
static_assert(std::is_nothrow_move_constructible_v<SecretBytes>);

TEST(SecretBytes, TakeZeroesTheSource) {
  std::array source{kA, kA, kA};

  const SecretBytes secret = SecretBytes::take(source);

  EXPECT_TRUE(std::ranges::all_of(source, [](std::uint8_t b) { return b == kZero; }));
  EXPECT_TRUE(std::ranges::all_of(secret.reveal(), [](std::uint8_t b) { return b == kA; }));
}

TEST(SecretBytes, MoveLeavesTheSourceEmpty) {
  std::array source{kA, kA};
  SecretBytes first = SecretBytes::take(source);

  const SecretBytes second = std::move(first);

  EXPECT_EQ(first.size(), 0U);  // NOLINT(bugprone-use-after-move): the test
  EXPECT_EQ(second.size(), 2U);
}

TEST(ConstantTimeEqual, ComparesContentAndLength) {
  const std::array a{kA, kA};
  const std::array same{kA, kA};
  const std::array other{kA, kZero};
  const std::array longer{kA, kA, kA};

  EXPECT_TRUE(constant_time_equal(a, same));
  EXPECT_FALSE(constant_time_equal(a, other));
  EXPECT_FALSE(constant_time_equal(a, longer));
  EXPECT_TRUE(constant_time_equal({}, {}));
}

using Compare = bool (*)(std::span<const std::uint8_t>, std::span<const std::uint8_t>);

// Of comparing a secret of 32 bytes with what shares its first `same` bytes.
std::optional<std::uint64_t> instructions_of(Compare compare, std::size_t same) {
  std::array<std::uint8_t, 32> secret{};
  secret.fill(kA);
  std::array<std::uint8_t, 32> guess = secret;
  if (same < guess.size()) guess.at(same) = kZero;
  volatile bool is_equal = false;
  return testing::counted_instructions([&] { is_equal = compare(secret, guess); });
}

// Against whoever finds a secret byte by byte, by how long it takes to say no.
TEST(ConstantTimeEqual, TakesTheSameStepsWhereverTheDifferenceIs) {
  const auto steps = instructions_of(constant_time_equal, 0);

  ASSERT_TRUE(steps) << "this process may not trace its children, so nothing was counted";
  for (const std::size_t same : {1U, 15U, 16U, 31U, 32U}) {
    EXPECT_EQ(instructions_of(constant_time_equal, same), steps) << same << " bytes are the same";
  }
}

// That the count above could tell: what stops at the first difference does not pass.
TEST(ConstantTimeEqual, AnOrdinaryComparisonTellsWhereTheDifferenceIs) {
  const Compare byte_by_byte = [](auto a, auto b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  };
  const auto early = instructions_of(byte_by_byte, 0);

  ASSERT_TRUE(early);
  EXPECT_LT(early, instructions_of(byte_by_byte, 31));
}

}  // namespace
}  // namespace fastness::crypto
