#include "gateway/broker/renewal_topics.h"

#include <algorithm>
#include <utility>

namespace fastness::gateway {
namespace {

constexpr std::pair<std::string_view, RenewalChannel> kSaid[] = {
    {"csr", RenewalChannel::request},
    {"ack", RenewalChannel::stored},
    {"nack", RenewalChannel::refused},
};
constexpr std::string_view kHeard[] = {"renew", "cert"};

// The word of a topic that is this principal's own; empty if it is not, for which there is no word.
std::string_view own_word(const Principal& principal, std::string_view topic) {
  const DeviceId* device = principal.device();
  // Whoever proved no certificate has none to renew.
  if (device == nullptr || principal.credential.empty()) return {};
  const std::string prefix = renewal_topic(*device, "");
  return topic.starts_with(prefix) ? topic.substr(prefix.size()) : std::string_view();
}

}  // namespace

std::string renewal_topic(DeviceId device, std::string_view word) {
  std::string topic(kRenewalPrefix);
  topic += device.value().to_text();
  topic += "/pki/";
  topic += word;
  return topic;
}

std::optional<RenewalChannel> may_say(const Principal& principal, std::string_view topic) {
  const std::string_view word = own_word(principal, topic);
  for (const auto& [said, channel] : kSaid) {
    if (word == said) return channel;
  }
  return std::nullopt;
}

bool may_hear(const Principal& principal, std::string_view filter) {
  return std::ranges::find(kHeard, own_word(principal, filter)) != std::end(kHeard);
}

}  // namespace fastness::gateway
