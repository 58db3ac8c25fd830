// One batch of records as it lies in a segment: a header in the clear, then the records sealed.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/aead.h"
#include "crypto/digest.h"
#include "journal/record.h"

namespace fastness::journal {

using Tag = std::array<std::uint8_t, crypto::AeadKey::kTagSize>;

// All of it is authenticated with the records.
struct FrameHeader {
  static constexpr std::size_t kSize = 8 + 4 + 4 + 8 + 8 + 8 + 16;
  static constexpr std::uint32_t kMaxSealed = 16U << 20U;

  std::uint64_t salt;         // of the segment, so that remains of a recycled one are not frames
  std::uint32_t sealed_size;  // ciphertext and tag
  std::uint32_t count;        // records
  std::uint64_t index;        // in the segment, from 0; also the nonce
  Position first;             // position of the first record
  std::uint64_t durable;      // so many frames of the segment were synced before this was written
  Tag previous;               // tag of the frame before; for the first, of the segment before

  void encode(ByteWriter& out) const;
  [[nodiscard]] static FrameHeader decode(ByteReader& in);

  friend bool operator==(const FrameHeader&, const FrameHeader&) = default;
};

// Header and sealed records, ready to be written. Fills in `sealed_size` and `count`.
// `segment` is the digest of the segment's header, which is authenticated too.
[[nodiscard]] Bytes seal_frame(crypto::AeadKey& key, const crypto::Digest& segment,
                               FrameHeader header, std::span<const Record> records);

// `corrupted` unless header and bytes are as they were sealed.
[[nodiscard]] Result<std::vector<Record>> open_frame(crypto::AeadKey& key,
                                                     const crypto::Digest& segment,
                                                     const FrameHeader& header, ByteView sealed);

// How many bytes a record adds to its frame.
[[nodiscard]] constexpr std::size_t frame_cost(const Record& record) {
  return 1 + 4 + record.payload.size();
}

}  // namespace fastness::journal
