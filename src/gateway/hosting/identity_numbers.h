#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <variant>
#include <vector>

#include "base/ids/ids.h"

namespace fastness::gateway {

// Small numbers that stand for devices and people, so that four bytes say who. From 1 on, given at
// the first question and never taken back: there are never more than identities that asked for one
// since the start. Thread-compatible.
class IdentityNumbers {
 public:
  using Identity = std::variant<DeviceId, UserId>;

  [[nodiscard]] std::uint32_t of(const Identity& identity) {
    const auto next = static_cast<std::uint32_t>(identities_.size() + 1);
    const auto [place, is_new] = numbers_.try_emplace(identity, next);
    if (is_new) identities_.push_back(identity);
    return place->second;
  }

  // Nothing for 0, which is nobody's.
  [[nodiscard]] std::optional<Identity> identity(std::uint32_t number) const {
    if (number == 0 || number > identities_.size()) return std::nullopt;
    return identities_[number - 1];
  }

 private:
  std::map<Identity, std::uint32_t> numbers_;
  std::vector<Identity> identities_;  // by number, the first at 0
};

}  // namespace fastness::gateway
