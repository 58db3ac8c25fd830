#include "incident/restriction/switches.h"

#include <string>

#include <gtest/gtest.h>

#include "incident/restriction/reason.h"

namespace fastness::incident {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kToday{std::chrono::sys_days(std::chrono::year(2026) / 12 / 1)};

class SwitchesTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Switches>> open() { return Switches::open(database_); }

  storage::Database database_ = storage::Database::open_in_memory().value();
};

TEST_F(SwitchesTest, EverythingIsOnAtFirst) {
  const auto switches = open().value();
  EXPECT_TRUE(switches->are_all_on());
  for (const Component component : all_components()) EXPECT_TRUE(switches->is_on(component));
}

TEST_F(SwitchesTest, EachIsOffByItselfOverRestartsUntilAnotherOrder) {
  for (const Component component : all_components()) {
    SCOPED_TRACE(to_text(component));
    ASSERT_TRUE(open().value()->switch_off(component, "a hole in it", kToday));
    const auto switches = open().value();
    EXPECT_FALSE(switches->is_on(component));
    EXPECT_EQ(switches->off(),
              (std::map<Component, SwitchedOff>{{component, {kToday, "a hole in it"}}}));
    for (const Component other : all_components()) {
      EXPECT_TRUE(other == component || switches->is_on(other)) << to_text(other);
    }
    ASSERT_TRUE(switches->switch_on(component, "", kToday + 1h));
    EXPECT_TRUE(switches->are_all_on());
    EXPECT_TRUE(open().value()->are_all_on());
  }
}

TEST_F(SwitchesTest, SwitchingOffHasAReasonOfOneLine) {
  const auto switches = open().value();
  for (const std::string& reason :
       {std::string(), std::string("two\nlines"), std::string(kMaxReason + 1, 'x')}) {
    const auto ordered = switches->switch_off(Component::live, reason, kToday);
    ASSERT_FALSE(ordered);
    EXPECT_EQ(ordered.error().code, Errc::invalid_argument);
  }
  EXPECT_TRUE(switches->are_all_on());
}

TEST_F(SwitchesTest, WhatCannotBeWrittenDownIsOffAndDoesNotComeOn) {
  const auto switches = open().value();
  ASSERT_TRUE(database_.run_script("DROP TABLE incident_switch"));
  EXPECT_FALSE(switches->switch_off(Component::downloads, "they carry it away", kToday));
  EXPECT_FALSE(switches->is_on(Component::downloads));
  EXPECT_FALSE(switches->switch_on(Component::downloads, "", kToday));
  EXPECT_FALSE(switches->is_on(Component::downloads));
}

TEST_F(SwitchesTest, WhoEnforcesThemHearsOfEachOrderThatIsInForce) {
  const auto switches = open().value();
  std::string heard;
  switches->on_order([&](Component component, bool is_on) {
    EXPECT_EQ(switches->is_on(component), is_on);
    heard += std::string(to_text(component)) + (is_on ? " on " : " off ");
  });
  ASSERT_TRUE(switches->switch_off(Component::sign_in, "passwords are out", kToday));
  ASSERT_FALSE(switches->switch_off(Component::est, "", kToday));
  ASSERT_TRUE(switches->switch_on(Component::sign_in, "all have new ones", kToday));
  EXPECT_EQ(heard, "sign-in off sign-in on ");
}

// It could not keep it off, so it does not start.
TEST_F(SwitchesTest, AComponentOfALaterVersionThatIsOffIsNotPassedOver) {
  (void)open().value();
  const auto write = [this](bool is_on) {
    return database_.run(
        "INSERT INTO incident_switch (component, is_on, reason, ordered_at) VALUES (?, ?, ?, ?)",
        std::string("mind-reading"), is_on, std::string("it reads too much"), kToday);
  };
  ASSERT_TRUE(write(false));
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message.find("mind-reading"), std::string::npos);
  ASSERT_TRUE(write(true));
  EXPECT_TRUE(open());
}

TEST(ComponentText, IsReadAsItIsWritten) {
  for (const Component component : all_components()) {
    EXPECT_EQ(parse_component(to_text(component)), component);
    EXPECT_FALSE(what_is_off(component).empty());
  }
  EXPECT_EQ(parse_component("everything"), std::nullopt);
  EXPECT_EQ(parse_component(""), std::nullopt);
}

}  // namespace
}  // namespace fastness::incident
