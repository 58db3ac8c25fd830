// PUBLISH on the wire (3.3 of both standards): flags, topics, retained messages, properties.

#include <gtest/gtest.h>

#include "gateway/testing/script.h"

namespace fastness::gateway {
namespace {

using testing::Stage;

TEST(WirePublish, HeadersThatContradictThemselvesEndTheConnection) {
  Stage stage;
  stage.play(R"(
    # QoS 3
    ada joins 4
    ada > 36{"t" 0001 31}
    ada closed
    # QoS 0 that says it is sent again
    ada joins 5
    ada > 38{"t" {} 31}
    ada < e0{81 {1f "PUBLISH of QoS 0 says DUP"}}
    ada closed
    # QoS 1 without, and with the packet identifier 0
    ada joins 4
    ada > 32{"t"}
    ada closed
    ada joins 5
    ada > 32{"t" 0000 {} 31}
    ada < e0{82 {1f "packet identifier is zero"}}
    ada closed)");
}

TEST(WirePublish, TopicsHaveALetterAndNoWildcard) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 30{"" 31}
    ada closed
    ada joins 4
    ada > 30{"a/+" 31}
    ada closed
    ada joins 5
    ada > 30{"a/#" {} 31}
    ada < e0{90 {1f "topic has wildcards"}}
    ada closed
    ada joins 4
    ada > 30{0003 610062 31}
    ada closed
    ada joins 4
    ada > 30{0002 c328 31}
    ada closed)");
}

TEST(WirePublish, QosZeroIsSentAtOnceWithoutIdentifier) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 82{0001 "t" 02}
    bob < 90 03 0001 02
    ada joins 4
    ada > 30{"t" 31}
    bob < 30{"t" 31}
    bob silent)");
}

TEST(WirePublish, TheFlagThatAMessageIsSentAgainStaysWithTheSender) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 82{0001 "t" 01}
    bob < 90 03 0001 01
    ada joins 4
    ada > 3a{"t" 0007 31}
    ada < 40 02 0007
    bob < 32{"t" 0001 31}
    bob silent)");
}

TEST(WirePublish, EveryPublicationUnderAnAnsweredIdentifierIsANewOne) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 82{0001 "t" 00}
    bob < 90 03 0001 00
    ada joins 4
    ada > 32{"t" 0007 31}
    ada < 40 02 0007
    ada > 3a{"t" 0007 32}
    ada < 40 02 0007
    bob < 30{"t" 31}
    bob < 30{"t" 32}
    bob silent)");
}

TEST(WirePublish, TheLastRetainedMessageMeetsANewSubscriber) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 33{"r/a" 0001 31}
    ada < 40 02 0001
    ada > 33{"r/a" 0002 32}
    ada < 40 02 0002
    # a message that is not retained leaves it alone
    ada > 32{"r/a" 0003 33}
    ada < 40 02 0003
    bob joins 4
    bob > 82{0001 "r/+" 01}
    bob < 90 03 0001 01  33{"r/a" 0001 32}
    bob > 40 02 0001
    # it comes again with the same subscription once more
    bob > 82{0002 "r/+" 00}
    bob < 90 03 0002 00  31{"r/a" 32}
    bob silent)");
}

TEST(WirePublish, ARetainedMessageArrivesUnretainedWhereSomebodyListens) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 82{0001 "r" 00}
    bob < 90 03 0001 00
    ada joins 4
    ada > 31{"r" 31}
    bob < 30{"r" 31}
    bob silent)");
}

TEST(WirePublish, AnEmptyRetainedMessageIsDeliveredAndRemovesTheOther) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 33{"r" 0001 31}
    ada < 40 02 0001
    bob joins 4
    bob > 82{0001 "r" 00}
    bob < 90 03 0001 00  31{"r" 31}
    ada > 33{"r" 0002}
    ada < 40 02 0002
    bob < 30{"r"}
    bob > 82{0002 "r" 00}
    bob < 90 03 0002 00
    bob silent)");
}

TEST(WirePublish, AQosZeroMessageReplacesWhatIsRetained) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 33{"r" 0001 31}
    ada < 40 02 0001
    ada > 31{"r" 32}
    # acknowledged after it, and so retained after it
    ada > 33{"other" 0002 31}
    ada < 40 02 0002
    bob joins 4
    bob > 82{0001 "r" 00}
    bob < 90 03 0001 00  31{"r" 32}
    bob silent)");
}

TEST(WirePublish, RetainedMessagesOutliveTheSessionThatSentThem) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 33{"r" 0001 31}
    ada < 40 02 0001
    ada > e0 00
    ada closed
    bob joins 4
    bob > 82{0001 "r" 00}
    bob < 90 03 0001 00  31{"r" 31})");
}

TEST(WirePublish, QosZeroMessagesKeepTheirOrderWhetherRetainedOrNot) {
  Stage stage;
  stage.hub.journal.set_mode(testing::HeldJournal::Mode::held);
  stage.play(R"(
    bob joins 4
    bob > 82{0001 "r" 00}
    bob < 90 03 0001 00
    ada joins 4
    ada > 31{"r" 31} 30{"r" 32} 31{"r" 33}
    bob < 30{"r" 31} 30{"r" 32} 30{"r" 33}
    bob silent)");
}

TEST(WirePublish, MessagesOfAConnectionKeepTheirOrder) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 82{0001 "t/#" 02}
    bob < 90 03 0001 02
    ada joins 4
    ada > 32{"t/1" 0001 31} 32{"t/1" 0002 32} 32{"t/2" 0003 33} 32{"t/1" 0004 34}
    ada < 40 02 0001 40 02 0002 40 02 0003 40 02 0004
    bob < 32{"t/1" 0001 31} 32{"t/1" 0002 32} 32{"t/2" 0003 33} 32{"t/1" 0004 34}
    ada > 34{"t/1" 0001 35} 34{"t/1" 0002 36}
    ada < 50 02 0001 50 02 0002
    bob < 34{"t/1" 0005 35} 34{"t/1" 0006 36})");
}

TEST(WirePublish, WhatIsNotAllowedIsAcknowledgedIn311AndRefusedIn5) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 82{0001 "#" 00}
    bob < 90 03 0001 00
    ada joins 4
    ada > 32{"$SYS/x" 0001 31}
    ada < 40 02 0001
    ada > 34{"$SYS/x" 0002 31}
    ada < 50 02 0002
    ada > 62 02 0002
    ada < 70 02 0002
    eve joins 5
    eve > 32{"$SYS/x" 0001 {} 31}
    eve < 40{0001 87 {1f "it is not proven who you are, or you have no right to this"}}
    eve > 34{"$SYS/x" 0002 {} 31}
    eve < 50{0002 87 {1f "it is not proven who you are, or you have no right to this"}}
    bob silent)");
}

TEST(WirePublish, PropertiesOfTheMessageTravelUnalteredAndInOrder) {
  Stage stage;
  stage.play(R"(
    bob joins 5
    bob > 82{0001 {} "t" 00}
    bob < 90{0001 {} 00}
    ada joins 5
    # format, content type, response topic, correlation data, user properties, one name twice
    ada > 30{"t" {01 01 03 "text/plain" 08 "r/ada" 09 0003 00ff00 26 "b" "2" 26 "a" "1" 26 "b" "3"} 31}
    bob < 30{"t" {01 01 03 "text/plain" 08 "r/ada" 09 0003 00ff00 26 "b" "2" 26 "a" "1" 26 "b" "3"} 31}
    # 3.1.1 has none of them
    eve joins 4
    bob silent)");
}

TEST(WirePublish, A311ClientIsSentNoProperties) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 82{0001 "t" 00}
    bob < 90 03 0001 00
    ada joins 5
    ada > 30{"t" {01 01 03 "text/plain" 02 0000000a 26 "a" "1"} 31}
    bob < 30{"t" 31})");
}

TEST(WirePublish, PropertiesThatMayNotStandThereEndTheConnection) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    # a response topic with a wildcard
    ada > 30{"t" {08 "r/#"} 31}
    ada < e0{82 {1f "response topic has wildcards"}}
    ada closed
    # not UTF-8: content type, response topic, user property
    ada joins 5
    ada > 30{"t" {03 0002 c328} 31}
    ada < e0{81 {1f "property text is cut short or not UTF-8"}}
    ada closed
    ada joins 5
    ada > 30{"t" {08 0002 c328} 31}
    ada < e0{81 {1f "property text is cut short or not UTF-8"}}
    ada closed
    ada joins 5
    ada > 30{"t" {26 "a" 0002 c328} 31}
    ada < e0{81 {1f "user property is cut short or not UTF-8"}}
    ada closed
    # a subscription identifier, which only a server sends
    ada joins 5
    ada > 30{"t" {0b 01} 31}
    ada < e0{82 {1f "client sent a subscription identifier"}}
    ada closed
    # the format twice
    ada joins 5
    ada > 30{"t" {01 01 01 01} 31}
    ada < e0{82 {1f "property stands twice"}}
    ada closed
    # a length that takes more bytes than it needs
    ada joins 5
    ada > 30 06 "t" 80 00 31
    ada < e0{81 {1f "property length is malformed"}}
    ada closed)");
}

TEST(WirePublish, AMessageLivesAsLongAsItSays) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    ada > 33{"r" 0001 {02 0000003c} 31}
    ada < 40 02 0001
    ada > 33{"long" 0002 {02 00000e10} 31}
    ada < 40 02 0002
    wait 20 s
    bob joins 5
    bob > 82{0001 {} "r" 00}
    bob < 90{0001 {} 00}  31{"r" {02 00000028} 31}
    wait 41 s
    bob > 82{0002 {} "r" 00 "long" 00}
    bob < 90{0002 {} 00 00}  31{"long" {02 00000dd3} 31}
    bob silent)");
}

}  // namespace
}  // namespace fastness::gateway
