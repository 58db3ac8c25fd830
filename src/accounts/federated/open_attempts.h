#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include "accounts/federated/linked_sign_in.h"
#include "base/clock.h"
#include "base/random.h"
#include "crypto/digest.h"

namespace fastness::accounts {

// People on their way to a provider and back: in memory only, each for ten minutes and good once.
// An attempt is known by a cookie of the browser that began it, which no other has, and `state`
// must be its own. One network has so many open at a time, and all together; beyond either the
// oldest ends. Lives on the control thread.
class OpenAttempts {
 public:
  static constexpr std::chrono::minutes kLife{10};
  static constexpr std::size_t kMostOfOne = 20;
  static constexpr std::size_t kMost = 10'000;

  // Both must outlive this.
  OpenAttempts(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  // `session`: of whom, if it is to link a sign-in to their account.
  [[nodiscard]] SentAway open(oidc::Attempt attempt, std::optional<SessionId> session,
                              std::string network);

  // A browser is back from `provider`. What the attempt was for, if it is one that it began there,
  // and nobody has answered; then its answer is kept until somebody asks for it. An answer of
  // another browser, provider or attempt changes nothing.
  [[nodiscard]] std::optional<AttemptPurpose> answer(std::string_view raw_cookie,
                                                     std::string_view provider,
                                                     std::string_view raw_state,
                                                     oidc::Answer answer);

  // The attempt of that browser, if it was answered and is of that session, or of none. It is not
  // open any more, whatever came of it.
  [[nodiscard]] std::optional<CameBack> take(std::string_view raw_cookie,
                                             const std::optional<SessionId>& session);

  [[nodiscard]] std::size_t size() const { return open_.size(); }

 private:
  struct Open {
    crypto::Digest cookie;  // so that memory has none
    oidc::Attempt attempt;
    std::optional<SessionId> session;
    std::string network;
    SteadyTime until;
    std::optional<oidc::Answer> answer = {};
  };
  void forget_old();
  [[nodiscard]] std::list<Open>::iterator find(std::string_view raw_cookie);

  const Clock& clock_;
  Random& random_;
  std::list<Open> open_;  // the oldest first, as all live equally long
};

}  // namespace fastness::accounts
