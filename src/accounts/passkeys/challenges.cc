#include "accounts/passkeys/challenges.h"

#include <algorithm>
#include <utility>

namespace fastness::accounts {

void Challenges::forget_old() {
  const SteadyTime now = clock_.steady();
  while (!open_.empty() && open_.front().until <= now) open_.pop_front();
}

webauthn::Challenge Challenges::make(std::string owner) {
  webauthn::Challenge made{};
  random_.fill(made);
  open(made, std::move(owner));
  return made;
}

void Challenges::open(const webauthn::Challenge& challenge, std::string owner) {
  forget_old();
  const auto is_theirs = [&](const Open& each) { return each.owner == owner; };
  const auto theirs = std::count_if(open_.begin(), open_.end(), is_theirs);
  if (static_cast<std::size_t>(theirs) >= kMostOfOne) {
    open_.erase(std::find_if(open_.begin(), open_.end(), is_theirs));
  }
  if (open_.size() >= kMost) open_.pop_front();
  open_.push_back({challenge, std::move(owner), clock_.steady() + kLife});
}

bool Challenges::take(const webauthn::Challenge& challenge, std::string_view owner) {
  forget_old();
  const auto found = std::find_if(open_.begin(), open_.end(),
                                  [&](const Open& each) { return each.challenge == challenge; });
  if (found == open_.end()) return false;
  const bool is_theirs = found->owner == owner;
  open_.erase(found);
  return is_theirs;
}

bool Challenges::take(const webauthn::Challenge& challenge) {
  forget_old();
  return std::erase_if(open_, [&](const Open& each) { return each.challenge == challenge; }) != 0;
}

}  // namespace fastness::accounts
