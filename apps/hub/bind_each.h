#pragma once

#include <vector>

#include "config/config.h"
#include "net/endpoint.h"

namespace fastness::hub {

// Calls `bind` with each configured endpoint until one fails.
template <typename Bind>
Result<void> bind_each(const std::vector<config::Endpoint>& configured, const Bind& bind) {
  for (const config::Endpoint& each : configured) {
    FASTNESS_ASSIGN_OR_RETURN(const net::Endpoint endpoint, net::parse_endpoint(each.to_text()));
    FASTNESS_RETURN_IF_ERROR(bind(endpoint));
  }
  return {};
}

}  // namespace fastness::hub
