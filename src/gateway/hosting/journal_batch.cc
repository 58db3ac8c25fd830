#include "gateway/hosting/journal_batch.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

namespace fastness::gateway {

// A run stays well below what the journal takes in one append, however much came in one turn.
constexpr std::size_t kRunBytes = std::size_t{1} << 20U;
constexpr std::size_t kRunReadings = 512;

JournalBatch::Run& JournalBatch::run_of(Durability durability) {
  const bool goes_on = !runs_.empty() && runs_.back().durability == durability &&
                       runs_.back().bytes < kRunBytes &&
                       runs_.back().readings.size() < kRunReadings;
  if (!goes_on) runs_.push_back({durability, {}, {}, {}});
  return runs_.back();
}

void JournalBatch::add_record(Bytes record, Durability durability, Then then) {
  Run& run = run_of(durability);
  run.bytes += record.size();
  run.records.push_back(std::move(record));
  run.after.push_back(std::move(then));
}

void JournalBatch::add_record(Bytes record, Durability durability) {
  // Nobody waits, so a run that asks for more will do as well.
  const bool joins = !runs_.empty() && runs_.back().durability >= durability;
  Run& run = run_of(joins ? runs_.back().durability : durability);
  run.bytes += record.size();
  run.records.push_back(std::move(record));
}

void JournalBatch::add_readings(std::vector<things::Reading> readings, Durability durability,
                                Then then) {
  Run& run = run_of(durability);
  run.readings.insert(run.readings.end(), std::make_move_iterator(readings.begin()),
                      std::make_move_iterator(readings.end()));
  if (then) run.after.push_back(std::move(then));
}

void JournalBatch::commit() {
  // What runs at once may add more.
  while (!runs_.empty()) {
    for (Run& run : std::exchange(runs_, {})) {
      if (run.durability == Durability::none) {
        run_at_once(std::move(run));
      } else {
        commit(std::move(run));
      }
    }
  }
}

void JournalBatch::give(Run run, const std::shared_ptr<Given>& given) {
  services_.append(std::move(run.readings), std::move(run.records), run.durability,
                   [this, gate = gate_, given](const Result<LogPosition>& end) {
                     const LogPosition next = end ? end.value() : 0;
                     if (gate->is_current()) {
                       given->answer = next;
                     } else {
                       gate->post([this, given, next] { settle(*given, next); });
                     }
                   });
}

void JournalBatch::commit(Run run) {
  const bool is_only = under_way_++ == 0;
  const auto given = std::make_shared<Given>(Given{std::move(run.after), std::nullopt});
  give(std::move(run), given);
  if (!given->answer) return;
  if (is_only) return settle(*given, *given->answer);
  // Answers to earlier runs are on their way to this loop: none is overtaken.
  gate_->post([this, given] { settle(*given, *given->answer); });
}

void JournalBatch::settle(const Given& given, LogPosition next) {
  --under_way_;
  next_ = std::max(next_, next);
  for (const Then& then : given.after) then(next != 0 ? Outcome::durable : Outcome::failed);
}

// Written at once or in the background. Only a journal that takes nothing more up is heard of.
void JournalBatch::run_at_once(Run run) {
  ++under_way_;
  const std::vector<Then> after = std::move(run.after);
  const auto given = std::make_shared<Given>();
  give(std::move(run), given);
  const bool is_refused = given->answer == LogPosition{0};
  if (given->answer) settle(*given, *given->answer);
  for (const Then& then : after) then(is_refused ? Outcome::failed : Outcome::durable);
}

std::optional<LogPosition> JournalBatch::horizon() const {
  if (under_way_ == 0 && runs_.empty()) return std::nullopt;
  return next_;
}

}  // namespace fastness::gateway
