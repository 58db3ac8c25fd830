// Reads arbitrary bytes as a journal segment: once as they are, and once with everything that
// authenticates put right, so that the records inside are reached too.

#include <algorithm>
#include <cstdint>
#include <memory>

#include "crypto/aead.h"
#include "journal/segment.h"

namespace {

using namespace fastness;

class MemoryFile final : public os::File {
 public:
  explicit MemoryFile(Bytes bytes) : bytes_(std::move(bytes)) {}

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    if (offset >= bytes_.size()) return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(out.size(), bytes_.size() - offset);
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), count, out.begin());
    return count;
  }
  Result<void> write_at(std::uint64_t, ByteView) override { return {}; }
  Result<void> preallocate(std::uint64_t) override { return {}; }
  Result<void> truncate(std::uint64_t) override { return {}; }
  Result<void> sync_data() override { return {}; }
  Result<std::uint64_t> size() override { return bytes_.size(); }

 private:
  Bytes bytes_;
};

class FixedKeys final : public keys::SegmentKeys {
 public:
  Result<Fresh> make() override { return Fresh{crypto::SecretBytes(32), {}}; }
  Result<crypto::SecretBytes> unwrap(ByteView) override { return crypto::SecretBytes(32); }
};

void read(Bytes segment) {
  FixedKeys keys;
  auto reader =
      journal::SegmentReader::open(std::make_unique<MemoryFile>(std::move(segment)), keys);
  if (!reader) return;
  for (;;) {
    const auto frame = reader.value().next();
    if (!frame || !frame->has_value()) return;
  }
}

// A frame whose seal is good and whose contents and header are the input's.
Bytes forge(Cipher cipher, ByteView input) {
  const journal::SegmentHeader header{1, 1, {}, {}, cipher};
  Bytes segment = header.encode();
  const crypto::Digest digest = header.digest();
  ByteReader salt(digest);
  ByteReader in(input);
  journal::FrameHeader frame{.salt = salt.u64(),
                             .sealed_size = 0,
                             .count = in.u32(),
                             .index = 0,
                             .first = in.u64(),
                             .durable = in.u64(),
                             .previous = {}};
  frame.sealed_size = static_cast<std::uint32_t>(in.rest().size() + crypto::AeadKey::kTagSize);
  Bytes context = to_bytes(digest);
  ByteWriter context_out(context);
  frame.encode(context_out);
  ByteWriter out(segment);
  frame.encode(out);
  crypto::AeadKey key(crypto::SecretBytes(32), cipher);
  key.seal_onto(segment, Bytes(crypto::AeadKey::kNonceSize), context, in.rest());
  return segment;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  read(to_bytes(input));
  Bytes behind_a_header = journal::SegmentHeader{1, 1, {}, {}}.encode();
  behind_a_header.insert(behind_a_header.end(), input.begin(), input.end());
  read(std::move(behind_a_header));
  read(forge(Cipher::aes_256_gcm, input));
  read(forge(Cipher::chacha20_poly1305, input));
  return 0;
}
