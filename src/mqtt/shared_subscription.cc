#include "mqtt/shared_subscription.h"

#include "mqtt/topic_levels.h"

namespace fastness::mqtt {

Result<SharedSubscription> SharedSubscription::parse(std::string_view text) {
  constexpr std::string_view kPrefix = "$share/";
  std::string_view group;
  if (text.starts_with(kPrefix)) {
    text.remove_prefix(kPrefix.size());
    const std::size_t slash = text.find('/');
    if (slash == 0 || slash == std::string_view::npos) {
      return fail(Errc::invalid_argument, "shared subscription lacks a group or a filter");
    }
    group = text.substr(0, slash);
    if (group.find_first_of("+#") != std::string_view::npos) {
      return fail(Errc::invalid_argument, "name of a shared subscription holds a wildcard");
    }
    text.remove_prefix(slash + 1);
  }
  if (is_too_deep(text)) return fail(Errc::invalid_argument, "topic filter is too deep");
  FASTNESS_ASSIGN_OR_RETURN(auto filter, TopicFilter::parse(text));
  return SharedSubscription(group, std::move(filter));
}

}  // namespace fastness::mqtt
