#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/result.h"
#include "pipeline/ingest.h"
#include "things/last_values.h"
#include "things/model/reading.h"

namespace fastness::journal {
class Journal;
}
namespace fastness::history {
class History;
}

namespace fastness::pipeline {

// One reading after it is durable, with its value made whole.
struct Committed {
  Reading reading;
  things::LastValues::Outcome outcome;
};

// Carries accepted readings through the journal to everything that consumes them, in the order in
// which they were submitted: last values, history, live.
class Pipeline {
 public:
  // Runs a task on the control thread, later. Thread-safe.
  using Post = std::function<void(std::function<void()>)>;
  using Live = std::function<void(const std::vector<Committed>& batch)>;

  // All must outlive this.
  Pipeline(journal::Journal& journal, things::LastValues& last_values, history::History& history,
           Post post_to_control, const Clock& clock);
  ~Pipeline();

  // Re-applies what the journal holds beyond the consumers' checkpoints. Once, before the first
  // `submit`, on the control thread. Live callbacks hear nothing of it.
  [[nodiscard]] Result<void> replay();

  // Called on the control thread with each durable batch. Register before the first `submit`.
  void on_live(Live callback) { live_.push_back(std::move(callback)); }

  // `done` is called on the journal thread once the readings are durable, or with why they are
  // not; then the message that brought them must not be acknowledged. Thread-safe.
  void submit(std::vector<Reading> readings, std::function<void(Result<void>)> done);

  // Writes what consumers hold in memory and moves their checkpoints, so that the journal can let
  // go of what lies before. Every few seconds, on the control thread.
  [[nodiscard]] Result<void> checkpoint();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  std::vector<Live> live_;
};

}  // namespace fastness::pipeline
