#include "base/network.h"

#include <gtest/gtest.h>

namespace fastness {
namespace {

bool is_in(const char* network, const char* address) {
  return Network::parse(network)->has(address);
}

TEST(Network, HasItsAddressesAndNoOthers) {
  EXPECT_TRUE(is_in("192.0.2.0/24", "192.0.2.0"));
  EXPECT_TRUE(is_in("192.0.2.0/24", "192.0.2.255"));
  EXPECT_FALSE(is_in("192.0.2.0/24", "192.0.3.0"));
  EXPECT_FALSE(is_in("192.0.2.0/24", "192.0.1.255"));
  EXPECT_TRUE(is_in("192.0.2.128/25", "192.0.2.128"));
  EXPECT_FALSE(is_in("192.0.2.128/25", "192.0.2.127"));
  EXPECT_TRUE(is_in("192.0.2.7", "192.0.2.7"));
  EXPECT_FALSE(is_in("192.0.2.7", "192.0.2.6"));
  EXPECT_TRUE(is_in("0.0.0.0/0", "255.255.255.255"));
  EXPECT_TRUE(is_in("2001:db8::/32", "2001:db8:ffff::1"));
  EXPECT_FALSE(is_in("2001:db8::/32", "2001:db9::1"));
}

// However an address is spelled, and whatever pretends to be one.
TEST(Network, CannotBeTalkedIntoAnAddress) {
  EXPECT_TRUE(is_in("192.0.2.0/24", "::ffff:192.0.2.1"));
  EXPECT_TRUE(is_in("::ffff:192.0.2.0/120", "192.0.2.1"));
  EXPECT_FALSE(is_in("::/0", "192.0.2.1"));
  EXPECT_FALSE(is_in("0.0.0.0/0", "2001:db8::1"));
  EXPECT_FALSE(is_in("0.0.0.0/0", "::1"));
  for (const char* text : {"", "localhost", "192.0.2", "192.0.2.1 ", " 192.0.2.1", "192.0.2.1:80",
                           "192.0.2.01", "0xC0000201", "[::1]", "192.0.2.1/24"}) {
    EXPECT_FALSE(is_in("0.0.0.0/0", text)) << text;
    EXPECT_FALSE(is_in("::/0", text)) << text;
  }
}

TEST(Network, HasOneSpelling) {
  for (const char* text : {"192.0.2.0/24", "0.0.0.0/0", "2001:db8::/32", "::/0", "::1/128"}) {
    EXPECT_EQ(Network::parse(text)->to_text(), text);
  }
  EXPECT_EQ(Network::parse("192.0.2.7")->to_text(), "192.0.2.7/32");
  EXPECT_EQ(Network::parse("2001:DB8:0::/32")->to_text(), "2001:db8::/32");
  EXPECT_EQ(Network::parse("::ffff:192.0.2.0/120")->to_text(), "192.0.2.0/24");
}

TEST(Network, WhatIsNoneIsRefused) {
  for (const char* text : {"", "/", "/24", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "::/129",
                           "192.0.2.0/24/24", "192.0.2.0/2 4", "192.0.2.0/+4", "192.0.2.7/24",
                           "2001:db8::1/32", "a.example/24", "192.0.2.0/99999999999"}) {
    EXPECT_EQ(Network::parse(text).error().code, Errc::invalid_argument) << text;
  }
}

TEST(Networks, HaveWhatOneOfThemHasAndNoneHaveNothing) {
  EXPECT_FALSE(any_has({}, "192.0.2.1"));
  const Networks two = *parse_networks("192.0.2.0/24 2001:db8::/32");
  EXPECT_EQ(to_text(two), "192.0.2.0/24 2001:db8::/32");
  EXPECT_TRUE(any_has(two, "192.0.2.1"));
  EXPECT_TRUE(any_has(two, "2001:db8::1"));
  EXPECT_FALSE(any_has(two, "198.51.100.1"));
  EXPECT_FALSE(any_has(two, ""));
  EXPECT_TRUE(parse_networks("")->empty());
  EXPECT_FALSE(parse_networks("192.0.2.0/24  2001:db8::/32"));
}

}  // namespace
}  // namespace fastness
