#pragma once

#include <chrono>
#include <functional>
#include <string_view>
#include <vector>

#include "gateway/hosting/space.h"
#include "mqtt/message.h"

namespace fastness::gateway {

// What an organisation may see of its own traffic, under `$SYS/broker/…` as other brokers show it:
// topics that nobody can publish to, each with the number of one organisation alone.
inline constexpr std::string_view kSystemPrefix = "$SYS/";

// How often they are sent to those who subscribed.
inline constexpr std::chrono::seconds kSystemInterval{10};

// The figures whose topic `wanted` takes, as messages of QoS 0.
[[nodiscard]] std::vector<mqtt::MessagePtr> system_messages(
    Space& space, std::chrono::seconds uptime,
    const std::function<bool(std::string_view topic)>& wanted);

}  // namespace fastness::gateway
