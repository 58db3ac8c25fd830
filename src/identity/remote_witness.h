#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/witnessed_log.h"

namespace fastness::os {
class FileSystem;
}

namespace fastness::identity {

class Identity;

// Somebody elsewhere who is sent a log's checkpoints (WitnessedLog), one after the other: the next
// one is made only when the last has arrived, so that what they have is in order and has no hole,
// and at most one waits, however long they are away. What waits is in a file first, and sent again
// until it has arrived: after a crash it may come twice. Lives on the control thread.
class RemoteWitness {
 public:
  using Done = std::function<void(Result<void>)>;
  // Sends a checkpoint's text, and calls `done` once, on the control thread, with whether it has
  // arrived.
  using Deliver = std::function<void(const std::string& checkpoint, const Done& done)>;
  // What became of a delivery: the size of the log that was witnessed, or why it was not.
  using Report = std::function<void(const Result<std::uint64_t>& witnessed)>;

  struct Options {
    std::filesystem::path file;  // of our own, in a folder that exists
    std::chrono::minutes every;  // at most, and only while the log grows
    Deliver deliver;
    Report report;
  };

  static constexpr std::chrono::minutes kFirstPause{1};  // after a failure; doubles
  static constexpr std::chrono::minutes kLongestPause{60};

  // `files` and `clock` must outlive the object, and the object whatever `deliver` has to call.
  RemoteWitness(os::FileSystem& files, const Clock& clock, Options options)
      : files_(files), clock_(clock), options_(std::move(options)) {}

  // Once in a while, at least each minute: sends what waits, or a new checkpoint if one is due.
  // `corrupted`, and nothing is sent, if the last one that was made contradicts the log: it was
  // taken back or changed. Only then is the failure of a delivery not in the report.
  [[nodiscard]] Result<void> update(const ledger::WitnessedLog& log);
  // Of the ledger.
  [[nodiscard]] Result<void> update(const Identity& identity);

 private:
  enum class State : std::uint8_t { waiting, arrived };
  struct Kept {
    State state;
    std::string checkpoint;
  };

  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> keep(Kept kept);
  [[nodiscard]] Result<void> make_next(const ledger::WitnessedLog& log);
  void send(std::uint64_t size);
  void note(std::uint64_t size, const Result<void>& done);

  os::FileSystem& files_;
  const Clock& clock_;
  Options options_;
  bool is_loaded_ = false;
  bool is_sending_ = false;
  std::optional<Kept> kept_;  // the newest that was made
  std::optional<SteadyTime> not_before_;
  std::chrono::minutes pause_ = kFirstPause;
};

}  // namespace fastness::identity
