// The same for TLS 1.2: records that show their type and part of their nonce, and keys that are
// never replaced.
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "tls/testing/layer.h"

namespace fastness::tls {
namespace {

using testing::kAlert;
using testing::kData;
using testing::kHandshake;
using testing::Layer;
using testing::origin;

class Layer12 : public Layer {
 protected:
  Layer12() : Layer(Version::tls12) {}
};

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
  expect_every_bit_counts(Version::tls12, say("text"));
}

TEST_F(Layer12, ALengthThatLiesIsFound) {
  expect_lengths_count(Version::tls12, say("text"));
}

TEST_F(Layer12, ARecordThatComesTwiceIsNotAuthentic) {
  const Bytes record = say("once");
  EXPECT_EQ(open(record), "once");
  EXPECT_EQ(open(record), "");
  EXPECT_EQ(layer_.failure(), "a record is not authentic");
}

TEST_F(Layer12, RecordsThatChangePlacesAreNotAuthentic) {
  const Bytes first = say("first");
  EXPECT_EQ(open(say("second")), "");
  EXPECT_EQ(layer_.failure(), "a record is not authentic");
  EXPECT_EQ(open(first), "");
}

TEST_F(Layer12, ChangeCipherSpecIsForHandshakes) {
  EXPECT_EQ(open(forge12(20, {1})), "");
  EXPECT_EQ(layer_.failure(), "a record of a wrong type");
}

TEST_F(Layer12, AWarningIsNoEndAndAllElseIs) {
  EXPECT_EQ(open(forge12(kAlert, {1, 90})), "");
  EXPECT_TRUE(layer_.is_open());
  EXPECT_EQ(open(forge12(kAlert, {3, 90})), "");
  EXPECT_EQ(layer_.failure(), "the peer sent an alert");
  EXPECT_TRUE(sent_.empty()) << "no alert answers an alert";
}

TEST_F(Layer12, ANewHandshakeIsRefusedAndTheConnectionGoesOn) {
  EXPECT_EQ(open(forge12(kHandshake, {1, 0, 0, 0})), "");
  EXPECT_EQ(open(forge12(kData, {'a'})), "a");
  ASSERT_EQ(sent_.size(), RecordLayer::kHeader + 8 + 2 + RecordCiphers::kTag);
  Bytes heard;
  EXPECT_EQ(peer_.open(ciphers_, sent_, heard).plain, 0U);
  EXPECT_TRUE(peer_.is_open()) << "a warning";
  EXPECT_TRUE(heard.empty());
}

TEST_F(Layer12, NewHandshakesWithoutDataAreCounted) {
  for (int i = 0; i < 32; ++i) EXPECT_EQ(open(forge12(kHandshake, {1, 0, 0, 0})), "");
  EXPECT_TRUE(layer_.is_open());
  EXPECT_EQ(open(forge12(kHandshake, {1, 0, 0, 0})), "");
  EXPECT_EQ(layer_.failure(), "too many records without data");
}

// There is no way to new keys here: a peer that makes us talk must not wear them out.
TEST_F(Layer12, RefusalsCountAgainstTheKeysToo) {
  RecordLayer::Origin worn = origin(Version::tls12, 1, 2);
  worn.max_key_blocks = 30;
  RecordLayer layer(std::move(worn));
  std::size_t refusals = 0;
  while (layer.is_open() && refusals < 100) {
    Bytes record = forge12(kHandshake, {1, 0, 0, 0});
    const Bytes data = forge12(kData, {'a'});
    record.insert(record.end(), data.begin(), data.end());
    (void)layer.open(ciphers_, record, sent_);
    ++refusals;
  }
  EXPECT_EQ(refusals, 11U) << "ten of three blocks each, and the one that came too late";
  EXPECT_EQ(layer.failure(), "so much was sent that it needs new keys");
  Bytes heard;
  (void)peer_.open(ciphers_, sent_, heard);
  EXPECT_TRUE(peer_.is_closed()) << "by a goodbye";
}

TEST_F(Layer12, EndsBeforeItsKeysAreWornOut) {
  RecordLayer::Origin worn = origin(Version::tls12, 1, 2);
  worn.max_key_blocks = 6;
  RecordLayer layer(std::move(worn));
  Bytes wire;
  for (int i = 0; i < 10; ++i) layer.seal(ciphers_, as_bytes("x"), wire);
  EXPECT_FALSE(layer.is_open());
  EXPECT_EQ(layer.failure(), "so much was sent that it needs new keys");
  const auto opened = peer_.open(ciphers_, wire, sent_);
  EXPECT_EQ(opened.plain, 2U);
  EXPECT_TRUE(peer_.is_closed()) << "by a goodbye";
}

}  // namespace
}  // namespace fastness::tls
