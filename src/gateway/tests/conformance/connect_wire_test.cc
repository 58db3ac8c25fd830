// CONNECT and CONNACK on the wire (3.1, 3.2 of both standards).

#include <gtest/gtest.h>

#include "gateway/testing/script.h"

namespace fastness::gateway {
namespace {

using testing::Stage;

TEST(WireConnect, ATextIsWellFormedUtf8OrTheConnectionEnds) {
  const char* const packets[] = {
      R"(10{"MQTT" 04 c2 0258 0003 61ff62 "ada" "password of ada"})",       // not UTF-8
      R"(10{"MQTT" 04 c2 0258 0003 eda080 "ada" "password of ada"})",       // U+D800
      R"(10{"MQTT" 04 c2 0258 0002 c0af "ada" "password of ada"})",         // longer than need be
      R"(10{"MQTT" 04 c2 0258 0003 610062 "ada" "password of ada"})",       // U+0000
      R"(10{"MQTT" 04 c2 0258 "a" 0003 61ff62 "password of ada"})",         // user name
      R"(10{"MQTT" 04 c6 0258 "a" 0002 c328 "" "ada" "password of ada"})",  // will topic
      R"(10{"MQTT" 04 c2 0258)",                                            // cut short
  };
  for (const std::string packet : packets) {
    SCOPED_TRACE(packet);
    const bool is_cut = packet.back() != '}';
    Stage stage;
    stage.play("ada > " + (is_cut ? std::string("10 0a 0004 'MQTT' 04 c2 0258") : packet) +
               "\nada closed");
  }
}

TEST(WireConnect, AByteOrderMarkIsALetterLikeAnyOther) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 82{0001 0005 efbbbf 7474 00}
    ada < 90 03 0001 00
    bob joins 4
    bob > 30{"tt" 31}
    bob > 30{0005 efbbbf 7474 32}
    ada < 30{0005 efbbbf 7474 32}
    ada silent)");
}

TEST(WireConnect, TheFirstPacketIsConnectAndTheOnlyOne) {
  Stage stage;
  stage.play(R"(
    bob > c0 00
    bob closed
    ada joins 4
    ada > 10{"MQTT" 04 c2 0258 "a" "ada" "password of ada"}
    ada closed
    ada joins 5
    ada > 10{"MQTT" 05 c2 0258 {} "a" "ada" "password of ada"}
    ada < e0{82 {1f "CONNECT is not the first packet, or not the only"}}
    ada closed)");
}

TEST(WireConnect, AProtocolThatIsNotMqttHearsNothing) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTX" 04 c2 0258 "a" "ada" "password of ada"}
    ada closed
    ada > 10{"mqtt" 04 c2 0258 "a" "ada" "password of ada"}
    ada closed)");
}

TEST(WireConnect, AVersionWeLackHearsSo) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 03 c2 0258 "a" "ada" "password of ada"}
    ada < 20 02 00 01
    ada closed
    ada > 10{"MQTT" 06 c2 0258 {} "a" "ada" "password of ada"}
    ada < 20 02 00 01
    ada closed
    ada > 10{"MQIsdp" 03 c2 0258 "a" "ada" "password of ada"}
    ada < 20 02 00 01
    ada closed)");
}

TEST(WireConnect, ReservedBitsAreZero) {
  Stage stage;
  stage.play(R"(
    # the reserved connect flag
    ada > 10{"MQTT" 04 c3 0258 "a" "ada" "password of ada"}
    ada closed
    # flags of the fixed header
    ada > 11{"MQTT" 04 c2 0258 "a" "ada" "password of ada"}
    ada closed
    ada joins 4
    ada > c1 00
    ada closed
    ada joins 5
    ada > 80{0001 {} "t" 00}
    ada < e0{81 {1f "reserved header flags are set"}}
    ada closed)");
}

TEST(WireConnect, FlagsAndPayloadAgree) {
  const char* const packets[] = {
      R"(10{"MQTT" 04 ca 0258 "a" "ada" "password of ada"})",          // will QoS without a will
      R"(10{"MQTT" 04 e2 0258 "a" "ada" "password of ada"})",          // will retain without a will
      R"(10{"MQTT" 04 de 0258 "a" "w" "x" "ada" "password of ada"})",  // will QoS 3
      R"(10{"MQTT" 04 c6 0258 "a" "ada" "password of ada"})",          // will flag without a will
      R"(10{"MQTT" 04 02 0258 "a" "ada" "password of ada"})",          // user name without its flag
      R"(10{"MQTT" 04 82 0258 "a" "ada" "password of ada"})",          // password without its flag
      R"(10{"MQTT" 04 82 0258 "a"})",                                  // flag without a user name
      R"(10{"MQTT" 04 c2 0258 "a" "ada"})",                            // flag without a password
      R"(10{"MQTT" 04 42 0258 "a" "password of ada"})",                // 3.1.1: password alone
      R"(10{"MQTT" 04 c2 0258 "ada" "password of ada" "a" 00})",       // a byte too many
      R"(10{"MQTT" 04 c2 0258})",                                      // no client identifier
  };
  for (const std::string packet : packets) {
    SCOPED_TRACE(packet);
    Stage stage;
    stage.play("ada > " + packet + "\nada closed");
  }
}

TEST(WireConnect, ClientIdentifiersOfAllLettersAreTaken) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 04 c2 0258 "0123456789abcdefghijklm" "ada" "password of ada"}
    ada < 20 02 00 00
    bob > 10{"MQTT" 05 c2 0258 {} "nopqrstuvwxyzABCDEFGHIJ" "ada" "password of ada"}
    bob < 20{00 00 {?11}}
    eve > 10{"MQTT" 04 c2 0258 "KLMNOPQRSTUVWXYZ" "eve" "password of eve"}
    eve < 20 02 00 00)");
}

TEST(WireConnect, AnEmptyClientIdentifierIsReplaced) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 04 c2 0258 "" "ada" "password of ada"}
    ada < 20 02 00 00
    ada silent
    # 5.0 learns the name: property 18, a text of 36 bytes
    bob > 10{"MQTT" 05 c2 0258 {} "" "bob" "password of bob"}
    bob < 20{00 00 {12 0024 ?36 21 ?2 22 ?2 27 ?4}}
    bob silent)");
}

TEST(WireConnect, A311SessionThatStaysNeedsAName) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 04 c0 0258 "" "ada" "password of ada"}
    ada < 20 02 00 02
    ada closed)");
}

TEST(WireConnect, ARejectedClientIdentifierHearsSo) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 04 c2 0258 "x"*257 "ada" "password of ada"}
    ada < 20 02 00 02
    ada closed
    ada > 10{"MQTT" 05 c2 0258 {} "x"*257 "ada" "password of ada"}
    ada < 20{00 85 {1f "the client identifier is too long or that of another device"}}
    ada closed)");
}

TEST(WireConnect, WhatFollowsARefusedConnectIsNotRead) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 82{0001 "t" 00}
    bob < 90 03 0001 00
    ada > 10{"MQTT" 04 c2 0258 "a" "ada" "guess"} 30{"t" 31}
    ada < 20 02 00 05
    ada closed
    bob silent)");
}

TEST(WireConnect, ARefusalOf5HasItsReasonAndNoSession) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c2 0258 {} "a" "ada" "guess"}
    ada < 20{00 87 {1f "it is not proven who you are, or you have no right to this"}}
    ada closed)");
}

TEST(WireConnect, PacketsMayFollowConnectAtOnceAndConnackComesFirst) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 04 c2 0258 "a" "ada" "password of ada"} c0 00 82{0001 "t" 00} 30{"t" 31}
    ada < 20 02 00 00  d0 00  90 03 0001 00  30{"t" 31}
    ada silent)");
}

TEST(WireConnect, AKeepAliveThatIsLeftToUsIsTold) {
  Limits limits;
  limits.endpoint.max_keep_alive = 60;
  Stage stage(limits);
  stage.play(R"(
    # none asked for: property 19 says 60
    ada > 10{"MQTT" 05 c2 0000 {} "a" "ada" "password of ada"}
    ada < 20{00 00 {13 003c 21 ?2 22 ?2 27 ?4}}
    # longer than we wait
    bob > 10{"MQTT" 05 c2 003d {} "b" "bob" "password of bob"}
    bob < 20{00 00 {13 003c 21 ?2 22 ?2 27 ?4}}
    # as it is
    eve > 10{"MQTT" 05 c2 003c {} "e" "eve" "password of eve"}
    eve < 20{00 00 {21 ?2 22 ?2 27 ?4}})");
}

TEST(WireConnect, SilenceBeyondOneAndAHalfKeepAlivesEndsIt) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 04 c2 000a "a" "ada" "password of ada"}
    ada < 20 02 00 00
    bob > 10{"MQTT" 05 c2 000a {} "b" "bob" "password of bob"}
    bob < 20{00 00 {?11}}
    wait 14 s
    ada silent
    bob silent
    wait 14 s
    bob silent
    wait 2 s
    ada closed
    wait 14 s
    bob < e0{8d {1f "nothing came for one and a half times the keep-alive"}}
    bob closed)");
}

}  // namespace
}  // namespace fastness::gateway
