#include "identity/alarms/alarm_post.h"

#include <algorithm>

namespace fastness::identity {

// How many alarms the next message may tell of; none if it may not be sent now.
Result<std::int64_t> AlarmPost::room(AlarmBook& book) const {
  FASTNESS_ASSIGN_OR_RETURN(
      const std::int64_t sent,
      book.messages_since(options_.channel.name, clock_.now() - std::chrono::hours(1)));
  const std::int64_t left = options_.most_an_hour - sent;
  return left <= 0 ? 0 : left > 1 ? 1 : kMostInOne;
}

Result<void> AlarmPost::update(AlarmBook& book) {
  if (is_sending_ || seen_version_ == book.version()) return {};
  if (not_before_ && clock_.steady() < *not_before_) return {};
  const std::uint64_t version = book.version();
  FASTNESS_ASSIGN_OR_RETURN(const std::int64_t most, room(book));
  if (most == 0) return {};
  FASTNESS_ASSIGN_OR_RETURN(auto told, book.pending(options_.channel, most));
  if (told.empty()) {
    seen_version_ = version;
    return {};
  }
  is_sending_ = true;
  const wording::Letter letter = letter_for(told, options_.reader, options_.console());
  options_.deliver(letter, [this, &book, told = std::move(told)](const Result<void>& done) {
    note(book, told, done);
  });
  return {};
}

void AlarmPost::note(AlarmBook& book, const std::vector<NotedAlarm>& told,
                     const Result<void>& done) {
  is_sending_ = false;
  const Result<void> kept = done ? book.mark_told(options_.channel.name, told, clock_.now()) : done;
  if (kept) {
    pause_ = kFirstPause;
    not_before_.reset();
    failing_since_.reset();
  } else {
    not_before_ = clock_.steady() + pause_;
    pause_ = std::min(pause_ * 2, kLongestPause);
    if (!failing_since_) failing_since_ = clock_.now();
  }
  options_.report(kept);
}

}  // namespace fastness::identity
