#include "gateway/retained/retained_under_way.h"

namespace fastness::gateway {

void RetainedUnderWay::begin(OrganisationId organisation, const mqtt::Message& message,
                             Circumstances how) {
  numbers_.insert(message.number);
  if (!how.waits && !how.is_passed_on) return;
  Topic& topic = topics_[{organisation, message.topic}];
  if (how.waits) ++topic.waiting;
  if (how.is_passed_on) topic.passed_on.insert(message.number);
}

void RetainedUnderWay::end(OrganisationId organisation, const mqtt::Message& message,
                           Circumstances how) {
  numbers_.erase(message.number);
  const auto found = topics_.find({organisation, message.topic});
  if (found == topics_.end()) return;
  Topic& topic = found->second;
  if (how.waits) --topic.waiting;
  topic.passed_on.erase(message.number);
  if (topic.waiting == 0 && topic.passed_on.empty()) topics_.erase(found);
}

const RetainedUnderWay::Topic* RetainedUnderWay::find(OrganisationId organisation,
                                                      const std::string& topic) const {
  if (topics_.empty()) return nullptr;
  const auto found = topics_.find({organisation, topic});
  return found != topics_.end() ? &found->second : nullptr;
}

bool RetainedUnderWay::waits(OrganisationId organisation, const std::string& topic) const {
  const Topic* found = find(organisation, topic);
  return found != nullptr && found->waiting != 0;
}

std::uint64_t RetainedUnderWay::passed_on(OrganisationId organisation,
                                          const std::string& topic) const {
  const Topic* found = find(organisation, topic);
  return found != nullptr && !found->passed_on.empty() ? *found->passed_on.rbegin() : 0;
}

std::optional<std::uint64_t> RetainedUnderWay::first() const {
  return numbers_.empty() ? std::nullopt : std::optional(*numbers_.begin());
}

}  // namespace fastness::gateway
