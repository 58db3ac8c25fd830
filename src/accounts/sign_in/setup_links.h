#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/account_keys.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace fastness::accounts {

class AccountsStore;

struct NewSetupLink {
  std::string token;  // for the fragment of a URL, a 0600 file or a terminal; never for a log
  Timestamp expires_at;
};

struct SetupLink {
  std::optional<UserId> user;  // who may choose a password; absent: whoever comes is the first user
};

// One-time tokens by which the person at the host lets somebody in. Lives on the control thread.
class SetupLinks {
 public:
  static constexpr std::chrono::minutes kLifetime{fixed_limit("accounts.setup_link_minutes")};

  SetupLinks(AccountsStore& store, const AccountKeys& keys, const Clock& clock, Random& random);

  // Ends the earlier link for the same purpose.
  [[nodiscard]] Result<NewSetupLink> create(std::optional<UserId> user);

  // Somebody who has no password yet has a link to choose one.
  [[nodiscard]] Result<bool> is_open();
  // `unauthenticated` if there is no such link, it was used, or its time is over.
  [[nodiscard]] Result<SetupLink> find(std::string_view raw_token);
  // Ends the link for this purpose. Ending what does not exist is not an error.
  Result<void> end(const std::optional<UserId>& user);

 private:
  AccountsStore& store_;
  const AccountKeys& keys_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace fastness::accounts
