#pragma once

#include <chrono>
#include <cstdint>

#include "accounts/sign_in/throttle.h"
#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"

namespace fastness::accounts {

// Sees when more goes wrong at an account's door than a person mistypes. Codes have a count of
// their own, because who gives one knows the password: passwords that somebody else gets wrong must
// not hide them. In memory that is bounded, as Throttle's is. Lives on the control thread.
class GuessWatch {
 public:
  enum class Guess : std::uint8_t { password, code };

  // So many at once, then one each; past it is an alarm.
  static constexpr double kPasswords = fixed_limit("accounts.wrong_passwords");
  static constexpr std::chrono::minutes kPasswordRefill{4};
  static constexpr double kCodes = fixed_limit("accounts.wrong_codes");
  static constexpr std::chrono::minutes kCodeRefill{12};
  static constexpr std::chrono::hours kQuiet{24};  // between alarms of one kind about one account

  // Counts a wrong one. Whether its person is to hear of it.
  [[nodiscard]] bool is_alarm(UserId user, Guess guess, SteadyTime now);

 private:
  Throttle passwords_{kPasswords, kPasswordRefill};
  Throttle codes_{kCodes, kCodeRefill};
  Throttle told_{1, kQuiet};
};

}  // namespace fastness::accounts
