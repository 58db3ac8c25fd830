#include "gateway/hosting/journal_batch.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace fastness::gateway {

void JournalBatch::add_record(Bytes record, Then then) {
  records_.push_back(std::move(record));
  if (then) after_records_.push_back(std::move(then));
}

void JournalBatch::add_readings(std::vector<things::Reading> readings, Then then) {
  readings_.insert(readings_.end(), std::make_move_iterator(readings.begin()),
                   std::make_move_iterator(readings.end()));
  if (then) after_readings_.push_back(std::move(then));
}

void JournalBatch::commit() {
  if (!records_.empty()) {
    ++under_way_;
    const std::size_t count = records_.size();
    // Shared: std::function wants to be copyable, continuations are not worth copying.
    auto waiting = std::make_shared<std::vector<Then>>(std::exchange(after_records_, {}));
    services_.append(std::exchange(records_, {}),
                     [this, waiting, count](const Result<LogPosition>& result) {
                       const LogPosition next = result ? result.value() + count : 0;
                       loop_.post([this, waiting, next] {
                         --under_way_;
                         next_ = std::max(next_, next);
                         for (const Then& then : *waiting)
                           then(next != 0 ? Outcome::durable : Outcome::failed);
                       });
                     });
  }
  if (!readings_.empty() || !after_readings_.empty()) {
    auto waiting = std::make_shared<std::vector<Then>>(std::exchange(after_readings_, {}));
    services_.submit(std::exchange(readings_, {}), [this, waiting](const Result<void>& result) {
      const Outcome outcome = result ? Outcome::durable : Outcome::failed;
      loop_.post([waiting, outcome] {
        for (const Then& then : *waiting) then(outcome);
      });
    });
  }
}

std::optional<LogPosition> JournalBatch::horizon() const {
  if (under_way_ == 0 && records_.empty()) return std::nullopt;
  return next_;
}

}  // namespace fastness::gateway
