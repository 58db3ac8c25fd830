#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/cipher.h"
#include "base/clock.h"
#include "base/durability.h"
#include "base/fixed_limits.h"
#include "base/result.h"
#include "journal/record.h"
#include "journal/segment_log.h"
#include "keys/unwrap_service.h"
#include "os/files/file_system.h"

namespace fastness::telemetry {
class Log;
}

namespace fastness::journal {

// The one point of durability: what was appended and confirmed is never lost, and everything else
// is made again from it. A thread of its own takes everything that is queued as one frame, one
// write and, if anybody asks for it, one fdatasync, and then tells those who wait, in the order of
// their appends. An append that needs no sync and finds nobody writing is written by its caller at
// once, since waking a thread costs ten times as much as the write (decision 30).
//
// Thread-safe.
class Journal {
 public:
  struct Options {
    std::filesystem::path directory;
    Durability durability = Durability::fsync;  // of appends that do not say
    // How long an append that is to be synced waits for others to share its fdatasync with.
    std::chrono::microseconds commit_window{0};
    // Those who read the journal again after a crash; a record is kept until all are past it.
    std::vector<std::string> consumers;
    std::uint64_t segment_bytes = std::uint64_t{64} << 20U;
    std::size_t max_frame_bytes = std::size_t{1} << 20U;
    std::size_t max_queued_bytes = fixed_limit("journal.queued_bytes");
    Cipher cipher = Cipher::aes_256_gcm;  // of what is written from now on; any is read
  };

  // What the records of one append may take together.
  static constexpr std::size_t kMaxAppend = fixed_limit("journal.append_bytes");

  // The position of the first of the records; the others follow it without gap. Or why none of
  // them is in the journal: `exhausted` if the disk is full, else `unavailable`; then a later
  // append may succeed.
  using Done = std::function<void(Result<Position>)>;

  // `files`, `keys` and `clock` must outlive the journal. `corrupted` if acknowledged records are
  // lost: then a person must decide.
  [[nodiscard]] static Result<std::unique_ptr<Journal>> open(os::FileSystem& files,
                                                             keys::SegmentKeys& keys,
                                                             const Clock& clock,
                                                             const telemetry::Log& log,
                                                             const Options& options);

  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  // Writes what is queued, then stops.
  ~Journal();

  // Queues the records, at least one, or writes them. `done` is called exactly once, in the order
  // of appends, on the journal's thread or on the caller's before this returns, when they are at
  // least as durable as asked; it must neither block nor append. Or it is not called, and the error
  // says why: `exhausted` if too much is queued already (try again later), `invalid_argument` if
  // there is no record or one is larger than kMaxPayload, `unavailable` after stop().
  //
  // An append that asks for a sync never blocks its caller. Any other may for the time of one write
  // into the page cache.
  [[nodiscard]] Result<void> append(std::vector<Record> records, Done done);
  [[nodiscard]] Result<void> append(std::vector<Record> records, Durability durability, Done done);

  // Of appends that do not say.
  [[nodiscard]] Durability durability() const { return options_.durability; }

  // Calls `consume` on this thread with each record from `from` on that was there when the journal
  // was opened. Appends may go on beside it; checkpoints must not.
  [[nodiscard]] Result<void> replay(Position from, const SegmentLog::Consume& consume) const;

  // Says that `consumer` needs nothing before `next` any more. Stored soon, by the journal's
  // thread; if that fails, the consumer sees some records again after a crash, and no harm is done.
  // A journal that is failing then looks whether it can go on, so that it says so before the next
  // append.
  void checkpoint(std::string_view consumer, Position next);

  // What a copy of the journal needs while others of the stores are copied before it: as long as it
  // lives no checkpoint is stored, so that whatever a consumer has not made durable by now is kept.
  // Move-only; must not outlive the journal.
  class Snapshot {
   public:
    Snapshot(Snapshot&& other) noexcept : journal_(std::exchange(other.journal_, nullptr)) {}
    Snapshot& operator=(Snapshot&&) = delete;
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    ~Snapshot() {
      if (journal_ != nullptr) journal_->end_snapshot();
    }

    // Puts the journal as it is now into a directory that is there and empty: everything that was
    // acknowledged before the call, with the checkpoints as they were when this was begun. Blocks
    // for the time of one write; appends go on while it copies. Errors as of files; what a failure
    // leaves there is to be removed.
    [[nodiscard]] Result<void> copy_to(const std::filesystem::path& directory) const;

    // How many bytes a copy that is made now would take. Blocks as copy_to.
    [[nodiscard]] Result<std::uint64_t> size() const;

   private:
    friend class Journal;
    explicit Snapshot(Journal& journal) : journal_(&journal) {}
    [[nodiscard]] Result<std::vector<SegmentLog::Extent>> extents() const;
    Journal* journal_;
  };

  // Waits for what is being written.
  [[nodiscard]] Snapshot begin_snapshot();

  // What was stored when the journal was opened: where the consumer's replay begins.
  [[nodiscard]] Position checkpoint_of(std::string_view consumer) const;

  // Writes what is queued, then refuses appends. A second call does nothing.
  void stop();

  struct Status {
    Position next;               // the position that the next record will have
    std::uint64_t queued_bytes;  // waiting to be written
    std::uint64_t disk_bytes;
    std::uint64_t frames;    // written since the start
    std::uint64_t syncs;     // of them, those that were synced
    std::uint64_t failures;  // batches that could not be written
    bool is_failing;         // the last batch could not, and there is no room for another yet
    bool is_full;            // it could not because the disk is full
  };
  [[nodiscard]] Status status() const;

 private:
  struct Batch {
    std::vector<Record> records;
    std::size_t size;
    Durability durability;
    SteadyTime arrived;  // unset unless there is a commit window
    Done done;
  };
  struct Work {
    std::vector<Batch> batches;
    std::map<std::string, Position> checkpoints;
    bool is_stopping = false;
  };

  Journal(std::unique_ptr<SegmentLog> log, const Clock& clock, const telemetry::Log& diary,
          const Options& options);
  void run();
  [[nodiscard]] bool may_write_at_once(std::size_t size, Durability durability) const;
  void write_at_once(std::unique_lock<std::mutex> lock, Batch batch);
  [[nodiscard]] Work wait_for_work();
  void end_work();
  [[nodiscard]] bool has_work() const;
  void take_log();
  void end_snapshot();
  void gather(std::unique_lock<std::mutex>& lock);
  void commit(std::vector<Batch> batches);
  void note(const Result<Position>& written, Durability durability);
  void store_checkpoints(const std::map<std::string, Position>& checkpoints);
  void look_for_room();
  void publish_status();

  const Options options_;
  const Clock& clock_;
  const std::unique_ptr<const telemetry::Log> diary_;
  std::unique_ptr<SegmentLog> log_;  // of whoever writes, but for replay()
  std::map<std::string, Position, std::less<>> start_checkpoints_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  std::vector<Batch> queue_;
  std::size_t queued_bytes_ = 0;
  std::map<std::string, Position> checkpoints_;
  bool is_stopping_ = false;
  bool is_gathering_ = false;  // who appends need not wake the thread: it looks when it is time
  // Somebody has the log: the thread, or one append for the time of its write. Both give it back
  // only after they have told who waits, so that all are told in the order of the log.
  bool is_writing_ = false;
  std::size_t waiting_ = 0;    // for the log, who are neither; they go first
  std::size_t snapshots_ = 0;  // under way: checkpoints wait
  std::condition_variable idle_;
  Status status_{};

  std::thread thread_;  // last: starts when all else is made
};

}  // namespace fastness::journal
