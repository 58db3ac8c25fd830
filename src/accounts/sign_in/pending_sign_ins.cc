#include "accounts/sign_in/pending_sign_ins.h"

#include <algorithm>
#include <utility>

#include "crypto/secret/key_text.h"

namespace fastness::accounts {

PendingSignIns::PendingSignIns(const AccountKeys& keys, const Clock& clock, Random& random)
    : clock_(clock),
      random_(random),
      key_(crypto::hkdf_sha256(keys.session, {}, "fastness pending sign-in", 32)) {}

crypto::Digest PendingSignIns::digest(std::string_view raw_token) const {
  return crypto::hmac_sha256(key_, as_bytes(raw_token));
}

FactorNeeded PendingSignIns::create(Pending pending) {
  const SteadyTime now = clock_.steady();
  make_room(now);
  const Timestamp began = clock_.now();
  FactorNeeded made{crypto::make_token(random_), began + kLife, pending.user.id,
                    pending.user.organisation};
  waiting_.insert_or_assign(digest(made.token),
                            Waiting{std::move(pending), began, now + kLife, kTries});
  return made;
}

void PendingSignIns::make_room(SteadyTime now) {
  std::erase_if(waiting_, [&](const auto& each) { return each.second.until <= now; });
  if (waiting_.size() < kMax) return;
  waiting_.erase(std::min_element(
      waiting_.begin(), waiting_.end(),
      [](const auto& a, const auto& b) { return a.second.until < b.second.until; }));
}

Result<PendingSignIns::Pending> PendingSignIns::attempt(std::string_view raw_token) {
  const auto found = waiting_.find(digest(raw_token));
  if (found == waiting_.end()) return fail(Errc::not_found, "no sign-in waits with this token");
  Waiting& waiting = found->second;
  if (waiting.until <= clock_.steady() || waiting.tries_left == 0) {
    waiting_.erase(found);
    return fail(Errc::not_found, "the sign-in that waited has ended");
  }
  --waiting.tries_left;
  return waiting.pending;
}

void PendingSignIns::end(std::string_view raw_token) {
  waiting_.erase(digest(raw_token));
}

void PendingSignIns::end_all_of(UserId user) {
  std::erase_if(waiting_, [&](const auto& each) { return each.second.pending.user.id == user; });
}

void PendingSignIns::end_vouched(const SignedOut& over) {
  std::erase_if(waiting_, [&](const auto& each) {
    return over.means(each.second.pending.vouched_by, each.second.began);
  });
}

}  // namespace fastness::accounts
