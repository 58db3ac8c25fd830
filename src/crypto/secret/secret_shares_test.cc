#include "crypto/secret/secret_shares.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "crypto/secret/system_random.h"

namespace fastness::crypto {
namespace {

SecretBytes make_secret() {
  SystemRandom random;
  SecretBytes secret(32);
  random.fill(secret.reveal());
  return secret;
}

SecretShare copy_of(const SecretShare& share) {
  SecretShare copy{share.number, SecretBytes(share.bytes.size())};
  std::ranges::copy(share.bytes.reveal(), copy.bytes.reveal().begin());
  return copy;
}

std::vector<SecretShare> pick(const std::vector<SecretShare>& all,
                              std::initializer_list<std::size_t> which) {
  std::vector<SecretShare> picked;
  for (const std::size_t i : which) picked.push_back(copy_of(all[i]));
  return picked;
}

bool is_same(const SecretBytes& a, const SecretBytes& b) {
  return constant_time_equal(a.reveal(), b.reveal());
}

TEST(SecretShares, AnyThatAreEnoughGiveTheSecret) {
  const SecretBytes secret = make_secret();

  const auto shares = split_secret(secret, 3, 5).value();

  ASSERT_EQ(shares.size(), 5U);
  for (const auto& which : {pick(shares, {0, 1, 2}), pick(shares, {4, 2, 0}),
                            pick(shares, {1, 3, 4}), pick(shares, {0, 1, 2, 3, 4})}) {
    EXPECT_TRUE(is_same(join_shares(which).value(), secret));
  }
}

TEST(SecretShares, TooFewOrAWrongOneGiveSomethingElse) {
  const SecretBytes secret = make_secret();
  const auto shares = split_secret(secret, 3, 5).value();

  EXPECT_FALSE(is_same(join_shares(pick(shares, {0, 1})).value(), secret));

  auto wrong = pick(shares, {0, 1, 2});
  wrong[1].bytes.reveal()[7] ^= 1U;
  EXPECT_FALSE(is_same(join_shares(wrong).value(), secret));

  auto renumbered = pick(shares, {0, 1, 2});
  renumbered[2].number = 4;
  EXPECT_FALSE(is_same(join_shares(renumbered).value(), secret));
}

TEST(SecretShares, NoShareIsTheSecretAndASecondSplitHasOtherShares) {
  const SecretBytes secret = make_secret();
  const auto first = split_secret(secret, 2, 3).value();
  const auto second = split_secret(secret, 2, 3).value();

  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_FALSE(is_same(first[i].bytes, secret));
    EXPECT_FALSE(is_same(first[i].bytes, second[i].bytes));
  }
}

TEST(SecretShares, SharesOfTwoSplitsDoNotMix) {
  const SecretBytes secret = make_secret();
  const auto first = split_secret(secret, 2, 3).value();
  const auto second = split_secret(secret, 2, 3).value();

  std::vector<SecretShare> mixed;
  mixed.push_back(copy_of(first[0]));
  mixed.push_back(copy_of(second[1]));
  EXPECT_FALSE(is_same(join_shares(mixed).value(), secret));
}

TEST(SecretShares, NumbersThatMakeNoSenseAreRefused) {
  const SecretBytes secret = make_secret();
  struct Case {
    std::size_t needed;
    std::size_t count;
  };
  for (const Case& each : {Case{0, 3}, Case{1, 3}, Case{4, 3}, Case{2, kMaxShares + 1}}) {
    SCOPED_TRACE(each.needed);
    EXPECT_EQ(split_secret(secret, each.needed, each.count).error().code, Errc::invalid_argument);
  }
  EXPECT_EQ(split_secret(secret, 2, kMaxShares)->size(), kMaxShares);
  const auto shares = split_secret(secret, 2, 3).value();
  EXPECT_EQ(join_shares({}).error().code, Errc::invalid_argument);
  EXPECT_EQ(join_shares(pick(shares, {1, 1})).error().code, Errc::invalid_argument);
  auto short_one = pick(shares, {0, 1});
  short_one[1].bytes = SecretBytes(31);
  EXPECT_EQ(join_shares(short_one).error().code, Errc::invalid_argument);
}

}  // namespace
}  // namespace fastness::crypto
