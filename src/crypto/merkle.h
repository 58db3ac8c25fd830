// The Merkle tree of RFC 6962, 2.1, over SHA-256: what makes a log append-only in public.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace fastness::crypto {

// The hash of one entry, apart from that of a node by its prefix.
[[nodiscard]] Digest merkle_leaf(ByteView entry);
[[nodiscard]] Digest merkle_node(const Digest& left, const Digest& right);

// The tree's right edge: enough to append and to name the root, in logarithmic memory.
class MerkleFrontier {
 public:
  void append(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  // Of no entries: the hash of nothing.
  [[nodiscard]] Digest root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> subtrees_;  // one for each set bit of size_, largest first
};

// Where the hashes of a tree are kept: that of the complete subtree of 2^level entries which is at
// `position` among those of its level, from the left. Only asked of subtrees that there are.
using SubtreeHash = std::function<Digest(std::size_t level, std::uint64_t position)>;

// The root of the first `size` entries.
[[nodiscard]] Digest merkle_root(std::uint64_t size, const SubtreeHash& subtree);

// That entry `index` is in the tree of `size` entries. `invalid_argument` unless index < size.
[[nodiscard]] Result<std::vector<Digest>> prove_inclusion(std::uint64_t index, std::uint64_t size,
                                                          const SubtreeHash& subtree);
// That the tree of `old_size` is a beginning of that of `new_size`. `invalid_argument` unless
// 0 < old_size <= new_size.
[[nodiscard]] Result<std::vector<Digest>> prove_consistency(std::uint64_t old_size,
                                                            std::uint64_t new_size,
                                                            const SubtreeHash& subtree);

// The whole tree, for proofs: 64 bytes an entry. Thread-compatible.
class MerkleTree {
 public:
  void append(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return levels_.empty() ? 0 : levels_[0].size(); }
  [[nodiscard]] Digest root() const { return root_at(size()); }
  // The root when the tree had that many entries; at most size().
  [[nodiscard]] Digest root_at(std::uint64_t size) const;

  // `invalid_argument` unless index < size <= size().
  [[nodiscard]] Result<std::vector<Digest>> inclusion_proof(std::uint64_t index,
                                                            std::uint64_t size) const;
  // `invalid_argument` unless 0 < old_size <= new_size <= size().
  [[nodiscard]] Result<std::vector<Digest>> consistency_proof(std::uint64_t old_size,
                                                              std::uint64_t new_size) const;

  // One of the hashes that it consists of; see SubtreeHash.
  [[nodiscard]] const Digest& subtree(std::size_t level, std::uint64_t position) const {
    return levels_[level][position];
  }

 private:
  [[nodiscard]] SubtreeHash subtrees() const;

  std::vector<std::vector<Digest>> levels_;  // [k]: hashes of complete subtrees of 2^k entries
};

// Whether the proof leads from the leaf to the root (RFC 9162, 2.1.3.2). Foreign input is fine.
[[nodiscard]] bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                                    const std::vector<Digest>& proof, const Digest& root);
// RFC 9162, 2.1.4.2.
[[nodiscard]] bool verify_consistency(std::uint64_t old_size, const Digest& old_root,
                                      std::uint64_t new_size, const Digest& new_root,
                                      const std::vector<Digest>& proof);

}  // namespace fastness::crypto
