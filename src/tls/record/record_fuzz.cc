// Arbitrary bytes as what a peer sends after its handshake: as they are, and with everything that
// authenticates put right, so that the protocol inside is reached too. Whatever the layer answers
// is heard by a second one in the peer's place, which must understand all of it. Input: the
// version, then records as their size (two bytes), their content and, last, their type.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "tls/record/record_layer.h"

namespace {

using namespace fastness;
using tls::RecordCiphers;
using tls::RecordLayer;
using tls::Version;

constexpr tls::Suite kSuite = tls::Suite::aes128_gcm_sha256;
constexpr std::size_t kTag = RecordCiphers::kTag;
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kData = 23;
constexpr std::uint64_t kKeyBlocks = 60;  // few, so that keys wear out

void require(bool holds) {
  if (!holds) std::abort();
}

RecordLayer::Origin origin(Version version, std::uint8_t read, std::uint8_t write) {
  RecordLayer::Origin origin;
  origin.version = version;
  origin.suite = kSuite;
  origin.read.secret.set(Bytes(32, read));
  origin.write.secret.set(Bytes(32, write));
  origin.read.keys = tls::derive_keys(kSuite, origin.read.secret).value();
  origin.write.keys = tls::derive_keys(kSuite, origin.write.secret).value();
  if (version == Version::tls12) {
    origin.read.keys.iv.set(Bytes(4, read));
    origin.write.keys.iv.set(Bytes(4, write));
  }
  origin.max_key_blocks = kKeyBlocks;
  return origin;
}

// What the layer says of itself must fit together.
void check(const RecordLayer& layer, const RecordLayer::Opened& opened, std::size_t size) {
  require(opened.plain <= opened.used && opened.used <= size);
  require(layer.is_open() == (layer.failure().empty() && !layer.is_closed()));
}

// The layer under attack, and one in the peer's place that follows what it says.
class Both {
 public:
  Both(Version version, RecordCiphers& ciphers)
      : ciphers_(ciphers), layer_(origin(version, 1, 2)), listener_(origin(version, 2, 1)) {}

  [[nodiscard]] bool is_open() const { return layer_.is_open(); }

  // Feeds `bytes`; what came out as data.
  Bytes feed(Bytes bytes) {
    Bytes said;
    const auto opened = layer_.open(ciphers_, bytes, said);
    check(layer_, opened, bytes.size());
    // Something to say, lest a row of answers without data be too long.
    if (layer_.may_seal()) layer_.seal(ciphers_, as_bytes("x"), said);
    listen(std::move(said));
    bytes.resize(opened.plain);
    return bytes;
  }

 private:
  void listen(Bytes said) {
    Bytes answers;
    const bool could_hear = listener_.is_open();
    const auto heard = listener_.open(ciphers_, said, answers);
    require(answers.empty());
    if (could_hear) require(listener_.is_open() ? heard.used == said.size() : !layer_.is_open());
    if (layer_.is_open()) require(listener_.is_open() && heard.plain == 1);
    require(listener_.failure().empty() || listener_.failure() == "the peer sent an alert");
  }

  RecordCiphers& ciphers_;
  RecordLayer layer_;
  RecordLayer listener_;
};

// Who has the peer's keys and obeys no rule.
class Forger {
 public:
  Forger(Version version, RecordCiphers& ciphers)
      : ciphers_(ciphers), version_(version), half_(origin(version, 2, 1).write) {}

  // A record that holds `content`, which ends in its type.
  Bytes seal(ByteView content) {
    Bytes record = version_ == Version::tls13 ? seal13(content) : seal12(content);
    ++half_.sequence;
    if (announces_new_keys(content)) take_new_keys();
    return record;
  }

 private:
  Bytes seal13(ByteView content) {
    RecordCiphers::Nonce nonce = counted();
    for (std::size_t i = 0; i < nonce.size(); ++i) nonce[i] ^= half_.keys.iv.reveal()[i];
    Bytes record = header(kData, content.size() + kTag);
    const Bytes context = record;
    append_sealed(record, content, nonce, context);
    return record;
  }

  Bytes seal12(ByteView content) {
    RecordCiphers::Nonce nonce = counted();
    std::ranges::copy(half_.keys.iv.reveal(), nonce.begin());
    const std::uint8_t type = content.back();
    const ByteView plain = content.first(content.size() - 1);
    Bytes context(nonce.begin() + 4, nonce.end());  // the number, which is also the nonce
    const Bytes plain_header = header(type, plain.size());
    context.insert(context.end(), plain_header.begin(), plain_header.end());
    Bytes record = header(type, 8 + plain.size() + kTag);
    record.insert(record.end(), nonce.begin() + 4, nonce.end());
    append_sealed(record, plain, nonce, context);
    return record;
  }

  [[nodiscard]] RecordCiphers::Nonce counted() const {
    RecordCiphers::Nonce nonce{};
    for (std::size_t i = 0; i < 8; ++i) {
      nonce[11 - i] = static_cast<std::uint8_t>(half_.sequence >> (8 * i));
    }
    return nonce;
  }

  static Bytes header(std::uint8_t type, std::size_t size) {
    return {type, 3, 3, static_cast<std::uint8_t>(size >> 8U), static_cast<std::uint8_t>(size)};
  }

  void append_sealed(Bytes& record, ByteView plain, const RecordCiphers::Nonce& nonce,
                     ByteView context) {
    const std::size_t start = record.size();
    record.insert(record.end(), plain.begin(), plain.end());
    record.resize(record.size() + kTag);
    const auto all = std::span(record);
    require(ciphers_.seal(kSuite, half_.keys.key.reveal(), nonce, context,
                          all.subspan(start, plain.size()), all.last<kTag>()));
  }

  // To follow it to its new keys, as an honest peer would.
  [[nodiscard]] bool announces_new_keys(ByteView content) const {
    static constexpr std::array<std::uint8_t, 4> kUpdate = {24, 0, 0, 1};
    return version_ == Version::tls13 && content.size() == 6 && content.back() == kHandshake &&
           std::ranges::equal(content.first(4), kUpdate);
  }
  void take_new_keys() {
    auto secret = tls::next_secret(kSuite, half_.secret).value();
    auto keys = tls::derive_keys(kSuite, secret).value();
    half_ = {std::move(secret), std::move(keys), 0};
  }

  RecordCiphers& ciphers_;
  Version version_;
  RecordLayer::Half half_;
};

// What of `content`, which ends in its type, is data.
ByteView data_of(Version version, ByteView content) {
  if (version == Version::tls13) {
    while (!content.empty() && content.back() == 0) content = content.first(content.size() - 1);
  }
  if (content.empty() || content.back() != kData) return {};
  return content.first(content.size() - 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static RecordCiphers ciphers;
  ByteReader in({data, size});
  const Version version = in.u8() % 2 == 0 ? Version::tls13 : Version::tls12;

  require(Both(version, ciphers).feed(to_bytes(in.rest())).empty());

  Both both(version, ciphers);
  Forger forger(version, ciphers);
  while (in.ok() && !in.rest().empty() && both.is_open()) {
    const std::size_t wanted = in.u16();
    const ByteView content = in.raw(std::min<std::size_t>(wanted, in.rest().size()));
    if (content.empty()) break;
    const Bytes heard = both.feed(forger.seal(content));
    const bool is_all = std::ranges::equal(heard, data_of(version, content));
    require(is_all || (heard.empty() && !both.is_open()));
  }
  return 0;
}
