#include <fstream>

#include <gtest/gtest.h>

#include "dialects/arduino/encode.h"
#include "dialects/arduino/receive.h"
#include "dialects/dialects.h"
#include "dialects/testing/greenhouse.h"
#include "dialects/wire_time.h"
#include "senml/command.h"

namespace fastness::dialects {
namespace {

using namespace std::chrono_literals;
using testing::Greenhouse;
using testing::only;
using things::PropertyUpdate;

const std::string kCommandUp = "/a/d/11111111-2222-3333-4444-555555555555/c/up";
const std::string kCommandDown = "/a/d/11111111-2222-3333-4444-555555555555/c/dw";
const std::string kDeviceIn = "/a/d/11111111-2222-3333-4444-555555555555/e/i";
const std::string kThingTopic = "/a/t/e4494d55-872a-4fd2-9646-92f87949394c/";
constexpr int kMessagesOfOurBoard = 22;
const Timestamp kTime(std::chrono::seconds(1'700'000'000));

// The messages below without comment are from tests/vectors/arduino/sessions.txt.
class Arduino : public ::testing::Test {
 protected:
  std::vector<Action> hear(const Speaker& speaker, const std::string& topic,
                           std::string_view hex) const {
    return receive(*world_.snapshot, speaker, topic, from_hex(hex).value());
  }
  std::vector<PropertyUpdate> report(std::string_view hex) const {
    const auto actions = hear(world_.board, kThingTopic + "e/o", hex);
    const auto* made = only<Report>(actions);
    return made == nullptr ? std::vector<PropertyUpdate>{} : made->updates;
  }
  WireValue wire(std::string_view name, Value value) const {
    return {world_.property(name), std::move(value), kTime};
  }
  static Value composite(Composite attributes) {
    return Value::composite(std::move(attributes)).value();
  }

  const Greenhouse world_;
  const things::LocalTime rome_{3'600, Timestamp(std::chrono::seconds(2'000'000'000))};
};

TEST_F(Arduino, ThingBeginIsAnsweredWithTheThing) {
  const auto actions = hear(world_.board, kCommandUp, "da000103008160");

  ASSERT_NE(only<Reply>(actions), nullptr);
  const Outgoing& message = only<Reply>(actions)->message;
  EXPECT_EQ(message.topic, kCommandDown);
  EXPECT_EQ(to_hex(message.payload),
            "da0001040081782465343439346435352d383732612d346664322d393634362d3932663837393439333934"
            "63");
}

TEST_F(Arduino, ThingBeginWithoutAThingIsAnsweredWithNone) {
  const auto actions =
      hear(world_.spare, "/a/d/22222222-2222-3333-4444-555555555555/c/up", "da000103008160");

  ASSERT_NE(only<Reply>(actions), nullptr);
  EXPECT_EQ(to_hex(only<Reply>(actions)->message.payload), "da000104008160");
}

TEST_F(Arduino, SubscribingToTheDevicesTopicIsAnsweredWithTheThingEachTime) {
  const auto filter = mqtt::TopicFilter::parse(kDeviceIn).value();
  for (int i = 0; i < 2; ++i) {
    const auto actions = subscribed(*world_.snapshot, world_.board, filter);

    ASSERT_NE(only<Reply>(actions), nullptr);
    EXPECT_EQ(only<Reply>(actions)->message.topic, kDeviceIn);
    EXPECT_EQ(to_hex(only<Reply>(actions)->message.payload),
              "81a200687468696e675f696403782465343439346435352d383732612d346664322d393634362d393266"
              "383739343933393463");
  }
}

TEST_F(Arduino, AnUnattachedDeviceIsToldNothingOnItsTopic) {
  const auto filter =
      mqtt::TopicFilter::parse("/a/d/22222222-2222-3333-4444-555555555555/e/i").value();
  EXPECT_TRUE(subscribed(*world_.snapshot, world_.spare, filter).empty());
}

TEST_F(Arduino, LastValuesAreAskedForInBothForms) {
  const auto command = hear(world_.board, kCommandUp, "da0001050080");
  const auto shadow =
      hear(world_.board, kThingTopic + "shadow/o", "81a20063723a6d036d6765744c61737456616c756573");

  ASSERT_NE(only<NeedLastValues>(command), nullptr);
  EXPECT_EQ(only<NeedLastValues>(command)->form, LastValuesForm::command);
  ASSERT_NE(only<NeedLastValues>(shadow), nullptr);
  EXPECT_EQ(only<NeedLastValues>(shadow)->form, LastValuesForm::shadow);
}

TEST_F(Arduino, AskingForValuesOfAThingThatIsGoneEndsTheSession) {
  const auto actions =
      hear(world_.spare, "/a/d/22222222-2222-3333-4444-555555555555/c/up", "da0001050080");

  EXPECT_NE(only<Close>(actions), nullptr);
}

TEST_F(Arduino, WhatABoardSaysAboutItselfIsNoted) {
  const auto begin = hear(world_.board, kCommandUp, "da000107008165322e392e30");
  ASSERT_NE(only<Note>(begin), nullptr);
  EXPECT_EQ(only<Note>(begin)->lib_version, "2.9.0");

  const auto network = hear(world_.board, kCommandUp, "da0001110082016a6c696e75782d686f7374");
  ASSERT_NE(only<Note>(network), nullptr);
  EXPECT_EQ(only<Note>(network)->network_kind, "wifi");
  EXPECT_EQ(only<Note>(network)->network_detail, "ssid=linux-host");

  const auto wifi = hear(world_.board, kCommandUp, "da000120148165302e352e32");
  EXPECT_EQ(only<Note>(wifi)->wifi_fw_version, "0.5.2");

  const auto ethernet = hear(world_.board, kCommandUp, "da00011100850644c0a80002404044ffffff00");
  EXPECT_EQ(only<Note>(ethernet)->network_detail,
            "ip=c0a80002 dns=dhcp gateway=dhcp netmask=ffffff00");
}

TEST_F(Arduino, OlderBoardsSayItOnTheirOwnTopic) {
  // LIB_VERSION "1.15.1", OTA_CAP true
  const auto actions =
      hear(world_.board, "/a/d/11111111-2222-3333-4444-555555555555/e/o",
           "82a2006b4c49425f56455253494f4e0366312e31352e31a200674f54415f43415004f5");

  ASSERT_NE(only<Note>(actions), nullptr);
  EXPECT_EQ(only<Note>(actions)->lib_version, "1.15.1");
}

TEST_F(Arduino, CommandsThatWeDoNotKnowAreNoFault) {
  EXPECT_TRUE(hear(world_.board, kCommandUp, "da0001990080").empty());
  EXPECT_NE(only<Malformed>(hear(world_.board, kCommandUp, "da000104008160")), nullptr)
      << "only the server sends it";
  EXPECT_NE(only<Malformed>(hear(world_.board, kCommandUp, "ff")), nullptr);
}

TEST_F(Arduino, TheFirstReportOfABoardBecomesUpdatesWithoutTheTimeZone) {
  // "msg" is empty, and the two hidden time zone properties come along.
  const auto whole = report(
      "9fa200636c656404f4a200636d73670360a20067636f756e7465720200a2006474656d7002fa41a00000"
      "a200696c696768743a73776904f4a200696c696768743a68756502fa00000000"
      "a20069747a5f6f666673657402190e10a2006c747a5f6473745f756e74696c021a77359400ff");
  ASSERT_EQ(whole.size(), 5U);
  EXPECT_EQ(whole[0].name, "led");
  EXPECT_EQ(whole[0].value, Value(false));
  EXPECT_EQ(whole[1].value, Value(""));
  EXPECT_EQ(whole[3].value, Value(20.0));
  EXPECT_EQ(whole[4].name, "light");
  EXPECT_EQ(whole[4].value, composite({{"hue", 0.0}, {"swi", false}}));
}

TEST_F(Arduino, AttributesAreGatheredInWhateverOrderTheyCome) {
  // From a session of the Python client: clight, loc, tv and sched, out of order.
  const auto updates = report(
      "88a2006a636c696768743a68756502fb4024000000000000a200676c6f633a6c6f6e02fb403dfae06d938152"
      "a2006a636c696768743a73617402fb4034000000000000a2006a636c696768743a62726902fb403e0000000000"
      "00a200676c6f633a6c617402fb403f43c2fc69728aa2006a636c696768743a73776904f5"
      "a2006374656d02fb4035800000000000a2006374656d02fb4036800000000000");

  ASSERT_EQ(updates.size(), 4U);
  EXPECT_EQ(updates[0].name, "clight");
  EXPECT_EQ(updates[0].value,
            composite({{"bri", 30.0}, {"hue", 10.0}, {"sat", 20.0}, {"swi", true}}));
  EXPECT_EQ(updates[1].name, "loc");
  EXPECT_EQ(updates[2].value, Value(21.5)) << "two samples of one property stay two";
  EXPECT_EQ(updates[3].value, Value(22.5));
}

TEST_F(Arduino, AnAttributeThatComesTwiceBeginsAnotherValue) {
  // loc:lat 1, loc:lon 2, loc:lat 3, loc:lon 4
  const auto updates = report(
      "84a200676c6f633a6c61740201a200676c6f633a6c6f6e0202"
      "a200676c6f633a6c61740203a200676c6f633a6c6f6e0204");

  ASSERT_EQ(updates.size(), 2U);
  EXPECT_EQ(updates[0].value, composite({{"lat", std::int64_t{1}}, {"lon", std::int64_t{2}}}));
  EXPECT_EQ(updates[1].value, composite({{"lat", std::int64_t{3}}, {"lon", std::int64_t{4}}}));
}

TEST_F(Arduino, LightPayloadsNameTheirPropertyByNumber) {
  // 1: temp; 5 + 256: clight:swi; 5 + 512: clight:hue; 5 + 1536: no such attribute; 99: nothing
  const auto updates = report("85a20001020aa20019010504f5a2001902050203a2001906050201a20018630201");

  ASSERT_EQ(updates.size(), 4U);
  EXPECT_EQ(updates[0].name, "temp");
  EXPECT_EQ(updates[1].name, "clight");
  EXPECT_EQ(updates[1].value, composite({{"hue", std::int64_t{3}}, {"swi", true}}));
  EXPECT_EQ(updates[2].name, "#1541");
  EXPECT_EQ(updates[3].name, "#99");
}

TEST_F(Arduino, TimesAreSecondsOrMilliseconds) {
  const auto board = report("81a3006474656d7002fa41cc0000061a6553f100");
  const auto script = report("81a3006474656d7002fb4035800000000000221b000001a200cbbf9c");
  const auto python = report("81a2006474656d7002fb4035800000000000");

  EXPECT_EQ(board.at(0).time, kTime);
  EXPECT_EQ(script.at(0).time, Timestamp(1'795'309'682'588ms));
  EXPECT_FALSE(python.at(0).time);
  EXPECT_EQ(from_wire_time(-5), Timestamp{});
  EXPECT_EQ(from_wire_time(1e300), Timestamp(std::chrono::seconds(253'402'300'799)));
}

TEST_F(Arduino, ABaseTimeHoldsUntilTheNextOne) {
  // {-3: 1700000000, 0: "temp", 2: 1, 6: 5}, {0: "count", 2: 2}
  const auto updates = report("82a4221a6553f100006474656d7002010605a20065636f756e740202");

  EXPECT_EQ(updates.at(0).time, kTime + 5s);
  EXPECT_EQ(updates.at(1).time, kTime);
}

TEST_F(Arduino, ASketchThatClearsATextSendsAnEscape) {
  EXPECT_EQ(report("81a200636d736703611b").at(0).value, Value(""));
}

TEST_F(Arduino, ABaseNameIsUsedWhereItNamesAProperty) {
  // {-2: "te", 0: "mp", 2: 1}; and {-2: "urn:x:", 0: "temp", 2: 1}, which boards would send
  EXPECT_EQ(report("81a321627465"
                   "00626d700201")
                .at(0)
                .name,
            "temp");
  EXPECT_EQ(report("81a3216675726e3a783a006474656d700201").at(0).name, "temp");
}

TEST_F(Arduino, BrokenPacksAreMalformedAndAskForNothing) {
  for (const char* hex : {"", "ff", "81a2006474", "a0", "81a2616e647465737461760a"}) {
    EXPECT_NE(only<Malformed>(hear(world_.board, kThingTopic + "e/o", hex)), nullptr) << hex;
    EXPECT_NE(only<Malformed>(hear(world_.board, kThingTopic + "shadow/o", hex)), nullptr) << hex;
    EXPECT_NE(only<Malformed>(hear(world_.person, kThingTopic + "e/i", hex)), nullptr) << hex;
  }
}

TEST_F(Arduino, WhatAPersonPublishesToABoardIsAWrite) {
  const auto actions = hear(world_.person, kThingTopic + "e/i", "81a3221a6553f164006373773104f4");

  ASSERT_NE(only<Write>(actions), nullptr);
  EXPECT_EQ(only<Write>(actions)->updates.at(0).name, "sw1");
  EXPECT_EQ(only<Write>(actions)->thing->id(), world_.thing->id());
}

TEST_F(Arduino, RecordedSessionsAreUnderstoodFromEndToEnd) {
  std::ifstream sessions(std::string(FASTNESS_TEST_VECTORS) + "/arduino/sessions.txt");
  int heard = 0;
  for (std::string line; std::getline(sessions, line);) {
    const std::size_t space = line.find(' ');
    const std::string topic = line.substr(0, space);
    if (line.starts_with('#') || !may_publish(*world_.snapshot, world_.board, topic)) continue;
    SCOPED_TRACE(line);
    for (const Action& action : hear(world_.board, topic, line.substr(space + 1))) {
      EXPECT_FALSE(std::holds_alternative<Malformed>(action));
      EXPECT_FALSE(std::holds_alternative<Close>(action));
    }
    ++heard;
  }
  EXPECT_EQ(heard, kMessagesOfOurBoard);
}

TEST_F(Arduino, LastValuesBeginWithTheTimeZone) {
  const std::vector<WireValue> values = {wire("sw1", true), wire("temp", 21.5)};

  const auto command = encode_last_values(*world_.thing, LastValuesForm::command, values, rome_);
  const auto shadow = encode_last_values(*world_.thing, LastValuesForm::shadow, values, rome_);

  ASSERT_EQ(command.size(), 1U);
  EXPECT_EQ(command[0].topic, kCommandDown);
  const auto decoded = senml::decode_command(command[0].payload);
  ASSERT_TRUE(decoded);
  ASSERT_EQ(shadow.size(), 1U);
  EXPECT_EQ(shadow[0].topic, kThingTopic + "shadow/i");
  EXPECT_EQ(shadow[0].payload, std::get<senml::LastValuesUpdate>(*decoded).pack);
  EXPECT_EQ(to_hex(shadow[0].payload),
            "84"
            "a20069747a5f6f666673657402190e10"
            "a2006c747a5f6473745f756e74696c021a77359400"
            "a3221a6553f100006373773104f5"
            "a3221a6553f100006474656d7002fa41ac0000");
}

TEST_F(Arduino, LastValuesWithoutValuesAreTheTimeZoneAlone) {
  const auto messages = encode_last_values(*world_.thing, LastValuesForm::command, {}, rome_);

  ASSERT_EQ(messages.size(), 1U);
  const auto pack =
      std::get<senml::LastValuesUpdate>(senml::decode_command(messages[0].payload).value()).pack;
  EXPECT_EQ(senml::decode(pack)->records.size(), 2U);
}

TEST_F(Arduino, LongLastValuesAreSplitAndEachPartHasTheTimeZone) {
  const std::vector<WireValue> values(6, wire("msg", std::string(900, 'x')));

  const auto messages = encode_last_values(*world_.thing, LastValuesForm::shadow, values, rome_);

  ASSERT_EQ(messages.size(), 3U);
  for (const Outgoing& message : messages) {
    EXPECT_LE(message.payload.size(), arduino::kMaxLastValuesBytes);
    EXPECT_EQ(senml::decode(message.payload)->records[0].name, "tz_offset");
    EXPECT_EQ(senml::decode(message.payload)->records[1].name, "tz_dst_until");
  }
}

TEST_F(Arduino, WritesKeepAttributesTogetherInTheBoardsOrder) {
  const auto messages = arduino::writes(
      *world_.thing,
      std::vector{
          wire("clight", composite({{"bri", 3.0}, {"hue", 1.0}, {"sat", 2.0}, {"swi", true}}))});

  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].topic, kThingTopic + "e/i");
  const auto pack = senml::decode(messages[0].payload);
  ASSERT_EQ(pack->records.size(), 4U);
  EXPECT_EQ(pack->records[0].name, "clight:swi");
  EXPECT_EQ(pack->records[1].name, "clight:hue");
  EXPECT_EQ(pack->records[2].name, "clight:sat");
  EXPECT_EQ(pack->records[3].name, "clight:bri");
  EXPECT_EQ(pack->records[0].base_time, 1'700'000'000.0);
  EXPECT_FALSE(pack->records[1].base_time);
}

TEST_F(Arduino, WritesAreSplitBelowTheStackOfABoardAndNeverWithinAProperty) {
  std::vector<WireValue> values;
  for (int i = 0; i < 40; ++i) {
    values.push_back(wire("tv", composite({{"swi", true},
                                           {"vol", std::int64_t{50}},
                                           {"mut", false},
                                           {"pbc", std::int64_t{3}},
                                           {"inp", std::int64_t{55}},
                                           {"cha", std::int64_t{7}}})));
  }

  const auto messages = arduino::writes(*world_.thing, values);

  std::size_t records = 0;
  for (const Outgoing& message : messages) {
    EXPECT_LE(message.payload.size(), arduino::kMaxWriteBytes);
    const auto pack = senml::decode(message.payload);
    EXPECT_EQ(pack->records.size() % 6, 0U);
    EXPECT_TRUE(pack->records.front().base_time);
    records += pack->records.size();
  }
  EXPECT_EQ(records, 240U);
  EXPECT_GT(messages.size(), 1U);
}

TEST_F(Arduino, AValueThatIsTooLongForOneMessageStillGoesAlone) {
  const auto messages = arduino::writes(
      *world_.thing, std::vector{wire("sw1", true), wire("msg", std::string(3'000, 'x')),
                                 wire("count", std::int64_t{1})});

  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(senml::decode(messages[1].payload)->records[0].name, "msg");
}

TEST_F(Arduino, NumbersKeepTheTypeOfTheProperty) {
  const auto messages = arduino::reports(
      *world_.thing, std::vector{wire("temp", 2.0), wire("count", std::int64_t{2})});

  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].topic, kThingTopic + "e/o");
  EXPECT_EQ(to_hex(messages[0].payload), "82a2006474656d7002fa40000000a20065636f756e740202");
}

TEST_F(Arduino, APropertyThatWasRemovedMeanwhileIsLeftOut) {
  const WireValue gone{PropertyId(Uuid(Uuid::Bytes{99})), Value(1.0), kTime};

  EXPECT_TRUE(encode_writes(*world_.thing, std::vector{gone}).empty());
  EXPECT_TRUE(encode_reports(*world_.thing, std::vector{gone}).empty());
}

TEST_F(Arduino, AZoneThatChangesIsPushed) {
  const Outgoing message = encode_time_zone(*world_.thing, rome_);

  EXPECT_EQ(message.topic, kThingTopic + "e/i");
  EXPECT_EQ(to_hex(message.payload),
            "82a20069747a5f6f666673657402190e10a2006c747a5f6473745f756e74696c021a77359400");
}

TEST_F(Arduino, ANewlyAttachedDeviceIsToldInBothStyles) {
  const DeviceId device = *world_.board.device;

  const auto actions = attachment_changed(device, {}, world_.thing->id());

  ASSERT_EQ(actions.size(), 2U);
  EXPECT_EQ(std::get<Reply>(actions[0]).message.topic, kCommandDown);
  EXPECT_EQ(std::get<Reply>(actions[1]).message.topic, kDeviceIn);
}

TEST_F(Arduino, ADeviceThatLosesOrChangesItsThingStartsOver) {
  const DeviceId device = *world_.board.device;
  const ThingId other{Uuid(Uuid::Bytes{9})};

  EXPECT_NE(only<Close>(attachment_changed(device, world_.thing->id(), other)), nullptr);
  EXPECT_NE(only<Close>(attachment_changed(device, world_.thing->id(), {})), nullptr);
  EXPECT_TRUE(attachment_changed(device, world_.thing->id(), world_.thing->id()).empty());
}

}  // namespace
}  // namespace fastness::dialects
