#include "journal/journal.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "telemetry/log.h"

namespace fastness::journal {

Result<std::unique_ptr<Journal>> Journal::open(os::FileSystem& files, keys::SegmentKeys& keys,
                                               const telemetry::Log& log, const Options& options) {
  FASTNESS_ASSIGN_OR_RETURN(auto segments, SegmentLog::open(files, keys,
                                                            {.directory = options.directory,
                                                             .durability = options.durability,
                                                             .segment_bytes = options.segment_bytes,
                                                             .consumers = options.consumers}));
  if (segments->had_torn_tail()) {
    // Nobody was told that it is durable, so nothing is lost.
    log.info("torn_tail_left_out", {{"next", segments->next_position()}});
  }
  return std::unique_ptr<Journal>(new Journal(std::move(segments), log, options));
}

Journal::Journal(std::unique_ptr<SegmentLog> log, const telemetry::Log& diary,
                 const Options& options)
    : options_(options), diary_(std::make_unique<telemetry::Log>(diary)), log_(std::move(log)) {
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
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return fail(Errc::unavailable, "the journal is stopped");
    if (queued_bytes_ != 0 && queued_bytes_ + size > options_.max_queued_bytes) {
      return fail(Errc::exhausted, "the journal's queue is full");
    }
    queued_bytes_ += size;
    queue_.push_back({std::move(records), size, std::move(done)});
  }
  wake_.notify_one();
  return {};
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
    publish_status();
    if (work.is_stopping) return;
  }
}

// Takes as many appends as one frame may hold, at least one.
Journal::Work Journal::wait_for_work() {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return is_stopping_ || !queue_.empty() || !checkpoints_.empty(); });
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
  work.checkpoints = std::exchange(checkpoints_, {});
  work.is_stopping = is_stopping_ && queue_.empty();
  return work;
}

void Journal::commit(std::vector<Batch> batches) {
  std::vector<Record> records;
  for (Batch& batch : batches) {
    std::ranges::move(batch.records, std::back_inserter(records));
    batch.size = batch.records.size();  // from here on, in records
  }
  Position position = log_->next_position();
  const auto tell_all = [&](const Result<Position>& written) {
    for (const Batch& batch : batches) {
      batch.done(written ? Result<Position>(position) : written);
      position += batch.size;
    }
  };
  if (options_.durability == Durability::none) tell_all(position);
  const Result<Position> written = log_->write(records);
  note(written);
  if (options_.durability != Durability::none) tell_all(written);
}

void Journal::note(const Result<Position>& written) {
  const std::lock_guard lock(mutex_);
  // Once per change, not per batch: a full disk would fill the log as well.
  if (!written && !status_.is_failing) {
    diary_->error("write_failed", {{"reason", written.error().message}});
  }
  if (written && status_.is_failing) diary_->info("writes_again");
  status_.is_failing = !written;
  status_.failures += written ? 0 : 1;
  status_.frames += written ? 1 : 0;
}

void Journal::store_checkpoints(const std::map<std::string, Position>& checkpoints) {
  for (const auto& [consumer, next] : checkpoints) {
    if (const auto stored = log_->checkpoint(consumer, next); !stored) {
      diary_->warning("checkpoint_failed", {{"reason", stored.error().message}});
    }
  }
}

void Journal::publish_status() {
  const std::lock_guard lock(mutex_);
  status_.next = log_->next_position();
  status_.disk_bytes = log_->disk_bytes();
}

}  // namespace fastness::journal
