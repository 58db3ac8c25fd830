// The exchanges of QoS 1 and 2, sending again, flow control (3.4 to 3.7, 4.3, 4.4, 4.9).

#include <gtest/gtest.h>

#include "gateway/testing/script.h"

namespace fastness::gateway {
namespace {

using testing::Stage;

TEST(WireQos, TwoIsAnExchangeOfFourWhoseIdentifierIsFreeAtTheEnd) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 82{0001 "t" 02}
    bob < 90 03 0001 02
    ada joins 4
    ada > 34{"t" 0009 31}
    ada < 50 02 0009
    # once more before PUBREL: answered, not delivered
    ada > 3c{"t" 0009 31}
    ada < 50 02 0009
    ada > 62 02 0009
    ada < 70 02 0009
    bob < 34{"t" 0001 31}
    bob > 50 02 0001
    bob < 62 02 0001
    bob > 70 02 0001
    # PUBCOMP has freed it on both sides: this is another message
    ada > 34{"t" 0009 32}
    ada < 50 02 0009
    bob < 34{"t" 0002 32}
    bob silent)");
}

TEST(WireQos, ARefusedMessageLeavesItsIdentifierFree) {
  Stage stage;
  const auto board = stage.hub.add_board(1);
  stage.enter("board", stage.hub.dial_as(board));
  const std::string topic = "\"/a/t/" + board.thing.value().to_text() + "/e/o\"";
  stage.play("board > 10{\"MQTT\" 05 02 0258 {11 00000e10} \"" + board.id + "\"}");
  stage.play("board < 20{00 00 {?11}}");
  stage.play("board > 34{" + topic + " 0005 {} ff}");
  stage.play(R"(board < 50{0005 99 {1f "the payload is not what this topic takes"}})");
  stage.play("board > 34{" + topic + " 0005 {} 81a2006b74656d706572617475726502f94d00}");
  stage.play("board < 50 02 0005");
  EXPECT_EQ(stage.hub.journal.readings().size(), 1U);
}

TEST(WireQos, AnUnknownReleaseIsAnsweredInTheWordsOfTheVersion) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 62 02 0009
    ada < 70 02 0009
    bob joins 5
    bob > 62 02 0009
    bob < 70{0009 92 {1f "no message waits under this packet identifier"}}
    # PUBREC for what was never sent
    bob > 50 02 0009
    bob < 62{0009 92}
    bob silent)");
}

TEST(WireQos, WhoAsksForNoReasonsHearsThemOnlyAtTheEnd) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c2 0258 {17 00} "a" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > 32{"$SYS/x" 0001 {} 31}
    ada < 40{0001 87}
    ada > 34{"$SYS/x" 0002 {} 31}
    ada < 50{0002 87}
    ada > 62 02 0003
    ada < 70{0003 92}
    ada > 82{0004 {} "$x" 00}
    ada < 90{0004 {} 87}
    ada > 20 03 00 00 00
    ada < e0{82 {1f "packet that only a server sends"}}
    ada closed)");
}

TEST(WireQos, AcknowledgementsWithWrongFlagsOrCodesEndTheConnection) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 60 02 0001
    ada closed
    ada joins 5
    ada > 60 02 0001
    ada < e0{81 {1f "reserved header flags are set"}}
    ada closed
    ada joins 5
    ada > 62{0001 87}
    ada < e0{82 {1f "reason code does not belong in this packet"}}
    ada closed
    ada joins 5
    ada > 40{0001 92}
    ada < e0{82 {1f "reason code does not belong in this packet"}}
    ada closed)");
}

constexpr const char* kKeptAda =
    "ada > 10{\"MQTT\" 05 c0 0258 {11 00000e10} \"kept\" \"ada\" \"password of ada\"}\n";

TEST(WireQos, WhatIsUnansweredIsSentAgainInItsOrderAndNotBefore) {
  Stage stage;
  stage.play(std::string(kKeptAda) + R"(
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "t/#" 02}
    ada < 90{0001 {} 02}
    bob joins 4
    bob > 32{"t/1" 0001 31} 34{"t/2" 0002 32} 32{"t/3" 0003 33} 34{"t/4" 0004 34}
    bob < 40 02 0001  50 02 0002  40 02 0003  50 02 0004
    bob > 62 02 0002 62 02 0004
    bob < 70 02 0002 70 02 0004
    # the journal has the identifiers of QoS 2 before they are used, and meanwhile nobody overtakes
    ada < 32{"t/1" 0001 {} 31} 34{"t/2" 0002 {} 32} 32{"t/3" 0003 {} 33} 34{"t/4" 0004 {} 34}
    ada > 50 02 0004
    ada < 62 02 0004
    wait 30 s
    ada silent
    ada gone)");
  stage.play(std::string(kKeptAda) + R"(
    ada < 20{01 00 {?11}}
    # the same identifiers, said to be sent again; of the fourth only PUBREL
    ada < 3a{"t/1" 0001 {} 31} 3c{"t/2" 0002 {} 32} 3a{"t/3" 0003 {} 33} 62 02 0004
    ada > 40 02 0001 40 02 0003 70 02 0004 50 02 0002
    ada < 62 02 0002
    ada > 70 02 0002
    ada silent
    ada gone)");
  stage.play(std::string(kKeptAda) + R"(
    ada < 20{01 00 {?11}}
    ada silent)");
}

TEST(WireQos, AnIdentifierOfOursIsFreeOnlyAfterTheLastAnswer) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 82{0001 "t" 02}
    ada < 90 03 0001 02
    bob joins 4
    bob > 34{"t" 0001 31} 32{"t" 0002 32}
    bob < 50 02 0001 40 02 0002
    ada < 34{"t" 0001 31} 32{"t" 0002 32}
    # PUBREC answers QoS 2 and no other; PUBACK no QoS 2
    ada > 40 02 0001
    ada > 50 02 0001
    ada < 62 02 0001
    # PUBREC once more: PUBREL once more
    ada > 50 02 0001
    ada < 62 02 0001
    ada > 70 02 0001
    ada silent)");
}

TEST(WireQos, ANegativeAnswerEndsTheDelivery) {
  Stage stage;
  stage.play(std::string(kKeptAda) + R"(
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "t" 02}
    ada < 90{0001 {} 02}
    bob joins 4
    bob > 32{"t" 0001 31} 34{"t" 0002 32}
    bob < 40 02 0001 50 02 0002
    ada < 32{"t" 0001 {} 31} 34{"t" 0002 {} 32}
    ada > 40{0001 83} 50{0002 83}
    ada silent
    ada gone)");
  stage.play(std::string(kKeptAda) + R"(
    ada < 20{01 00 {?11}}
    ada silent)");
}

TEST(WireQos, AMessageOnItsWayIsSentAgainEvenIfItHasExpired) {
  Stage stage;
  stage.play(std::string(kKeptAda) + R"(
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "t" 02}
    ada < 90{0001 {} 02}
    bob joins 5
    bob > 34{"t" 0001 {02 0000000a} 31}
    bob < 50 02 0001
    ada < 34{"t" 0001 {02 0000000a} 31}
    ada gone
    # this one has not been sent yet when its time is up
    bob > 34{"t" 0002 {02 0000000a} 32}
    bob < 50 02 0002
    wait 20 s)");
  stage.play(std::string(kKeptAda) + R"(
    ada < 20{01 00 {?11}}
    ada < 3c{"t" 0001 {02 00000001} 31}
    ada > 50 02 0001
    ada < 62 02 0001
    ada > 70 02 0001
    ada silent)");
}

TEST(WireQos, NoMoreIsUnansweredThanTheClientAllows) {
  Stage stage;
  stage.play(R"(
    # receive maximum 2
    ada > 10{"MQTT" 05 c0 0258 {11 00000e10 21 0002} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "t" 02}
    ada < 90{0001 {} 02}
    bob joins 4
    bob > 32{"t" 0001 31} 34{"t" 0002 32} 32{"t" 0003 33} 32{"t" 0004 34}
    bob < 40 02 0001 50 02 0002 40 02 0003 40 02 0004
    ada < 32{"t" 0001 {} 31} 34{"t" 0002 {} 32}
    # other packets are answered, QoS 0 passes
    ada silent
    bob > 30{"t" 30}
    ada < 30{"t" {} 30}
    # PUBREC frees no place, PUBCOMP does
    ada > 50 02 0002
    ada < 62 02 0002
    ada silent
    ada > 70 02 0002
    ada < 32{"t" 0003 {} 33}
    ada > 40 02 0001
    ada < 32{"t" 0004 {} 34}
    ada silent
    ada gone
    # a smaller window holds for what is sent again, too
    ada > 10{"MQTT" 05 c0 0258 {11 00000e10 21 0001} "kept" "ada" "password of ada"}
    ada < 20{01 00 {?11}}
    ada < 3a{"t" 0003 {} 33}
    ada silent
    ada > 40 02 0003
    ada < 3a{"t" 0004 {} 34}
    ada silent)");
}

TEST(WireQos, NoMoreMayBeUnansweredThanWeAllow) {
  Limits limits;
  limits.endpoint.receive_maximum = 2;
  Stage stage(limits);
  stage.play(R"(
    ada > 10{"MQTT" 05 c2 0258 {} "a" "ada" "password of ada"}
    ada < 20{00 00 {21 0002 22 ?2 27 ?4}}
    ada > 34{"t" 0001 {} 31} 34{"t" 0002 {} 32}
    ada < 50 02 0001 50 02 0002
    # PUBREL takes no place of its own
    ada > 62 02 0001
    ada < 70 02 0001
    ada > 62 02 0002 34{"t" 0003 {} 33}
    ada < 70 02 0002 50 02 0003
    ada > 34{"t" 0004 {} 34}
    ada < 50 02 0004
    ada > 32{"t" 0005 {} 35}
    ada < e0{93 {1f "more messages than may be unanswered"}}
    ada closed)");
}

TEST(WireQos, APlaceIsFreeAsSoonAsItsAnswerIsOwedNoMore) {
  Limits limits;
  limits.endpoint.receive_maximum = 2;
  Stage stage(limits);
  stage.play(R"(
    ada > 10{"MQTT" 05 c0 0258 {11 00000e10} "kept" "ada" "password of ada"}
    ada < 20{00 00 {21 0002 22 ?2 27 ?4}}
    ada > 34{"t" 0001 {} 31}
    ada < 50 02 0001)");
  stage.hub.journal.set_mode(testing::HeldJournal::Mode::held);
  stage.play(R"(
    # one is open, its PUBCOMP owed: a second one is allowed
    ada > 62 02 0001 34{"t" 0002 {} 32}
    ada silent)");
  stage.hub.journal.release();
  stage.play("ada < 70 02 0001 50 02 0002");
}

}  // namespace
}  // namespace fastness::gateway
