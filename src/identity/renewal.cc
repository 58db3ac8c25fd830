#include "identity/renewal.h"

#include <algorithm>

namespace fastness::identity {
namespace {

constexpr std::chrono::days kShortLife{60};
// Whoever waits is cut off meanwhile. If more come than the vault issues, they are told to wait.
constexpr std::chrono::minutes kEmergency{10};

}  // namespace

RenewalWindow renewal_window(const LedgeredLeaf& leaf, const vault_ipc::Generation& generation) {
  if (generation.distrusted_at) {
    return {*generation.distrusted_at, *generation.distrusted_at + kEmergency};
  }
  const auto life = std::min<Timestamp::duration>(leaf.not_after - leaf.time, kShortLife);
  const Timestamp start = leaf.time + life / 2;
  return {start, start + life / 3};
}

bool is_repeatable(const Renewal& last, const crypto::Digest& leaf,
                   const AdmissionSnapshot& snapshot, Timestamp now) {
  return last.old_leaf == leaf && now - last.at < kRenewalRepeat &&
         snapshot.admit_digest(last.new_leaf, now).has_value();
}

}  // namespace fastness::identity
