#include "crypto/merkle.h"

#include <gtest/gtest.h>

namespace fastness::crypto {
namespace {

// The entries and roots that Certificate Transparency's reference implementation tests with.
const std::vector<std::string> kEntries{"",
                                        "00",
                                        "10",
                                        "2021",
                                        "3031",
                                        "40414243",
                                        "5051525354555657",
                                        "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots{
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

Digest leaf_of(std::uint64_t number) {
  return merkle_leaf(as_bytes(std::to_string(number)));
}

MerkleTree tree_of(std::uint64_t size) {
  MerkleTree tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.append(leaf_of(i));
  return tree;
}

TEST(Merkle, RootsAreTheReferences) {
  MerkleTree tree;
  MerkleFrontier frontier;
  EXPECT_EQ(to_hex(tree.root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(frontier.root(), tree.root());
  for (std::size_t i = 0; i < kEntries.size(); ++i) {
    const Digest leaf = merkle_leaf(from_hex(kEntries[i]).value());
    tree.append(leaf);
    frontier.append(leaf);
    EXPECT_EQ(to_hex(tree.root()), kRoots[i]);
    EXPECT_EQ(to_hex(frontier.root()), kRoots[i]);
    EXPECT_EQ(tree.size(), i + 1);
    EXPECT_EQ(frontier.size(), i + 1);
  }
}

TEST(Merkle, EveryInclusionProofOfEverySizeHolds) {
  const MerkleTree tree = tree_of(70);
  for (std::uint64_t size = 1; size <= 70; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proof = tree.inclusion_proof(index, size);
      ASSERT_TRUE(proof);
      EXPECT_TRUE(verify_inclusion(leaf_of(index), index, size, *proof, tree.root_at(size)));
      EXPECT_FALSE(verify_inclusion(leaf_of(index + 1), index, size, *proof, tree.root_at(size)));
      EXPECT_FALSE(verify_inclusion(leaf_of(index), index + 1, size, *proof, tree.root_at(size)));
    }
  }
  EXPECT_FALSE(tree.inclusion_proof(70, 70));
  EXPECT_FALSE(tree.inclusion_proof(0, 71));
}

TEST(Merkle, AnInclusionProofThatWasChangedFails) {
  const MerkleTree tree = tree_of(13);
  const std::vector<Digest> proof = tree.inclusion_proof(5, 13).value();
  for (std::size_t i = 0; i < proof.size(); ++i) {
    std::vector<Digest> changed = proof;
    changed[i][0] ^= 1U;
    EXPECT_FALSE(verify_inclusion(leaf_of(5), 5, 13, changed, tree.root()));
  }
  std::vector<Digest> longer = proof;
  longer.push_back(leaf_of(0));
  EXPECT_FALSE(verify_inclusion(leaf_of(5), 5, 13, longer, tree.root()));
  std::vector<Digest> shorter(proof.begin(), proof.end() - 1);
  EXPECT_FALSE(verify_inclusion(leaf_of(5), 5, 13, shorter, tree.root()));
}

TEST(Merkle, EveryConsistencyProofHoldsAndNoOther) {
  const MerkleTree tree = tree_of(40);
  for (std::uint64_t new_size = 1; new_size <= 40; ++new_size) {
    for (std::uint64_t old_size = 1; old_size <= new_size; ++old_size) {
      SCOPED_TRACE(std::to_string(old_size) + " of " + std::to_string(new_size));
      const auto proof = tree.consistency_proof(old_size, new_size);
      ASSERT_TRUE(proof);
      const Digest old_root = tree.root_at(old_size);
      const Digest new_root = tree.root_at(new_size);
      EXPECT_TRUE(verify_consistency(old_size, old_root, new_size, new_root, *proof));
      Digest rewritten = old_root;
      rewritten[3] ^= 1U;
      EXPECT_FALSE(verify_consistency(old_size, rewritten, new_size, new_root, *proof));
      if (old_size == new_size) continue;
      EXPECT_FALSE(verify_consistency(old_size, old_root, new_size, old_root, *proof));
      EXPECT_FALSE(verify_consistency(old_size, old_root, new_size, new_root, {}));
    }
  }
  EXPECT_FALSE(tree.consistency_proof(0, 5));
  EXPECT_FALSE(tree.consistency_proof(6, 5));
  EXPECT_FALSE(tree.consistency_proof(5, 41));
}

TEST(Merkle, ALeafIsNoNode) {
  const Digest a = leaf_of(1);
  const Digest b = leaf_of(2);
  Bytes both(a.begin(), a.end());
  both.insert(both.end(), b.begin(), b.end());
  EXPECT_NE(merkle_node(a, b), merkle_leaf(both));
}

}  // namespace
}  // namespace fastness::crypto
