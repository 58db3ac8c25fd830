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

// The word of a topic that is this device's own; empty if it is not, for which there is no word.
std::string_view own_word(DeviceId device, std::string_view topic) {
  const std::string prefix = renewal_topic(device, "");
  return topic.starts_with(prefix) ? topic.substr(prefix.size()) : std::string_view();
}

std::string_view own_word(const Principal& principal, std::string_view topic) {
  const DeviceId* device = principal.device();
  // Whoever proved no certificate has none to renew.
  if (device == nullptr || principal.credential.empty()) return {};
  return own_word(*device, topic);
}

std::optional<RenewalChannel> channel_of(std::string_view word) {
  for (const auto& [said, channel] : kSaid) {
    if (word == said) return channel;
  }
  return std::nullopt;
}

bool is_heard(std::string_view word) {
  return std::ranges::find(kHeard, word) != std::end(kHeard);
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
  return channel_of(own_word(principal, topic));
}

std::optional<RenewalChannel> may_say(const RenewingDevice& device, std::string_view topic) {
  return channel_of(own_word(device.device, topic));
}

bool may_hear(const Principal& principal, std::string_view filter) {
  return is_heard(own_word(principal, filter));
}

bool may_hear(const RenewingDevice& device, std::string_view filter) {
  return is_heard(own_word(device.device, filter));
}

}  // namespace fastness::gateway
