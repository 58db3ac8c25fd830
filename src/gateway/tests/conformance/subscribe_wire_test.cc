// SUBSCRIBE and UNSUBSCRIBE on the wire (3.8 to 3.11, 4.7, 4.8): filters, options, identifiers,
// shared subscriptions.

#include <gtest/gtest.h>

#include "gateway/testing/script.h"

namespace fastness::gateway {
namespace {

using testing::Stage;

TEST(WireSubscribe, BrokenRequestsEndTheConnection) {
  const char* const packets311[] = {
      R"(80{0001 "t" 00})",          // SUBSCRIBE with flags 0000
      R"(8a{0001 "t" 00})",          // … 1010
      R"(82{0001})",                 // no filter
      R"(82{0001 "t"})",             // no QoS
      R"(82{0001 "t" 03})",          // QoS 3
      R"(82{0001 "t" 04})",          // reserved bits
      R"(82{0000 "t" 00})",          // packet identifier 0
      R"(82{0001 0002 c328 00})",    // not UTF-8
      R"(82{0001 0003 610062 00})",  // U+0000
      R"(a0{0001 "t"})",             // UNSUBSCRIBE with flags 0000
      R"(a2{0001})",                 // no filter
      R"(a2{0000 "t"})",             // packet identifier 0
      R"(a2{0001 0002 c328})",       // not UTF-8
      R"(c0{00})",                   // PINGREQ that is too long
  };
  for (const std::string packet : packets311) {
    SCOPED_TRACE(packet);
    Stage stage;
    stage.play("ada joins 4\nada > " + packet + "\nada closed");
  }
}

TEST(WireSubscribe, BrokenRequestsOf5HearWhy) {
  const struct {
    const char* packet;
    const char* answer;
  } cases[] = {
      {R"(80{0001 {} "t" 00})", R"(e0{81 {1f "reserved header flags are set"}})"},
      {R"(82{0001 {}})", R"(e0{82 {1f "SUBSCRIBE names no topic filter"}})"},
      {R"(82{0001 {} "t" 40})", R"(e0{81 {1f "subscription sets reserved options"}})"},
      {R"(82{0001 {} "t" 03})", R"(e0{82 {1f "subscription asks for QoS 3"}})"},
      {R"(82{0001 {} "t" 30})", R"(e0{82 {1f "subscription has retain handling 3"}})"},
      {R"(82{0001 {0b 00} "t" 00})", R"(e0{82 {1f "subscription identifier is zero"}})"},
      {R"(82{0001 {} "$share/g/t" 04})", R"(e0{82 {1f "shared subscription with No Local"}})"},
      {R"(a2{0001 {}})", R"(e0{82 {1f "UNSUBSCRIBE names no topic filter"}})"},
      {R"(a0{0001 {} "t"})", R"(e0{81 {1f "reserved header flags are set"}})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.packet);
    Stage stage;
    stage.play(std::string("ada joins 5\nada > ") + c.packet + "\nada < " + c.answer +
               "\nada closed");
  }
}

TEST(WireSubscribe, EachFilterIsAnsweredInItsPlace) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 82{1234 "a" 00 "b" 01 "c" 02 "$x" 00 "a/#/b" 00 "d" 01}
    ada < 90 08 1234 00 01 02 80 80 01
    bob joins 5
    bob > 82{1234 {} "a" 00 "b" 01 "c" 02 "$x" 00 "a/#/b" 00 "d" 01}
    bob < 90{1234 {1f "it is not proven who you are, or you have no right to this"} 00 01 02 87 8f 01})");
}

TEST(WireSubscribe, WildcardsStandWhereTheyMay) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    ada > 10 00
    ada < e0{82 {1f "CONNECT is not the first packet, or not the only"}}
    ada closed
    bob > 10{"MQTT" 05 c2 0258 {17 00} "b" "bob" "password of bob"}
    bob < 20{00 00 {?11}}
    bob > 82{0001 {} "#" 00 "a/#" 00 "+" 00 "+/a/+" 00 "a#" 00 "#/a" 00 "a+" 00 "+a/b" 00 "" 00}
    bob < 90{0001 {} 00 00 00 00 8f 8f 8f 8f 8f})");
}

TEST(WireSubscribe, FiltersAreTakenLetterByLetter) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 82{0001 "A/b" 00 "a//b" 00 "/x" 00 "x/" 00 0003 7f61 7a 00}
    ada closed
    ada joins 4
    ada > 82{0001 "A/b" 00 "a//b" 00 "/x" 00 "x/" 00 0002 c3a9 00}
    ada < 90{0001 00 00 00 00 00}
    bob joins 4
    # none of these is one of those; é in two letters is another text than é in one
    bob > 30{"a/b" 31} 30{"A/B" 31} 30{"x" 31} 30{"/x/" 31} 30{0003 65cc81 31}
    bob > 30{"A/b" 32} 30{"a//b" 33} 30{0002 c3a9 34}
    ada < 30{"A/b" 32} 30{"a//b" 33} 30{0002 c3a9 34}
    ada silent)");
}

TEST(WireSubscribe, TheSameFilterReplacesTheSubscription) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 82{0001 "t" 02}
    ada < 90 03 0001 02
    ada > 82{0002 "t" 00}
    ada < 90 03 0002 00
    bob joins 4
    bob > 34{"t" 0001 31}
    bob < 50 02 0001
    ada < 30{"t" 31}
    ada > a2{0003 "t"}
    ada < b0 02 0003
    bob > 30{"t" 32}
    ada silent)");
}

TEST(WireSubscribe, QosIsTheWeakerOfWhatWasPublishedAndGranted) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 82{0001 "q/0" 00 "q/1" 01 "q/2" 02}
    ada < 90 05 0001 00 01 02
    bob joins 4
    bob > 30{"q/2" 31} 32{"q/2" 0001 32} 34{"q/1" 0002 33} 34{"q/0" 0003 34} 34{"q/2" 0004 35}
    bob < 40 02 0001 50 02 0002 50 02 0003 50 02 0004
    # QoS 0 does not wait for the others
    ada < 30{"q/2" 31} 30{"q/0" 34} 32{"q/2" 0001 32} 32{"q/1" 0002 33} 34{"q/2" 0003 35})");
}

TEST(WireSubscribe, OverlappingSubscriptionsGiveOneCopyOfTheBestQosWithEveryIdentifier) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    ada > 82{0001 {0b 05} "t/+" 01}
    ada < 90{0001 {} 01}
    ada > 82{0002 {0b 8001} "t/#" 02}
    ada < 90{0002 {} 02}
    ada > 82{0003 {} "t/1" 00}
    ada < 90{0003 {} 00}
    bob joins 4
    bob > 34{"t/1" 0001 31}
    bob < 50 02 0001
    ada < 34{"t/1" 0001 {0b 8001 0b 05} 31}
    ada silent)");
}

TEST(WireSubscribe, ASubscriptionIdentifierComesWithItsMessagesAndRetainedOnes) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 33{"t" 0001 31}
    bob < 40 02 0001
    ada joins 5
    ada > 82{0001 {0b 07} "t" 00}
    ada < 90{0001 {} 00}  31{"t" {0b 07} 31}
    bob > 30{"t" 32}
    ada < 30{"t" {0b 07} 32}
    # replaced by one without
    ada > 82{0002 {} "t" 20}
    ada < 90{0002 {} 00}
    bob > 30{"t" 33}
    ada < 30{"t" {} 33})");
}

TEST(WireSubscribe, NoLocalSparesTheSenderAndNobodyElse) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    ada > 82{0001 {} "t" 04}
    ada < 90{0001 {} 00}
    bob joins 5
    bob > 82{0001 {} "t" 04}
    bob < 90{0001 {} 00}
    ada > 30{"t" {} 31}
    bob < 30{"t" {} 31}
    ada silent
    bob > 30{"t" {} 32}
    ada < 30{"t" {} 32}
    bob silent)");
}

TEST(WireSubscribe, RetainHandlingSaysWhenRetainedMessagesCome) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 33{"t" 0001 31}
    bob < 40 02 0001
    ada joins 5
    # 2: never
    ada > 82{0001 {} "t" 20}
    ada < 90{0001 {} 00}
    ada silent
    # 1: only with a new subscription, which it is no more
    ada > 82{0002 {} "t" 10}
    ada < 90{0002 {} 00}
    ada silent
    ada > a2{0003 {} "t"}
    ada < b0{0003 {} 00}
    ada > 82{0004 {} "t" 10}
    ada < 90{0004 {} 00}  31{"t" {} 31}
    # 0: always
    ada > 82{0005 {} "t" 00}
    ada < 90{0005 {} 00}  31{"t" {} 31}
    ada silent)");
}

TEST(WireSubscribe, RetainAsPublishedKeepsTheFlag) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    ada > 82{0001 {} "t" 08}
    ada < 90{0001 {} 00}
    bob joins 5
    bob > 82{0001 {} "t" 00}
    bob < 90{0001 {} 00}
    bob > 31{"t" {} 31} 30{"t" {} 32}
    ada < 31{"t" {} 31} 30{"t" {} 32}
    bob < 30{"t" {} 31} 30{"t" {} 32})");
}

TEST(WireSubscribe, UnsubscribeIsAnsweredWhetherThereWasOneOrNot) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > 82{0001 "a/+" 00}
    ada < 90 03 0001 00
    # the filter as it was written, not what it matches
    ada > a2{0002 "a/b"}
    ada < b0 02 0002
    bob joins 5
    bob > 30{"a/b" {} 31}
    ada < 30{"a/b" 31}
    ada > a2{0003 "a/+" "b"}
    ada < b0 02 0003
    bob > 30{"a/b" {} 32}
    ada silent
    bob > 82{0001 {} "x" 00}
    bob < 90{0001 {} 00}
    bob > a2{0002 {} "y" "x" "x"}
    bob < b0{0002 {} 11 00 11})");
}

TEST(WireSubscribe, WhatWasOnItsWayIsDeliveredAfterUnsubscribe) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c2 0258 {21 0001} "a" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "t" 02}
    ada < 90{0001 {} 02}
    bob joins 4
    bob > 34{"t" 0001 31}
    bob < 50 02 0001
    ada < 34{"t" 0001 {} 31}
    ada > a2{0002 {} "t"}
    ada < b0{0002 {} 00}
    bob > 32{"t" 0002 32}
    bob < 40 02 0002
    ada > 50 02 0001
    ada < 62 02 0001
    ada > 70 02 0001
    ada silent)");
}

TEST(WireShared, MembersTakeTurnsWithinTheirGrantedQos) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    ada > 82{0001 {} "$share/g/t" 00}
    ada < 90{0001 {} 00}
    bob joins 5
    bob > 82{0001 {} "$share/g/t" 01}
    bob < 90{0001 {} 01}
    bob > 32{"t" 0001 {} 31}
    ada < 30{"t" {} 31}
    bob < 40 02 0001
    bob > 32{"t" 0002 {} 32}
    bob < 40 02 0002 32{"t" 0001 {} 32}
    ada silent
    # two groups, and a subscription of one's own, each have their copy
    ada > 82{0002 {} "$share/h/t" 00 "t" 00}
    ada < 90{0002 {} 00 00}
    bob > a2{0003 {} "$share/g/t"}
    bob < b0{0003 {} 00}
    bob > 30{"t" {} 33}
    ada < 30{"t" {} 33} 30{"t" {} 33} 30{"t" {} 33}
    ada silent)");
}

TEST(WireShared, EachCopyCarriesItsOwnIdentifier) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    ada > 82{0001 {0b 05} "$share/g/t" 00}
    ada < 90{0001 {} 00}
    ada > 82{0002 {0b 06} "t" 00}
    ada < 90{0002 {} 00}
    bob joins 5
    bob > 30{"t" {} 31}
    ada < 30{"t" {0b 06} 31} 30{"t" {0b 05} 31}
    ada silent)");
}

TEST(WireShared, AreNotSentWhatIsRetained) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 33{"t" 0001 31}
    bob < 40 02 0001
    ada joins 5
    ada > 82{0001 {} "$share/g/t" 00}
    ada < 90{0001 {} 00}
    ada silent)");
}

TEST(WireShared, HaveANameAndAFilter) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c2 0258 {17 00} "a" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "$share/" 00 "$share/g" 00 "$share//t" 00 "$share/g/" 00 "$share/g+/t" 00 "$share/#/t" 00}
    ada < 90{0001 {} 8f 8f 8f 8f 8f 8f})");
}

TEST(WireShared, AMessageThatOneMemberHasIsSentToNoOther) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c0 0258 {11 0000000a} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "$share/g/t" 02}
    ada < 90{0001 {} 02}
    bob joins 5
    bob > 34{"t" 0001 {} 31} 32{"t" 0002 {} 32}
    bob < 50 02 0001 40 02 0002
    ada < 34{"t" 0001 {} 31} 32{"t" 0002 {} 32}
    bob > 82{0003 {} "$share/g/t" 02}
    bob < 90{0003 {} 02}
    # refused by one, sent to no other
    ada > 40{0002 80}
    ada gone
    bob silent
    # she comes back and takes what she began
    ada > 10{"MQTT" 05 c0 0258 {11 0000000a} "kept" "ada" "password of ada"}
    ada < 20{01 00 {?11}}
    ada < 3c{"t" 0001 {} 31}
    ada gone
    # or never comes back
    wait 20 s
    bob silent
    ada > 10{"MQTT" 05 c0 0258 {11 0000000a} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada silent
    bob silent)");
}

}  // namespace
}  // namespace fastness::gateway
