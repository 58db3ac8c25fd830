#include "mqtt/trie/retained_store.h"

#include <algorithm>
#include <utility>

namespace fastness::mqtt {

// Walks filter and trie together.
struct RetainedStore::Search {
  const Trie& trie;
  const Range& range;
  Timestamp now;
  std::vector<Place> found;

  void report(Trie::NodeId node) {
    const MessagePtr& message = trie[node].payload.message;
    if (!message || message->is_expired(now)) return;
    if (message->number < range.from || message->number > range.until) return;
    found.push_back({message->number, node});
    if (found.size() / 2 >= range.most) keep_first();
  }
  // Forgets what is beyond the range's size.
  void keep_first() {
    if (found.size() <= range.most) return;
    const auto end = found.begin() + static_cast<std::ptrdiff_t>(range.most);
    std::ranges::nth_element(found, end, {}, &Place::number);
    found.erase(end, found.end());
  }
  void report_all(Trie::NodeId node) {
    report(node);
    for (auto child = trie[node].first_child; child != Trie::kNone; child = trie[child].next) {
      report_all(child);
    }
  }

  void visit(Trie::NodeId node, TopicLevels levels, bool first) {
    const auto level = levels.next();
    if (!level) return report(node);
    if (*level != "#" && *level != "+") {
      const auto name = trie.names().find(*level);
      const auto child = name ? trie.child(node, *name) : Trie::kNone;
      if (child != Trie::kNone) visit(child, levels, false);
      return;
    }
    if (*level == "#" && !first) report(node);
    for (auto child = trie[node].first_child; child != Trie::kNone; child = trie[child].next) {
      if (first && trie.names().text(trie[child].level).starts_with('$')) continue;  // 4.7.2
      if (*level == "#") {
        report_all(child);
      } else {
        visit(child, levels, false);
      }
    }
  }
};

const RetainedStore::Entry* RetainedStore::find(std::string_view topic) const {
  const Trie::NodeId node = trie_.find(topic);
  return node != Trie::kNone && trie_[node].payload.message ? &trie_[node].payload : nullptr;
}

void RetainedStore::count(const Entry& entry) {
  ++messages_;
  bytes_ += entry.message->bytes();
  if (entry.owner >= owned_.size()) owned_.resize(entry.owner + 1);
  ++owned_[entry.owner];
}

void RetainedStore::discount(const Entry& entry) {
  --messages_;
  bytes_ -= entry.message->bytes();
  --owned_[entry.owner];
}

RetainedStore::Lack RetainedStore::lack_for(const Message& message, Owner owner) const {
  if (message.payload.empty()) return Lack::none;
  const Entry* old = find(message.topic);
  const std::size_t old_bytes = old != nullptr ? old->message->bytes() : 0;
  const bool is_owners_already = old != nullptr && old->owner == owner;
  if (owner != kNobody && !is_owners_already && size_of(owner) >= limits_.max_messages_of_owner) {
    return Lack::messages_of_owner;
  }
  if (bytes_ - old_bytes + message.bytes() > limits_.max_bytes) return Lack::bytes;
  return old == nullptr && messages_ >= limits_.max_messages ? Lack::messages : Lack::none;
}

RetainedStore::Kept RetainedStore::set(MessagePtr message, Owner owner) {
  if (message->payload.empty()) {
    remove(message->topic);
    return Kept::removed;
  }
  if (lack_for(*message, owner) != Lack::none) return Kept::refused;
  put_back(std::move(message), owner);
  return Kept::kept;
}

void RetainedStore::put_back(MessagePtr message, Owner owner) {
  Entry& entry = trie_[trie_.find_or_add(message->topic)].payload;
  if (entry.message) discount(entry);
  entry = {std::move(message), owner};
  count(entry);
}

void RetainedStore::remove(std::string_view topic) {
  const Trie::NodeId node = trie_.find(topic);
  if (node == Trie::kNone || !trie_[node].payload.message) return;
  discount(std::exchange(trie_[node].payload, {}));
  trie_.prune(node, [](const Entry& entry) { return entry.message != nullptr; });
}

void RetainedStore::visit_all(Trie::NodeId node, const Visit& visit) const {
  const Entry& entry = trie_[node].payload;
  if (entry.message) visit(*entry.message, entry.owner);
  for (auto child = trie_[node].first_child; child != Trie::kNone; child = trie_[child].next) {
    visit_all(child, visit);
  }
}

void RetainedStore::for_each(const Visit& visit) const {
  visit_all(trie_.root(), visit);
}

std::vector<RetainedStore::Place> RetainedStore::match(const TopicFilter& filter,
                                                       const Range& range, Timestamp now) const {
  Search search{trie_, range, now, {}};
  search.visit(trie_.root(), TopicLevels(filter.text()), true);
  search.keep_first();
  std::ranges::sort(search.found, {}, &Place::number);
  return std::move(search.found);
}

MessagePtr RetainedStore::get(const Place& place) const {
  if (!trie_.has(place.node)) return nullptr;
  const MessagePtr& message = trie_[place.node].payload.message;
  return message && message->number == place.number ? message : nullptr;
}

}  // namespace fastness::mqtt
