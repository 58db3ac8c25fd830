#pragma once

#include <cstdint>
#include <memory>
#include <optional>

namespace fastness::mqtt {

// The ways from the nodes of a tree to their children, all in one hash table: a node with a hundred
// thousand children and one with a single child both cost what they need. Thread-compatible.
class EdgeTable {
 public:
  struct Edge {
    std::uint32_t parent;
    std::uint32_t level;
    friend bool operator==(const Edge&, const Edge&) = default;
  };

  EdgeTable();
  ~EdgeTable();
  EdgeTable(const EdgeTable&) = delete;
  EdgeTable& operator=(const EdgeTable&) = delete;

  [[nodiscard]] std::optional<std::uint32_t> find(Edge edge) const;
  // Precondition: there is no such edge.
  void insert(Edge edge, std::uint32_t child);
  void erase(Edge edge);

 private:
  class Table;
  std::unique_ptr<Table> table_;
};

}  // namespace fastness::mqtt
