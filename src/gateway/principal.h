#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <variant>

#include "base/ids/ids.h"
#include "dialects/action.h"

namespace fastness::gateway {

// Who a connection speaks for, once proven.
struct Principal {
  OrganisationId organisation;
  std::variant<DeviceId, UserId> identity;
  // What it proved itself with, for `disconnect_credential`: an API key's id, or empty.
  std::string credential;
  dialects::Speaker::Rights rights = dialects::Speaker::Rights::read_write;

  [[nodiscard]] const DeviceId* device() const { return std::get_if<DeviceId>(&identity); }
  [[nodiscard]] dialects::Speaker speaker() const {
    const DeviceId* id = device();
    return {organisation, id != nullptr ? std::optional(*id) : std::nullopt, rights};
  }
  friend bool operator==(const Principal&, const Principal&) = default;
};

// Names a session within its organisation: nobody reaches a session of another identity, whatever
// client id he sends. `instance` is zero but for sessions of people that end with their connection:
// browser tabs of one person send the same client id and must not throw each other out.
struct SessionKey {
  std::variant<DeviceId, UserId> identity;
  std::string client_id;
  std::uint64_t instance = 0;

  friend bool operator==(const SessionKey&, const SessionKey&) = default;
  friend bool operator<(const SessionKey& a, const SessionKey& b) {
    return std::tie(a.identity, a.client_id, a.instance) <
           std::tie(b.identity, b.client_id, b.instance);
  }
};

}  // namespace fastness::gateway
