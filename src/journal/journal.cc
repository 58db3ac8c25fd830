#include "journal/journal.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "telemetry/log.h"

namespace fastness::journal {

Result<std::unique_ptr<Journal>> Journal::open(os::FileSystem& files, keys::SegmentKeys& keys,
                                               const Clock& clock, const telemetry::Log& log,
                                               const Options& options) {
  FASTNESS_ASSIGN_OR_RETURN(auto segments, SegmentLog::open(files, keys,
                                                            {.directory = options.directory,
                                                             .segment_bytes = options.segment_bytes,
                                                             .consumers = options.consumers,
                                                             .cipher = options.cipher}));
  if (segments->had_torn_tail()) {
    // Nobody was told that it is durable, so nothing is lost.
    log.info("torn_tail_left_out", {{"next", segments->next_position()}});
  }
  return std::unique_ptr<Journal>(new Journal(std::move(segments), clock, log, options));
}

Journal::Journal(std::unique_ptr<SegmentLog> log, const Clock& clock, const telemetry::Log& diary,
                 const Options& options)
    : options_(options),
      clock_(clock),
      diary_(std::make_unique<telemetry::Log>(diary)),
      log_(std::move(log)) {
  for (const std::string& consumer : options.consumers) {
    start_checkpoints_[consumer] = log_->checkpoint_of(consumer);
  }
  publish_status();
  thread_ = std::thread([this] { run(); });
}

Journal::~Journal() {
  stop();
}

void Journal::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Result<void> Journal::append(std::vector<Record> records, Done done) {
  return append(std::move(records), options_.durability, std::move(done));
}

Result<void> Journal::append(std::vector<Record> records, Durability durability, Done done) {
  std::size_t size = 0;
  for (const Record& record : records) {
    if (record.payload.size() > kMaxPayload) {
      return fail(Errc::invalid_argument, "a journal record is too large");
    }
    size += frame_cost(record);
  }
  if (records.empty() || size > kMaxAppend) {
    return fail(Errc::invalid_argument, "nothing to append to the journal, or too much");
  }
  std::unique_lock lock(mutex_);
  if (is_stopping_) return fail(Errc::unavailable, "the journal is stopped");
  if (queued_bytes_ != 0 && queued_bytes_ + size > options_.max_queued_bytes) {
    return fail(Errc::exhausted, "the journal's queue is full");
  }
  Batch batch{std::move(records), size, durability, {}, std::move(done)};
  if (may_write_at_once(size, durability)) {
    write_at_once(std::move(lock), std::move(batch));
    return {};
  }
  if (options_.commit_window.count() != 0) batch.arrived = clock_.steady();
  queued_bytes_ += size;
  queue_.push_back(std::move(batch));
  const bool is_wanted =
      !is_writing_ && (!is_gathering_ || queued_bytes_ >= options_.max_frame_bytes);
  lock.unlock();
  if (is_wanted) wake_.notify_one();
  return {};
}

// Whether one write into the page cache is all there is to do: a new segment asks the vault for a
// key and syncs, and a disk that fails is the thread's to try.
bool Journal::may_write_at_once(std::size_t size, Durability durability) const {
  return durability != Durability::fsync && !is_writing_ && waiting_ == 0 && queue_.empty() &&
         !status_.is_failing && log_->has_room_for(size);
}

void Journal::write_at_once(std::unique_lock<std::mutex> lock, Batch batch) {
  is_writing_ = true;
  lock.unlock();
  std::vector<Batch> batches;
  batches.push_back(std::move(batch));
  commit(std::move(batches));
  end_work();
}

Result<void> Journal::replay(Position from, const SegmentLog::Consume& consume) const {
  return log_->replay(from, consume);
}

void Journal::checkpoint(std::string_view consumer, Position next) {
  {
    const std::lock_guard lock(mutex_);
    checkpoints_[std::string(consumer)] = next;
  }
  wake_.notify_one();
}

Position Journal::checkpoint_of(std::string_view consumer) const {
  const auto found = start_checkpoints_.find(consumer);
  return found == start_checkpoints_.end() ? 1 : found->second;
}

Journal::Status Journal::status() const {
  const std::lock_guard lock(mutex_);
  Status status = status_;
  status.queued_bytes = queued_bytes_;
  return status;
}

void Journal::run() {
  for (;;) {
    Work work = wait_for_work();
    if (!work.batches.empty()) commit(std::move(work.batches));
    store_checkpoints(work.checkpoints);
    if (!work.checkpoints.empty()) look_for_room();
    end_work();
    if (work.is_stopping) return;
  }
}

// Lets others join an append that is to be synced, until it has waited for the commit window or the
// frame is full. What came while the last frame was being synced has waited already.
void Journal::gather(std::unique_lock<std::mutex>& lock) {
  if (options_.commit_window.count() == 0) return;
  for (;;) {
    const auto first = std::ranges::find(queue_, Durability::fsync, &Batch::durability);
    if (first == queue_.end() || is_stopping_) return;
    if (queued_bytes_ >= options_.max_frame_bytes) return;
    const auto left = first->arrived + options_.commit_window - clock_.steady();
    if (left.count() <= 0) return;
    // The clock is asked again after each wait: it decides, not the system's.
    is_gathering_ = true;
    wake_.wait_for(lock, left);
    is_gathering_ = false;
  }
}

// Takes as many appends as one frame may hold, at least one.
Journal::Work Journal::wait_for_work() {
  std::unique_lock lock(mutex_);
  do {
    wake_.wait(lock, [this] { return !is_writing_ && waiting_ == 0 && has_work(); });
    gather(lock);
  } while (is_writing_);  // a snapshot took the log while appends gathered
  is_writing_ = true;
  Work work;
  std::size_t size = 0;
  std::size_t taken = 0;
  while (taken < queue_.size() &&
         (taken == 0 || size + queue_[taken].size <= options_.max_frame_bytes)) {
    size += queue_[taken++].size;
  }
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(taken);
  work.batches.assign(std::move_iterator(queue_.begin()), std::move_iterator(end));
  queue_.erase(queue_.begin(), end);
  queued_bytes_ -= size;
  if (snapshots_ == 0) work.checkpoints = std::exchange(checkpoints_, {});
  work.is_stopping = is_stopping_ && queue_.empty();
  return work;
}

// A frame is as durable as the most demanding of its appends. The others share its fate, and are
// told after it: if the sync failed, the frame would not count, so nobody may have been told of it.
void Journal::commit(std::vector<Batch> batches) {
  std::vector<Record> records;
  Durability durability = Durability::none;
  for (Batch& batch : batches) {
    std::ranges::move(batch.records, std::back_inserter(records));
    batch.size = batch.records.size();  // from here on, in records
    durability = std::max(durability, batch.durability);
  }
  Position position = log_->next_position();
  const auto tell_all = [&](const Result<Position>& written) {
    for (const Batch& batch : batches) {
      batch.done(written ? Result<Position>(position) : written);
      position += batch.size;
    }
  };
  if (durability == Durability::none) tell_all(position);
  const Result<Position> written = log_->write(records, durability);
  note(written, durability);
  if (durability != Durability::none) tell_all(written);
}

void Journal::note(const Result<Position>& written, Durability durability) {
  const std::lock_guard lock(mutex_);
  // Once per change, not per batch: a full disk would fill the log as well.
  if (!written && !status_.is_failing) {
    diary_->error("write_failed", {{"reason", written.error().message}});
  }
  if (written && status_.is_failing) diary_->info("writes_again");
  status_.is_failing = !written;
  status_.is_full = !written && written.error().code == Errc::exhausted;
  status_.failures += written ? 0 : 1;
  status_.frames += written ? 1 : 0;
  status_.syncs += written && durability == Durability::fsync ? 1 : 0;
}

void Journal::store_checkpoints(const std::map<std::string, Position>& checkpoints) {
  for (const auto& [consumer, next] : checkpoints) {
    if (const auto stored = log_->checkpoint(consumer, next); !stored) {
      diary_->warning("checkpoint_failed", {{"reason", stored.error().message}});
    }
  }
}

// Who was refused may be gone for long: that there is room again must not wait for their next word.
void Journal::look_for_room() {
  if (!status().is_failing || !log_->make_room()) return;
  const std::lock_guard lock(mutex_);
  diary_->info("writes_again");
  status_.is_failing = status_.is_full = false;
}

// Gives the log back.
void Journal::end_work() {
  bool is_wanted = false;
  {
    const std::lock_guard lock(mutex_);
    publish_status();
    is_writing_ = false;
    is_wanted = has_work();
  }
  idle_.notify_all();
  if (is_wanted) wake_.notify_one();
}

// With the mutex held.
bool Journal::has_work() const {
  return is_stopping_ || !queue_.empty() || (!checkpoints_.empty() && snapshots_ == 0);
}

// Waits until nobody has the log. Whoever comes later waits behind, so that a stream of appends
// holds nobody up.
void Journal::take_log() {
  std::unique_lock lock(mutex_);
  ++waiting_;
  idle_.wait(lock, [this] { return !is_writing_; });
  --waiting_;
  is_writing_ = true;
}

Journal::Snapshot Journal::begin_snapshot() {
  take_log();
  {
    const std::lock_guard lock(mutex_);
    ++snapshots_;
  }
  end_work();
  return Snapshot(*this);
}

void Journal::end_snapshot() {
  bool is_wanted = false;
  {
    const std::lock_guard lock(mutex_);
    --snapshots_;
    is_wanted = has_work();
  }
  if (is_wanted) wake_.notify_one();
}

Result<std::vector<SegmentLog::Extent>> Journal::Snapshot::extents() const {
  journal_->take_log();
  auto extents = journal_->log_->extents();
  journal_->end_work();
  return extents;
}

Result<void> Journal::Snapshot::copy_to(const std::filesystem::path& directory) const {
  FASTNESS_ASSIGN_OR_RETURN(const auto now, extents());
  return journal_->log_->copy(now, directory);
}

Result<std::uint64_t> Journal::Snapshot::size() const {
  FASTNESS_ASSIGN_OR_RETURN(const auto now, extents());
  std::uint64_t bytes = 0;
  for (const SegmentLog::Extent& each : now) bytes += each.bytes;
  return bytes;
}

// With the mutex held, or before the thread runs.
void Journal::publish_status() {
  status_.next = log_->next_position();
  status_.disk_bytes = log_->disk_bytes();
}

}  // namespace fastness::journal
