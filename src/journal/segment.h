#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/cipher.h"
#include "base/result.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "journal/frame.h"
#include "journal/record.h"
#include "keys/unwrap_service.h"
#include "os/files/file_system.h"

namespace fastness::journal {

// The start of a segment file, in the clear; its digest is authenticated by every frame.
struct SegmentHeader {
  static constexpr std::size_t kBlock = 4096;  // frames begin here

  std::uint64_t number;  // 1, 2, 3... without gaps among the segments there are
  Position first;        // of its first record; the records of the segment before end here
  Tag previous;          // of the last frame before it
  Bytes wrapped_key;
  Cipher cipher = Cipher::aes_256_gcm;  // of its frames

  // One block.
  [[nodiscard]] Bytes encode() const;
  // `corrupted` unless `block` is what encode() made.
  [[nodiscard]] static Result<SegmentHeader> decode(ByteView block);

  [[nodiscard]] crypto::Digest digest() const;
};

// Writes one segment, from its first frame on. A segment has one writer in its life: after a
// failed write, and after a restart, its key is never used again, because a frame index, which is
// the nonce, could come twice. Thread-compatible.
class SegmentWriter {
 public:
  // `file` holds the header already.
  SegmentWriter(std::unique_ptr<os::File> file, const SegmentHeader& header,
                const crypto::SecretBytes& key, std::uint64_t size);

  [[nodiscard]] bool has_room_for(std::size_t records_size) const;

  // Appends one frame. After any failure this object must not be used again.
  [[nodiscard]] Result<void> write(Position first, std::span<const Record> records);
  [[nodiscard]] Result<void> sync();

  // Of the last frame written, or what the header says.
  [[nodiscard]] const Tag& last_tag() const { return last_tag_; }
  // Where the last frame ends. What lies before it never changes.
  [[nodiscard]] std::uint64_t end() const { return offset_; }

 private:
  std::unique_ptr<os::File> file_;
  crypto::Digest digest_;
  crypto::AeadKey key_;
  std::uint64_t size_;
  std::uint64_t offset_ = SegmentHeader::kBlock;
  std::uint64_t index_ = 0;
  std::uint64_t durable_ = 0;
  Tag last_tag_;
};

struct Frame {
  Position first;
  std::vector<Record> records;
  std::uint64_t durable;  // so many frames of the segment were synced before it was written
  Tag previous;           // of the frame before it
};

// Reads the frames of one segment in order. Thread-compatible.
class SegmentReader {
 public:
  // Unwraps the segment's key. `corrupted` if the header is damaged.
  [[nodiscard]] static Result<SegmentReader> open(std::unique_ptr<os::File> file,
                                                  keys::SegmentKeys& keys);

  // The next frame, or nothing after the last whole one. `corrupted` if a frame is damaged that
  // was synced before a later one was written: that is no torn tail but loss.
  [[nodiscard]] Result<std::optional<Frame>> next();

  [[nodiscard]] const SegmentHeader& header() const { return header_; }
  // After next() returned nothing: whether remains of a frame follow the last whole one.
  [[nodiscard]] bool is_torn() const { return is_torn_; }
  // Of the last frame returned, or what the header says.
  [[nodiscard]] const Tag& last_tag() const { return last_tag_; }

 private:
  // Reads a file in large steps.
  class Window {
   public:
    explicit Window(std::unique_ptr<os::File> file) : file_(std::move(file)) {}
    // Fewer bytes than `size` only at the end of the file. Good until the next call.
    [[nodiscard]] Result<ByteView> view(std::uint64_t offset, std::size_t size);

   private:
    std::unique_ptr<os::File> file_;
    Bytes buffer_;
    std::uint64_t start_ = 0;
  };

  SegmentReader(Window window, SegmentHeader header, const crypto::SecretBytes& key);
  [[nodiscard]] Result<std::optional<Frame>> read_at(std::uint64_t offset, FrameHeader& header);
  [[nodiscard]] Result<void> check_tail();
  [[nodiscard]] Result<bool> proves_loss(std::uint64_t offset);

  Window window_;
  SegmentHeader header_;
  crypto::Digest digest_;
  std::uint64_t salt_;
  crypto::AeadKey key_;
  std::uint64_t offset_ = SegmentHeader::kBlock;
  std::uint64_t index_ = 0;
  Tag last_tag_;
  bool is_torn_ = false;
};

}  // namespace fastness::journal
