#include "crypto/merkle.h"

#include <bit>

namespace fastness::crypto {
namespace {

// The largest power of two below `size`, which is at least 2 (RFC 6962, 2.1).
std::uint64_t split_of(std::uint64_t size) {
  return std::bit_floor(size - 1);
}

// Walks a tree from its root to what a proof is about, and notes what stands beside the way.
class Prover {
 public:
  explicit Prover(const SubtreeHash& subtree) : subtree_(subtree) {}

  [[nodiscard]] Digest range_hash(std::uint64_t start, std::uint64_t size) const {
    if (std::has_single_bit(size)) {
      const auto level = static_cast<std::size_t>(std::countr_zero(size));
      return subtree_(level, start >> level);
    }
    const std::uint64_t left = split_of(size);
    return merkle_node(range_hash(start, left), range_hash(start + left, size - left));
  }

  // PATH of RFC 6962, 2.1.1.
  void include(std::uint64_t index, std::uint64_t start, std::uint64_t size) {
    if (size == 1) return;
    const std::uint64_t left = split_of(size);
    if (index < left) {
      include(index, start, left);
      proof.push_back(range_hash(start + left, size - left));
      return;
    }
    include(index - left, start + left, size - left);
    proof.push_back(range_hash(start, left));
  }

  // SUBPROOF of RFC 6962, 2.1.2; `is_whole` says that the old tree's root is known to the verifier.
  void join(std::uint64_t old_size, std::uint64_t start, std::uint64_t size, bool is_whole) {
    if (old_size == size) {
      if (!is_whole) proof.push_back(range_hash(start, size));
      return;
    }
    const std::uint64_t left = split_of(size);
    if (old_size <= left) {
      join(old_size, start, left, is_whole);
      proof.push_back(range_hash(start + left, size - left));
      return;
    }
    join(old_size - left, start + left, size - left, false);
    proof.push_back(range_hash(start, left));
  }

  std::vector<Digest> proof;

 private:
  const SubtreeHash& subtree_;
};

}  // namespace

Digest merkle_leaf(ByteView entry) {
  Bytes prefixed;
  prefixed.reserve(entry.size() + 1);
  prefixed.push_back(0x00);
  prefixed.insert(prefixed.end(), entry.begin(), entry.end());
  return sha256(prefixed);
}

Digest merkle_node(const Digest& left, const Digest& right) {
  std::array<std::uint8_t, 65> prefixed{0x01};
  std::copy(left.begin(), left.end(), prefixed.begin() + 1);
  std::copy(right.begin(), right.end(), prefixed.begin() + 33);
  return sha256(prefixed);
}

void MerkleFrontier::append(const Digest& leaf) {
  Digest hash = leaf;
  for (std::uint64_t bits = size_; (bits & 1U) != 0; bits >>= 1U) {
    hash = merkle_node(subtrees_.back(), hash);
    subtrees_.pop_back();
  }
  subtrees_.push_back(hash);
  ++size_;
}

Digest MerkleFrontier::root() const {
  if (subtrees_.empty()) return sha256({});
  Digest hash = subtrees_.back();
  for (std::size_t i = subtrees_.size() - 1; i-- > 0;) hash = merkle_node(subtrees_[i], hash);
  return hash;
}

Digest merkle_root(std::uint64_t size, const SubtreeHash& subtree) {
  return size == 0 ? sha256({}) : Prover(subtree).range_hash(0, size);
}

Result<std::vector<Digest>> prove_inclusion(std::uint64_t index, std::uint64_t size,
                                            const SubtreeHash& subtree) {
  if (index >= size) return fail(Errc::invalid_argument, "the tree has no such entry");
  Prover prover(subtree);
  prover.include(index, 0, size);
  return std::move(prover.proof);
}

Result<std::vector<Digest>> prove_consistency(std::uint64_t old_size, std::uint64_t new_size,
                                              const SubtreeHash& subtree) {
  if (old_size == 0 || old_size > new_size) {
    return fail(Errc::invalid_argument, "the tree was never that large");
  }
  Prover prover(subtree);
  prover.join(old_size, 0, new_size, true);
  return std::move(prover.proof);
}

void MerkleTree::append(const Digest& leaf) {
  Digest hash = leaf;
  for (std::size_t level = 0;; ++level) {
    if (level == levels_.size()) levels_.emplace_back();
    levels_[level].push_back(hash);
    if (levels_[level].size() % 2 != 0) return;
    hash = merkle_node(levels_[level][levels_[level].size() - 2], hash);
  }
}

SubtreeHash MerkleTree::subtrees() const {
  return [this](std::size_t level, std::uint64_t position) { return subtree(level, position); };
}

Digest MerkleTree::root_at(std::uint64_t size) const {
  return merkle_root(size, subtrees());
}

Result<std::vector<Digest>> MerkleTree::inclusion_proof(std::uint64_t index,
                                                        std::uint64_t size) const {
  if (size > this->size()) return fail(Errc::invalid_argument, "the tree has no such entry");
  return prove_inclusion(index, size, subtrees());
}

Result<std::vector<Digest>> MerkleTree::consistency_proof(std::uint64_t old_size,
                                                          std::uint64_t new_size) const {
  if (new_size > size()) return fail(Errc::invalid_argument, "the tree was never that large");
  return prove_consistency(old_size, new_size, subtrees());
}

bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      const std::vector<Digest>& proof, const Digest& root) {
  if (index >= size) return false;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Digest hash = leaf;
  for (const Digest& sibling : proof) {
    if (last == 0) return false;
    if ((node & 1U) != 0 || node == last) {
      hash = merkle_node(sibling, hash);
      while ((node & 1U) == 0 && node != 0) {
        node >>= 1U;
        last >>= 1U;
      }
    } else {
      hash = merkle_node(hash, sibling);
    }
    node >>= 1U;
    last >>= 1U;
  }
  return last == 0 && hash == root;
}

bool verify_consistency(std::uint64_t old_size, const Digest& old_root, std::uint64_t new_size,
                        const Digest& new_root, const std::vector<Digest>& proof) {
  if (old_size == 0 || old_size > new_size) return false;
  if (old_size == new_size) return proof.empty() && old_root == new_root;
  std::vector<Digest> path = proof;
  if (std::has_single_bit(old_size)) path.insert(path.begin(), old_root);
  if (path.empty()) return false;
  std::uint64_t node = old_size - 1;
  std::uint64_t last = new_size - 1;
  while ((node & 1U) != 0) {
    node >>= 1U;
    last >>= 1U;
  }
  Digest old_hash = path[0];
  Digest new_hash = path[0];
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (last == 0) return false;
    if ((node & 1U) != 0 || node == last) {
      old_hash = merkle_node(path[i], old_hash);
      new_hash = merkle_node(path[i], new_hash);
      while ((node & 1U) == 0 && node != 0) {
        node >>= 1U;
        last >>= 1U;
      }
    } else {
      new_hash = merkle_node(new_hash, path[i]);
    }
    node >>= 1U;
    last >>= 1U;
  }
  return last == 0 && old_hash == old_root && new_hash == new_root;
}

}  // namespace fastness::crypto
