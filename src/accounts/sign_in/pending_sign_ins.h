#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "accounts/account.h"
#include "accounts/account_keys.h"
#include "base/random.h"
#include "crypto/digest.h"

namespace fastness::accounts {

// Somebody who showed the right password and owes a code. The token is good for that one thing.
struct FactorNeeded {
  std::string token;  // for the page that asks, which keeps it in memory
  Timestamp expires_at;
  UserId user;
  OrganisationId organisation;
};

// Sign-ins that wait for their second factor: no sessions, in memory only, known by a keyed hash of
// a random token, each good for a few minutes and a few codes. How many one account can have is
// bounded by what SignIn lets through. Lives on the control thread.
class PendingSignIns {
 public:
  static constexpr std::chrono::minutes kLife{5};
  static constexpr int kTries = 5;
  static constexpr std::size_t kMax = 1'000;  // beyond it the oldest ends

  PendingSignIns(const AccountKeys& keys, const Clock& clock, Random& random);

  struct Pending {
    User user;
    std::string network;  // the buckets that paid for the password
    std::string account;
    std::optional<VouchedBy> vouched_by = {};  // in place of the password
  };
  [[nodiscard]] FactorNeeded create(Pending pending);

  // Whose it is; counts as one of its tries. `not_found` if it never was, has ended, or has no try
  // left.
  [[nodiscard]] Result<Pending> attempt(std::string_view raw_token);
  // Ending what does not exist is not an error.
  void end(std::string_view raw_token);
  void end_all_of(UserId user);
  // Those that rest on what is over at a provider.
  void end_vouched(const SignedOut& over);

 private:
  struct Waiting {
    Pending pending;
    Timestamp began;
    SteadyTime until;
    int tries_left;
  };
  [[nodiscard]] crypto::Digest digest(std::string_view raw_token) const;
  void make_room(SteadyTime now);

  const Clock& clock_;
  Random& random_;
  crypto::SecretBytes key_;
  std::unordered_map<crypto::Digest, Waiting, crypto::DigestHash> waiting_;
};

}  // namespace fastness::accounts
