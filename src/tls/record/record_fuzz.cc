// Arbitrary bytes as what a peer sends after its handshake: as they are, and with everything that
// authenticates put right, so that the protocol inside is reached too. Input: the version, then
// records as their size (two bytes), their type and their content.
#include <algorithm>
#include <cstdlib>

#include "tls/record/record_layer.h"

namespace {

using namespace fastness;
using tls::RecordLayer;

constexpr tls::Suite kSuite = tls::Suite::aes128_gcm_sha256;

RecordLayer::Origin origin(tls::Version version, std::uint8_t read, std::uint8_t write) {
  RecordLayer::Origin origin;
  origin.version = version;
  origin.suite = kSuite;
  origin.read.secret.set(Bytes(32, read));
  origin.write.secret.set(Bytes(32, write));
  origin.read.keys = tls::derive_keys(kSuite, origin.read.secret).value();
  origin.write.keys = tls::derive_keys(kSuite, origin.write.secret).value();
  if (version == tls::Version::tls12) {
    origin.read.keys.iv.set(Bytes(4, read));
    origin.write.keys.iv.set(Bytes(4, write));
  }
  return origin;
}

// What the layer says of itself must fit together.
void check(RecordLayer& layer, const RecordLayer::Opened& opened, std::size_t size) {
  if (opened.plain > opened.used || opened.used > size) std::abort();
  if (layer.is_open() != (layer.failure().empty() && !layer.is_closed())) std::abort();
}

void feed(RecordLayer& layer, tls::RecordCiphers& ciphers, Bytes bytes) {
  Bytes out;
  const auto opened = layer.open(ciphers, bytes, out);
  check(layer, opened, bytes.size());
}

// One record of TLS 1.3 that holds `inner`, which ends in its type.
Bytes seal(tls::RecordCiphers& ciphers, const RecordLayer::Half& half, std::uint64_t sequence,
           ByteView inner) {
  tls::RecordCiphers::Nonce nonce{};
  std::ranges::copy(half.keys.iv.reveal(), nonce.begin());
  for (std::size_t i = 0; i < 8; ++i) {
    nonce[11 - i] = static_cast<std::uint8_t>(nonce[11 - i] ^ (sequence >> (8 * i)));
  }
  const std::size_t size = inner.size() + tls::RecordCiphers::kTag;
  Bytes record = {23, 3, 3, static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)};
  record.insert(record.end(), inner.begin(), inner.end());
  record.resize(RecordLayer::kHeader + size);
  const auto all = std::span(record);
  if (!ciphers.seal(kSuite, half.keys.key.reveal(), nonce, all.first(RecordLayer::kHeader),
                    all.subspan(RecordLayer::kHeader, inner.size()),
                    all.last<tls::RecordCiphers::kTag>())) {
    std::abort();
  }
  return record;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static tls::RecordCiphers ciphers;
  ByteReader in({data, size});
  const auto version = in.u8() % 2 == 0 ? tls::Version::tls13 : tls::Version::tls12;
  RecordLayer raw(origin(version, 1, 2));
  feed(raw, ciphers, to_bytes(in.rest()));

  RecordLayer layer(origin(tls::Version::tls13, 1, 2));
  auto peer = origin(tls::Version::tls13, 2, 1).write;
  while (in.ok() && !in.rest().empty() && layer.is_open()) {
    const std::size_t wanted = in.u16();
    const ByteView inner = in.raw(std::min<std::size_t>(wanted, in.rest().size()));
    if (inner.empty()) break;
    feed(layer, ciphers, seal(ciphers, peer, peer.sequence++, inner));
    // Follow it to its new keys, as an honest peer would.
    const Bytes update = {24, 0, 0, 1};
    if (inner.size() == 6 && inner.back() == 22 && std::ranges::equal(inner.first(4), update)) {
      auto secret = tls::next_secret(kSuite, peer.secret).value();
      auto keys = tls::derive_keys(kSuite, secret).value();
      peer = {std::move(secret), std::move(keys), 0};
    }
  }
  return 0;
}
