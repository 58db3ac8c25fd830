#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "identity/alarms/alarm_book.h"
#include "identity/alarms/alarm_letter.h"

namespace fastness::identity {

// Somebody who is told of alarms: one message each, at once, until `most_an_hour` but one were sent
// within an hour. The last of them, and each after it, tells of all that waits. What does not
// arrive is sent again until it does; after a crash it may come twice. Lives on the control thread.
class AlarmPost {
 public:
  using Done = std::function<void(Result<void>)>;
  // Sends a letter, and calls `done` once, on the control thread, with whether it has arrived.
  using Deliver = std::function<void(const wording::Letter& letter, const Done& done)>;

  struct Options {
    AlarmChannel channel;
    AlarmReader reader = AlarmReader::host;
    std::int64_t most_an_hour = 6;
    std::function<std::string()> console;  // as letter_for wants it
    Deliver deliver;
    std::function<void(const Result<void>& delivered)> report;
  };

  static constexpr std::int64_t kMostInOne = 100;         // alarms in one message
  static constexpr std::chrono::seconds kFirstPause{10};  // after a failure; doubles
  static constexpr std::chrono::seconds kLongestPause{std::chrono::minutes{10}};

  // `clock` must outlive the object, and the object whatever `deliver` has to call.
  AlarmPost(const Clock& clock, Options options) : clock_(clock), options_(std::move(options)) {}

  // Once a second: sends what is due, without waiting for it. `book` must outlive what it sends.
  [[nodiscard]] Result<void> update(AlarmBook& book);

  [[nodiscard]] const AlarmChannel& channel() const { return options_.channel; }
  // While it is, it must not end.
  [[nodiscard]] bool is_sending() const { return is_sending_; }
  // Since when nothing arrives; nothing while all is well.
  [[nodiscard]] const std::optional<Timestamp>& failing_since() const { return failing_since_; }

 private:
  [[nodiscard]] Result<std::int64_t> room(AlarmBook& book) const;
  void note(AlarmBook& book, const std::vector<NotedAlarm>& told, const Result<void>& done);

  const Clock& clock_;
  Options options_;
  bool is_sending_ = false;
  std::uint64_t seen_version_ = 0;  // of the book, when nothing waited
  std::optional<SteadyTime> not_before_;
  std::chrono::seconds pause_ = kFirstPause;
  std::optional<Timestamp> failing_since_;
};

}  // namespace fastness::identity
