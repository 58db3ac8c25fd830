#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "storage/database.h"
#include "upkeep/trouble.h"

namespace fastness::upkeep {

// How backups by schedule go, as whoever makes them reports it: on the disk, so that neither a
// restart forgets a failure nor tells it twice. Lives on the database's executor.
class BackupWatch {
 public:
  struct Failing {
    Streak streak;
    Trouble latest = Trouble::late;  // which may be another than began it

    friend bool operator==(const Failing&, const Failing&) = default;
  };
  struct Standing {
    Timestamp watched_since{};
    std::optional<Timestamp> newest = {};  // when the newest that is whole was begun
    std::optional<Failing> failing = {};

    friend bool operator==(const Standing&, const Standing&) = default;
  };

  // Whoever makes backups has said nothing for so many turns: none was made, whatever they say.
  static constexpr int kTurnsUntilLate = 2;
  // An instance that was off has had no chance to make one; from its start on it gets this long.
  static constexpr std::chrono::hours kChance{1};

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
  [[nodiscard]] Result<void> note_failure(Trouble trouble);

  // Now and then: notices that one is late.
  [[nodiscard]] Result<void> tick();

 private:
  BackupWatch(storage::Database& database, std::chrono::hours every, const Clock& clock)
      : database_(database), every_(every), clock_(clock), opened_(clock.steady()) {}

  [[nodiscard]] Result<std::optional<Standing>> read();
  [[nodiscard]] Result<void> write(const Standing& standing);
  // Writes what has changed, and tells of a turn.
  [[nodiscard]] Result<void> settle(const Standing& changed);

  storage::Database& database_;
  std::chrono::hours every_;
  const Clock& clock_;
  SteadyTime opened_;
  std::optional<Standing> standing_;
  OnTurn on_turn_;
};

}  // namespace fastness::upkeep
