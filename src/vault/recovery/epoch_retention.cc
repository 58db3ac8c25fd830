#include "vault/recovery/epoch_retention.h"

#include <algorithm>

namespace fastness::vault {
namespace {

constexpr char kBeliefFile[] = "epoch-clock";
// How much may be lost of the two by a power cut; each is a file that is written and synced.
constexpr std::chrono::days kDateStep{1};
constexpr std::chrono::hours kProofStep{1};

}  // namespace

Result<void> EpochRetention::begin(const SealedFiles& records, Timestamp seen) {
  return write(records, Belief{seen, {}});
}

Result<void> EpochRetention::write(const SealedFiles& records, const Belief& belief) {
  Bytes encoded;
  ByteWriter out(encoded);
  out.i64(belief.date.time_since_epoch().count());
  out.i64(belief.proved.count());
  return records.write(kBeliefFile, encoded);
}

// Before a date was ever believed it is the beginning of the oldest month of which there is a key.
Result<EpochRetention::Belief> EpochRetention::read(Month if_none) const {
  const auto stored = records_.read(kBeliefFile);
  if (!stored && stored.error().code == Errc::not_found) return Belief{begin_of(if_none), {}};
  if (!stored) return Unexpected<Error>{stored.error()};
  ByteReader in(stored->reveal());
  Belief belief;
  belief.date = Timestamp(std::chrono::microseconds(in.i64()));
  belief.proved = std::chrono::seconds(in.i64());
  FASTNESS_RETURN_IF_ERROR(in.finish("the date that backups are kept by"));
  return belief;
}

Result<void> EpochRetention::look_at_clock(Month first) {
  if (!belief_) {
    FASTNESS_ASSIGN_OR_RETURN(belief_, read(first));
    written_ = *belief_;
  }
  const Timestamp now = clock_.now();
  const SteadyTime steady = clock_.steady();
  const auto ran = std::chrono::floor<std::chrono::seconds>(steady - last_look_.value_or(steady));
  last_look_ = steady;
  Belief next{std::max(now, belief_->date), std::chrono::seconds(0)};
  if (now - belief_->date > kLongestLeap && belief_->proved + ran < kProof) {
    next = {belief_->date, belief_->proved + ran};
  }
  belief_ = next;
  const bool is_worth_a_file = next.date - written_.date >= kDateStep ||
                               next.proved - written_.proved >= kProofStep ||
                               next.proved < written_.proved;
  if (!is_worth_a_file) return {};
  FASTNESS_RETURN_IF_ERROR(write(records_, next));
  written_ = next;
  return {};
}

Result<EpochRetention::Outcome> EpochRetention::enforce() {
  FASTNESS_ASSIGN_OR_RETURN(const std::optional<EpochRing> ring, EpochRing::read(records_));
  if (!ring) return Outcome{};
  FASTNESS_RETURN_IF_ERROR(look_at_clock(ring->first()));
  Outcome outcome;
  if (clock_.now() - belief_->date > kLongestLeap) outcome.believed = belief_->date;
  const Month now = month_of(belief_->date);
  const Month oldest = now - std::min(now, months_);
  if (oldest <= ring->first()) return outcome;
  FASTNESS_RETURN_IF_ERROR(ring->forget_before(oldest, records_));
  outcome.forgotten = oldest - ring->first();
  return outcome;
}

}  // namespace fastness::vault
