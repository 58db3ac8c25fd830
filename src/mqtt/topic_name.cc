#include "mqtt/topic_name.h"

#include <algorithm>

#include "mqtt/topic_levels.h"
#include "mqtt/wire/utf8.h"

namespace fastness::mqtt {

bool is_too_deep(std::string_view topic) {
  return std::count(topic.begin(), topic.end(), '/') >=
         static_cast<std::ptrdiff_t>(kMaxTopicLevels);
}

bool TopicName::is_valid(std::string_view text) {
  return !text.empty() && text.size() <= kMaxBytes && !is_too_deep(text) &&
         text.find_first_of("+#") == std::string_view::npos && is_permitted_utf8(text);
}

Result<TopicName> TopicName::parse(std::string_view text) {
  if (!is_valid(text)) return fail(Errc::invalid_argument, "not a topic name");
  return TopicName(text);
}

}  // namespace fastness::mqtt
