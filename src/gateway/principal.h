#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>

#include "base/ids/ids.h"
#include "dialects/action.h"

namespace fastness::gateway {

// Who a connection speaks for, once proven.
struct Principal {
  OrganisationId organisation;
  std::variant<DeviceId, UserId> identity;
  // What it proved itself with, for `disconnect_credential`: an API key's id, the kind of a
  // certificate ("board:2"), or empty.
  std::string credential;
  dialects::Speaker::Rights rights = dialects::Speaker::Rights::read_write;

  [[nodiscard]] const DeviceId* device() const { return std::get_if<DeviceId>(&identity); }
  [[nodiscard]] dialects::Speaker speaker() const {
    const DeviceId* id = device();
    return {organisation, id != nullptr ? std::optional(*id) : std::nullopt, rights};
  }
  friend bool operator==(const Principal&, const Principal&) = default;
};

// A device that may renew its certificate and do nothing else. It speaks for nobody: no Principal,
// and nothing makes one of it.
struct RenewingDevice {
  OrganisationId organisation;
  DeviceId device;

  friend bool operator==(const RenewingDevice&, const RenewingDevice&) = default;
};

// Those who are meant together, whoever they are.
enum class Crowd : std::uint8_t {
  people,     // and programs
  by_secret,  // devices without a certificate
  renewing,   // RenewingDevice
  everybody,
};

[[nodiscard]] inline bool is_among(const Principal& principal, Crowd crowd) {
  switch (crowd) {
    case Crowd::people:
      return principal.device() == nullptr;
    case Crowd::by_secret:
      return principal.device() != nullptr && principal.credential.empty();
    case Crowd::renewing:
      return false;
    case Crowd::everybody:
      return true;
  }
  return true;
}

[[nodiscard]] inline bool is_among(const RenewingDevice& /*device*/, Crowd crowd) {
  return crowd == Crowd::renewing || crowd == Crowd::everybody;
}

// What CONNECT may prove.
using Proven = std::variant<Principal, RenewingDevice>;

// A SessionKey that owns nothing, to compare by.
struct SessionKeyView {
  const std::variant<DeviceId, UserId>& identity;
  std::string_view client_id;
  std::uint64_t instance;

  friend bool operator==(const SessionKeyView& a, const SessionKeyView& b) {
    return std::tie(a.identity, a.client_id, a.instance) ==
           std::tie(b.identity, b.client_id, b.instance);
  }
  friend bool operator<(const SessionKeyView& a, const SessionKeyView& b) {
    return std::tie(a.identity, a.client_id, a.instance) <
           std::tie(b.identity, b.client_id, b.instance);
  }
};

// Names a session within its organisation: nobody reaches a session of another identity, whatever
// client id he sends. `instance` is zero but for the tabs of a person's browser, which send the
// same client id and must not throw each other out.
struct SessionKey {
  std::variant<DeviceId, UserId> identity;
  std::string client_id;
  std::uint64_t instance = 0;

  // As sessions are kept: a board that calls itself by its own id, as stock boards do, needs no
  // second copy of it, and an empty name is nobody else's.
  [[nodiscard]] static SessionKey of(const std::variant<DeviceId, UserId>& identity,
                                     std::string client_id, std::uint64_t instance = 0) {
    const auto* device = std::get_if<DeviceId>(&identity);
    if (device != nullptr && client_id == device->value().to_text()) client_id.clear();
    return {identity, std::move(client_id), instance};
  }

  [[nodiscard]] SessionKeyView view() const { return {identity, client_id, instance}; }
  friend bool operator==(const SessionKey&, const SessionKey&) = default;
};

}  // namespace fastness::gateway
