// The figures of an organisation under $SYS (4.7.2).

#include <gtest/gtest.h>

#include "gateway/testing/script.h"

namespace fastness::gateway {
namespace {

using testing::Stage;

TEST(WireSystem, FiguresComeAtOnceAndThenEveryTenSeconds) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    ada > 82{0001 {} "$SYS/broker/clients/connected" 00}
    ada < 90{0001 {} 00}  31{"$SYS/broker/clients/connected" {} '1'}
    # eve is of another organisation
    eve joins 5
    bob joins 5
    wait 10 s
    ada < 30{"$SYS/broker/clients/connected" {} '2'}
    bob gone
    wait 10 s
    ada < 30{"$SYS/broker/clients/connected" {} '1'}
    ada > a2{0002 {} "$SYS/broker/clients/connected"}
    ada < b0{0002 {} 00}
    wait 30 s
    ada silent)");
}

TEST(WireSystem, FiguresAreThoseOfOnesOwnOrganisation) {
  Stage stage;
  stage.play(R"(
    bob > 10{"MQTT" 05 c0 0258 {11 00000e10} "kept" "bob" "password of bob"}
    bob < 20{00 00 {?11}}
    bob > 82{0001 {} "t" 00 "u" 00}
    bob < 90{0001 {} 00 00}
    bob > 30{"t" {} 31} 30{"nobody" {} 31}
    bob < 30{"t" {} 31}
    bob > 33{"r" 0001 {} 31}
    bob < 40 02 0001
    bob gone
    wait 5 s
    ada joins 4
    ada > 82{0001 "$SYS/#" 00}
    ada < 90 03 0001 00
    # bob: CONNECT 46, SUBSCRIBE 13, PUBLISH 7 + 12 + 9; ada: CONNECT 39, SUBSCRIBE 13
    ada < 31{"$SYS/broker/bytes/received" '139'}
    # to bob: CONNACK 16, SUBACK 7, PUBLISH 7, PUBACK 4; to ada: CONNACK 4, and more is on its way
    ada < 31{"$SYS/broker/bytes/sent" '38'}
    ada < 31{"$SYS/broker/clients/connected" '1'} 31{"$SYS/broker/clients/disconnected" '1'}
    ada < 31{"$SYS/broker/clients/total" '2'}
    ada < 31{"$SYS/broker/messages/received" '7'} 31{"$SYS/broker/messages/sent" '5'}
    ada < 31{"$SYS/broker/publish/bytes/received" '3'} 31{"$SYS/broker/publish/bytes/sent" '1'}
    ada < 31{"$SYS/broker/publish/messages/dropped" '0'}
    ada < 31{"$SYS/broker/publish/messages/received" '3'}
    ada < 31{"$SYS/broker/publish/messages/sent" '1'}
    ada < 31{"$SYS/broker/retained messages/count" '1'} 31{"$SYS/broker/subscriptions/count" '3'}
    ada < 31{"$SYS/broker/uptime" '5 seconds'}
    eve joins 4
    eve > 82{0001 "$SYS/broker/publish/#" 00 "$SYS/broker/clients/total" 00}
    eve < 90 04 0001 00 00
    eve < 31{"$SYS/broker/publish/bytes/received" '0'} 31{"$SYS/broker/publish/bytes/sent" '0'}
    eve < 31{"$SYS/broker/publish/messages/dropped" '0'}
    eve < 31{"$SYS/broker/publish/messages/received" '0'}
    eve < 31{"$SYS/broker/publish/messages/sent" '0'}
    eve < 31{"$SYS/broker/clients/total" '1'}
    eve silent)");
}

TEST(WireSystem, FiguresHideFromWildcardsAndFromWhoWantsNothingRetained) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    ada > 82{0001 {} "#" 00 "+/broker/uptime" 00 "$SYS/broker/uptime" 20}
    ada < 90{0001 {} 00 00 00}
    ada silent
    bob joins 5
    wait 10 s
    ada < 30{"$SYS/broker/uptime" {} '10 seconds'}
    ada silent)");
}

TEST(WireSystem, NobodyPublishesThere) {
  Stage stage;
  stage.play(R"(
    ada joins 5
    ada > 82{0001 {} "$SYS/broker/uptime" 20}
    ada < 90{0001 {} 00}
    bob joins 5
    bob > 33{"$SYS/broker/uptime" 0001 {} 'forged'}
    bob < 40{0001 87 {1f "it is not proven who you are, or you have no right to this"}}
    bob > 31{"$SYS/broker/uptime" {} 'forged'}
    bob silent
    ada silent)");
  EXPECT_FALSE(stage.hub.gateway->publish(things::testing::organisation(1), "$SYS/broker/uptime",
                                          as_bytes("forged"), mqtt::Qos::at_most_once, false));
}

TEST(WireSystem, ThoseWhoMayOnlyReadSeeThemAndDevicesDoNot) {
  Stage stage;
  stage.hub.add_person(1, "ada", dialects::Speaker::Rights::read);
  const auto board = stage.hub.add_board(1);
  stage.enter("board", stage.hub.dial_as(board));
  stage.play("board > 10{\"MQTT\" 05 02 0258 {17 00} \"" + board.id + "\"}");
  stage.play(R"(
    board < 20{00 00 {?11}}
    board > 82{0001 {} "$SYS/broker/uptime" 00 "$SYS/#" 00}
    board < 90{0001 {} 87 87}
    ada joins 4
    ada > 82{0001 "$SYS/broker/uptime" 00}
    ada < 90 03 0001 00  31{"$SYS/broker/uptime" '0 seconds'}
    # nothing else that begins with $
    ada > 82{0002 "$x" 00 "$SYSTEM/#" 00}
    ada < 90 04 0002 80 80)");
}

TEST(WireSystem, ASessionThatComesBackGoesOnHavingThem) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c0 0258 {11 00000e10} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "$SYS/broker/uptime" 20}
    ada < 90{0001 {} 00}
    ada gone)");
  stage.hub.restart();
  stage.play(R"(
    ada > 10{"MQTT" 05 c0 0258 {11 00000e10} "kept" "ada" "password of ada"}
    ada < 20{01 00 {?11}}
    wait 10 s
    ada < 30{"$SYS/broker/uptime" {} '10 seconds'})");
}

}  // namespace
}  // namespace fastness::gateway
