#include "crypto/merkle_tiles.h"

#include <bit>
#include <string>

namespace fastness::crypto {
namespace {

constexpr std::size_t kTileLevel = std::countr_zero(TiledMerkleTree::kTile);

}  // namespace

void TiledMerkleTree::append(const Digest& leaf) {
  open_.append(leaf);
  if (open_.size() < kTile) return;
  tops_.append(open_.root());
  open_ = MerkleTree();
}

// Where the hashes of complete subtrees are: above tiles in `tops_`, below in the tile at the end,
// or in `tile`, which is the only other one that a proof about entry `index` looks into.
SubtreeHash TiledMerkleTree::subtrees(const MerkleTree& tile, std::uint64_t index) const {
  return [this, &tile, mine = index / kTile](std::size_t level, std::uint64_t position) {
    if (level >= kTileLevel) return tops_.subtree(level - kTileLevel, position);
    const std::uint64_t tiles_before = position >> (kTileLevel - level);
    const std::uint64_t within = position - (tiles_before << (kTileLevel - level));
    return (tiles_before == mine ? tile : open_).subtree(level, within);
  };
}

Digest TiledMerkleTree::root() const {
  return merkle_root(size(), subtrees(open_, size()));
}

Result<MerkleTree> TiledMerkleTree::tile_of(std::uint64_t index, const ReadTile& read) const {
  const std::uint64_t number = index / kTile;
  if (number >= tops_.size()) return open_;
  FASTNESS_ASSIGN_OR_RETURN(const std::vector<Digest> leaves, read(number * kTile));
  MerkleTree tile;
  for (const Digest& leaf : leaves) tile.append(leaf);
  if (leaves.size() != kTile || tile.root() != tops_.subtree(0, number)) {
    return fail(Errc::corrupted,
                "entries from " + std::to_string(number * kTile) + " on are not what was appended");
  }
  return tile;
}

Result<std::vector<Digest>> TiledMerkleTree::inclusion_proof(std::uint64_t index,
                                                             const ReadTile& read) const {
  FASTNESS_ASSIGN_OR_RETURN(const MerkleTree tile, tile_of(index, read));
  return prove_inclusion(index, size(), subtrees(tile, index));
}

Result<std::vector<Digest>> TiledMerkleTree::consistency_proof(std::uint64_t old_size,
                                                               const ReadTile& read) const {
  FASTNESS_ASSIGN_OR_RETURN(const MerkleTree tile, tile_of(old_size, read));
  return prove_consistency(old_size, size(), subtrees(tile, old_size));
}

Result<Digest> TiledMerkleTree::root_at(std::uint64_t size, const ReadTile& read) const {
  if (size > this->size()) {
    return fail(Errc::invalid_argument, "the tree was never that large");
  }
  FASTNESS_ASSIGN_OR_RETURN(const MerkleTree tile, tile_of(size, read));
  return merkle_root(size, subtrees(tile, size));
}

}  // namespace fastness::crypto
