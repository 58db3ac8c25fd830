#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "mqtt/message.h"
#include "mqtt/topic_filter.h"
#include "mqtt/trie/topic_trie.h"

namespace fastness::mqtt {

// The last retained message of each topic (MQTT 5.0, 3.3.1.3), as a trie, so that a filter is
// answered without looking at every topic. Counts what it holds, in messages, in bytes and for each
// of those who set them, and refuses what would exceed its limits. Thread-compatible.
class RetainedStore {
 public:
  struct Limits {
    std::size_t max_messages = 100'000;
    std::size_t max_bytes = std::size_t{256} << 20U;
    std::size_t max_messages_of_owner = 10'000;
  };
  // Who set a message, by a small number of the caller's choice: there is a count for each up to
  // the greatest. Nobody has no limit of his own.
  using Owner = std::uint32_t;
  static constexpr Owner kNobody = 0;

  enum class Kept : std::uint8_t { kept, removed, refused };
  // What there is too little room for.
  enum class Lack : std::uint8_t { none, messages_of_owner, messages, bytes };

  explicit RetainedStore(Limits limits) : limits_(limits) {}

  // Why `set` would refuse it.
  [[nodiscard]] Lack lack_for(const Message& message, Owner owner) const;
  // Keeps `message`, which is then its owner's, in place of what its topic held. An empty payload
  // removes that, and so gives its room back to whoever had set it. `refused` leaves everything as
  // it was.
  Kept set(MessagePtr message, Owner owner);
  // Keeps what was kept before, whatever the limits are today.
  void put_back(MessagePtr message, Owner owner);

  // Where a message is, until another one or none takes its place.
  struct Place {
    std::uint64_t number;
    std::uint32_t node;
  };
  // Of the messages numbered `from` to `until`, the first so many.
  struct Range {
    std::uint64_t from = 0;
    std::uint64_t until = UINT64_MAX;
    std::size_t most = SIZE_MAX;
  };
  // Those of the range whose topic matches and which have not expired at `now`, in the order of
  // their numbers.
  [[nodiscard]] std::vector<Place> match(const TopicFilter& filter, const Range& range,
                                         Timestamp now) const;
  // Null if the message of that number is not there any more.
  [[nodiscard]] MessagePtr get(const Place& place) const;

  // Every message, expired or not.
  using Visit = std::function<void(const Message&, Owner)>;
  void for_each(const Visit& visit) const;

  [[nodiscard]] std::size_t size() const { return messages_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t size_of(Owner owner) const {
    return owner < owned_.size() ? owned_[owner] : 0;
  }

 private:
  struct Entry {
    MessagePtr message;  // shared with the queues it was delivered to; null at inner nodes
    Owner owner = kNobody;
  };
  using Trie = TopicTrie<Entry>;
  struct Search;

  void visit_all(Trie::NodeId node, const Visit& visit) const;
  [[nodiscard]] const Entry* find(std::string_view topic) const;
  void remove(std::string_view topic);
  void count(const Entry& entry);
  void discount(const Entry& entry);

  Limits limits_;
  Trie trie_;
  std::vector<std::uint32_t> owned_;  // messages of each owner
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace fastness::mqtt
