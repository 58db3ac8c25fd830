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
  if (!records_.empty()) commit_records();
  if (!readings_.empty()) commit_readings();
}

void JournalBatch::commit_records() {
  ++under_way_;
  const std::size_t count = records_.size();
  // Shared: std::function wants to be copyable, continuations are not worth copying.
  auto waiting = std::make_shared<std::vector<Then>>(std::exchange(after_records_, {}));
  services_.append(std::exchange(records_, {}),
                   [this, gate = gate_, waiting, count](const Result<LogPosition>& first) {
                     const LogPosition next = first ? first.value() + count : 0;
                     gate->post([this, waiting, next] {
                       --under_way_;
                       next_ = std::max(next_, next);
                       for (const Then& then : *waiting)
                         then(next != 0 ? Outcome::durable : Outcome::failed);
                     });
                   });
}

void JournalBatch::commit_readings() {
  auto waiting = std::make_shared<std::vector<Then>>(std::exchange(after_readings_, {}));
  services_.submit(std::exchange(readings_, {}),
                   [gate = gate_, waiting](const Result<void>& result) {
                     const Outcome outcome = result ? Outcome::durable : Outcome::failed;
                     gate->post([waiting, outcome] {
                       for (const Then& then : *waiting) then(outcome);
                     });
                   });
}

std::optional<LogPosition> JournalBatch::horizon() const {
  if (under_way_ == 0 && records_.empty()) return std::nullopt;
  return next_;
}

}  // namespace fastness::gateway
