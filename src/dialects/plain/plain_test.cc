#include "dialects/plain/plain.h"

#include <gtest/gtest.h>

#include "base/fixed_limits.h"
#include "dialects/testing/greenhouse.h"

namespace fastness::dialects {
namespace {

using testing::Greenhouse;
using testing::only;

class Plain : public ::testing::Test {
 protected:
  std::vector<Action> hear(const Speaker& speaker, std::string_view topic,
                           std::string_view payload) const {
    return receive(*world_.snapshot, speaker, topic, as_bytes(payload));
  }
  Value reported(std::string_view payload) const {
    const auto actions = hear(world_.board, "things/greenhouse/temp", payload);
    const auto* report = only<Report>(actions);
    return report == nullptr ? Value("no report") : report->updates.at(0).value;
  }

  const Greenhouse world_;
};

TEST_F(Plain, ABareJsonValueIsAReport) {
  EXPECT_EQ(reported("21.5"), Value(21.5));
  EXPECT_EQ(reported("21"), Value(21));
  EXPECT_EQ(reported("true"), Value(true));
  EXPECT_EQ(reported("\"open\""), Value("open"));
  EXPECT_EQ(reported(" {\"lat\": 1.5, \"lon\": 2} "),
            Value::composite({{"lat", 1.5}, {"lon", std::int64_t{2}}}).value());
  EXPECT_EQ(reported("{\"value\": 3}"), Value(3));
}

TEST_F(Plain, ATimeMayComeAlong) {
  const Timestamp expected(std::chrono::seconds(1'700'000'000));
  for (const char* time :
       {"\"2023-11-14T22:13:20Z\"", "1700000000", "1700000000000", "1700000000.0"}) {
    const auto actions = hear(world_.board, "things/greenhouse/temp",
                              std::string("{\"value\":1,\"time\":") + time + "}");
    ASSERT_NE(only<Report>(actions), nullptr) << time;
    EXPECT_EQ(only<Report>(actions)->updates.at(0).time, expected) << time;
  }
}

TEST_F(Plain, WhatIsNoValueIsMalformed) {
  for (const char* payload :
       {"", "on", "null", "[1]", "{}", "{\"value\":null}", "{\"value\":1,\"time\":\"yesterday\"}",
        "{\"value\":1,\"time\":true}", "{\"a\":{\"b\":1}}", "1 2", "{\"a\":1,\"a\":2}", "NaN",
        "\xff", "[[[[[[[[[["}) {
    EXPECT_NE(only<Malformed>(hear(world_.board, "things/greenhouse/temp", payload)), nullptr)
        << payload;
  }
}

TEST_F(Plain, SetIsAWriteOfAPerson) {
  const auto actions = hear(world_.person, "things/greenhouse/sw1/set", "true");

  ASSERT_NE(only<Write>(actions), nullptr);
  EXPECT_EQ(only<Write>(actions)->updates.at(0).name, "sw1");
}

TEST_F(Plain, AThingWithoutADeviceMayBeFedByAPerson) {
  EXPECT_NE(only<Report>(hear(world_.person, "things/spare/temp", "1")), nullptr);
}

TEST_F(Plain, OtherTopicsAreRoutedAsTheyAre) {
  EXPECT_NE(only<Route>(hear(world_.board, "tele/plug", "not json")), nullptr);
  EXPECT_NE(only<Route>(hear(world_.person, "home/lamp", "on")), nullptr);
}

TEST_F(Plain, WritesAreBareAndReportsHaveATime) {
  const WireValue value{world_.property("sw1"), Value(true),
                        Timestamp(std::chrono::seconds(1'700'000'000))};

  const auto writes = plain::writes(*world_.thing, std::vector{value});
  const auto reports = plain::reports(*world_.thing, std::vector{value});

  ASSERT_EQ(writes.size(), 2U) << "by id and by name";
  EXPECT_EQ(writes[0].topic, "things/e4494d55-872a-4fd2-9646-92f87949394c/sw1/set");
  EXPECT_EQ(writes[1].topic, "things/greenhouse/sw1/set");
  EXPECT_EQ(as_text(writes[0].payload), "true");
  EXPECT_EQ(reports[1].topic, "things/greenhouse/sw1");
  EXPECT_EQ(as_text(reports[1].payload), "{\"value\":true,\"time\":\"2023-11-14T22:13:20Z\"}");
}

TEST_F(Plain, AValueIsHeldToItsBytes) {
  constexpr std::size_t kMost = fixed_limit("plain.value_bytes");
  const std::string number = "21.5";
  EXPECT_EQ(reported(number + std::string(kMost - number.size(), ' ')), Value(21.5));
  EXPECT_EQ(reported(number + std::string(kMost - number.size() + 1, ' ')), Value("no report"));
}

TEST_F(Plain, AValueIsHeldToItsNesting) {
  const auto decoded = [](std::size_t levels) {
    const std::string text = std::string(levels, '[') + std::string(levels, ']');
    return plain::decode("temp", as_bytes(text)).error().code;
  };
  EXPECT_EQ(decoded(fixed_limit("plain.value_depth")), Errc::invalid_argument) << "no value";
  EXPECT_EQ(decoded(fixed_limit("plain.value_depth") + 1), Errc::exhausted) << "not even read";
}

}  // namespace
}  // namespace fastness::dialects
