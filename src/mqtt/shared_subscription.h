#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "mqtt/topic_filter.h"

namespace fastness::mqtt {

// What one entry of SUBSCRIBE asks for: a topic filter, alone or shared with a group of sessions
// among which each message goes to one (`$share/GROUP/FILTER`, MQTT 5.0, 4.8.2). Immutable.
class SharedSubscription {
 public:
  // Fails with invalid_argument if `text` begins with `$share/` but lacks a group or a filter, if
  // the group holds a wildcard, or if the filter is none or too deep.
  static Result<SharedSubscription> parse(std::string_view text);

  // Empty if the subscription is not shared.
  [[nodiscard]] const std::string& group() const { return group_; }
  [[nodiscard]] bool is_shared() const { return !group_.empty(); }
  [[nodiscard]] const TopicFilter& filter() const { return filter_; }

  friend bool operator==(const SharedSubscription&, const SharedSubscription&) = default;

 private:
  SharedSubscription(std::string_view group, TopicFilter filter)
      : group_(group), filter_(std::move(filter)) {}

  std::string group_;
  TopicFilter filter_;
};

}  // namespace fastness::mqtt
