#include "outgoing/ip_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace fastness::outgoing {
namespace {

using ::testing::HasSubstr;

IpAddress address(const std::string& text) {
  return IpAddress::parse(text).value();
}

TEST(IpAddress, HasOneSpelling) {
  EXPECT_EQ(address("192.0.2.1").to_text(), "192.0.2.1");
  EXPECT_EQ(address("2001:DB8:0::1").to_text(), "2001:db8::1");
  EXPECT_EQ(address("::ffff:10.0.0.1"), address("10.0.0.1"));
  EXPECT_EQ(address("::ffff:a00:1"), address("10.0.0.1"));
  EXPECT_TRUE(address("::ffff:a00:1").is_v4());
  EXPECT_FALSE(address("::a00:1").is_v4());
  for (const char* text : {"", "10.0.0", "10.0.0.256", "010.0.0.1", "0x0a.0.0.1", "2130706433",
                           "10.0.0.1 ", "10.0.0.1/8", "[::1]", "::1%eth0", "localhost", "::g"}) {
    EXPECT_FALSE(IpAddress::parse(text)) << text;
  }
}

TEST(IpAddress, IsWhatASocketSays) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(0x0a000001);
  EXPECT_EQ(IpAddress::from(reinterpret_cast<const sockaddr&>(v4)), address("10.0.0.1"));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  EXPECT_EQ(IpAddress::from(reinterpret_cast<const sockaddr&>(v6)), address("::1"));
  v6.sin6_family = AF_UNIX;
  EXPECT_EQ(IpAddress::from(reinterpret_cast<const sockaddr&>(v6)), std::nullopt);
}

// Everything that only this machine or its network can reach, in every spelling.
TEST(IpAddress, WhatIsInsideIsNotPublic) {
  for (const char* inside : {"127.0.0.1",
                             "127.255.255.254",
                             "0.0.0.0",
                             "0.1.2.3",
                             "10.0.0.1",
                             "10.255.255.255",
                             "172.16.0.1",
                             "172.31.255.255",
                             "192.168.0.1",
                             "169.254.169.254",
                             "169.254.0.1",
                             "100.64.0.1",
                             "100.100.100.200",
                             "168.63.129.16",
                             "192.0.0.170",
                             "192.0.2.1",
                             "198.18.0.1",
                             "198.19.255.255",
                             "198.51.100.7",
                             "203.0.113.9",
                             "224.0.0.1",
                             "239.255.255.250",
                             "240.0.0.1",
                             "255.255.255.255",
                             "192.88.99.1",
                             "::",
                             "::1",
                             "::ffff:127.0.0.1",
                             "::ffff:7f00:1",
                             "::ffff:169.254.169.254",
                             "::127.0.0.1",
                             "64:ff9b::7f00:1",
                             "64:ff9b::a00:1",
                             "64:ff9b:1::1",
                             "2002:7f00:1::",
                             "2002:a00:1::1",
                             "2001:0:53aa::1",
                             "2001:db8::1",
                             "3fff::1",
                             "100::1",
                             "fc00::1",
                             "fd00:ec2::254",
                             "fe80::1",
                             "fec0::1",
                             "ff02::1",
                             "ff0e::1",
                             "4000::1",
                             "5f00::1"}) {
    EXPECT_FALSE(is_public(address(inside))) << inside;
  }
  for (const char* outside :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255",
        "172.32.0.0", "192.167.255.255", "192.169.0.0", "169.253.255.255", "223.255.255.255",
        "2606:4700::1111", "2a00:1450::1", "2001:4860::8888"}) {
    EXPECT_TRUE(is_public(address(outside))) << outside;
  }
}

TEST(IpAddress, LoopbackIsThisMachine) {
  EXPECT_TRUE(is_loopback(address("127.8.9.10")));
  EXPECT_TRUE(is_loopback(address("::1")));
  EXPECT_TRUE(is_loopback(address("::ffff:127.0.0.1")));
  EXPECT_FALSE(is_loopback(address("128.0.0.1")));
  EXPECT_FALSE(is_loopback(address("::2")));
  EXPECT_FALSE(is_loopback(address("0.0.0.0")));
}

TEST(AddressRange, HoldsWhatItsPrefixSays) {
  struct Case {
    const char* range;
    const char* inside;
    const char* outside;
  };
  for (const Case& each :
       {Case{"10.0.0.5/32", "10.0.0.5", "10.0.0.4"},
        Case{"10.0.0.5", "::ffff:10.0.0.5", "10.0.0.6"},
        Case{"10.0.0.0/8", "10.255.0.1", "11.0.0.0"}, Case{"10.8.0.0/13", "10.15.1.1", "10.16.0.0"},
        Case{"0.0.0.0/0", "8.8.8.8", "2001:db8::1"}, Case{"fd00::/8", "fdff::1", "fe00::"},
        Case{"::ffff:10.0.0.0/104", "10.1.1.1", "11.1.1.1"}, Case{"::1", "::1", "::2"}}) {
    const auto range = AddressRange::parse(each.range);
    ASSERT_TRUE(range) << each.range;
    EXPECT_TRUE(range->contains(address(each.inside))) << each.range;
    EXPECT_FALSE(range->contains(address(each.outside))) << each.range;
  }
}

TEST(AddressRange, AMistakeIsNotGuessedAt) {
  for (const char* text : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "fd00::/129", "10.0.0.0/-1",
                           "10.0.0.0/8x", "10.0.0.0/ 8", "example.org", "10.0.0.0/4294967200"}) {
    EXPECT_EQ(AddressRange::parse(text).error().code, Errc::invalid_argument) << text;
  }
  const auto loose = AddressRange::parse("10.0.0.5/8");
  ASSERT_FALSE(loose);
  EXPECT_THAT(loose.error().message, HasSubstr("it may mean 10.0.0.0/8"));
}

}  // namespace
}  // namespace fastness::outgoing
