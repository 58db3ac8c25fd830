#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"
#include "upkeep/trouble.h"

namespace fastness::upkeep {

// How backups by schedule and their test restores go, as whoever makes them reports it: on the
// disk, so that neither a restart forgets a failure nor tells it twice. Backups and test restores
// have each a streak of their own. Lives on the database's executor.
class BackupWatch {
 public:
  struct Failing {
    Streak streak;
    Trouble latest = Trouble::late;  // which may be another than began it

    friend bool operator==(const Failing&, const Failing&) = default;
  };
  struct Standing {
    Timestamp watched_since{};
    // When the newest that is whole was begun; of test restores, when the newest passed.
    std::optional<Timestamp> newest = {};
    std::optional<Failing> failing = {};

    friend bool operator==(const Standing&, const Standing&) = default;
  };

  // Whoever makes backups has said nothing for so many turns: none was made, whatever they say.
  static constexpr int kTurnsUntilLate = 2;
  // An instance that was off has had no chance to make one; from its start on it gets this long.
  static constexpr std::chrono::hours kChance{1};
  // A test restore writes and reads as much as the instance holds. What is small is tried with each
  // backup; anything else once a week, which a memory card bears.
  static constexpr std::uint64_t kSmall = std::uint64_t{256} << 20U;
  static constexpr std::chrono::hours kBetweenTests{24 * 7};

  // One backup every so often; 0 for none by schedule, which forgets what was known. `database` and
  // `clock` must outlive the object.
  [[nodiscard]] static Result<std::unique_ptr<BackupWatch>> open(storage::Database& database,
                                                                 std::chrono::hours every,
                                                                 const Clock& clock);
  BackupWatch(const BackupWatch&) = delete;
  BackupWatch& operator=(const BackupWatch&) = delete;
  ~BackupWatch() = default;

  // Nothing if none is made by schedule.
  [[nodiscard]] const std::optional<Standing>& standing() const { return standing_; }
  [[nodiscard]] const std::optional<Standing>& tests() const { return tests_; }

  enum class Turn : std::uint8_t { began, ended };
  // Called once when a streak begins and once when it ends, within the transaction that writes it
  // down: what it writes to the same database is there exactly if that is. Its failure is the
  // report's.
  using OnTurn = std::function<Result<void>(Turn turn, const Streak& streak)>;
  void on_turn(OnTurn callback) { on_turn_ = std::move(callback); }

  // Each is nothing without a schedule, and on failure as if it had not been said.
  // One was made and proved whole; `begun` of the future counts as now.
  [[nodiscard]] Result<void> note_made(Timestamp begun);
  // None was due yet, so the directory could be read and has a newest one. That ends a streak that
  // stood for no more than this.
  [[nodiscard]] Result<void> note_not_due(Timestamp newest);
  // Of a test restore, if the trouble is one's.
  [[nodiscard]] Result<void> note_failure(Trouble trouble);

  // Whether a backup whose file has so many bytes is to be restored on trial: each until one has
  // passed, those that are small, and one when kBetweenTests are over.
  [[nodiscard]] bool is_test_due(std::uint64_t bytes) const;
  // A backup was restored on trial, and all that is in it is what the instance had.
  [[nodiscard]] Result<void> note_test_passed();

  // Now and then: notices that one is late.
  [[nodiscard]] Result<void> tick();

 private:
  BackupWatch(storage::Database& database, std::chrono::hours every, const Clock& clock)
      : database_(database), every_(every), clock_(clock), opened_(clock.steady()) {}

  // Which of the two is meant; each has a table of its own.
  enum class Subject : std::uint8_t { backups, tests };
  [[nodiscard]] std::optional<Standing>& of(Subject subject) {
    return subject == Subject::backups ? standing_ : tests_;
  }

  [[nodiscard]] Result<void> begin(Subject subject);
  [[nodiscard]] Result<std::optional<Standing>> read(Subject subject);
  [[nodiscard]] Result<void> write(Subject subject, const Standing& standing);
  // Writes what has changed, and tells of a turn.
  [[nodiscard]] Result<void> settle(Subject subject, const Standing& changed);
  [[nodiscard]] Result<void> tick(Subject subject, std::chrono::hours longest, Trouble trouble);

  storage::Database& database_;
  std::chrono::hours every_;
  const Clock& clock_;
  SteadyTime opened_;
  std::optional<Standing> standing_;
  std::optional<Standing> tests_;
  OnTurn on_turn_;
};

}  // namespace fastness::upkeep
