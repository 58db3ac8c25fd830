#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "journal/checkpoints.h"
#include "journal/record.h"
#include "journal/segment.h"
#include "keys/unwrap_service.h"
#include "os/files/file_system.h"

namespace fastness::journal {

// When an append counts as done.
enum class Durability {
  fsync,  // it survives a power cut
  os,     // it survives the end of the process
  none,   // it was taken up
};

// All segments of one directory: where to write next, what to read again, what to let go. Journal
// adds the thread. Thread-compatible, except that replay() may run beside the others.
class SegmentLog {
 public:
  struct Options {
    std::filesystem::path directory;
    Durability durability = Durability::fsync;
    std::uint64_t segment_bytes = std::uint64_t{64} << 20U;
    std::size_t max_free_segments = 2;
    std::vector<std::string> consumers;
  };

  // Finds the end of what is whole. `corrupted` if something before the end is damaged: then
  // acknowledged records are lost, and a person must decide.
  [[nodiscard]] static Result<std::unique_ptr<SegmentLog>> open(os::FileSystem& files,
                                                                keys::SegmentKeys& keys,
                                                                Options options);

  // Writes the records as one frame and returns the position of the first. On failure nothing is
  // added, and the next write begins a new segment; `exhausted` if the disk is full,
  // `invalid_argument` if the records are too large for one frame.
  [[nodiscard]] Result<Position> write(std::span<const Record> records);

  // Calls `consume` for each record that was there when the log was opened, from `from` on, in
  // order. Its first failure ends the replay and is returned.
  using Consume = std::function<Result<void>(Position, const Record&)>;
  [[nodiscard]] Result<void> replay(Position from, const Consume& consume) const;

  // Stores how far a consumer has come, and destroys the segments that nobody needs any more, with
  // their keys.
  [[nodiscard]] Result<void> checkpoint(std::string_view consumer, Position next);
  [[nodiscard]] Position checkpoint_of(std::string_view consumer) const {
    return checkpoints_.of(consumer);
  }

  [[nodiscard]] Position next_position() const { return next_; }
  [[nodiscard]] std::uint64_t disk_bytes() const;
  // Whether the last start found remains of a write that never finished, and left them out.
  [[nodiscard]] bool had_torn_tail() const { return had_torn_tail_; }

 private:
  struct Segment {
    std::uint64_t number;
    Position first;
  };

  SegmentLog(os::FileSystem& files, keys::SegmentKeys& keys, Options options,
             Checkpoints checkpoints)
      : files_(files),
        keys_(keys),
        options_(std::move(options)),
        checkpoints_(std::move(checkpoints)) {}

  [[nodiscard]] Result<void> recover();
  [[nodiscard]] Result<void> find_segments();
  [[nodiscard]] Result<void> scrub_free_files();
  [[nodiscard]] Result<void> find_end();
  [[nodiscard]] Result<void> replay_segment(std::size_t index, Position from,
                                            const Consume& consume) const;
  [[nodiscard]] Result<SegmentReader> read_segment(std::uint64_t number) const;

  [[nodiscard]] Result<void> write_frame(std::span<const Record> records, std::size_t size);
  [[nodiscard]] Result<void> begin_segment();
  [[nodiscard]] Result<std::filesystem::path> take_free_file();
  [[nodiscard]] Result<void> scrub_condemned();
  // Returns the file's size.
  [[nodiscard]] Result<std::uint64_t> scrub(const std::filesystem::path& path);
  [[nodiscard]] std::filesystem::path new_free_path();
  [[nodiscard]] std::filesystem::path segment_path(std::uint64_t number) const;

  os::FileSystem& files_;
  keys::SegmentKeys& keys_;
  const Options options_;
  Checkpoints checkpoints_;

  std::vector<Segment> found_;               // at the start, oldest first; replay() reads these
  Position found_end_ = 1;                   // where their records end
  std::vector<Segment> segments_;            // now, oldest first
  std::vector<std::filesystem::path> free_;  // of full size, without a key
  std::vector<std::filesystem::path> condemned_;  // no segments any more, but maybe with a key
  std::optional<SegmentWriter> writer_;
  Tag last_tag_{};  // of the last frame that counts
  Position next_ = 1;
  std::uint64_t next_number_ = 1;
  std::uint64_t next_free_ = 1;
  bool had_torn_tail_ = false;
};

}  // namespace fastness::journal
