// Two record layers back to back, and a peer that breaks the rules.
#include "tls/record/record_layer.h"

#include <algorithm>
#include <set>
#include <utility>

#include <gtest/gtest.h>

namespace fastness::tls {
namespace {

constexpr Suite kSuite = Suite::aes128_gcm_sha256;
constexpr std::uint8_t kAlert = 21;
constexpr std::uint8_t kHandshake = 22;
constexpr std::uint8_t kData = 23;

RecordLayer::Half half(Version version, std::uint8_t seed, std::uint64_t sequence = 0) {
  RecordLayer::Half half;
  half.secret.set(Bytes(32, seed));
  half.keys = derive_keys(kSuite, half.secret).value();
  if (version == Version::tls12) half.keys.iv.set(Bytes(4, seed));
  half.sequence = sequence;
  return half;
}

RecordLayer::Origin origin(Version version, std::uint8_t read, std::uint8_t write) {
  RecordLayer::Origin origin;
  origin.version = version;
  origin.suite = kSuite;
  origin.read = half(version, read);
  origin.write = half(version, write);
  return origin;
}

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
        kSuite, mine.keys.key.reveal(), nonce, all.first(RecordLayer::kHeader),
        all.subspan(RecordLayer::kHeader, inner.size()), all.last<RecordCiphers::kTag>()));
    return record;
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
    ASSERT_TRUE(ciphers_.open(kSuite, its.keys.key.reveal(), nonce, all.first(RecordLayer::kHeader),
                              inner, all.last<RecordCiphers::kTag>()));
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

class Layer12 : public Layer {
 protected:
  Layer12() : Layer(Version::tls12) {}
};

TEST_F(Layer, TakesRecordsApartWhereverTheyAreCut) {
  Bytes wire;
  for (const char* text : {"one ", "two ", "three"}) {
    const Bytes record = say(text);
    wire.insert(wire.end(), record.begin(), record.end());
  }
  std::string heard;
  for (const std::uint8_t byte : wire) heard += open({byte});
  EXPECT_EQ(heard, "one two three");
  EXPECT_TRUE(rest_.empty());
}

TEST_F(Layer, PaddingIsNoContent) {
  EXPECT_EQ(open(forge(kData, {'a'}, 300)), "a");
  EXPECT_EQ(open(forge(kData, {'b', 0, 0}, 1)), std::string("b\0\0", 3));
}

TEST_F(Layer, AFullRecordIsTakenAndOneByteMoreRefused) {
  EXPECT_EQ(open(forge(kData, Bytes(RecordLayer::kFullPlain, 'x'))).size(),
            RecordLayer::kFullPlain);
  EXPECT_EQ(open(forge(kData, Bytes(RecordLayer::kFullPlain + 1, 'x'))), "");
  expect_refusal(Alert::record_overflow, "a record holds too much");
}

TEST_F(Layer, ALengthBeyondAllIsRefusedBeforeItsBytesCome) {
  EXPECT_EQ(open({kData, 3, 3, 0x41, 0x01}), "");
  expect_refusal(Alert::record_overflow, "a record is too long");
}

TEST_F(Layer, ARecordThatComesTwiceIsNotAuthentic) {
  const Bytes record = say("once");
  EXPECT_EQ(open(record), "once");
  EXPECT_EQ(open(record), "");
  expect_refusal(Alert::bad_record_mac, "a record is not authentic");
}

TEST_F(Layer, ARecordThatIsLeftOutIsMissed) {
  (void)say("lost");
  EXPECT_EQ(open(say("next")), "");
  expect_refusal(Alert::bad_record_mac, "a record is not authentic");
}

TEST_F(Layer, EveryBitOfARecordIsAuthentic) {
  const Bytes record = say("text");
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    if (bit / 8 == 3 || bit / 8 == 4) continue;  // the length: another record, not a damaged one
    RecordLayer layer(origin(Version::tls13, 1, 2));
    Bytes damaged = record;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
    Bytes out;
    EXPECT_EQ(layer.open(ciphers_, damaged, out).plain, 0U) << bit;
    EXPECT_FALSE(layer.is_open()) << bit;
  }
}

TEST_F(Layer, NothingComesInTheClear) {
  EXPECT_EQ(open({kAlert, 3, 3, 0, 2, 1, 0}), "");
  expect_refusal(Alert::unexpected_message, "a record in the clear");
}

TEST_F(Layer, ARecordNeedsAType) {
  EXPECT_EQ(open(seal(Bytes(10, 0))), "");
  expect_refusal(Alert::unexpected_message, "a record of no type");
}

TEST_F(Layer, ChangeCipherSpecIsForHandshakes) {
  EXPECT_EQ(open(forge(20, {1})), "");
  expect_refusal(Alert::unexpected_message, "a record of a wrong type");
}

TEST_F(Layer, EmptyRecordsAreForDataAlone) {
  EXPECT_EQ(open(forge(kData, {})), "");
  EXPECT_TRUE(layer_.is_open());
  EXPECT_EQ(open(forge(kHandshake, {})), "");
  expect_refusal(Alert::unexpected_message, "an empty record");
}

TEST_F(Layer, RecordsWithoutDataAreCounted) {
  for (int i = 0; i < 32; ++i) EXPECT_EQ(open(forge(kData, {})), "");
  EXPECT_EQ(open(forge(kData, {'a'})), "a");  // begins anew
  for (int i = 0; i < 32; ++i) EXPECT_EQ(open(forge(kData, {})), "");
  EXPECT_TRUE(layer_.is_open());
  EXPECT_EQ(open(forge(kData, {})), "");
  expect_refusal(Alert::unexpected_message, "too many records without data");
}

TEST_F(Layer, AlertsEndItButForOne) {
  EXPECT_EQ(open(forge(kAlert, {1, 90})), "");
  EXPECT_TRUE(layer_.is_open()) << "user_canceled";
  EXPECT_EQ(open(forge(kAlert, {1, 40})), "");
  EXPECT_EQ(layer_.failure(), "the peer sent an alert") << "whatever its level says";
  EXPECT_TRUE(sent_.empty()) << "no alert answers an alert";
}

TEST_F(Layer, AnAlertHasTwoBytes) {
  EXPECT_EQ(open(forge(kAlert, {1, 0, 1, 0})), "");
  expect_refusal(Alert::decode_error, "an alert of a wrong size");
}

TEST_F(Layer, WhatFollowsAGoodbyeIsNotHeard) {
  Bytes wire = say("last");
  peer_.close(ciphers_, wire);
  peer_.close(ciphers_, wire);
  const Bytes more = say("more");
  wire.insert(wire.end(), more.begin(), more.end());
  EXPECT_EQ(open(wire), "last");
  EXPECT_TRUE(layer_.is_closed());
  EXPECT_TRUE(sent_.empty());
}

TEST_F(Layer, AKeyUpdateMayComeInPieces) {
  EXPECT_EQ(open(forge(kHandshake, {24, 0})), "");
  EXPECT_EQ(open(forge(kHandshake, {0, 1, 0})), "");
  EXPECT_TRUE(layer_.is_open());
  EXPECT_TRUE(sent_.empty()) << "it did not ask for ours";
  EXPECT_EQ(open(say("under the old keys")), "");
  expect_refusal(Alert::bad_record_mac, "a record is not authentic");
}

TEST_F(Layer, NothingComesBetweenThePieces) {
  EXPECT_EQ(open(forge(kHandshake, {24, 0})), "");
  EXPECT_EQ(open(forge(kData, {'a'})), "");
  expect_refusal(Alert::unexpected_message, "data inside a handshake message");
}

TEST_F(Layer, NothingFollowsAKeyUpdateInItsRecord) {
  EXPECT_EQ(open(forge(kHandshake, {24, 0, 0, 1, 0, 24})), "");
  expect_refusal(Alert::unexpected_message, "a KeyUpdate that is not the last");
}

TEST_F(Layer, AKeyUpdateAsksOrDoesNot) {
  EXPECT_EQ(open(forge(kHandshake, {24, 0, 0, 1, 2})), "");
  expect_refusal(Alert::illegal_parameter, "a KeyUpdate that asks for neither");
}

TEST_F(Layer, AKeyUpdateHasOneByte) {
  EXPECT_EQ(open(forge(kHandshake, {24, 0, 0, 2, 0})), "");
  expect_refusal(Alert::decode_error, "a KeyUpdate of a wrong size");
}

TEST_F(Layer, NoOtherMessageFollowsAHandshake) {
  for (const std::uint8_t type : {std::uint8_t{4}, std::uint8_t{11}, std::uint8_t{1}}) {
    RecordLayer layer(origin(Version::tls13, 1, 2));
    forged_ = 0;
    Bytes record = forge(kHandshake, {type, 0, 0, 0});
    Bytes out;
    (void)layer.open(ciphers_, record, out);
    EXPECT_EQ(layer.failure(), "a message that is no KeyUpdate") << int{type};
  }
}

TEST_F(Layer, TakesNewKeysBeforeTheOldAreWornOut) {
  RecordLayer::Origin worn = origin(Version::tls13, 1, 2);
  worn.max_blocks = 20;
  RecordLayer layer(std::move(worn));
  std::string heard;
  std::size_t updates = 0;
  for (int i = 0; i < 30; ++i) {
    Bytes wire;
    layer.seal(ciphers_, as_bytes("0123456789"), wire);
    Bytes answers;
    const auto opened = peer_.open(ciphers_, wire, answers);
    heard += as_text(ByteView(wire).first(opened.plain));
    updates += opened.used > 33 ? 1 : 0;
  }
  EXPECT_EQ(heard.size(), 300U);
  EXPECT_EQ(updates, 4U);
}

TEST_F(Layer12, TalksBothWays) {
  EXPECT_EQ(open(say("hello")), "hello");
  Bytes wire;
  layer_.seal(ciphers_, as_bytes("yes?"), wire);
  const auto opened = peer_.open(ciphers_, wire, sent_);
  EXPECT_EQ(as_text(ByteView(wire).first(opened.plain)), "yes?");
}

TEST_F(Layer12, NoNonceIsSentTwice) {
  std::set<std::string> nonces;
  for (int i = 0; i < 100; ++i) {
    Bytes wire;
    layer_.seal(ciphers_, as_bytes("x"), wire);
    nonces.insert(to_hex(ByteView(wire).subspan(RecordLayer::kHeader, 8)));
  }
  EXPECT_EQ(nonces.size(), 100U);
}

TEST_F(Layer12, EveryBitOfARecordIsAuthentic) {
  const Bytes record = say("text");
  for (std::size_t bit = 0; bit < record.size() * 8; ++bit) {
    if (bit / 8 >= 1 && bit / 8 <= 4)
      continue;  // the version is not looked at; the length as above
    RecordLayer layer(origin(Version::tls12, 1, 2));
    Bytes damaged = record;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1U << (bit % 8)));
    Bytes out;
    EXPECT_EQ(layer.open(ciphers_, damaged, out).plain, 0U) << bit;
    EXPECT_FALSE(layer.is_open()) << bit;
  }
}

TEST_F(Layer12, EndsBeforeItsKeysAreWornOut) {
  RecordLayer::Origin worn = origin(Version::tls12, 1, 2);
  worn.max_blocks = 6;
  RecordLayer layer(std::move(worn));
  Bytes wire;
  for (int i = 0; i < 10; ++i) layer.seal(ciphers_, as_bytes("x"), wire);
  EXPECT_FALSE(layer.is_open());
  EXPECT_EQ(layer.failure(), "so much was sent that it needs new keys");
  const auto opened = peer_.open(ciphers_, wire, sent_);
  EXPECT_EQ(opened.plain, 2U);
  EXPECT_TRUE(peer_.is_closed()) << "by a goodbye";
}

TEST_F(Layer, AMovedLayerLeavesNoKeysBehind) {
  RecordLayer::Origin from = origin(Version::tls13, 1, 2);
  const std::uint8_t* key = from.write.keys.key.reveal().data();
  const RecordLayer layer(std::move(from));
  EXPECT_EQ(to_hex({key, 16}), std::string(32, '0'));
}

}  // namespace
}  // namespace fastness::tls
