#include "journal/segment_log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <tuple>
#include <utility>

namespace fastness::journal {
namespace {

constexpr std::string_view kSegmentPrefix = "segment-";
constexpr std::string_view kFreePrefix = "free-";
constexpr char kCheckpointsFile[] = "checkpoints";
constexpr std::size_t kCopyStep = std::size_t{1} << 20U;

std::string name_of(std::string_view prefix, std::uint64_t number) {
  Bytes bytes;
  ByteWriter(bytes).u64(number);
  return std::string(prefix) + to_hex(bytes);
}

std::optional<std::uint64_t> number_of(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::string_view digits = name.substr(prefix.size());
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.size() != 16) {
    return std::nullopt;
  }
  return number;
}

Unexpected<Error> damaged(std::uint64_t number, std::string_view what) {
  return fail(Errc::corrupted,
              "journal segment " + std::to_string(number) + " " + std::string(what));
}

}  // namespace

Result<std::unique_ptr<SegmentLog>> SegmentLog::open(os::FileSystem& files, keys::SegmentKeys& keys,
                                                     Options options) {
  FASTNESS_RETURN_IF_ERROR(files.create_directory(options.directory));
  FASTNESS_ASSIGN_OR_RETURN(
      Checkpoints checkpoints,
      Checkpoints::open(files, options.directory / kCheckpointsFile, options.consumers));
  std::unique_ptr<SegmentLog> log(
      new SegmentLog(files, keys, std::move(options), std::move(checkpoints)));
  FASTNESS_RETURN_IF_ERROR(log->recover());
  return log;
}

std::filesystem::path SegmentLog::segment_path(std::uint64_t number) const {
  return options_.directory / name_of(kSegmentPrefix, number);
}

Result<void> SegmentLog::recover() {
  FASTNESS_RETURN_IF_ERROR(find_segments());
  FASTNESS_RETURN_IF_ERROR(scrub_free_files());
  FASTNESS_RETURN_IF_ERROR(find_end());
  found_ = segments_;
  found_end_ = next_;
  return checkpoints_.limit(next_);
}

Result<void> SegmentLog::find_segments() {
  FASTNESS_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.list(options_.directory));
  for (const std::string& name : names) {  // sorted, so oldest first
    const auto number = number_of(name, kSegmentPrefix);
    if (!number) continue;
    if (!segments_.empty() && *number != segments_.back().number + 1) {
      return damaged(segments_.back().number + 1, "is missing");
    }
    FASTNESS_ASSIGN_OR_RETURN(const auto file,
                              files_.open(options_.directory / name, os::OpenMode::read));
    Bytes block(SegmentHeader::kBlock);
    FASTNESS_ASSIGN_OR_RETURN(const std::size_t count, file->read_at(0, block));
    FASTNESS_ASSIGN_OR_RETURN(const SegmentHeader header,
                              SegmentHeader::decode(ByteView(block).first(count)));
    if (header.number != *number) return damaged(*number, "has the header of another");
    segments_.push_back({*number, header.first});
    next_number_ = *number + 1;
  }
  return {};
}

// A power cut between the renaming of a segment and the end of its key leaves the key.
Result<void> SegmentLog::scrub_free_files() {
  FASTNESS_ASSIGN_OR_RETURN(const std::vector<std::string> names, files_.list(options_.directory));
  for (const std::string& name : names) {
    const auto number = number_of(name, kFreePrefix);
    if (!number) continue;
    next_free_ = std::max(next_free_, *number + 1);
    condemned_.push_back(options_.directory / name);
  }
  return scrub_condemned();
}

Result<void> SegmentLog::find_end() {
  if (segments_.empty()) return {};
  FASTNESS_ASSIGN_OR_RETURN(SegmentReader reader, read_segment(segments_.back().number));
  next_ = segments_.back().first;
  std::vector<std::pair<Position, Tag>> starts;  // of the frames, with the tag before each
  std::uint64_t synced = 0;                      // so many of them surely are
  for (;;) {
    FASTNESS_ASSIGN_OR_RETURN(const std::optional<Frame> frame, reader.next());
    if (!frame) break;
    if (frame->first != next_) return damaged(segments_.back().number, "skips positions");
    starts.emplace_back(frame->first, frame->previous);
    synced = frame->durable;
    next_ += frame->records.size();
  }
  last_tag_ = reader.last_tag();
  had_torn_tail_ = reader.is_torn();
  now_synced();
  // Whether the last frames were synced too is not said anywhere.
  if (synced < starts.size()) std::tie(synced_, synced_tag_) = starts[synced];
  unsynced_in_ = segments_.back().number;
  return {};
}

Result<SegmentReader> SegmentLog::read_segment(std::uint64_t number) const {
  FASTNESS_ASSIGN_OR_RETURN(auto file, files_.open(segment_path(number), os::OpenMode::read));
  return SegmentReader::open(std::move(file), keys_);
}

Result<void> SegmentLog::replay(Position from, const Consume& consume) const {
  for (std::size_t i = 0; i < found_.size(); ++i) {
    const Position end = i + 1 < found_.size() ? found_[i + 1].first : found_end_;
    if (end <= from) continue;
    FASTNESS_RETURN_IF_ERROR(replay_segment(i, from, consume));
  }
  return {};
}

Result<void> SegmentLog::replay_segment(std::size_t index, Position from,
                                        const Consume& consume) const {
  const Segment& segment = found_[index];
  const bool is_last = index + 1 == found_.size();
  const Position end = is_last ? found_end_ : found_[index + 1].first;
  FASTNESS_ASSIGN_OR_RETURN(SegmentReader reader, read_segment(segment.number));
  Position next = segment.first;
  // What lies at or beyond `end` was written but never acknowledged, and its positions were given
  // again in the segment that follows.
  while (next < end) {
    FASTNESS_ASSIGN_OR_RETURN(const std::optional<Frame> frame, reader.next());
    if (!frame || frame->first != next) return damaged(segment.number, "ends too early");
    for (const Record& record : frame->records) {
      if (next >= from) FASTNESS_RETURN_IF_ERROR(consume(next, record));
      ++next;
    }
  }
  if (is_last) return {};
  FASTNESS_ASSIGN_OR_RETURN(const SegmentReader following, read_segment(found_[index + 1].number));
  if (following.header().previous != reader.last_tag()) {
    return damaged(found_[index + 1].number, "does not continue the one before it");
  }
  return {};
}

Result<Position> SegmentLog::write(std::span<const Record> records, Durability durability) {
  std::size_t size = 0;
  for (const Record& record : records) size += frame_cost(record);
  const std::size_t sealed = size + crypto::AeadKey::kTagSize;
  if (sealed > FrameHeader::kMaxSealed ||
      SegmentHeader::kBlock + FrameHeader::kSize + sealed > options_.segment_bytes) {
    return fail(Errc::invalid_argument, "a batch is larger than a journal frame may be");
  }
  if (auto written = write_frame(records, size, durability); !written) {
    writer_.reset();  // what it left behind is unknown, so its key must not write again
    return propagate(std::move(written));
  }
  const Position first = std::exchange(next_, next_ + records.size());
  last_tag_ = writer_->last_tag();
  unsynced_in_ = segments_.back().number;
  if (durability == Durability::fsync) now_synced();
  return first;
}

Result<void> SegmentLog::make_room() {
  return writer_ ? Result<void>() : begin_segment();
}

void SegmentLog::now_synced() {
  synced_ = next_;
  synced_tag_ = last_tag_;
}

Result<void> SegmentLog::write_frame(std::span<const Record> records, std::size_t size,
                                     Durability durability) {
  // Twice if a new segment begins with so much of the old one that the frame has no room there.
  while (!writer_ || !writer_->has_room_for(size)) {
    FASTNESS_RETURN_IF_ERROR(end_segment());
    FASTNESS_RETURN_IF_ERROR(begin_segment());
  }
  FASTNESS_RETURN_IF_ERROR(writer_->write(next_, records));
  return durability == Durability::fsync ? writer_->sync() : Result<void>();
}

// Whatever the durability: a hole before a later segment must always mean damage.
Result<void> SegmentLog::end_segment() {
  if (!writer_) return {};
  if (has_unsynced()) FASTNESS_RETURN_IF_ERROR(writer_->sync());
  now_synced();
  writer_.reset();
  return {};
}

Result<void> SegmentLog::for_each_unsynced(
    const std::function<Result<void>(const Frame&)>& visit) const {
  if (!has_unsynced()) return {};
  FASTNESS_ASSIGN_OR_RETURN(SegmentReader reader, read_segment(unsynced_in_));
  for (Position next = reader.header().first; next < next_;) {
    auto frame = reader.next();
    if (!frame || !*frame || (*frame)->first != next) {
      return fail(Errc::unavailable,
                  "what journal segment " + std::to_string(unsynced_in_) +
                      " was not synced with cannot be read back; nothing is written until the "
                      "next start");
    }
    if (next >= synced_) FASTNESS_RETURN_IF_ERROR(visit(**frame));
    next += (*frame)->records.size();
  }
  return {};
}

// The renaming is the moment at which it counts: all that is to be in it, is on the disk by then.
Result<void> SegmentLog::begin_segment() {
  // Before a file is taken, so that trying again costs none.
  FASTNESS_RETURN_IF_ERROR(for_each_unsynced([](const Frame&) { return Result<void>(); }));
  FASTNESS_ASSIGN_OR_RETURN(const keys::SegmentKeys::Fresh fresh, keys_.make());
  FASTNESS_ASSIGN_OR_RETURN(const std::filesystem::path path, take_free_file());
  const SegmentHeader header{next_number_, synced_, synced_tag_, fresh.wrapped, options_.cipher};
  FASTNESS_ASSIGN_OR_RETURN(auto file, files_.open(path, os::OpenMode::read_write));
  FASTNESS_RETURN_IF_ERROR(file->write_at(0, header.encode()));
  SegmentWriter writer(std::move(file), header, fresh.key, options_.segment_bytes);
  FASTNESS_RETURN_IF_ERROR(for_each_unsynced(
      [&writer](const Frame& frame) { return writer.write(frame.first, frame.records); }));
  FASTNESS_RETURN_IF_ERROR(writer.sync());
  // If the renaming fails, nobody knows which name the file has: it is not taken again, and the
  // next attempt uses the same number, so that its file replaces this one.
  std::erase(free_, path);
  FASTNESS_RETURN_IF_ERROR(files_.rename(path, segment_path(header.number)));
  segments_.push_back({header.number, header.first});
  ++next_number_;
  FASTNESS_RETURN_IF_ERROR(files_.sync_directory(options_.directory));
  last_tag_ = writer.last_tag();
  now_synced();
  writer_.emplace(std::move(writer));
  return {};
}

std::filesystem::path SegmentLog::new_free_path() {
  return options_.directory / name_of(kFreePrefix, next_free_++);
}

Result<std::filesystem::path> SegmentLog::take_free_file() {
  if (!free_.empty()) return free_.back();
  const std::filesystem::path path = new_free_path();
  FASTNESS_ASSIGN_OR_RETURN(const auto file, files_.open(path, os::OpenMode::create_new));
  if (auto taken = file->preallocate(options_.segment_bytes); !taken) {
    condemned_.push_back(path);  // gives back what it got
    static_cast<void>(scrub_condemned());
    return propagate(std::move(taken));
  }
  free_.push_back(path);
  return path;
}

Result<void> SegmentLog::checkpoint(std::string_view consumer, Position next) {
  FASTNESS_RETURN_IF_ERROR(checkpoints_.advance(consumer, std::min(next, next_)));
  const Position lowest = checkpoints_.lowest(next_);
  const auto is_needed = [this](const Segment& segment) {
    return has_unsynced() && segment.number == unsynced_in_;
  };
  while (segments_.size() > 1 && segments_[1].first <= lowest && !is_needed(segments_.front())) {
    // First the name, then the key: a named segment always has a whole header.
    const std::filesystem::path path = new_free_path();
    FASTNESS_RETURN_IF_ERROR(files_.rename(segment_path(segments_.front().number), path));
    condemned_.push_back(path);
    segments_.erase(segments_.begin());
  }
  return scrub_condemned();
}

// Destroys the keys in files that are segments no more, and keeps some of the files for reuse.
// What fails is tried again at the next checkpoint or start.
Result<void> SegmentLog::scrub_condemned() {
  if (condemned_.empty()) return {};
  FASTNESS_RETURN_IF_ERROR(files_.sync_directory(options_.directory));
  while (!condemned_.empty()) {
    const std::filesystem::path path = condemned_.back();
    FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t size, scrub(path));
    const bool is_reusable =
        size == options_.segment_bytes && free_.size() < options_.max_free_segments;
    if (!is_reusable) FASTNESS_RETURN_IF_ERROR(files_.remove(path));
    if (is_reusable) free_.push_back(path);
    condemned_.pop_back();
  }
  return {};
}

Result<std::uint64_t> SegmentLog::scrub(const std::filesystem::path& path) {
  FASTNESS_ASSIGN_OR_RETURN(const auto file, files_.open(path, os::OpenMode::read_write));
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t size, file->size());
  const std::uint64_t header = std::min<std::uint64_t>(size, SegmentHeader::kBlock);
  FASTNESS_RETURN_IF_ERROR(file->write_at(0, Bytes(static_cast<std::size_t>(header))));
  FASTNESS_RETURN_IF_ERROR(file->sync_data());
  return size;
}

Result<std::vector<SegmentLog::Extent>> SegmentLog::extents() const {
  std::vector<Extent> extents;
  for (const Segment& segment : segments_) {
    const bool is_written = writer_ && segment.number == segments_.back().number;
    std::string name = name_of(kSegmentPrefix, segment.number);
    if (is_written) {
      extents.push_back({std::move(name), writer_->end()});
      continue;
    }
    FASTNESS_ASSIGN_OR_RETURN(const auto file,
                              files_.open(options_.directory / name, os::OpenMode::read));
    FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t size, file->size());
    extents.push_back({std::move(name), size});
  }
  return extents;
}

Result<void> SegmentLog::copy(const std::vector<Extent>& extents,
                              const std::filesystem::path& directory) const {
  for (const Extent& extent : extents) FASTNESS_RETURN_IF_ERROR(copy_file(extent, directory));
  const auto file = files_.open(options_.directory / kCheckpointsFile, os::OpenMode::read);
  if (!file && file.error().code == Errc::not_found) return {};  // nobody has come anywhere yet
  if (!file) return Unexpected<Error>{file.error()};
  FASTNESS_ASSIGN_OR_RETURN(const std::uint64_t size, (*file)->size());
  return copy_file({kCheckpointsFile, size}, directory);
}

// A copy, not a link: a segment that is done with is overwritten where it lies, and used again.
Result<void> SegmentLog::copy_file(const Extent& extent,
                                   const std::filesystem::path& directory) const {
  FASTNESS_ASSIGN_OR_RETURN(const auto from,
                            files_.open(options_.directory / extent.name, os::OpenMode::read));
  FASTNESS_ASSIGN_OR_RETURN(const auto to,
                            files_.open(directory / extent.name, os::OpenMode::create_new));
  Bytes step(static_cast<std::size_t>(std::min<std::uint64_t>(kCopyStep, extent.bytes)));
  for (std::uint64_t at = 0; at < extent.bytes;) {
    const auto wanted = std::min<std::uint64_t>(step.size(), extent.bytes - at);
    const auto piece = std::span(step).first(static_cast<std::size_t>(wanted));
    FASTNESS_ASSIGN_OR_RETURN(const std::size_t got, from->read_at(at, piece));
    if (got != piece.size()) return fail(Errc::unavailable, extent.name + " ends too early");
    FASTNESS_RETURN_IF_ERROR(to->write_at(at, piece));
    at += got;
  }
  return {};
}

std::uint64_t SegmentLog::disk_bytes() const {
  return (segments_.size() + free_.size() + condemned_.size()) * options_.segment_bytes;
}

}  // namespace fastness::journal
