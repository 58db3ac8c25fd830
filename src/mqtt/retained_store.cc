#include "mqtt/retained_store.h"

namespace fastness::mqtt {

// Walks filter and trie together.
struct RetainedStore::Search {
  Timestamp now;
  std::vector<MessagePtr> found;

  void report(const Node& node) {
    if (node.message && !node.message->is_expired(now)) found.push_back(node.message);
  }
  void report_all(const Node& node) {
    report(node);
    for (const auto& [level, child] : node.children) report_all(*child);
  }

  void visit(const Node& node, TopicLevels levels, bool first) {
    const auto level = levels.next();
    if (!level) return report(node);
    if (*level == "#") {
      if (!first) report(node);
    } else if (*level != "+") {
      const auto child = node.children.find(*level);
      if (child != node.children.end()) visit(*child->second, levels, false);
      return;
    }
    for (const auto& [name, child] : node.children) {
      if (first && name.starts_with('$')) continue;  // 4.7.2
      if (*level == "#") {
        report_all(*child);
      } else {
        visit(*child, levels, false);
      }
    }
  }
};

const Message* RetainedStore::find(std::string_view topic) const {
  const Node* node = &root_;
  TopicLevels levels(topic);
  while (const auto level = levels.next()) {
    const auto child = node->children.find(*level);
    if (child == node->children.end()) return nullptr;
    node = child->second.get();
  }
  return node->message.get();
}

void RetainedStore::remove(Node& node, TopicLevels levels) {
  const auto level = levels.next();
  if (!level) {
    node.message.reset();
    return;
  }
  const auto child = node.children.find(*level);
  if (child == node.children.end()) return;
  remove(*child->second, levels);
  if (!child->second->message && child->second->children.empty()) node.children.erase(child);
}

RetainedStore::Kept RetainedStore::set(MessagePtr message) {
  const Message* old = find(message->topic);
  const std::size_t old_bytes = old != nullptr ? old->bytes() : 0;
  if (message->payload.empty()) {
    if (old == nullptr) return Kept::removed;
    --messages_;
    bytes_ -= old_bytes;
    remove(root_, TopicLevels(message->topic));
    return Kept::removed;
  }
  const std::size_t bytes = bytes_ - old_bytes + message->bytes();
  if (bytes > limits_.max_bytes || (old == nullptr && messages_ >= limits_.max_messages)) {
    return Kept::refused;
  }

  Node* node = &root_;
  TopicLevels levels(message->topic);
  while (const auto level = levels.next()) {
    auto child = node->children.find(*level);
    if (child == node->children.end()) {
      child = node->children.emplace(std::string(*level), std::make_unique<Node>()).first;
    }
    node = child->second.get();
  }
  if (old == nullptr) ++messages_;
  bytes_ = bytes;
  node->message = std::move(message);
  return Kept::kept;
}

void RetainedStore::visit_all(const Node& node, const std::function<void(const Message&)>& visit) {
  if (node.message) visit(*node.message);
  for (const auto& [level, child] : node.children) visit_all(*child, visit);
}

void RetainedStore::for_each(const std::function<void(const Message&)>& visit) const {
  visit_all(root_, visit);
}

std::vector<MessagePtr> RetainedStore::match(const TopicFilter& filter, Timestamp now) const {
  Search search{now, {}};
  search.visit(root_, TopicLevels(filter.text()), true);
  return std::move(search.found);
}

}  // namespace fastness::mqtt
