#include "accounts/news/guess_watch.h"

#include <string>

namespace fastness::accounts {

bool GuessWatch::is_alarm(UserId user, Guess guess, SteadyTime now) {
  const std::string account = user.value().to_text();
  const bool is_code = guess == Guess::code;
  Throttle& usual = is_code ? codes_ : passwords_;
  if (usual.take(account, now)) return false;
  return told_.take(account + (is_code ? " code" : " password"), now);
}

}  // namespace fastness::accounts
