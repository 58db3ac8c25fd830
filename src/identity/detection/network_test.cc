#include "identity/detection/network.h"

#include <gtest/gtest.h>

namespace fastness::identity {
namespace {

TEST(Network, IsTheAddressWithoutItsPort) {
  EXPECT_EQ(Network::of("192.0.2.7:49152"), Network::of("192.0.2.7:50000"));
  EXPECT_EQ(Network::of("192.0.2.7:49152"), Network::of("192.0.2.7"));
  EXPECT_EQ(Network::of("[2001:db8::7]:49152"), Network::of("2001:db8::7"));
  EXPECT_EQ(Network::of("[::ffff:192.0.2.7]:49152"), Network::of("192.0.2.7:1"));
}

TEST(Network, OfIpv6IsWhatOneHouseholdHas) {
  EXPECT_EQ(Network::of("[2001:db8:1:2::7]:1"), Network::of("[2001:db8:1:2:ffff::9]:2"));
  EXPECT_NE(Network::of("[2001:db8:1:2::7]:1"), Network::of("[2001:db8:1:3::7]:1"));
}

TEST(Network, TellsNeighboursApart) {
  EXPECT_NE(Network::of("192.0.2.7:1"), Network::of("192.0.2.8:1"));
  EXPECT_NE(Network::of("192.0.2.7:1"), Network::of("[2001:db8::c000:207]:1"));
}

TEST(Network, OfNoAddressIsNone) {
  for (const char* text : {"", ":", "[", "[]", "[]:1", "[192.0.2", "localhost:1", "192.0.2.7.1:1",
                           "2001:db8::7]:1", "[2001:db8::7%eth0]:1", "1.2.3.4 :1"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(Network::of(text));
  }
}

}  // namespace
}  // namespace fastness::identity
