#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/merkle.h"

namespace fastness::crypto {

// The Merkle tree of a log that is kept elsewhere. Of each complete tile of 256 entries memory
// holds one hash and those above it: a quarter of a byte an entry, where the whole tree takes 64.
// A proof reads at most one tile's leaves back from where the log is. Thread-compatible.
class TiledMerkleTree {
 public:
  static constexpr std::uint64_t kTile = 256;

  // Gives the leaves from `first` on, exactly kTile of them.
  using ReadTile = std::function<Result<std::vector<Digest>>(std::uint64_t first)>;

  void append(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return tops_.size() * kTile + open_.size(); }
  [[nodiscard]] Digest root() const;

  // As MerkleTree's, for the tree as it is now. Fail also as `read` does, and with `corrupted` if
  // it gives another tile than was appended.
  [[nodiscard]] Result<std::vector<Digest>> inclusion_proof(std::uint64_t index,
                                                            const ReadTile& read) const;
  [[nodiscard]] Result<std::vector<Digest>> consistency_proof(std::uint64_t old_size,
                                                              const ReadTile& read) const;
  // The root when the tree had that many entries. `invalid_argument` if it never had.
  [[nodiscard]] Result<Digest> root_at(std::uint64_t size, const ReadTile& read) const;

 private:
  // The tile that has entry `index`, whole or as far as it goes.
  [[nodiscard]] Result<MerkleTree> tile_of(std::uint64_t index, const ReadTile& read) const;
  [[nodiscard]] SubtreeHash subtrees(const MerkleTree& tile, std::uint64_t index) const;

  MerkleTree tops_;  // over the roots of complete tiles
  MerkleTree open_;  // the tile at the end, of fewer than kTile leaves
};

}  // namespace fastness::crypto
