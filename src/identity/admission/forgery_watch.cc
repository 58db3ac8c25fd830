#include "identity/admission/forgery_watch.h"

namespace fastness::identity {
namespace {

constexpr std::chrono::seconds kQuiet{1};

}  // namespace

void ForgeryWatch::raise(const ForgeryAlarm& alarm, SteadyTime now) {
  last_alarm_ = now;
  if (listener_) listener_(alarm);
}

void ForgeryWatch::report(const ForgedLeaf& leaf, bool is_suspect, SteadyTime now) {
  tick(now);
  if (!last_alarm_ || now - *last_alarm_ >= kQuiet) {
    raise({leaf, 1, is_suspect}, now);
    return;
  }
  if (!gathered_) {
    gathered_ = ForgeryAlarm{leaf, 1, is_suspect};
    return;
  }
  ++gathered_->count;
  gathered_->is_suspect = gathered_->is_suspect && is_suspect;
}

void ForgeryWatch::tick(SteadyTime now) {
  if (!gathered_ || now - *last_alarm_ < kQuiet) return;
  const ForgeryAlarm alarm = *gathered_;
  gathered_.reset();
  raise(alarm, now);
}

}  // namespace fastness::identity
