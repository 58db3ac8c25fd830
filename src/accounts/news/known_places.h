#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "accounts/account.h"
#include "accounts/account_keys.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace fastness::accounts {

class AccountsStore;
enum class PlaceKind : std::uint8_t;

// The networks and browsers that people have come in from, and the routes between places that they
// were told nobody can travel, as keyed hashes: the last twenty of each. Lives on the control
// thread.
class KnownPlaces {
 public:
  // A place that somebody was not seen in for longer is new again.
  static constexpr std::chrono::days kRemembered{90};

  // All must outlive this.
  KnownPlaces(AccountsStore& store, const AccountKeys& keys, const Clock& clock)
      : store_(store), keys_(keys), clock_(clock) {}

  // Whether somebody came in from this network before, however long ago; see network_of.
  [[nodiscard]] Result<bool> is_known(UserId user, std::string_view network);

  // Somebody came in, with all that is asked for. Whether the network or the browser is new to
  // their account, which the first of each is not. A browser of no name is none.
  [[nodiscard]] Result<bool> enter(UserId user, const Visitor& visitor);

  // Somebody came in from too far away from where they were. Whether these two places together are
  // new to their account, which the first are.
  [[nodiscard]] Result<bool> enter_route(UserId user, std::string_view route);

 private:
  [[nodiscard]] Result<bool> enter(UserId user, PlaceKind kind, std::string_view name);
  [[nodiscard]] crypto::Digest digest(UserId user, PlaceKind kind, std::string_view name) const;

  AccountsStore& store_;
  const AccountKeys& keys_;
  const Clock& clock_;
};

}  // namespace fastness::accounts
