#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mqtt/shared_subscription.h"
#include "mqtt/trie/match_cache.h"
#include "mqtt/trie/topic_trie.h"

namespace fastness::mqtt {

// Who subscribed to what: a trie of topic levels that answers, for a topic, with every matching
// subscription, in time that depends on the topic's depth and the answer, not on how many
// subscriptions there are; for a topic that came before, from memory. `Subscriber` is a cheap value
// with ==, such as a pointer; `Details` is what one subscription wants beyond its filter.
//
// It is the one place where a subscription is kept: whoever subscribed holds a `Place`, four bytes.
// Thread-compatible.
template <typename Subscriber, typename Details>
class SubscriptionTree {
 public:
  struct Entry {
    Subscriber subscriber{};
    Details details{};
  };

  // The sessions that share one filter under one name. `turn` is where the search for the next
  // receiver begins; the caller advances it.
  struct Group {
    std::string name;
    std::vector<Entry> members;
    std::size_t turn = 0;
  };

  // Names a subscription of one subscriber from `insert` to `remove`.
  class Place {
   public:
    friend bool operator==(const Place&, const Place&) = default;

   private:
    friend class SubscriptionTree;
    explicit Place(std::uint32_t index, bool is_shared)
        : index_(index | (is_shared ? kShared : 0U)) {}
    [[nodiscard]] bool is_shared() const { return (index_ & kShared) != 0; }
    [[nodiscard]] std::uint32_t index() const { return index_ & ~kShared; }

    static constexpr std::uint32_t kShared = 1U << 31U;
    std::uint32_t index_;
  };

  // Precondition: the subscriber has no subscription for the same filter and group.
  Place insert(const SharedSubscription& subscription, Subscriber subscriber, Details details) {
    ++size_;
    const NodeId node = trie_.find_or_add(subscription.filter().text());
    Entry entry{std::move(subscriber), std::move(details)};
    if (!subscription.is_shared()) return add_entry(node, std::move(entry));
    const std::uint32_t group = group_of(node, subscription.group());
    groups_[group].group.members.push_back(std::move(entry));
    return Place(group, true);
  }

  // That of `places` which is for the same filter and group. All must be of `subscriber`.
  [[nodiscard]] std::optional<Place> find(const SharedSubscription& subscription,
                                          std::span<const Place> places) const {
    const NodeId node = trie_.find(subscription.filter().text());
    if (node == kNone) return std::nullopt;
    for (const Place place : places) {
      if (node_of(place) != node || place.is_shared() != subscription.is_shared()) continue;
      if (!place.is_shared() || groups_[place.index()].group.name == subscription.group()) {
        return place;
      }
    }
    return std::nullopt;
  }

  // Precondition for the rest: `place` is a subscription of `subscriber`.
  [[nodiscard]] const Details& details(Place place, const auto& subscriber) const {
    if (!place.is_shared()) return entries_[place.index()].entry.details;
    return member(groups_[place.index()].group.members, subscriber)->details;
  }
  void replace(Place place, const Subscriber& subscriber, Details details) {
    Entry& entry = place.is_shared() ? *member(groups_[place.index()].group.members, subscriber)
                                     : entries_[place.index()].entry;
    entry.details = std::move(details);
  }

  // What the subscriber asked for: the filter, with its group if it is shared.
  [[nodiscard]] std::string text(Place place) const {
    std::string filter = trie_.text(node_of(place));
    if (!place.is_shared()) return filter;
    return "$share/" + groups_[place.index()].group.name + "/" + filter;
  }

  void remove(Place place, const Subscriber& subscriber) {
    --size_;
    const NodeId node = node_of(place);
    if (place.is_shared()) {
      std::vector<Entry>& members = groups_[place.index()].group.members;
      members.erase(member(members, subscriber));
      if (members.empty()) drop_group(place.index());
    } else {
      drop_entry(place.index());
    }
    trie_.prune(node,
                [](const Heads& heads) { return heads.entry != kNone || heads.group != kNone; });
    if (size_ == 0) cache_.clear();
  }

  // Calls on_entry(const Entry&) for each matching subscription and on_group(Group&, Place) for
  // each group with a matching filter, with the place that its members have. `topic` must be a
  // valid topic name. The tree must not be changed meanwhile.
  template <typename OnEntry, typename OnGroup>
  void match(std::string_view topic, const OnEntry& on_entry, const OnGroup& on_group) {
    for (const NodeId node : matching_nodes(topic)) {
      const Heads& heads = trie_[node].payload;
      for (std::uint32_t at = heads.entry; at != kNone; at = entries_[at].next) {
        on_entry(entries_[at].entry);
      }
      for (std::uint32_t at = heads.group; at != kNone; at = groups_[at].next) {
        on_group(groups_[at].group, Place(at, true));
      }
    }
  }

  // The same for groups alone. Costs nothing while there are none.
  template <typename OnGroup>
  void match_groups(std::string_view topic, const OnGroup& on_group) {
    if (group_count_ == 0) return;
    for (const NodeId node : matching_nodes(topic)) {
      for (std::uint32_t at = trie_[node].payload.group; at != kNone; at = groups_[at].next) {
        on_group(groups_[at].group, Place(at, true));
      }
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  // What is subscribed at a node: the first of each list.
  struct Heads {
    std::uint32_t entry = UINT32_MAX;
    std::uint32_t group = UINT32_MAX;
  };
  using Trie = TopicTrie<Heads>;
  using NodeId = typename Trie::NodeId;
  static constexpr std::uint32_t kNone = Trie::kNone;

  struct ListedEntry {
    Entry entry;
    NodeId node = kNone;
    std::uint32_t next = kNone;
    std::uint32_t previous = kNone;
  };
  struct ListedGroup {
    Group group;
    NodeId node = kNone;
    std::uint32_t next = kNone;
  };

  static auto member(auto& members, const auto& subscriber) {
    return std::find_if(members.begin(), members.end(),
                        [&](const Entry& entry) { return entry.subscriber == subscriber; });
  }

  [[nodiscard]] NodeId node_of(Place place) const {
    return place.is_shared() ? groups_[place.index()].node : entries_[place.index()].node;
  }

  Place add_entry(NodeId node, Entry entry) {
    const std::uint32_t index = entries_.take();
    std::uint32_t& head = trie_[node].payload.entry;
    entries_[index] = {std::move(entry), node, head, kNone};
    if (head != kNone) entries_[head].previous = index;
    head = index;
    return Place(index, false);
  }

  void drop_entry(std::uint32_t index) {
    const ListedEntry& entry = entries_[index];
    if (entry.next != kNone) entries_[entry.next].previous = entry.previous;
    (entry.previous != kNone ? entries_[entry.previous].next : trie_[entry.node].payload.entry) =
        entry.next;
    entries_.give_back(index);
  }

  [[nodiscard]] std::uint32_t group_of(NodeId node, std::string_view name) {
    std::uint32_t& head = trie_[node].payload.group;
    for (std::uint32_t at = head; at != kNone; at = groups_[at].next) {
      if (groups_[at].group.name == name) return at;
    }
    ++group_count_;
    const std::uint32_t index = groups_.take();
    groups_[index] = {{std::string(name), {}, 0}, node, head};
    head = index;
    return index;
  }

  void drop_group(std::uint32_t index) {
    --group_count_;
    std::uint32_t* link = &trie_[groups_[index].node].payload.group;
    while (*link != index) link = &groups_[*link].next;
    *link = groups_[index].next;
    groups_.give_back(index);
  }

  [[nodiscard]] const MatchCache::Nodes& matching_nodes(std::string_view topic) {
    if (const auto* known = cache_.find(topic, trie_.shape())) return *known;
    found_.clear();
    Levels levels{{}, 0};
    for (TopicLevels rest(topic); const auto level = rest.next();) {
      levels.names[levels.size++] = trie_.names().find(*level);
    }
    visit(trie_.root(), levels, 0, topic.starts_with('$'));
    cache_.put(topic, trie_.shape(), found_);
    return found_;
  }

  // The levels of a topic; one that no filter names has no number.
  struct Levels {
    std::array<std::optional<LevelNames::Id>, kMaxTopicLevels> names;
    std::size_t size;
  };

  // A wildcard in first place must not see the broker's own topics (4.7.2).
  void visit(NodeId id, const Levels& levels, std::size_t depth, bool hidden_from_wildcards) {
    const typename Trie::Node& node = trie_[id];
    if (node.rest != kNone && !hidden_from_wildcards) found_.push_back(node.rest);
    if (depth == levels.size) {
      found_.push_back(id);
      return;
    }
    if (node.one != kNone && !hidden_from_wildcards) visit(node.one, levels, depth + 1, false);
    const auto name = levels.names[depth];
    const NodeId child = name ? trie_.child(id, *name) : kNone;
    if (child != kNone) visit(child, levels, depth + 1, false);
  }

  Trie trie_;
  Pool<ListedEntry> entries_;
  Pool<ListedGroup> groups_;
  MatchCache cache_;
  MatchCache::Nodes found_;  // of the topic being matched; kept for its memory
  std::size_t size_ = 0;
  std::size_t group_count_ = 0;
};

}  // namespace fastness::mqtt
