#pragma once

#include <memory>

#include "config/config.h"
#include "gateway/options.h"
#include "http_server/connection/limits.h"
#include "net/connection_limits.h"

namespace fastness::hub {

// The configured limits as each component spells its own.
[[nodiscard]] gateway::Limits gateway_limits(
    const config::Config& config, const std::shared_ptr<net::DescriptorBudget>& descriptors);
[[nodiscard]] http_server::Limits http_limits(const config::Config::Limits& limits);
[[nodiscard]] net::ConnectionLimits::Options connection_limits(
    const config::Config::Limits& limits, const std::shared_ptr<net::DescriptorBudget>& descriptors,
    net::DescriptorBudget::For whom);
[[nodiscard]] net::Listener::Options accept_options(const config::Config& config);

}  // namespace fastness::hub
