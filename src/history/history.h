#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fixed_limits.h"
#include "base/ids/ids.h"
#include "base/result.h"
#include "history/chunk_store.h"
#include "history/open_chunks.h"
#include "history/point.h"
#include "history/point_reader.h"
#include "keys/content_keys.h"
#include "storage/key_value_store.h"

namespace fastness::history {

// What every property was, for as long as the owner wants to know. Points gather in memory in one
// open chunk per series and day, which the journal makes durable; checkpoints seal the chunks into
// the store, compressed, with roll-ups of 1 minute, 1 hour and 1 day beside them.
//
// Threads: append() and begin_checkpoint() belong to one thread, the journal's consumer. All else
// is thread-safe; queries and finish_checkpoint() read and write the disk and ask the vault, so
// they belong on the seal pool.
//
// Errors of queries: `exhausted` when the vault's budget for closed days is used up, `unavailable`
// when store or vault do not answer, `corrupted` when a chunk fails its checks.
class History {
 public:
  struct Options {
    std::optional<std::chrono::days> retention;  // points older than this go, and are not taken
    std::optional<std::uint64_t> cap_bytes;      // on disk, all organisations together
    std::chrono::seconds checkpoint_interval{60};
    std::size_t max_open_bytes = std::size_t{64} << 20U;  // in memory, then a checkpoint is due
    std::chrono::minutes idle{60};  // series without a point for so long leave memory
  };

  // Names of the families that the store must have.
  [[nodiscard]] static std::vector<std::string> families() { return ChunkStore::families(); }

  // All three must outlive this object. `corrupted` if the store's own accounts are damaged.
  [[nodiscard]] static Result<std::unique_ptr<History>> open(storage::KeyValueStore& store,
                                                             keys::ContentKeys& keys,
                                                             const Clock& clock,
                                                             const Options& options);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  // Takes a point over from the journal; `position` is the record's, below 2^48, and never falls; a
  // record may have many points. It may come again after a restart, and changes nothing then.
  // Points may come out of order and for any time.
  void append(const Series& series, Point point, std::uint64_t position);

  // Whether enough time has passed, or memory filled, since the last checkpoint.
  [[nodiscard]] bool is_checkpoint_due() const;

  // Marks everything appended so far to be stored; nothing if a checkpoint is under way. What it
  // returns must be given to finish_checkpoint. Fast.
  [[nodiscard]] std::optional<Checkpoint> begin_checkpoint();

  // Stores what was marked. On success it survives a power cut, and the journal is needed only
  // from the returned position on. On failure (`exhausted`: the disk is full) nothing is lost: the
  // points stay in memory and in the journal, and the next checkpoint tries again. Points of an
  // organisation that was erased are dropped.
  [[nodiscard]] Result<std::uint64_t> finish_checkpoint(const Checkpoint& checkpoint);

  // Both steps, for the consumer thread at start and stop. Nothing to store is a success.
  [[nodiscard]] Result<void> checkpoint();

  // At most `limit` points of the range, from its start or from its end.
  [[nodiscard]] Result<std::vector<Point>> points(const Series& series, TimeRange range,
                                                  Order order, std::size_t limit) const;

  // The same one by one, for ranges too long to hold in memory. Must not outlive this object.
  [[nodiscard]] PointReader read(const Series& series, TimeRange range, Order order) const;

  // The latest point, if there is one.
  [[nodiscard]] Result<std::optional<Point>> last(const Series& series) const;

  // One Summary for each interval that has points. `invalid_argument` if the interval is not
  // positive or there would be more than kMaxIntervals. Whole minutes, hours and days are answered
  // from roll-ups.
  static constexpr std::int64_t kMaxIntervals = fixed_limit<std::int64_t>("history.intervals");
  [[nodiscard]] Result<std::vector<Summary>> summarise(const Series& series, TimeRange range,
                                                       std::chrono::seconds interval) const;

  // The same with one number for each interval.
  [[nodiscard]] Result<std::vector<Aggregate>> aggregate(const Series& series, TimeRange range,
                                                         std::chrono::seconds interval,
                                                         Aggregation aggregation) const;

  // The last point of each interval, at its own time, of any kind of value.
  [[nodiscard]] Result<std::vector<Point>> sample(const Series& series, TimeRange range,
                                                  std::chrono::seconds interval) const;

  // Removes a property's or an organisation's history for good.
  [[nodiscard]] Result<void> remove(const Series& series);
  [[nodiscard]] Result<void> remove(OrganisationId organisation);

  // Lets go of what is older than the retention, and of oldest days while the cap is exceeded; the
  // organisation that takes most gives first. Every hour or so, on the seal pool.
  [[nodiscard]] Result<void> enforce_limits();

  // What enforce_limits() let go of.
  struct Disposal {
    enum class Cause : std::uint8_t { age, cap };
    OrganisationId organisation;
    Cause cause;
    std::uint64_t days;  // that had points
  };
  // Called by enforce_limits(), after it is on disk. Before the first call of that.
  void on_disposed(std::function<void(const Disposal&)> listener) {
    on_disposed_ = std::move(listener);
  }

  // What the owner should see.
  struct Status {
    std::uint64_t stored_bytes;  // of all organisations
    std::uint64_t open_bytes;    // in memory, about
    std::uint64_t open_chunks;
    std::uint64_t failed_checkpoints;
    bool is_disk_full;              // the last checkpoint failed for lack of space
    std::uint64_t refused_too_old;  // points older than the retention
    std::uint64_t days_given_up;    // to stay below the cap, one organisation's day each
  };
  [[nodiscard]] Status status() const;
  [[nodiscard]] std::uint64_t stored_bytes(OrganisationId organisation) const;

 private:
  History(ChunkStore store, const Clock& clock, const Options& options);
  // A marked chunk as it goes into the store.
  struct Prepared {
    const Checkpoint::Marked* marked;
    std::shared_ptr<const Bytes> encoded;
    std::size_t count;
    ChunkId where;
  };
  [[nodiscard]] Result<void> store_marked(const Checkpoint& checkpoint);
  [[nodiscard]] Result<void> prepare(const Checkpoint::Marked& marked, ChunkStore::Changes& changes,
                                     std::vector<Prepared>& prepared);
  [[nodiscard]] Result<std::vector<Aggregate>> percentiles(const Series& series, TimeRange range,
                                                           std::chrono::seconds interval,
                                                           double fraction) const;
  [[nodiscard]] Result<bool> holds_zero(const Series& series, TimeRange range,
                                        std::chrono::seconds interval,
                                        const Summary& summary) const;
  [[nodiscard]] Result<void> give_up_days();
  [[nodiscard]] Result<void> dispose(OrganisationId organisation, Day before,
                                     Disposal::Cause cause);
  [[nodiscard]] std::optional<Timestamp> oldest_kept() const;

  ChunkStore store_;
  const Clock& clock_;
  const Options options_;
  std::function<void(const Disposal&)> on_disposed_;
  OpenChunks open_;

  std::mutex storing_;  // one of finish_checkpoint, remove, enforce_limits at a time
  std::atomic<SteadyTime> last_checkpoint_;
  std::atomic<std::uint64_t> failed_checkpoints_{0};
  std::atomic<bool> is_disk_full_{false};
  std::atomic<std::uint64_t> refused_too_old_{0};
  std::atomic<std::uint64_t> days_given_up_{0};
};

}  // namespace fastness::history
