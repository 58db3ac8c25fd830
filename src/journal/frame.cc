#include "journal/frame.h"

#include <algorithm>

namespace fastness::journal {
namespace {

std::array<std::uint8_t, crypto::AeadKey::kNonceSize> nonce_of(std::uint64_t index) {
  std::array<std::uint8_t, crypto::AeadKey::kNonceSize> nonce{};
  for (std::size_t i = 0; i < sizeof index; ++i) {
    nonce[nonce.size() - 1 - i] = static_cast<std::uint8_t>(index >> (8 * i));
  }
  return nonce;
}

Bytes context_of(const crypto::Digest& segment, const FrameHeader& header) {
  Bytes context;
  context.reserve(segment.size() + FrameHeader::kSize);
  ByteWriter out(context);
  out.raw(segment);
  header.encode(out);
  return context;
}

Bytes encode_records(std::span<const Record> records) {
  std::size_t size = 0;
  for (const Record& record : records) size += frame_cost(record);
  Bytes plain;
  plain.reserve(size);
  ByteWriter out(plain);
  for (const Record& record : records) {
    out.u8(record.type);
    out.sized(record.payload);
  }
  return plain;
}

}  // namespace

void FrameHeader::encode(ByteWriter& out) const {
  out.u64(salt);
  out.u32(sealed_size);
  out.u32(count);
  out.u64(index);
  out.u64(first);
  out.u64(durable);
  out.raw(previous);
}

FrameHeader FrameHeader::decode(ByteReader& in) {
  FrameHeader header{};
  header.salt = in.u64();
  header.sealed_size = in.u32();
  header.count = in.u32();
  header.index = in.u64();
  header.first = in.u64();
  header.durable = in.u64();
  in.copy_to(header.previous);
  return header;
}

Bytes seal_frame(crypto::AeadKey& key, const crypto::Digest& segment, FrameHeader header,
                 std::span<const Record> records) {
  const Bytes plain = encode_records(records);
  header.count = static_cast<std::uint32_t>(records.size());
  header.sealed_size = static_cast<std::uint32_t>(plain.size() + crypto::AeadKey::kTagSize);
  Bytes frame;
  frame.reserve(FrameHeader::kSize + header.sealed_size);
  ByteWriter out(frame);
  header.encode(out);
  key.seal_onto(frame, nonce_of(header.index), context_of(segment, header), plain);
  return frame;
}

Result<std::vector<Record>> open_frame(crypto::AeadKey& key, const crypto::Digest& segment,
                                       const FrameHeader& header, ByteView sealed) {
  FASTNESS_ASSIGN_OR_RETURN(const Bytes plain,
                            key.open(nonce_of(header.index), context_of(segment, header), sealed));
  ByteReader in(plain);
  std::vector<Record> records;
  for (std::uint32_t i = 0; i < header.count && in.ok(); ++i) {
    const std::uint8_t type = in.u8();
    records.push_back({type, to_bytes(in.sized())});
  }
  FASTNESS_RETURN_IF_ERROR(in.finish("journal frame"));
  return records;
}

}  // namespace fastness::journal
