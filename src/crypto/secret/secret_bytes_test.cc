#include "crypto/secret/secret_bytes.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace fastness::crypto
