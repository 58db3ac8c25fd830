#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "webauthn/client_data.h"

namespace fastness::accounts {

// Challenges that wait for a passkey's answer: in memory only, each good once, for a few
// minutes and for whom it was made. One owner has so many open at a time, and all together; beyond
// either the oldest ends. Lives on the control thread.
class Challenges {
 public:
  static constexpr std::chrono::minutes kLife{5};
  static constexpr std::size_t kMostOfOne = 20;
  static constexpr std::size_t kMost = 10'000;

  // Both must outlive this.
  Challenges(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  // A random one.
  [[nodiscard]] webauthn::Challenge make(std::string owner);
  // Opens one that is not random, because the answer is to be a signature of what it stands for.
  void open(const webauthn::Challenge& challenge, std::string owner);

  // Whether it is open; it is not any more. Whoever answers for another owner uses it up as well.
  [[nodiscard]] bool take(const webauthn::Challenge& challenge, std::string_view owner);
  // The same, whoever it was made for.
  [[nodiscard]] bool take(const webauthn::Challenge& challenge);

  [[nodiscard]] std::size_t size() const { return open_.size(); }

 private:
  struct Open {
    webauthn::Challenge challenge;
    std::string owner;
    SteadyTime until;
  };
  void forget_old();

  const Clock& clock_;
  Random& random_;
  std::list<Open> open_;  // the oldest first, as all live equally long
};

}  // namespace fastness::accounts
