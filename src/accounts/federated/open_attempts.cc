#include "accounts/federated/open_attempts.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "crypto/secret/key_text.h"

namespace fastness::accounts {

void OpenAttempts::forget_old() {
  const SteadyTime now = clock_.steady();
  while (!open_.empty() && open_.front().until <= now) open_.pop_front();
}

SentAway OpenAttempts::open(oidc::Attempt attempt, std::optional<SessionId> session,
                            std::string network) {
  forget_old();
  const auto is_theirs = [&](const Open& each) { return each.network == network; };
  const auto theirs = std::count_if(open_.begin(), open_.end(), is_theirs);
  if (static_cast<std::size_t>(theirs) >= kMostOfOne) {
    open_.erase(std::find_if(open_.begin(), open_.end(), is_theirs));
  }
  if (open_.size() >= kMost) open_.pop_front();
  SentAway sent{std::move(attempt), crypto::make_token(random_)};
  open_.push_back({crypto::sha256(as_bytes(sent.cookie)), sent.attempt, session, std::move(network),
                   clock_.steady() + kLife});
  return sent;
}

std::list<OpenAttempts::Open>::iterator OpenAttempts::find(std::string_view raw_cookie) {
  forget_old();
  const crypto::Digest digest = crypto::sha256(as_bytes(raw_cookie));
  return std::find_if(open_.begin(), open_.end(),
                      [&](const Open& each) { return each.cookie == digest; });
}

std::optional<AttemptPurpose> OpenAttempts::answer(std::string_view raw_cookie,
                                                   std::string_view provider,
                                                   std::string_view raw_state,
                                                   oidc::Answer answer) {
  const auto found = find(raw_cookie);
  if (found == open_.end() || found->answer || found->attempt.provider != provider ||
      !crypto::constant_time_equal(as_bytes(found->attempt.state), as_bytes(raw_state))) {
    return std::nullopt;
  }
  found->answer = std::move(answer);
  return found->session ? AttemptPurpose::link : AttemptPurpose::sign_in;
}

std::optional<CameBack> OpenAttempts::take(std::string_view raw_cookie,
                                           const std::optional<SessionId>& session) {
  const auto found = find(raw_cookie);
  if (found == open_.end()) return std::nullopt;
  const Open taken = std::move(*found);
  open_.erase(found);
  if (!taken.answer || taken.session != session) return std::nullopt;
  return CameBack{taken.attempt, *taken.answer};
}

}  // namespace fastness::accounts
