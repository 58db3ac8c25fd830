#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "tls/record/record_layer.h"

namespace fastness::tls::testing {

inline constexpr Suite kLayerSuite = Suite::aes128_gcm_sha256;
inline constexpr std::uint8_t kAlert = 21;
inline constexpr std::uint8_t kHandshake = 22;
inline constexpr std::uint8_t kData = 23;

// Keys made of `seed`, so that both ends of a test have the same.
inline RecordLayer::Half half(Version version, std::uint8_t seed, std::uint64_t sequence = 0) {
  RecordLayer::Half half;
  half.secret.set(Bytes(32, seed));
  half.keys = derive_keys(kLayerSuite, half.secret).value();
  if (version == Version::tls12) half.keys.iv.set(Bytes(4, seed));
  half.sequence = sequence;
  return half;
}

inline RecordLayer::Origin origin(Version version, std::uint8_t read, std::uint8_t write) {
  RecordLayer::Origin origin;
  origin.version = version;
  origin.suite = kLayerSuite;
  origin.read = half(version, read);
  origin.write = half(version, write);
  return origin;
}

// A layer, its peer, and a forger who has the peer's keys.
class Layer : public ::testing::Test {
 protected:
  explicit Layer(Version version = Version::tls13)
      : layer_(origin(version, 1, 2)), peer_(origin(version, 2, 1)) {}

  // What the layer makes of `input`, which may be the end of what came before.
  std::string open(Bytes input) {
    Bytes all = std::exchange(rest_, {});
    all.insert(all.end(), input.begin(), input.end());
    const auto opened = layer_.open(ciphers_, all, sent_);
    rest_.assign(all.begin() + static_cast<std::ptrdiff_t>(opened.used), all.end());
    return std::string(as_text(ByteView(all).first(opened.plain)));
  }

  // What the peer says, as records.
  Bytes say(std::string_view text) {
    Bytes out;
    peer_.seal(ciphers_, as_bytes(text), out);
    ++forged_;
    return out;
  }

  // A record of TLS 1.3 that nobody honest sends: any inner type, any content, any padding. Counts
  // as the peer's next.
  Bytes forge(std::uint8_t type, const Bytes& content, std::size_t padding = 0) {
    Bytes inner = content;
    inner.push_back(type);
    inner.insert(inner.end(), padding, 0);
    return seal(inner);
  }
  Bytes seal(const Bytes& inner) {
    const RecordLayer::Half mine = half(Version::tls13, 1);
    RecordCiphers::Nonce nonce{};
    std::ranges::copy(mine.keys.iv.reveal(), nonce.begin());
    nonce.back() ^= static_cast<std::uint8_t>(forged_++);
    const std::size_t size = inner.size() + RecordCiphers::kTag;
    Bytes record = {kData, 3, 3, static_cast<std::uint8_t>(size >> 8U),
                    static_cast<std::uint8_t>(size)};
    record.insert(record.end(), inner.begin(), inner.end());
    record.resize(RecordLayer::kHeader + size);
    const auto all = std::span(record);
    EXPECT_TRUE(ciphers_.seal(
        kLayerSuite, mine.keys.key.reveal(), nonce, all.first(RecordLayer::kHeader),
        all.subspan(RecordLayer::kHeader, inner.size()), all.last<RecordCiphers::kTag>()));
    return record;
  }

  // The same in TLS 1.2.
  Bytes forge12(std::uint8_t type, const Bytes& content) {
    const RecordLayer::Half mine = half(Version::tls12, 1);
    const auto number = static_cast<std::uint8_t>(forged_++);
    RecordCiphers::Nonce nonce{};
    std::ranges::copy(mine.keys.iv.reveal(), nonce.begin());
    nonce.back() = number;
    const std::size_t size = 8 + content.size() + RecordCiphers::kTag;
    Bytes record = {type,
                    3,
                    3,
                    static_cast<std::uint8_t>(size >> 8U),
                    static_cast<std::uint8_t>(size),
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    0,
                    number};
    record.insert(record.end(), content.begin(), content.end());
    record.resize(RecordLayer::kHeader + size);
    const Bytes context = {0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           0,
                           number,
                           type,
                           3,
                           3,
                           static_cast<std::uint8_t>(content.size() >> 8U),
                           static_cast<std::uint8_t>(content.size())};
    const auto all = std::span(record);
    EXPECT_TRUE(ciphers_.seal(kLayerSuite, mine.keys.key.reveal(), nonce, context,
                              all.subspan(RecordLayer::kHeader + 8, content.size()),
                              all.last<RecordCiphers::kTag>()));
    return record;
  }

  // No bit of `record` may change but those of its length, which make it another record.
  void expect_every_bit_counts(Version version, const Bytes& record) {
    for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
      if (bit / 8 == 3 || bit / 8 == 4) continue;
      RecordLayer layer(origin(version, 1, 2));
      Bytes damaged = record;
      damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
      Bytes out;
      EXPECT_EQ(layer.open(ciphers_, damaged, out).plain, 0U) << bit;
      EXPECT_FALSE(layer.is_open()) << bit;
    }
  }

  // Nor may its length, whatever follows.
  void expect_lengths_count(Version version, const Bytes& record) {
    const std::size_t right = record.size() - RecordLayer::kHeader;
    for (std::size_t size = 0; size < 200; ++size) {
      if (size == right) continue;
      RecordLayer layer(origin(version, 1, 2));
      Bytes lying = record;
      lying[4] = static_cast<std::uint8_t>(size);
      lying.resize(RecordLayer::kHeader + 200);
      Bytes out;
      EXPECT_EQ(layer.open(ciphers_, lying, out).plain, 0U) << size;
      EXPECT_FALSE(layer.is_open()) << size;
    }
  }

  // The alert that the layer has sent last, as the peer reads it.
  void expect_refusal(Alert alert, std::string_view why) {
    EXPECT_FALSE(layer_.is_open());
    EXPECT_FALSE(layer_.is_closed());
    EXPECT_EQ(layer_.failure(), why);
    ASSERT_FALSE(sent_.empty());
    const RecordLayer::Half its = half(Version::tls13, 2);
    RecordCiphers::Nonce nonce{};
    std::ranges::copy(its.keys.iv.reveal(), nonce.begin());
    const auto all = std::span(sent_);
    ASSERT_EQ(all.size(), RecordLayer::kHeader + 3 + RecordCiphers::kTag);
    const auto inner = all.subspan(RecordLayer::kHeader, 3);
    ASSERT_TRUE(ciphers_.open(kLayerSuite, its.keys.key.reveal(), nonce,
                              all.first(RecordLayer::kHeader), inner,
                              all.last<RecordCiphers::kTag>()));
    EXPECT_EQ(inner[0], 2);  // fatal
    EXPECT_EQ(inner[1], static_cast<std::uint8_t>(alert));
    EXPECT_EQ(inner[2], kAlert);
    EXPECT_EQ(open(say("more")), "");
  }

  RecordCiphers ciphers_;
  RecordLayer layer_;
  RecordLayer peer_;
  Bytes rest_;
  Bytes sent_;
  std::uint64_t forged_ = 0;
};

}  // namespace fastness::tls::testing
