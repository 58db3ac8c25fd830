#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/account_keys.h"
#include "accounts/sign_in/throttle.h"
#include "accounts/staff/staff_store.h"
#include "base/random.h"

namespace fastness::accounts {

// Three codes that the host's owner has sealed, each somewhere else, for the day when an operator
// must come in and nobody can be asked: any two of them are as good as an approval. Once used, all
// three are worth nothing. The server keeps keyed hashes. Lives on the control thread.
class BreakGlass {
 public:
  static constexpr std::size_t kCodes = 3;
  static constexpr std::size_t kNeeded = 2;
  static constexpr std::size_t kCodeBytes = 10;  // 80 random bits each

  // All must outlive this.
  BreakGlass(StaffStore& store, const AccountKeys& keys, const Clock& clock, Random& random);

  // Three others, in place of those that there were. They are shown once and kept nowhere.
  [[nodiscard]] Result<std::vector<std::string>> make();
  [[nodiscard]] Result<bool> are_there();

  // Uses the codes up, within the transaction that is open, if they are two of them.
  // `unauthenticated` if not; `exhausted` after too many attempts of that person's. Spaces, dashes
  // and case do not matter.
  using TwoCodes = std::array<std::string, kNeeded>;
  [[nodiscard]] Result<void> use(UserId by, const TwoCodes& untrusted_codes);

 private:
  [[nodiscard]] crypto::Digest digest(std::string_view code) const;

  StaffStore& store_;
  const Clock& clock_;
  Random& random_;
  crypto::SecretBytes key_;
  Throttle attempts_{5, std::chrono::minutes(10)};
};

}  // namespace fastness::accounts
