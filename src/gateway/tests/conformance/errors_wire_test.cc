// What ends a connection on the wire, and the bounds of both sides: packet size, topic aliases,
// enhanced authentication (3.1.2.11, 3.15, 4.8 and 4.12, 4.13).

#include <gtest/gtest.h>

#include "gateway/testing/script.h"

namespace fastness::gateway {
namespace {

using testing::Stage;

TEST(WireErrors, PacketsOfAServerEndTheConnection) {
  const char* const packets[] = {
      R"(20{00 00 {}})",    // CONNACK
      R"(90{0001 {} 00})",  // SUBACK
      R"(b0{0001 {} 00})",  // UNSUBACK
      R"(d0 00)",           // PINGRESP
  };
  for (const std::string packet : packets) {
    SCOPED_TRACE(packet);
    Stage stage;
    stage.play("ada joins 5\nada > " + packet +
               "\nada < e0{82 {1f \"packet that only a server sends\"}}\nada closed");
  }
  for (const char* packet : {"20 02 00 00", "90 03 0001 00", "b0 02 0001", "d0 00"}) {
    SCOPED_TRACE(packet);
    Stage stage;
    stage.play(std::string("ada joins 4\nada > ") + packet + "\nada closed");
  }
}

TEST(WireErrors, WhatIsNoPacketEndsTheConnectionAndNoOther) {
  Stage stage;
  stage.play(R"(
    bob joins 5
    # a type that there is not
    ada joins 5
    ada > 00 00
    ada < e0{81}
    ada closed
    # a length of five bytes, a length with a byte that only pads
    ada joins 5
    ada > 30 ff ff ff ff 01
    ada < e0{81}
    ada closed
    ada joins 5
    ada > c0 80 00
    ada < e0{81}
    ada closed
    # a property that there is not, one of another packet, one that stands twice
    ada joins 5
    ada > 82{0001 {7f 00} "t" 00}
    ada < e0{81 {1f "unknown property"}}
    ada closed
    ada joins 5
    ada > 82{0001 {23 0001} "t" 00}
    ada < e0{82 {1f "property does not belong in this packet"}}
    ada closed
    ada joins 5
    ada > e0{00 {11 00000000 11 00000000}}
    ada < e0{82 {1f "property stands twice"}}
    ada closed
    bob silent)");
}

TEST(WireErrors, NothingIsAcknowledgedThatTheServerCouldNotKeep) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    bob joins 4)");
  stage.hub.journal.set_mode(testing::HeldJournal::Mode::failing);
  stage.play(R"(
    ada > 32{"t" 0001 {} 31}
    ada < e0{89 {1f "the server cannot do this now, try again later"}}
    ada closed
    bob > 32{"t" 0001 31}
    bob closed)");
}

TEST(WireErrors, EnhancedAuthenticationIsRefused) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c2 0258 {15 "SCRAM-SHA-1" 16 "x"} "a" "ada" "password of ada"}
    ada < 20{00 8c {1f "there is no such method: use a certificate, or user name and password"}}
    ada closed
    # data without a method
    ada > 10{"MQTT" 05 c2 0258 {16 "x"} "a" "ada" "password of ada"}
    ada < 20{00 82 {1f "authentication data without a method"}}
    ada closed
    # AUTH instead of CONNECT, and where no method was agreed on
    ada > f0{19 {15 "SCRAM-SHA-1"}}
    ada closed
    ada joins 5
    ada > f0{19 {15 "SCRAM-SHA-1"}}
    ada < e0{82 {1f "AUTH, but no method was agreed on"}}
    ada closed
    ada joins 5
    ada > f1{18 {}}
    ada < e0{81 {1f "reserved header flags are set"}}
    ada closed
    # 3.1.1 knows none
    ada joins 4
    ada > f0 00
    ada closed)");
}

TEST(WireErrors, AServerThatStopsSaysSo) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    bob joins 4)");
  stage.hub.gateway->stop();
  stage.play(R"(
    ada < e0{8b {1f "the server stops, come back later" 26 "retry-after" 0001 ?1}}
    ada closed
    bob closed)");
}

TEST(WireSize, APacketLargerThanWeSaidEndsTheConnection) {
  Limits limits;
  limits.endpoint.max_packet_bytes = 100;
  Stage stage(limits);
  stage.play(R"(
    ada > 10{"MQTT" 05 c2 0258 {} "a" "ada" "password of ada"}
    ada < 20{00 00 {21 ?2 22 ?2 27 00000064}}
    # 100 bytes
    ada > 30{"t" {} 'x'*94}
    ada silent
    ada > 30{"t" {} 'x'*95}
    ada < e0{95 {1f "the packet is larger than CONNACK allowed"}}
    ada closed)");
}

TEST(WireSize, NothingLargerThanTheClientTakesIsSent) {
  Stage stage;
  stage.play(R"(
    # 20 bytes at most
    ada > 10{"MQTT" 05 c2 0258 {27 00000014 21 0001} "a" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "t" 02}
    ada < 90{0001 {} 02}
    bob joins 4
    # with topic and properties 20 bytes, and one more; both are done with, the window is open
    bob > 32{"t" 0001 'x'*12} 32{"t" 0002 'x'*13} 34{"t" 0003 'x'*13} 30{"t" 'x'*15} 32{"t" 0004 31}
    bob < 40 02 0001 40 02 0002 50 02 0003 40 02 0004
    ada < 32{"t" 0001 {} 'x'*12}
    ada > 40 02 0001
    ada < 32{"t" 0004 {} 31}
    ada > 40 02 0004
    # reasons are left out, answers that are larger all the same are not sent
    ada > 32{"$SYS/x" 0005 {} 31}
    ada < 40{0005 87}
    ada > 82{0006 {} "$x" 00}
    ada < 90{0006 {} 87}
    ada > 82{0007 {} "a" 00 "b" 00 "c" 00 "d" 00 "e" 00 "f" 00 "g" 00 "h" 00 "i" 00 "j" 00 "k" 00 "l" 00 "m" 00 "n" 00 "o" 00 "p" 00}
    ada silent
    bob > 30{"p" 31}
    ada < 30{"p" {} 31}
    ada > 20 03 00 00 00
    ada < e0{82}
    ada closed)");
}

TEST(WireAliases, StandForATopicUntilTheConnectionEnds) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 82{0001 "#" 00}
    bob < 90 03 0001 00
    ada > 10{"MQTT" 05 c2 0258 {} "a" "ada" "password of ada"}
    ada < 20{00 00 {21 ?2 22 000a 27 ?4}}
    # the first and the last that CONNACK allows
    ada > 30{"one" {23 0001} 31} 30{"ten" {23 000a} 32} 30{"" {23 0001} 33} 30{"" {23 000a} 34}
    bob < 30{"one" 31} 30{"ten" 32} 30{"one" 33} 30{"ten" 34}
    # another topic under the same alias
    ada > 30{"two" {23 0001} 35} 30{"" {23 0001} 36}
    bob < 30{"two" 35} 30{"two" 36}
    ada gone
    ada joins 5
    ada > 30{"" {23 0001} 37}
    ada < e0{82 {1f "unknown topic alias"}}
    ada closed
    bob silent)");
}

TEST(WireAliases, OutOfRangeEndTheConnection) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    ada > 30{"t" {23 0000} 31}
    ada < e0{94 {1f "topic alias out of range"}}
    ada closed
    ada joins 5
    ada > 30{"t" {23 000b} 31}
    ada < e0{94 {1f "topic alias out of range"}}
    ada closed)");
}

TEST(WireAliases, AreUsedTowardsAClientAsFarAsItAllows) {
  Stage stage;
  stage.play(R"(
    # two
    ada > 10{"MQTT" 05 c0 0258 {11 00000e10 22 0002} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "#" 00}
    ada < 90{0001 {} 00}
    bob joins 4
    bob > 30{"one" 31} 30{"one" 32} 30{"two" 33} 30{"three" 34} 30{"two" 35} 30{"three" 36}
    ada < 30{"one" {23 0001} 31} 30{"" {23 0001} 32} 30{"two" {23 0002} 33} 30{"three" {} 34}
    ada < 30{"" {23 0002} 35} 30{"three" {} 36}
    ada gone
    # on the next connection they are forgotten; none is allowed on the third
    ada > 10{"MQTT" 05 c0 0258 {11 00000e10 22 0001} "kept" "ada" "password of ada"}
    ada < 20{01 00 {?11}}
    bob > 30{"two" 37}
    ada < 30{"two" {23 0001} 37}
    ada gone
    ada > 10{"MQTT" 05 c0 0258 {11 00000e10} "kept" "ada" "password of ada"}
    ada < 20{01 00 {?11}}
    bob > 30{"two" 38} 30{"two" 39}
    ada < 30{"two" {} 38} 30{"two" {} 39})");
}

TEST(WireAliases, StandInNoMessageThatWasTooLargeToIntroduceThem) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c2 0258 {22 0002 27 00000014} "a" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "one" 00}
    ada < 90{0001 {} 00}
    bob joins 4
    bob > 30{"one" 'x'*20} 30{"one" 31} 30{"one" 32}
    ada < 30{"one" {23 0001} 31} 30{"" {23 0001} 32})");
}

TEST(WireRequest, ResponseTopicAndCorrelationDataMakeTheRoundTrip) {
  Stage stage;
  stage.play(R"(
    # who asks for response information gets none: any topic of the organisation will do
    ada > 10{"MQTT" 05 c2 0258 {19 01} "a" "ada" "password of ada"}
    ada < 20{00 00 {21 ?2 22 ?2 27 ?4}}
    ada > 82{0001 {} "answers/ada" 00}
    ada < 90{0001 {} 00}
    bob > 10{"MQTT" 05 c2 0258 {19 00} "b" "bob" "password of bob"}
    bob < 20{00 00 {21 ?2 22 ?2 27 ?4}}
    bob > 82{0001 {} "questions" 00}
    bob < 90{0001 {} 00}
    ada > 30{"questions" {08 "answers/ada" 09 0004 00ff0001} '?'}
    bob < 30{"questions" {08 "answers/ada" 09 0004 00ff0001} '?'}
    bob > 30{"answers/ada" {09 0004 00ff0001} '!'}
    ada < 30{"answers/ada" {09 0004 00ff0001} '!'})");
}

}  // namespace
}  // namespace fastness::gateway
