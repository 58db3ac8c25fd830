#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace fastness::mqtt {

// Remembers which nodes of a trie each of the last topics matched: devices publish to the same few
// topics again and again. Small at first, and larger the more different topics come. An answer
// counts only while the trie has the shape it had. Thread-compatible.
class MatchCache {
 public:
  using Nodes = std::vector<std::uint32_t>;

  // Null if the topic is not remembered. Good until the next call of `put`.
  [[nodiscard]] const Nodes* find(std::string_view topic, std::uint64_t shape) const {
    if (slots_.empty()) return nullptr;
    const Slot& slot = slots_[place_of(topic)];
    return slot.shape == shape && slot.topic == topic ? &slot.nodes : nullptr;
  }

  // The copy that is kept, or nothing if such an answer is not kept.
  void put(std::string_view topic, std::uint64_t shape, const Nodes& nodes) {
    if (topic.size() > kLongestTopic || nodes.size() > kLongestAnswer) return;
    if (slots_.empty()) slots_.resize(kFirstSlots);
    if (++misses_ > kPatience * slots_.size() && slots_.size() < kSlots) {
      const std::size_t more = slots_.size() * 4;
      slots_.clear();
      slots_.resize(more);
      misses_ = 0;
    }
    slots_[place_of(topic)] = {std::string(topic), shape, nodes};
  }

  void clear() {
    slots_ = {};
    misses_ = 0;
  }

 private:
  static constexpr std::size_t kFirstSlots = 16;
  static constexpr std::size_t kSlots = 4'096;
  static constexpr std::size_t kPatience = 8;
  static constexpr std::size_t kLongestTopic = 256;  // bytes
  static constexpr std::size_t kLongestAnswer = 64;

  struct Slot {
    std::string topic;
    std::uint64_t shape = 0;
    Nodes nodes;
  };

  [[nodiscard]] std::size_t place_of(std::string_view topic) const {
    return std::hash<std::string_view>{}(topic) & (slots_.size() - 1);
  }

  std::vector<Slot> slots_;
  std::size_t misses_ = 0;
};

}  // namespace fastness::mqtt
