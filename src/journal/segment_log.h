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

#include "base/cipher.h"
#include "base/durability.h"
#include "base/result.h"
#include "journal/checkpoints.h"
#include "journal/record.h"
#include "journal/segment.h"
#include "keys/unwrap_service.h"
#include "os/files/file_system.h"

namespace fastness::journal {

// All segments of one directory: where to write next, what to read again, what to let go. Journal
// adds the thread. Thread-compatible, except that replay() may run beside the others.
class SegmentLog {
 public:
  struct Options {
    std::filesystem::path directory;
    std::uint64_t segment_bytes = std::uint64_t{64} << 20U;
    std::size_t max_free_segments = 2;
    std::vector<std::string> consumers;
    Cipher cipher = Cipher::aes_256_gcm;  // of segments that are begun; any is read
  };

  // Finds the end of what is whole. `corrupted` if something before the end is damaged: then
  // acknowledged records are lost, and a person must decide.
  [[nodiscard]] static Result<std::unique_ptr<SegmentLog>> open(os::FileSystem& files,
                                                                keys::SegmentKeys& keys,
                                                                Options options);

  // Writes the records as one frame and returns the position of the first. With `fsync` this frame
  // and all before it then survive a power cut; else they survive the end of the process. On
  // failure nothing is added, and the next write begins a new segment; `exhausted` if the disk is
  // full, `invalid_argument` if the records are too large for one frame, `unavailable` until the
  // next start if frames that were never synced cannot be read back after a failure.
  [[nodiscard]] Result<Position> write(std::span<const Record> records,
                                       Durability durability = Durability::fsync);

  // Whether records of that size in a frame (`frame_cost`, together) fit into the segment that is
  // being written: then `write` without a sync does nothing but write.
  [[nodiscard]] bool has_room_for(std::size_t size) const {
    return writer_ && writer_->has_room_for(size);
  }

  // Begins a segment if the next `write` would have to. Errors as its.
  [[nodiscard]] Result<void> make_room();

  // Calls `consume` for each record that was there when the log was opened, from `from` on, in
  // order. Its first failure ends the replay and is returned.
  using Consume = std::function<Result<void>(Position, const Record&)>;
  [[nodiscard]] Result<void> replay(Position from, const Consume& consume) const;

  // So much of a file as belongs to a copy of the log as it is now.
  struct Extent {
    std::string name;
    std::uint64_t bytes;
  };
  // Everything that is not done with, whatever its durability: in the page cache it can be read.
  // Until the next checkpoint() none of it changes, and writes only go behind it.
  [[nodiscard]] Result<std::vector<Extent>> extents() const;
  // Copies them and the checkpoints into a directory that is there and empty: the log opens from it
  // as after a crash at the moment of extents(). May run beside writes, not beside checkpoint().
  // Nothing is synced. What a failure leaves there is to be removed.
  [[nodiscard]] Result<void> copy(const std::vector<Extent>& extents,
                                  const std::filesystem::path& directory) const;

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

  [[nodiscard]] Result<void> write_frame(std::span<const Record> records, std::size_t size,
                                         Durability durability);
  [[nodiscard]] Result<void> end_segment();
  [[nodiscard]] Result<void> begin_segment();
  void now_synced();
  [[nodiscard]] bool has_unsynced() const { return synced_ != next_; }
  [[nodiscard]] Result<void> for_each_unsynced(
      const std::function<Result<void>(const Frame&)>& visit) const;
  [[nodiscard]] Result<std::filesystem::path> take_free_file();
  [[nodiscard]] Result<void> scrub_condemned();
  // Returns the file's size.
  [[nodiscard]] Result<std::uint64_t> scrub(const std::filesystem::path& path);
  [[nodiscard]] Result<void> copy_file(const Extent& extent,
                                       const std::filesystem::path& directory) const;
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

  // What lies below `synced_` survives a power cut for sure; the rest is in one segment. Whenever
  // that one is left behind (after a failure or a restart, when nobody knows what a sync of it
  // would be worth), its successor begins here, with a copy of the rest: so no hole can ever be
  // before a later segment.
  Position synced_ = 1;
  Tag synced_tag_{};  // of the last frame below it
  std::uint64_t unsynced_in_ = 0;
  std::uint64_t next_number_ = 1;
  std::uint64_t next_free_ = 1;
  bool had_torn_tail_ = false;
};

}  // namespace fastness::journal
