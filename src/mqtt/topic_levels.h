#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/fixed_limits.h"

namespace fastness::mqtt {

// Yields the levels of a topic one by one: "a//b" has the levels "a", "" and "b".
class TopicLevels {
 public:
  explicit TopicLevels(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> next() {
    if (!rest_) return std::nullopt;
    const std::size_t slash = rest_->find('/');
    const std::string_view level = rest_->substr(0, slash);
    if (slash == std::string_view::npos) {
      rest_.reset();
    } else {
      rest_->remove_prefix(slash + 1);
    }
    return level;
  }

  [[nodiscard]] bool done() const { return !rest_.has_value(); }

 private:
  std::optional<std::string_view> rest_;
};

// Topics deeper than this are refused, so that no tree of them grows a stack.
inline constexpr std::size_t kMaxTopicLevels = fixed_limit("mqtt.topic_levels");

[[nodiscard]] bool is_too_deep(std::string_view topic);

}  // namespace fastness::mqtt
