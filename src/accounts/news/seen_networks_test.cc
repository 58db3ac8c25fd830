#include "accounts/news/seen_networks.h"

#include <string>

#include <gtest/gtest.h>

#include "accounts/sign_in/throttle.h"

namespace fastness::accounts {
namespace {

using namespace std::chrono_literals;

class SeenNetworksTest : public ::testing::Test {
 protected:
  static crypto::Digest digest(const std::string& network) {
    return crypto::sha256(as_bytes(network));
  }
  static std::string address(std::size_t number) { return "10.0." + std::to_string(number) + ".1"; }
  bool has(const std::string& from) {
    return seen_.has(from, [this](const std::string& network) {
      ++hashes_;
      return digest(network);
    });
  }
  std::optional<crypto::Digest> add(const std::string& from) {
    return seen_.add(digest(network_of(from)), start_);
  }

  Timestamp start_{};
  SeenNetworks seen_;
  int hashes_ = 0;
};

TEST_F(SeenNetworksTest, RemembersOnlySoManyAndForgetsTheOneUnusedLongest) {
  for (std::size_t i = 0; i < SeenNetworks::kMost; ++i) EXPECT_FALSE(add(address(i)));
  ASSERT_TRUE(has(address(0)));

  const auto gone = add(address(SeenNetworks::kMost));

  ASSERT_TRUE(gone);
  EXPECT_EQ(*gone, digest(network_of(address(1)))) << "the first one was used since";
  EXPECT_FALSE(has(address(1)));
  EXPECT_TRUE(has(address(0)));
}

// What is asked at each use of a key must cost next to nothing.
TEST_F(SeenNetworksTest, MakesAHashOnlyOfANetworkThatItHasNotMet) {
  add("192.0.2.1");
  add("198.51.100.1");
  ASSERT_TRUE(has("192.0.2.1"));
  ASSERT_TRUE(has("198.51.100.1"));
  EXPECT_EQ(hashes_, 2);

  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(has("192.0.2.1"));
    EXPECT_TRUE(has("192.0.2.99")) << "the same network";
    EXPECT_TRUE(has("198.51.100.1"));
  }

  EXPECT_EQ(hashes_, 2);
}

TEST_F(SeenNetworksTest, AnAddressThatIsNotKnownIsNowhereNew) {
  EXPECT_TRUE(has(""));
  EXPECT_FALSE(has("192.0.2.1"));
  EXPECT_FALSE(has("192.0.2.1")) << "it was only asked";
}

TEST_F(SeenNetworksTest, IsSettledADayAfterTheFirstUse) {
  EXPECT_FALSE(seen_.is_settled(start_ + SeenNetworks::kSettling));
  add("192.0.2.1");
  EXPECT_FALSE(seen_.is_settled(start_ + SeenNetworks::kSettling - 1s));
  EXPECT_TRUE(seen_.is_settled(start_ + SeenNetworks::kSettling));
}

}  // namespace
}  // namespace fastness::accounts
