#include "gateway/retained/retained_readings.h"

#include <algorithm>
#include <utility>

namespace fastness::gateway {

void RetainedReadings::begin(RetainedReading reading) {
  end(reading.subscription());
  readings_.push_back(std::move(reading));
}

void RetainedReadings::end(std::string_view subscription) {
  std::erase_if(readings_, [&](const RetainedReading& reading) {
    return reading.subscription() == subscription;
  });
}

void RetainedReadings::outlive_connection() {
  for (RetainedReading& reading : readings_) reading.outlive_connection();
}

RetainedReading* RetainedReadings::find(std::string_view subscription) {
  const auto found = std::ranges::find(readings_, subscription, &RetainedReading::subscription);
  return found != readings_.end() ? &*found : nullptr;
}

}  // namespace fastness::gateway
