#include "pipeline/pipeline.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <iterator>
#include <mutex>
#include <utility>

#include "history/history.h"
#include "journal/journal.h"
#include "pipeline/reading_record.h"
#include "telemetry/log.h"

namespace fastness::pipeline {
namespace {

using journal::Position;
using Outcome = things::LastValues::Outcome;

bool is_for_history(const Reading& reading, Outcome outcome) {
  return reading.persist && outcome != Outcome::confirmation;
}

}  // namespace

// What one submit brought, once the journal has it.
struct Durable {
  std::vector<Reading> readings;
  Position first;
  std::size_t records;
};

struct Pipeline::Shared {
  journal::Journal& journal;
  things::LastValues& last_values;
  history::History& history;
  const Threads threads;
  const telemetry::Log log;

  // Submitted and not consumed yet.
  std::atomic<std::uint64_t> in_flight{0};

  std::mutex mutex;  // guards `durable`
  std::deque<Durable> durable;

  // Of the control thread.
  bool is_alive = true;
  Position next = 1;  // everything below was consumed
  std::vector<Live> live;

  Shared(journal::Journal& journal_, things::LastValues& last_values_, history::History& history_,
         Threads threads_, const telemetry::Log& log_)
      : journal(journal_),
        last_values(last_values_),
        history(history_),
        threads(std::move(threads_)),
        log(log_.named("pipeline")) {}

  // The reading at `position`, for both consumers.
  Committed consume(Reading reading, Position position) {
    things::LastValues::Applied applied = last_values.apply(reading);
    reading.value = std::move(applied.value);
    if (is_for_history(reading, applied.outcome)) {
      history.append({reading.organisation, reading.series}, {reading.time, reading.value},
                     position);
    }
    return {std::move(reading), applied.outcome};
  }

  // Takes over what has become durable. On the control thread.
  void drain() {
    std::deque<Durable> batches;
    {
      const std::lock_guard lock(mutex);
      batches.swap(durable);
    }
    if (!is_alive) return;
    std::vector<Committed> committed;
    for (Durable& batch : batches) {
      for (Reading& reading : batch.readings) {
        Committed one = consume(std::move(reading), batch.first);
        if (one.outcome != Outcome::repeated) committed.push_back(std::move(one));
      }
      next = batch.first + batch.records;
    }
    in_flight -= batches.size();
    if (committed.empty()) return;
    for (const Live& callback : live) callback(committed);
  }

  // Up to where everything is consumed. The journal's own end, if nothing of ours is under way:
  // else records of others would be kept for our sake.
  Position consumed_end() const {
    const Position end = journal.status().next;
    return in_flight == 0 ? std::max(end, next) : next;
  }

  Result<void> flush_last_values(Position end) {
    FASTNESS_RETURN_IF_ERROR(last_values.flush());
    journal.checkpoint(kLastValues, end);
    return {};
  }

  // On the seal thread, or at the end.
  Result<void> finish_history(const history::Checkpoint& checkpoint, Position end) {
    FASTNESS_RETURN_IF_ERROR(history.finish_checkpoint(checkpoint));
    journal.checkpoint(kHistory, end);
    return {};
  }
};

Pipeline::Pipeline(journal::Journal& journal, things::LastValues& last_values,
                   history::History& history, Threads threads, const telemetry::Log& log)
    : shared_(std::make_shared<Shared>(journal, last_values, history, std::move(threads), log)) {}

Pipeline::~Pipeline() {
  shared_->is_alive = false;
}

void Pipeline::on_live(Live callback) {
  shared_->live.push_back(std::move(callback));
}

Result<void> Pipeline::replay() {
  const Position from = std::min(shared_->journal.checkpoint_of(kLastValues),
                                 shared_->journal.checkpoint_of(kHistory));
  std::uint64_t count = 0;
  const auto consume = [&](Position position, const journal::Record& record) -> Result<void> {
    shared_->next = position + 1;
    if (record.type != static_cast<std::uint8_t>(RecordType::readings)) return {};
    FASTNESS_ASSIGN_OR_RETURN(auto readings, decode_readings(record.payload));
    for (Reading& reading : readings) {
      static_cast<void>(shared_->consume(std::move(reading), position));
      ++count;
    }
    return {};
  };
  FASTNESS_RETURN_IF_ERROR(shared_->journal.replay(from, consume));
  shared_->log.info("replayed", {{"readings", count}, {"from", from}});
  return {};
}

void Pipeline::submit(std::vector<Reading> readings, std::function<void(Result<void>)> done) {
  if (readings.empty()) {
    done({});
    return;
  }
  submit(std::move(readings), {}, shared_->journal.durability(),
         [done = std::move(done)](Result<Position> position) {
           done(position ? Result<void>() : propagate(std::move(position)));
         });
}

void Pipeline::submit(std::vector<Reading> readings, std::vector<journal::Record> others,
                      Durability durability, std::function<void(Result<Position>)> done) {
  auto records = encode_readings(readings);
  std::ranges::move(others, std::back_inserter(records));
  const std::size_t count = records.size();
  ++shared_->in_flight;
  // Shared, because the journal may refuse and leave the callback uncalled.
  auto answer = std::make_shared<std::function<void(Result<Position>)>>(std::move(done));
  auto committed = [shared = shared_, readings = std::move(readings), count,
                    answer](Result<Position> position) mutable {
    if (!position) {
      --shared->in_flight;
      (*answer)(propagate(std::move(position)));
      return;
    }
    bool was_empty = false;
    {
      const std::lock_guard lock(shared->mutex);
      was_empty = shared->durable.empty();
      shared->durable.push_back({std::move(readings), *position, count});
    }
    if (was_empty) shared->threads.control([shared] { shared->drain(); });
    (*answer)(*position + count);
  };
  auto queued = shared_->journal.append(std::move(records), durability, std::move(committed));
  if (!queued) {
    --shared_->in_flight;
    (*answer)(propagate(std::move(queued)));
  }
}

Result<void> Pipeline::checkpoint() {
  const Position end = shared_->consumed_end();
  FASTNESS_RETURN_IF_ERROR(shared_->flush_last_values(end));
  if (!shared_->history.is_checkpoint_due()) return {};
  auto marked = shared_->history.begin_checkpoint();
  if (!marked) return {};  // one is under way
  // Shared, because a std::function is copied and a checkpoint is not.
  auto held = std::make_shared<const history::Checkpoint>(*std::move(marked));
  shared_->threads.seal([shared = shared_, held, end] {
    if (auto stored = shared->finish_history(*held, end); !stored) {
      shared->log.warning("history_checkpoint_failed", {{"why", stored.error().message}});
    }
  });
  return {};
}

Result<void> Pipeline::finish() {
  shared_->drain();
  const Position end = shared_->consumed_end();
  FASTNESS_RETURN_IF_ERROR(shared_->flush_last_values(end));
  auto marked = shared_->history.begin_checkpoint();
  if (!marked) return fail(Errc::unavailable, "a checkpoint of history is under way");
  return shared_->finish_history(*marked, end);
}

}  // namespace fastness::pipeline
