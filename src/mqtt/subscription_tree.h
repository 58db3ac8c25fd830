#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "mqtt/shared_subscription.h"
#include "mqtt/topic_levels.h"

namespace fastness::mqtt {

// Hashes texts and views of texts alike, so that looking one up copies nothing.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};
template <typename V>
using TextMap = std::unordered_map<std::string, V, TextHash, std::equal_to<>>;

// Who subscribed to what: a trie of topic levels that answers, for a topic, with every matching
// subscription, in time that depends on the topic's depth and the answer, not on how many
// subscriptions there are. `Subscriber` is a cheap value with ==, such as a pointer; `Details` is
// what one subscription wants beyond its filter. Thread-compatible.
template <typename Subscriber, typename Details>
class SubscriptionTree {
 public:
  struct Entry {
    Subscriber subscriber;
    Details details;
  };

  // The sessions that share one filter under one name. `next` is where the search for the next
  // receiver begins; the caller advances it.
  struct Group {
    std::string name;
    std::vector<Entry> members;
    std::size_t next = 0;
  };

  enum class Inserted : std::uint8_t { added, replaced };

  // A subscriber has one subscription for a filter and group; a second one replaces its details.
  Inserted insert(const SharedSubscription& subscription, Subscriber subscriber, Details details) {
    Node* node = &root_;
    TopicLevels levels(subscription.filter().text());
    while (const auto level = levels.next()) node = &node->child_for(*level);
    std::vector<Entry>& entries =
        subscription.is_shared() ? node->group_for(subscription.group()).members : node->entries;
    for (Entry& entry : entries) {
      if (!(entry.subscriber == subscriber)) continue;
      entry.details = std::move(details);
      return Inserted::replaced;
    }
    entries.push_back({std::move(subscriber), std::move(details)});
    ++size_;
    return Inserted::added;
  }

  // Whether there was such a subscription.
  bool remove(const SharedSubscription& subscription, const Subscriber& subscriber) {
    const bool removed =
        remove_below(root_, TopicLevels(subscription.filter().text()), subscription, subscriber);
    if (removed) --size_;
    return removed;
  }

  // Calls on_entry(const Entry&) for each matching subscription and on_group(Group&) for each
  // group with a matching filter. `topic` must be a valid topic name. The tree must not be changed
  // meanwhile.
  template <typename OnEntry, typename OnGroup>
  void match(std::string_view topic, const OnEntry& on_entry, const OnGroup& on_group) {
    const Visitor<OnEntry, OnGroup> visitor{on_entry, on_group};
    visitor.visit(root_, TopicLevels(topic), topic.starts_with('$'));
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Node {
    TextMap<std::unique_ptr<Node>> children;  // by level, "+" and "#" apart
    std::unique_ptr<Node> one;                // "+"
    std::unique_ptr<Node> rest;               // "#"
    std::vector<Entry> entries;
    std::vector<Group> groups;

    std::unique_ptr<Node>* slot(std::string_view level) {
      if (level == "+") return &one;
      if (level == "#") return &rest;
      const auto found = children.find(level);
      return found == children.end() ? nullptr : &found->second;
    }
    Node& child_for(std::string_view level) {
      std::unique_ptr<Node>* existing = slot(level);
      std::unique_ptr<Node>& child = existing != nullptr ? *existing : children[std::string(level)];
      if (!child) child = std::make_unique<Node>();
      return *child;
    }
    Group& group_for(std::string_view name) {
      for (Group& group : groups) {
        if (group.name == name) return group;
      }
      return groups.emplace_back(Group{std::string(name), {}, 0});
    }
    [[nodiscard]] bool is_empty() const {
      return children.empty() && !one && !rest && entries.empty() && groups.empty();
    }
  };

  template <typename OnEntry, typename OnGroup>
  struct Visitor {
    const OnEntry& on_entry;
    const OnGroup& on_group;

    void report(Node& node) const {
      for (const Entry& entry : node.entries) on_entry(entry);
      for (Group& group : node.groups) on_group(group);
    }

    // A wildcard in first place must not see the broker's own topics (4.7.2).
    void visit(Node& node, TopicLevels levels, bool hidden_from_wildcards) const {
      if (node.rest && !hidden_from_wildcards) report(*node.rest);
      const auto level = levels.next();
      if (!level) {
        report(node);
        return;
      }
      if (node.one && !hidden_from_wildcards) visit(*node.one, levels, false);
      const auto child = node.children.find(*level);
      if (child != node.children.end()) visit(*child->second, levels, false);
    }
  };

  static bool erase_entry(std::vector<Entry>& entries, const Subscriber& subscriber) {
    return std::erase_if(entries, [&](const Entry& e) { return e.subscriber == subscriber; }) != 0;
  }

  static bool remove_here(Node& node, const SharedSubscription& subscription,
                          const Subscriber& subscriber) {
    if (!subscription.is_shared()) return erase_entry(node.entries, subscriber);
    for (Group& group : node.groups) {
      if (group.name != subscription.group() || !erase_entry(group.members, subscriber)) continue;
      std::erase_if(node.groups, [](const Group& g) { return g.members.empty(); });
      return true;
    }
    return false;
  }

  // Nodes that hold nothing any more are pruned on the way back.
  static bool remove_below(Node& node, TopicLevels levels, const SharedSubscription& subscription,
                           const Subscriber& subscriber) {
    const auto level = levels.next();
    if (!level) return remove_here(node, subscription, subscriber);
    std::unique_ptr<Node>* child = node.slot(*level);
    if (child == nullptr || !*child) return false;
    const bool removed = remove_below(**child, levels, subscription, subscriber);
    if (!(*child)->is_empty()) return removed;
    child->reset();
    const auto named = node.children.find(*level);
    if (named != node.children.end()) node.children.erase(named);
    return removed;
  }

  Node root_;
  std::size_t size_ = 0;
};

}  // namespace fastness::mqtt
