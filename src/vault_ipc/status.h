// How an Error travels from the vault to the hub: one byte, then its message.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"

namespace fastness::vault_ipc {

inline constexpr std::uint8_t kSucceeded = 0;

// The edge's one table from Errc to its code.
[[nodiscard]] constexpr std::uint8_t status_of(Errc code) {
  switch (code) {
    case Errc::invalid_argument:
      return 1;
    case Errc::not_found:
      return 2;
    case Errc::already_exists:
      return 3;
    case Errc::unauthenticated:
      return 4;
    case Errc::permission_denied:
      return 5;
    case Errc::exhausted:
      return 6;
    case Errc::unavailable:
      return 7;
    case Errc::corrupted:
      return 8;
  }
  return 7;
}

// Nothing for a number that no error has.
[[nodiscard]] constexpr std::optional<Errc> code_of(std::uint8_t status) {
  for (const Errc code :
       {Errc::invalid_argument, Errc::not_found, Errc::already_exists, Errc::unauthenticated,
        Errc::permission_denied, Errc::exhausted, Errc::unavailable, Errc::corrupted}) {
    if (status_of(code) == status) return code;
  }
  return std::nullopt;
}

}  // namespace fastness::vault_ipc
