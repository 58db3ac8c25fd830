#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "base/durability.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "pipeline/ingest.h"
#include "things/last_values.h"
#include "things/model/reading.h"

namespace fastness::journal {
class Journal;
struct Record;
}  // namespace fastness::journal
namespace fastness::history {
class History;
}
namespace fastness::telemetry {
class Log;
}

namespace fastness::pipeline {

// One reading after it is durable. Its value is whole: attributes that a partial composite lacked
// come from the last value.
struct Committed {
  Reading reading;
  things::LastValues::Outcome outcome;
};

// Carries accepted readings through the journal to everything that consumes them, in the order in
// which they were submitted: last values, history, live. Made and destroyed on the control thread;
// everything it is given must outlive it, journal and history also what it has posted.
class Pipeline {
 public:
  // Runs a task on another thread, later. Thread-safe.
  using Post = std::function<void(std::function<void()>)>;
  struct Threads {
    Post control;
    Post seal;  // may write to disk and ask the vault
  };
  using Live = std::function<void(const std::vector<Committed>& batch)>;

  // The names under which the journal keeps our checkpoints: its options must list them.
  static constexpr std::string_view kLastValues = "last_values";
  static constexpr std::string_view kHistory = "history";

  Pipeline(journal::Journal& journal, things::LastValues& last_values, history::History& history,
           Threads threads, const telemetry::Log& log);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // Applies again what the journal holds beyond the checkpoints. Once, before the first `submit`,
  // on the control thread. Live callbacks hear nothing of it.
  [[nodiscard]] Result<void> replay();

  // Called on the control thread with each durable batch. Register before the first `submit`.
  void on_live(Live callback);

  // `done` is called exactly once: on the journal's thread when the readings are durable, or on
  // this or that thread with why they are not (`exhausted`: too much is queued or the disk is full;
  // `unavailable`), and then the message that brought them must not be acknowledged. It must not
  // block. No readings are durable at once. Thread-safe.
  void submit(std::vector<Reading> readings, std::function<void(Result<void>)> done);

  // The same as durable as `durability` says, in one append with `others`: both become durable or
  // neither does. `done` gets the position after the last record.
  void submit(std::vector<Reading> readings, std::vector<journal::Record> others,
              Durability durability, std::function<void(Result<std::uint64_t>)> done);

  // Writes what the consumers hold in memory and moves their checkpoints, so that the journal can
  // let go of what lies before; history's part goes on on the seal thread. Every few seconds, on
  // the control thread. On failure nothing is lost, and the next call tries again.
  [[nodiscard]] Result<void> checkpoint();

  // The same, all of it before returning: at the end, once nothing is submitted any more.
  [[nodiscard]] Result<void> finish();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;  // also held by what is queued in journal and threads
};

}  // namespace fastness::pipeline
