#include "journal/segment.h"

#include <algorithm>
#include <string>
#include <utility>

namespace fastness::journal {
namespace {

// What a segment begins with says how its frames are sealed. Frames authenticate it, as the rest of
// the header.
constexpr std::uint64_t kAesMagic = 0x4653544e4a524e31;     // "FSTNJRN1"
constexpr std::uint64_t kChachaMagic = 0x4653544e4a524e32;  // "FSTNJRN2"
constexpr std::size_t kStep = std::size_t{1} << 20U;

// Eight bytes that tell frames of this segment from what an earlier use of the file left.
std::uint64_t salt_of(const crypto::Digest& digest) {
  ByteReader in(digest);
  return in.u64();
}

Bytes salt_bytes(std::uint64_t salt) {
  Bytes bytes;
  ByteWriter(bytes).u64(salt);
  return bytes;
}

std::uint64_t magic_of(Cipher cipher) {
  return cipher == Cipher::chacha20_poly1305 ? kChachaMagic : kAesMagic;
}

Bytes encode_fields(const SegmentHeader& header) {
  Bytes bytes;
  ByteWriter out(bytes);
  out.u64(magic_of(header.cipher));
  out.u64(header.number);
  out.u64(header.first);
  out.raw(header.previous);
  out.sized(header.wrapped_key);
  return bytes;
}

}  // namespace

crypto::Digest SegmentHeader::digest() const {
  return crypto::sha256(encode_fields(*this));
}

Bytes SegmentHeader::encode() const {
  Bytes block = encode_fields(*this);
  ByteWriter(block).raw(digest());
  block.resize(kBlock);
  return block;
}

Result<SegmentHeader> SegmentHeader::decode(ByteView block) {
  ByteReader in(block);
  SegmentHeader header{};
  const std::uint64_t magic = in.u64();
  header.cipher = magic == kChachaMagic ? Cipher::chacha20_poly1305 : Cipher::aes_256_gcm;
  header.number = in.u64();
  header.first = in.u64();
  in.copy_to(header.previous);
  const ByteView wrapped = in.sized();
  crypto::Digest stored{};
  in.copy_to(stored);
  if (!in.ok() || magic != magic_of(header.cipher) ||
      wrapped.size() > keys::SegmentKeys::kMaxWrapped) {
    return fail(Errc::corrupted, "a journal segment has no readable header");
  }
  header.wrapped_key = to_bytes(wrapped);
  // Against accidents; against people, the frames' authentication of this digest.
  if (stored != header.digest()) {
    return fail(Errc::corrupted, "a journal segment's header is damaged");
  }
  return header;
}

SegmentWriter::SegmentWriter(std::unique_ptr<os::File> file, const SegmentHeader& header,
                             const crypto::SecretBytes& key, std::uint64_t size)
    : file_(std::move(file)),
      digest_(header.digest()),
      key_(key, header.cipher),
      size_(size),
      last_tag_(header.previous) {}

bool SegmentWriter::has_room_for(std::size_t records_size) const {
  const std::size_t frame = FrameHeader::kSize + records_size + crypto::AeadKey::kTagSize;
  return offset_ + frame <= size_;
}

Result<void> SegmentWriter::write(Position first, std::span<const Record> records) {
  const FrameHeader header{.salt = salt_of(digest_),
                           .sealed_size = 0,
                           .count = 0,
                           .index = index_,
                           .first = first,
                           .durable = durable_,
                           .previous = last_tag_};
  const Bytes frame = seal_frame(key_, digest_, header, records);
  FASTNESS_RETURN_IF_ERROR(file_->write_at(offset_, frame));
  std::copy_n(frame.end() - crypto::AeadKey::kTagSize, last_tag_.size(), last_tag_.begin());
  offset_ += frame.size();
  ++index_;
  return {};
}

Result<void> SegmentWriter::sync() {
  FASTNESS_RETURN_IF_ERROR(file_->sync_data());
  durable_ = index_;
  return {};
}

Result<ByteView> SegmentReader::Window::view(std::uint64_t offset, std::size_t size) {
  if (offset < start_ || offset + size > start_ + buffer_.size()) {
    buffer_.resize(std::max(size, kStep));
    FASTNESS_ASSIGN_OR_RETURN(const std::size_t count, file_->read_at(offset, buffer_));
    buffer_.resize(count);
    start_ = offset;
  }
  const auto rest = ByteView(buffer_).subspan(static_cast<std::size_t>(offset - start_));
  return rest.first(std::min(size, rest.size()));
}

SegmentReader::SegmentReader(Window window, SegmentHeader header, const crypto::SecretBytes& key)
    : window_(std::move(window)),
      header_(std::move(header)),
      digest_(header_.digest()),
      salt_(salt_of(digest_)),
      key_(key, header_.cipher),
      last_tag_(header_.previous) {}

Result<SegmentReader> SegmentReader::open(std::unique_ptr<os::File> file, keys::SegmentKeys& keys) {
  Window window(std::move(file));
  FASTNESS_ASSIGN_OR_RETURN(const ByteView block, window.view(0, SegmentHeader::kBlock));
  FASTNESS_ASSIGN_OR_RETURN(SegmentHeader header, SegmentHeader::decode(block));
  FASTNESS_ASSIGN_OR_RETURN(const crypto::SecretBytes key, keys.unwrap(header.wrapped_key));
  if (key.size() != crypto::AeadKey::kKeySize) {
    return fail(Errc::corrupted, "a journal segment's key is not of 32 bytes");
  }
  return SegmentReader(std::move(window), std::move(header), key);
}

// Nothing if no frame that authenticates is at `offset`; `header` is what was read there.
Result<std::optional<Frame>> SegmentReader::read_at(std::uint64_t offset, FrameHeader& header) {
  FASTNESS_ASSIGN_OR_RETURN(const ByteView start, window_.view(offset, FrameHeader::kSize));
  ByteReader in(start);
  header = FrameHeader::decode(in);
  if (!in.ok() || header.salt != salt_ || header.sealed_size < crypto::AeadKey::kTagSize ||
      header.sealed_size > FrameHeader::kMaxSealed) {
    return std::optional<Frame>();
  }
  FASTNESS_ASSIGN_OR_RETURN(const ByteView sealed,
                            window_.view(offset + FrameHeader::kSize, header.sealed_size));
  if (sealed.size() != header.sealed_size) return std::optional<Frame>();
  auto records = open_frame(key_, digest_, header, sealed);
  if (!records) return std::optional<Frame>();
  return std::optional<Frame>(
      Frame{header.first, std::move(records).value(), header.durable, header.previous});
}

Result<std::optional<Frame>> SegmentReader::next() {
  FrameHeader header{};
  FASTNESS_ASSIGN_OR_RETURN(std::optional<Frame> frame, read_at(offset_, header));
  if (!frame || header.index != index_ || header.previous != last_tag_) {
    FASTNESS_RETURN_IF_ERROR(check_tail());
    return std::optional<Frame>();
  }
  FASTNESS_ASSIGN_OR_RETURN(const ByteView sealed,
                            window_.view(offset_ + FrameHeader::kSize, header.sealed_size));
  std::ranges::copy(sealed.last(last_tag_.size()), last_tag_.begin());
  offset_ += FrameHeader::kSize + header.sealed_size;
  ++index_;
  return frame;
}

// Looks whether anything behind the last whole frame shows that there was more.
Result<void> SegmentReader::check_tail() {
  const Bytes salt = salt_bytes(salt_);
  for (std::uint64_t at = offset_;;) {
    FASTNESS_ASSIGN_OR_RETURN(const ByteView step, window_.view(at, kStep));
    if (step.size() < FrameHeader::kSize) return {};
    const auto found = std::search(step.begin(), step.end(), salt.begin(), salt.end());
    if (found == step.end()) {
      at += step.size() - (salt.size() - 1);  // it may straddle two steps
      continue;
    }
    is_torn_ = true;
    at += static_cast<std::uint64_t>(found - step.begin());
    FASTNESS_ASSIGN_OR_RETURN(const bool lost, proves_loss(at));
    if (lost) {
      return fail(Errc::corrupted, "journal segment " + std::to_string(header_.number) +
                                       " is damaged after frame " + std::to_string(index_) +
                                       ", and whole frames follow");
    }
    ++at;
  }
}

Result<bool> SegmentReader::proves_loss(std::uint64_t offset) {
  FrameHeader header{};
  FASTNESS_ASSIGN_OR_RETURN(const std::optional<Frame> frame, read_at(offset, header));
  return frame.has_value() && header.durable > index_;
}

}  // namespace fastness::journal
