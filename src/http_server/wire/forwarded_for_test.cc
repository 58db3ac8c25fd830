#include "http_server/wire/forwarded_for.h"

#include <initializer_list>

#include <gtest/gtest.h>

namespace fastness::http_server {
namespace {

http::Headers headers(std::initializer_list<std::string_view> values) {
  http::Headers headers;
  for (const auto value : values) headers.add("X-Forwarded-For", value);
  return headers;
}

// Who asks, if the proxies are 192.0.2.1 and those of 2001:db8::/32; "refused" if nobody can say.
std::string caller(std::initializer_list<std::string_view> values) {
  static const Networks proxies = *parse_networks("192.0.2.1/32 2001:db8::/32");
  const auto found = forwarded_for(headers(values), proxies);
  if (!found) return "refused";
  return found->value_or("nobody");
}

TEST(ForwardedFor, NamesWhomTheLastProxyWasCalledBy) {
  EXPECT_EQ(caller({"198.51.100.7"}), "198.51.100.7");
  EXPECT_EQ(caller({"198.51.100.7, 192.0.2.1"}), "198.51.100.7");
  EXPECT_EQ(caller({"198.51.100.7,2001:db8::9 ,\t192.0.2.1"}), "198.51.100.7");
  EXPECT_EQ(caller({}), "nobody");
  EXPECT_EQ(caller({""}), "nobody");
}

TEST(ForwardedFor, WhatACallerWroteItselfIsNotRead) {
  EXPECT_EQ(caller({"203.0.113.99, 198.51.100.7"}), "198.51.100.7");
  EXPECT_EQ(caller({"127.0.0.1, 198.51.100.7, 192.0.2.1"}), "198.51.100.7");
  EXPECT_EQ(caller({"nonsense, 198.51.100.7"}), "198.51.100.7");
  EXPECT_EQ(caller({"192.0.2.1, 198.51.100.7"}), "198.51.100.7") << "who names a proxy is none";
}

TEST(ForwardedFor, SeveralFieldsAreOneListInTheirOrder) {
  EXPECT_EQ(caller({"203.0.113.99", "198.51.100.7, 192.0.2.1"}), "198.51.100.7");
  EXPECT_EQ(caller({"198.51.100.7", "192.0.2.1", ""}), "198.51.100.7");
}

TEST(ForwardedFor, WhoIsBehindNothingButProxiesIsTheFirstOfThem) {
  EXPECT_EQ(caller({"2001:db8::1, 192.0.2.1"}), "2001:db8::1");
}

TEST(ForwardedFor, HasOneSpellingOfAnAddress) {
  EXPECT_EQ(caller({"198.51.100.7:40000"}), "198.51.100.7");
  EXPECT_EQ(caller({"[2001:0DB9::7]:443"}), "2001:db9::7");
  EXPECT_EQ(caller({"2001:0DB9:0::7"}), "2001:db9::7");
  EXPECT_EQ(caller({"::ffff:198.51.100.7"}), "198.51.100.7");
  EXPECT_EQ(caller({"198.51.100.7, ::ffff:192.0.2.1"}), "198.51.100.7");
}

TEST(ForwardedFor, WhatIsNoAddressIsRefusedWhereOneIsLookedFor) {
  for (const std::string_view value :
       {"unknown", "_hidden", "198.51.100.7,", ",", "198.51.100.07", "198.51.100", "0xC0000201",
        "[2001:db9::7", "fe80::1%eth0", "198.51.100.7 198.51.100.8", "localhost", "1, 192.0.2.1"}) {
    EXPECT_EQ(caller({value}), "refused") << value;
  }
}

TEST(PassedOn, IsWhatSaysSo) {
  for (const char* name : {"X-Forwarded-For", "Forwarded", "Via"}) {
    http::Headers with;
    with.add(name, "x");
    EXPECT_TRUE(is_passed_on(with)) << name;
  }
  EXPECT_FALSE(is_passed_on({}));
}

}  // namespace
}  // namespace fastness::http_server
