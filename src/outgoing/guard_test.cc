#include "outgoing/guard.h"

#include <cstdlib>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fastness::outgoing {
namespace {

using ::testing::HasSubstr;

// Name servers that say what the test wants.
Guard guard(std::map<std::string, std::vector<const char*>> names,
            const std::vector<const char*>& allowed = {}) {
  std::vector<AddressRange> ranges;
  for (const char* text : allowed) ranges.push_back(AddressRange::parse(text).value());
  return {std::move(ranges),
          [names = std::move(names)](const std::string& host) -> Result<std::vector<IpAddress>> {
            const auto found = names.find(host);
            if (found == names.end()) return fail(Errc::not_found, "no such name");
            std::vector<IpAddress> addresses;
            for (const char* text : found->second) {
              addresses.push_back(IpAddress::parse(text).value());
            }
            return addresses;
          }};
}

TEST(Guard, LetsPublicAddressesPass) {
  const auto admitted =
      guard({{"example.org", {"93.184.216.34", "2606:2800::1"}}}).admit("example.org");
  ASSERT_TRUE(admitted) << admitted.error().message;
  EXPECT_EQ(admitted->size(), 2U);
}

TEST(Guard, ANameThatPointsInsideIsRefused) {
  for (const char* inside : {"127.0.0.1", "10.0.0.5", "169.254.169.254", "::1", "fd00:ec2::254",
                             "::ffff:10.0.0.5", "0.0.0.0"}) {
    const auto refused = guard({{"rebind.example", {inside}}}).admit("rebind.example");
    ASSERT_FALSE(refused) << inside;
    EXPECT_EQ(refused.error().code, Errc::permission_denied) << inside;
    EXPECT_THAT(refused.error().message, HasSubstr("outgoing.allow"));
  }
}

TEST(Guard, OneBadAddressAmongGoodOnesSpoilsTheName) {
  const auto mixed = guard({{"mixed.example", {"93.184.216.34", "127.0.0.1"}}});
  EXPECT_EQ(mixed.admit("mixed.example").error().code, Errc::permission_denied);
}

TEST(Guard, WhatTheOwnerNamesPassesAndItsNeighbourDoesNot) {
  const Guard allowing = guard({{"nas", {"10.0.0.5"}},
                                {"router", {"10.0.0.1"}},
                                {"both", {"10.0.0.5", "10.0.0.1"}},
                                {"mapped", {"::ffff:10.0.0.5"}}},
                               {"10.0.0.5/32"});
  EXPECT_TRUE(allowing.admit("nas"));
  EXPECT_TRUE(allowing.admit("mapped")) << "it is the same address";
  EXPECT_EQ(allowing.admit("router").error().code, Errc::permission_denied);
  EXPECT_EQ(allowing.admit("both").error().code, Errc::permission_denied);
}

TEST(Guard, ANameWithoutAnAddressGoesNowhere) {
  EXPECT_EQ(guard({}).admit("nowhere").error().code, Errc::not_found);
  EXPECT_EQ(guard({{"empty", {}}}).admit("empty").error().code, Errc::not_found);
}

// The spellings that libraries take for addresses are looked up like any name and end where the
// address ends.
TEST(Guard, SpellingsOfLoopbackAreLoopback) {
  const Guard by_system({}, resolve_by_system);
  for (const char* spelling : {"127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "127.1",
                               "017700000001", "0", "::1", "::ffff:127.0.0.1"}) {
    const auto refused = by_system.admit(spelling);
    ASSERT_FALSE(refused) << spelling;
    EXPECT_EQ(refused.error().code, Errc::permission_denied) << spelling;
  }
}

TEST(Guard, TheResolverNeedsNoUdp) {
  prepare_resolver();
  EXPECT_THAT(std::string(std::getenv("RES_OPTIONS")), HasSubstr("use-vc"));
  EXPECT_TRUE(resolve_by_system("127.0.0.1"));
}

}  // namespace
}  // namespace fastness::outgoing
