#pragma once

#include <functional>
#include <optional>

#include "base/clock.h"
#include "identity/identity.h"

namespace fastness::identity {

// Turns reports of forged leaves into alarms: the first at once, those that follow within a second
// as one. Lives on the control thread.
class ForgeryWatch {
 public:
  void report(const ForgedLeaf& leaf, bool is_suspect, SteadyTime now);
  // Raises what has gathered, once its second is over.
  void tick(SteadyTime now);

  void on_alarm(std::function<void(const ForgeryAlarm&)> listener) {
    listener_ = std::move(listener);
  }

 private:
  void raise(const ForgeryAlarm& alarm, SteadyTime now);

  std::function<void(const ForgeryAlarm&)> listener_;
  std::optional<SteadyTime> last_alarm_;
  std::optional<ForgeryAlarm> gathered_;
};

}  // namespace fastness::identity
