#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "mqtt/message.h"
#include "mqtt/topic_filter.h"
#include "mqtt/topic_levels.h"

namespace fastness::mqtt {

// The last retained message of each topic (MQTT 5.0, 3.3.1.3), as a trie, so that a filter is
// answered without looking at every topic. Counts what it holds, in messages and in bytes, and
// refuses what would exceed its limits. Thread-compatible.
class RetainedStore {
 public:
  struct Limits {
    std::size_t max_messages = 100'000;
    std::size_t max_bytes = std::size_t{256} << 20U;
  };
  enum class Kept : std::uint8_t { kept, removed, refused };

  explicit RetainedStore(Limits limits) : limits_(limits) {}

  // Keeps `message` in place of what its topic held. An empty payload removes it. `refused` leaves
  // everything as it was.
  Kept set(std::shared_ptr<const Message> message);

  // The messages whose topic matches and which have not expired at `now`, in order of topic.
  [[nodiscard]] std::vector<std::shared_ptr<const Message>> match(const TopicFilter& filter,
                                                                  Timestamp now) const;

  // Every message, expired or not.
  void for_each(const std::function<void(const Message&)>& visit) const;

  [[nodiscard]] std::size_t size() const { return messages_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
    std::shared_ptr<const Message> message;  // shared with the queues it was delivered to
  };
  struct Search;

  [[nodiscard]] const Message* find(std::string_view topic) const;
  void remove(Node& node, TopicLevels levels);
  static void visit_all(const Node& node, const std::function<void(const Message&)>& visit);

  Limits limits_;
  Node root_;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace fastness::mqtt
