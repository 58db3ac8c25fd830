#pragma once

#include <deque>
#include <string_view>

#include "gateway/retained/retained_reading.h"

namespace fastness::gateway {

// What one session still has to be sent of retained messages: one subscription after the other.
// Thread-compatible.
class RetainedReadings {
 public:
  // In place of what the same subscription still had to be sent.
  void begin(RetainedReading reading);
  // The subscription is gone.
  void end(std::string_view subscription);
  // The connection for which they began has ended.
  void outlive_connection();

  [[nodiscard]] bool is_empty() const { return readings_.empty(); }
  [[nodiscard]] RetainedReading& front() { return readings_.front(); }
  void pop_front() { readings_.pop_front(); }
  // Null if nothing is to be sent for the subscription.
  [[nodiscard]] RetainedReading* find(std::string_view subscription);
  [[nodiscard]] const std::deque<RetainedReading>& all() const { return readings_; }

  // Whether there is no room for the next message until the client acknowledges another.
  bool is_held_up = false;

 private:
  std::deque<RetainedReading> readings_;
};

}  // namespace fastness::gateway
