#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace fastness::mqtt {

// What a message is published to: topic levels without wildcards (MQTT 5.0, 4.7). Immutable.
class TopicName {
 public:
  static constexpr std::size_t kMaxBytes = 65'535;

  // Fails with invalid_argument if `text` is empty, too long, too deep (kMaxTopicLevels), holds a
  // wildcard, or is not permitted UTF-8.
  static Result<TopicName> parse(std::string_view text);

  // The same question without a copy: this runs once per message.
  [[nodiscard]] static bool is_valid(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }

  friend bool operator==(const TopicName&, const TopicName&) = default;

 private:
  explicit TopicName(std::string_view text) : text_(text) {}

  std::string text_;
};

}  // namespace fastness::mqtt
