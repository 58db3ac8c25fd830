// Sessions and wills on the wire (3.1.2, 3.1.3.2, 3.14, 4.1).

#include <gtest/gtest.h>

#include "gateway/testing/script.h"

namespace fastness::gateway {
namespace {

using testing::Stage;

TEST(WireSession, A311SessionStaysUnlessItIsClean) {
  Stage stage;
  stage.play(R"(
    # not clean, and new
    ada > 10{"MQTT" 04 c0 0258 "kept" "ada" "password of ada"}
    ada < 20 02 00 00
    ada > 82{0001 "t" 01}
    ada < 90 03 0001 01
    ada > e0 00
    ada closed
    bob joins 4
    bob > 32{"t" 0001 31} 30{"t" 30}
    bob < 40 02 0001
    # not clean: what was stored, and what came meanwhile
    ada > 10{"MQTT" 04 c0 0258 "kept" "ada" "password of ada"}
    ada < 20 02 01 00  32{"t" 0001 31}
    ada > 40 02 0001
    ada silent
    ada > e0 00
    ada closed
    # clean: nothing of it is left
    ada > 10{"MQTT" 04 c2 0258 "kept" "ada" "password of ada"}
    ada < 20 02 00 00
    bob > 32{"t" 0002 32}
    bob < 40 02 0002
    ada silent
    ada > e0 00
    ada closed
    # and nothing of the clean one, either
    ada > 10{"MQTT" 04 c0 0258 "kept" "ada" "password of ada"}
    ada < 20 02 00 00
    ada silent)");
}

TEST(WireSession, A5SessionStaysAsLongAsItSays) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c2 0258 {11 0000000a} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "t" 01}
    ada < 90{0001 {} 01}
    # as long as the connection lasts, and ten seconds more
    wait 300 s
    ada silent
    ada gone
    wait 9 s
    ada > 10{"MQTT" 05 c0 0258 {11 0000000a} "kept" "ada" "password of ada"}
    ada < 20{01 00 {?11}}
    bob joins 4
    bob > 32{"t" 0001 31}
    bob < 40 02 0001
    ada < 32{"t" 0001 {} 31}
    ada gone
    wait 11 s
    ada > 10{"MQTT" 05 c0 0258 {11 0000000a} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada silent)");
}

TEST(WireSession, CleanStartDiscardsTheSessionAndANewOneMayStay) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c0 0258 {11 00000e10} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "old" 01}
    ada < 90{0001 {} 01}
    ada > e0 00
    ada closed
    ada > 10{"MQTT" 05 c2 0258 {11 00000e10} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > 82{0001 {} "new" 01}
    ada < 90{0001 {} 01}
    ada > e0 00
    ada closed
    bob joins 4
    bob > 32{"old" 0001 31} 32{"new" 0002 32}
    bob < 40 02 0001 40 02 0002
    ada > 10{"MQTT" 05 c0 0258 {11 00000e10} "kept" "ada" "password of ada"}
    ada < 20{01 00 {?11}}
    ada < 32{"new" 0001 {} 32}
    ada silent)");
}

TEST(WireSession, DisconnectMayEndOrShortenTheSessionButNotMakeOne) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c0 0258 {11 00000e10} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > e0{00 {11 00000000}}
    ada closed
    ada > 10{"MQTT" 05 c0 0258 {} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > e0{00 {11 0000000a}}
    ada < e0{82 {1f "DISCONNECT asks to keep a session that ends"}}
    ada closed)");
}

TEST(WireSession, ASecondConnectionTakesTheSessionAndTheFirstHearsSo) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c0 0258 {11 00000e10} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}})");
  stage.play(R"(
    again > 10{"MQTT" 05 c0 0258 {11 00000e10} "kept" "ada" "password of ada"}
    again < 20{01 00 {?11}}
    ada < e0{8e {1f "another connection has taken over this session"}}
    ada closed
    again silent)");
}

TEST(WireSession, TheServerDisconnectsOnlyWhomItHasLetIn) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 05 c2 0258 {} "a" "ada" "guess"}
    ada < 20{00 87 {1f "it is not proven who you are, or you have no right to this"}}
    ada closed
    # a broken CONNECT of 5.0 hears of it in CONNACK, never in DISCONNECT
    ada > 10{"MQTT" 05 c3 0258 {} "a" "ada" "password of ada"}
    ada < 20{00 81 {1f "CONNECT sets its reserved flag"}}
    ada closed
    ada > 10{"MQTT" 05 c2 0258 {21 0000} "a" "ada" "password of ada"}
    ada < 20{00 82 {1f "property is zero"}}
    ada closed)");
}

TEST(WireSession, NothingIsReadAfterDisconnect) {
  Stage stage;
  stage.play(R"(
    bob joins 4
    bob > 82{0001 "t" 00}
    bob < 90 03 0001 00
    ada joins 4
    ada > e0 00 30{"t" 31}
    ada closed
    ada joins 5
    ada > e0 00 30{"t" {} 31}
    ada closed
    bob silent)");
}

TEST(WireSession, ADisconnectThatIsBrokenIsAnError) {
  Stage stage;
  stage.play(R"(
    ada joins 4
    ada > e2 00
    ada closed
    ada joins 5
    ada > e1 00
    ada < e0{81 {1f "reserved header flags are set"}}
    ada closed
    ada joins 5
    ada > e0{7f}
    ada < e0{82 {1f "reason code does not belong in this packet"}}
    ada closed)");
}

constexpr const char* kWatcher = R"(
    bob joins 5
    bob > 82{0001 {} "w" 0a}
    bob < 90{0001 {} 02}
)";

TEST(WireWill, IsPublishedWhenTheConnectionIsLostAndThenGone) {
  Stage stage;
  stage.play(std::string(kWatcher) + R"(
    ada > 10{"MQTT" 04 c4 0258 "kept" "w" "lost" "ada" "password of ada"}
    ada < 20 02 00 00
    ada gone
    bob < 30{"w" {} 'lost'}
    # the session comes back without it
    ada > 10{"MQTT" 04 c0 0258 "kept" "ada" "password of ada"}
    ada < 20 02 01 00
    ada gone
    bob silent)");
}

TEST(WireWill, IsDroppedByDisconnect) {
  Stage stage;
  stage.play(std::string(kWatcher) + R"(
    ada > 10{"MQTT" 04 c6 0258 "a" "w" "lost" "ada" "password of ada"}
    ada < 20 02 00 00
    ada > e0 00
    ada closed
    ada > 10{"MQTT" 05 c6 0258 {} "a" {} "w" "lost" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > e0{00}
    ada closed
    bob silent
    # 5.0 can ask for it all the same
    ada > 10{"MQTT" 05 c6 0258 {} "a" {} "w" "lost" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada > e0{04}
    ada closed
    bob < 30{"w" {} 'lost'}
    bob silent)");
}

TEST(WireWill, IsPublishedOnAProtocolErrorAndOnSilence) {
  Stage stage;
  stage.play(std::string(kWatcher) + R"(
    ada > 10{"MQTT" 04 c6 000a "a" "w" "lost" "ada" "password of ada"}
    ada < 20 02 00 00
    ada > c1 00
    ada closed
    bob < 30{"w" {} 'lost'}
    ada > 10{"MQTT" 04 c6 000a "a" "w" "silent" "ada" "password of ada"}
    ada < 20 02 00 00
    wait 16 s
    bob < 30{"w" {} 'silent'}
    ada closed)");
}

TEST(WireWill, HasItsQosAndIsRetainedIfItSaysSo) {
  Stage stage;
  stage.play(std::string(kWatcher) + R"(
    # QoS 1, not retained
    ada > 10{"MQTT" 04 ce 0258 "a" "w" "1" "ada" "password of ada"}
    ada < 20 02 00 00
    ada gone
    bob < 32{"w" 0001 {} '1'}
    ada joins 4
    ada > 82{0001 "w" 00}
    ada < 90 03 0001 00
    ada silent
    ada gone
    # QoS 2, retained
    ada > 10{"MQTT" 04 f6 0258 "a" "w" "2" "ada" "password of ada"}
    ada < 20 02 00 00
    ada gone
    bob < 35{"w" 0002 {} '2'}
    ada joins 4
    ada > 82{0001 "w" 00}
    ada < 90 03 0001 00 31{"w" '2'})");
}

TEST(WireWill, WaitsForItsDelayAndIsForgottenIfTheSessionComesBack) {
  Stage stage;
  stage.play(std::string(kWatcher) + R"(
    # a delay of 20 s, a session of 3600 s
    ada > 10{"MQTT" 05 c4 0258 {11 00000e10} "kept" {18 00000014} "w" "late" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada gone
    wait 19 s
    bob silent
    ada > 10{"MQTT" 05 c4 0258 {11 00000e10} "kept" {18 00000014} "w" "late" "ada" "password of ada"}
    ada < 20{01 00 {?11}}
    wait 30 s
    bob silent
    ada gone
    wait 21 s
    bob < 30{"w" {} 'late'}
    bob silent)");
}

TEST(WireWill, IsDueAtTheEndOfTheSessionAtTheLatest) {
  Stage stage;
  stage.play(std::string(kWatcher) + R"(
    # a delay of 60 s, a session of 10 s
    ada > 10{"MQTT" 05 c4 0258 {11 0000000a} "kept" {18 0000003c} "w" "end" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada gone
    wait 11 s
    bob < 30{"w" {} 'end'}
    # a clean start ends the session
    ada > 10{"MQTT" 05 c4 0258 {11 00000e10} "kept" {18 0000003c} "w" "end" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    ada gone
    ada > 10{"MQTT" 05 c2 0258 {11 00000e10} "kept" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    bob < 30{"w" {} 'end'})");
}

TEST(WireWill, KeepsItsPropertiesInTheirOrderAndItsOwnTime) {
  Stage stage;
  stage.play(std::string(kWatcher) + R"(
    ada > 10{"MQTT" 05 c6 0258 {} "a" {01 01 02 0000003c 03 "text/plain" 08 "r" 09 "c" 26 "b" "2" 26 "a" "1"} "w" "x" "ada" "password of ada"}
    ada < 20{00 00 {?11}}
    wait 100 s
    ada gone
    # its time begins when it is published
    bob < 30{"w" {01 01 03 "text/plain" 08 "r" 09 "c" 26 "b" "2" 26 "a" "1" 02 0000003c} 'x'})");
}

TEST(WireWill, OnAForbiddenTopicKeepsTheClientOut) {
  Stage stage;
  stage.play(R"(
    ada > 10{"MQTT" 04 c6 0258 "a" "$SYS/x" "x" "ada" "password of ada"}
    ada < 20 02 00 05
    ada closed
    ada > 10{"MQTT" 05 c6 0258 {} "a" {} "a/+" "x" "ada" "password of ada"}
    ada < 20{00 90 {1f "will topic"}}
    ada closed)");
}

}  // namespace
}  // namespace fastness::gateway
