#include "mqtt/trie/edge_table.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <sodium.h>

namespace fastness::mqtt {

class EdgeTable::Table {
 public:
  [[nodiscard]] static std::uint64_t random() {
    std::uint64_t value = 0;
    randombytes_buf(&value, sizeof value);
    return value;
  }
  // The numbers of nodes and levels are ours, but a client has a say in which pairs exist: the
  // secret keeps it from choosing pairs that collide. The map mixes further.
  struct Hash {
    std::uint64_t secret = random();
    std::size_t operator()(const Edge& edge) const {
      return (std::uint64_t{edge.parent} << 32U | edge.level) ^ secret;
    }
  };
  boost::unordered_flat_map<Edge, std::uint32_t, Hash> children;
};

EdgeTable::EdgeTable() : table_(std::make_unique<Table>()) {}
EdgeTable::~EdgeTable() = default;

std::optional<std::uint32_t> EdgeTable::find(Edge edge) const {
  const auto found = table_->children.find(edge);
  return found == table_->children.end() ? std::nullopt : std::optional(found->second);
}

void EdgeTable::insert(Edge edge, std::uint32_t child) {
  table_->children.emplace(edge, child);
}

void EdgeTable::erase(Edge edge) {
  auto& children = table_->children;
  children.erase(edge);
  // What has become mostly empty gives its memory back.
  if (children.size() < children.bucket_count() / 8) children.rehash(0);
}

}  // namespace fastness::mqtt
