#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mqtt/topic_levels.h"
#include "mqtt/trie/edge_table.h"
#include "mqtt/trie/level_names.h"
#include "mqtt/trie/pool.h"

namespace fastness::mqtt {

// Topics or topic filters as a trie of their levels, with a `Payload` at each node. About 40 bytes
// and the payload for each node, and 20 for the way to it. Thread-compatible.
template <typename Payload>
class TopicTrie {
 public:
  using NodeId = std::uint32_t;
  static constexpr NodeId kNone = UINT32_MAX;

  struct Node {
    NodeId parent = kNone;
    LevelNames::Id level = 0;
    NodeId one = kNone;   // the child "+"
    NodeId rest = kNone;  // the child "#"
    NodeId first_child = kNone;
    NodeId next = kNone;  // among the children of `parent`
    NodeId previous = kNone;
    Payload payload{};
  };

  TopicTrie() : root_(nodes_.take()) {}
  ~TopicTrie() = default;
  TopicTrie(const TopicTrie&) = delete;
  TopicTrie& operator=(const TopicTrie&) = delete;

  [[nodiscard]] NodeId root() const { return root_; }
  [[nodiscard]] Node& operator[](NodeId id) { return nodes_[id]; }
  [[nodiscard]] const Node& operator[](NodeId id) const { return nodes_[id]; }
  // Whether there is a node of that name, be it another one than when the name was learnt.
  [[nodiscard]] bool has(NodeId id) const { return nodes_.is_used(id); }
  [[nodiscard]] const LevelNames& names() const { return names_; }

  // The child of that level; "+" and "#" are levels like others.
  [[nodiscard]] NodeId child(NodeId parent, LevelNames::Id level) const {
    if (nodes_[parent].first_child == kNone) return kNone;
    return edges_.find({parent, level}).value_or(kNone);
  }

  // The node of a whole topic or filter; kNone if there is none.
  [[nodiscard]] NodeId find(std::string_view text) const {
    NodeId at = root_;
    TopicLevels levels(text);
    while (const auto level = levels.next()) {
      const auto name = names_.find(*level);
      at = name ? child(at, *name) : kNone;
      if (at == kNone) return kNone;
    }
    return at;
  }

  [[nodiscard]] NodeId find_or_add(std::string_view text) {
    NodeId at = root_;
    TopicLevels levels(text);
    while (const auto level = levels.next()) {
      const auto name = names_.find(*level);
      const NodeId known = name ? child(at, *name) : kNone;
      at = known != kNone ? known : add(at, *level);
    }
    return at;
  }

  // Removes the node and those above it, as long as they have neither children nor a payload that
  // `is_needed` says is needed.
  template <typename IsNeeded>
  void prune(NodeId id, const IsNeeded& is_needed) {
    while (id != root_ && nodes_[id].first_child == kNone && !is_needed(nodes_[id].payload)) {
      const NodeId parent = nodes_[id].parent;
      remove(id);
      id = parent;
    }
  }

  // The topic or filter that leads to the node.
  [[nodiscard]] std::string text(NodeId id) const {
    std::string whole;
    for (; id != root_; id = nodes_[id].parent) {
      whole.insert(0, names_.text(nodes_[id].level));
      if (nodes_[id].parent != root_) whole.insert(0, 1, '/');
    }
    return whole;
  }

  // Changes whenever a node comes or goes.
  [[nodiscard]] std::uint64_t shape() const { return shape_; }

 private:
  // Where the parent keeps a wildcard child beside its other children; null for other levels.
  [[nodiscard]] NodeId* wildcard_slot(NodeId parent, std::string_view level) {
    if (level == "+") return &nodes_[parent].one;
    if (level == "#") return &nodes_[parent].rest;
    return nullptr;
  }

  [[nodiscard]] NodeId add(NodeId parent, std::string_view level) {
    ++shape_;
    const NodeId id = nodes_.take();
    Node& node = nodes_[id];
    node.parent = parent;
    node.level = names_.acquire(level);
    node.next = nodes_[parent].first_child;
    if (node.next != kNone) nodes_[node.next].previous = id;
    nodes_[parent].first_child = id;
    if (NodeId* slot = wildcard_slot(parent, level)) *slot = id;
    edges_.insert({parent, node.level}, id);
    return id;
  }

  void remove(NodeId id) {
    ++shape_;
    const Node& node = nodes_[id];
    edges_.erase({node.parent, node.level});
    if (NodeId* slot = wildcard_slot(node.parent, names_.text(node.level))) *slot = kNone;
    if (node.next != kNone) nodes_[node.next].previous = node.previous;
    (node.previous != kNone ? nodes_[node.previous].next : nodes_[node.parent].first_child) =
        node.next;
    names_.release(node.level);
    nodes_.give_back(id);
  }

  LevelNames names_;
  EdgeTable edges_;
  Pool<Node> nodes_;
  NodeId root_;
  std::uint64_t shape_ = 0;
};

}  // namespace fastness::mqtt
