// Two record layers of TLS 1.3 back to back, and a peer that breaks the rules.
#include "tls/record/record_layer.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <gtest/gtest.h>

#include "tls/testing/layer.h"

namespace fastness::tls {
namespace {

using testing::half;
using testing::kAlert;
using testing::kData;
using testing::kHandshake;
using testing::Layer;
using testing::origin;

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

TEST_F(Layer, PaddingCountsForTheSizeOfARecord) {
  EXPECT_EQ(open(forge(kData, {'a'}, RecordLayer::kFullPlain - 1)), "a");
  EXPECT_EQ(open(forge(kData, {'a'}, RecordLayer::kFullPlain)), "");
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
  expect_every_bit_counts(Version::tls13, say("text"));
}

TEST_F(Layer, ALengthThatLiesIsFound) {
  expect_lengths_count(Version::tls13, say("text"));
}

TEST_F(Layer, WhatWeSaidIsNotBelievedWhenItComesBack) {
  Bytes wire;
  layer_.seal(ciphers_, as_bytes("an order"), wire);
  EXPECT_EQ(open(wire), "");
  EXPECT_EQ(layer_.failure(), "a record is not authentic");
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
  struct Case {
    std::uint8_t type;
    Bytes content;
  };
  for (const auto& [type, content] :
       {Case{kData, {'a'}}, Case{kData, {}}, Case{kAlert, {1, 90}}, Case{kAlert, {1, 0}}}) {
    SCOPED_TRACE(int{type});
    RecordLayer layer(origin(Version::tls13, 1, 2));
    forged_ = 0;
    Bytes wire = forge(kHandshake, {24, 0});
    const Bytes between = forge(type, content);
    wire.insert(wire.end(), between.begin(), between.end());
    Bytes out;
    EXPECT_EQ(layer.open(ciphers_, wire, out).plain, 0U);
    EXPECT_EQ(layer.failure(), "a record inside a handshake message");
  }
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
  worn.max_key_blocks = 20;
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

TEST_F(Layer, NothingIsSaidAfterAGoodbye) {
  layer_.close(ciphers_, sent_);
  const std::size_t said = sent_.size();
  EXPECT_GT(said, 0U);
  EXPECT_FALSE(layer_.may_seal());
  EXPECT_EQ(open(forge(kData, {'a'})), "a") << "the peer may still speak";
  EXPECT_EQ(open(forge(kHandshake, {24, 0, 0, 1, 1})), "") << "asks for new keys";
  EXPECT_TRUE(layer_.is_open());
  EXPECT_EQ(open({kAlert, 3, 3, 0, 2, 1, 0}), "");
  EXPECT_FALSE(layer_.is_open());
  layer_.close(ciphers_, sent_);
  EXPECT_EQ(sent_.size(), said);
}

// Whether any of the secrets of `half` lies in the memory at `place`.
bool holds(const RecordLayer::Origin& place, const RecordLayer::Half& half) {
  const ByteView memory(reinterpret_cast<const std::uint8_t*>(&place), sizeof(place));
  return std::ranges::any_of(
      std::array{half.secret.reveal(), half.keys.key.reveal(), half.keys.iv.reveal()},
      [&](ByteView secret) {
        return std::search(memory.begin(), memory.end(), secret.begin(), secret.end()) !=
               memory.end();
      });
}

// What the layer keeps itself is HeldKeys' to wipe.
TEST_F(Layer, LeavesNoKeysWhereItGotThemFrom) {
  const RecordLayer::Half read = half(Version::tls13, 1);
  const RecordLayer::Half write = half(Version::tls13, 2);
  RecordLayer::Origin from = origin(Version::tls13, 1, 2);
  ASSERT_TRUE(holds(from, read) && holds(from, write));
  const RecordLayer layer(std::move(from));
  EXPECT_FALSE(holds(from, read) || holds(from, write));
}

}  // namespace
}  // namespace fastness::tls
