#include "crypto/merkle_tiles.h"

#include <gtest/gtest.h>

namespace fastness::crypto {
namespace {

constexpr std::uint64_t kTile = TiledMerkleTree::kTile;

// A log of so many entries, its whole tree, and the same in tiles.
struct Log {
  explicit Log(std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; ++i) {
      leaves.push_back(merkle_leaf(as_bytes(std::to_string(i))));
      whole.append(leaves.back());
      tiles.append(leaves.back());
    }
  }

  // Counts what is read, so that a test may say how little.
  TiledMerkleTree::ReadTile read() {
    return [this](std::uint64_t first) -> Result<std::vector<Digest>> {
      ++reads;
      const auto from = leaves.begin() + static_cast<std::ptrdiff_t>(first);
      return std::vector<Digest>(from, from + static_cast<std::ptrdiff_t>(kTile));
    };
  }

  std::vector<Digest> leaves;
  MerkleTree whole;
  TiledMerkleTree tiles;
  int reads = 0;
};

TEST(MerkleTiles, RootsAndProofsAreThoseOfTheWholeTree) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, kTile - 1, kTile, kTile + 1,
                                   2 * kTile, 3 * kTile + 77, 8 * kTile, 9 * kTile - 1}) {
    SCOPED_TRACE(size);
    Log log(size);
    EXPECT_EQ(log.tiles.size(), size);
    EXPECT_EQ(log.tiles.root(), log.whole.root());
    for (std::uint64_t i = 0; i < size; i += i % kTile < 3 ? 1 : 41) {
      EXPECT_EQ(log.tiles.inclusion_proof(i, log.read()).value(),
                log.whole.inclusion_proof(i, size).value())
          << i;
      EXPECT_EQ(log.tiles.consistency_proof(i + 1, log.read()).value(),
                log.whole.consistency_proof(i + 1, size).value())
          << i;
      EXPECT_EQ(log.tiles.root_at(i, log.read()).value(), log.whole.root_at(i)) << i;
    }
    EXPECT_EQ(log.tiles.root_at(size, log.read()).value(), log.whole.root());
  }
}

TEST(MerkleTiles, AProofReadsOneTileAtMost) {
  Log log(5 * kTile + 9);
  ASSERT_TRUE(log.tiles.inclusion_proof(3 * kTile + 5, log.read()));
  EXPECT_EQ(log.reads, 1);
  ASSERT_TRUE(log.tiles.consistency_proof(2 * kTile + 5, log.read()));
  EXPECT_EQ(log.reads, 2);
  ASSERT_TRUE(log.tiles.inclusion_proof(5 * kTile + 5, log.read()));
  EXPECT_EQ(log.reads, 2) << "the last tile is in memory";
}

TEST(MerkleTiles, WhatTheTreeNeverHadIsRefused) {
  Log log(kTile + 3);
  EXPECT_EQ(log.tiles.inclusion_proof(kTile + 3, log.read()).error().code, Errc::invalid_argument);
  EXPECT_EQ(log.tiles.consistency_proof(0, log.read()).error().code, Errc::invalid_argument);
  EXPECT_EQ(log.tiles.consistency_proof(kTile + 4, log.read()).error().code,
            Errc::invalid_argument);
  EXPECT_EQ(log.tiles.root_at(kTile + 4, log.read()).error().code, Errc::invalid_argument);
}

TEST(MerkleTiles, ATileThatWasChangedOrCutIsFoundOut) {
  Log log(2 * kTile);
  log.leaves[7][0] ^= 1U;
  EXPECT_EQ(log.tiles.inclusion_proof(3, log.read()).error().code, Errc::corrupted);
  EXPECT_EQ(log.tiles.consistency_proof(3, log.read()).error().code, Errc::corrupted);
  EXPECT_TRUE(log.tiles.inclusion_proof(kTile, log.read())) << "the other one is good";
  const auto cut = [&](std::uint64_t) { return Result(std::vector<Digest>(log.leaves)); };
  EXPECT_EQ(log.tiles.inclusion_proof(kTile, cut).error().code, Errc::corrupted);
  const auto gone = [](std::uint64_t) -> Result<std::vector<Digest>> {
    return fail(Errc::unavailable, "gone");
  };
  EXPECT_EQ(log.tiles.root_at(3, gone).error().code, Errc::unavailable);
}

}  // namespace
}  // namespace fastness::crypto
