#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fastness::mqtt {

// The topic aliases of one connection in our direction (MQTT 5.0, 3.3.2.3.4): the first topics that
// are sent have one for as long as the connection lasts. Thread-compatible.
class OutgoingAliases {
 public:
  // At most `maximum` of them.
  explicit OutgoingAliases(std::uint8_t maximum) : maximum_(maximum) {}

  struct Alias {
    std::uint16_t number = 0;  // zero: the topic has none
    bool is_known = false;     // to the client, who needs no topic then
  };
  [[nodiscard]] Alias of(std::string_view topic) const {
    for (std::size_t i = 0; i < topics_.size(); ++i) {
      if (topics_[i] == topic) return {static_cast<std::uint16_t>(i + 1), true};
    }
    const bool has_room = topics_.size() < maximum_;
    return {static_cast<std::uint16_t>(has_room ? topics_.size() + 1 : 0), false};
  }

  // The client has been sent `topic` with the new alias that `of` gave.
  void introduced(std::string_view topic) { topics_.emplace_back(topic); }

 private:
  std::uint8_t maximum_;
  std::vector<std::string> topics_;  // few: looking through them costs less than a map
};

}  // namespace fastness::mqtt
