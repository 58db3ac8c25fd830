#include "net/proxy_header.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace fastness::net {
namespace {

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);

// A header of version 2 with these bytes behind its length.
std::string version_2(char command, char family, const std::string& rest) {
  std::string header = kSignature + command + family;
  header += static_cast<char>(rest.size() >> 8U);
  header += static_cast<char>(rest.size() & 0xFFU);
  return header + rest;
}

const std::string kFour("\xC6\x33\x64\x07\xC0\x00\x02\x01\x9C\x40\x20\xFB", 12);
const std::string kSix(
    "\x20\x01\x0d\xb9\0\0\0\0\0\0\0\0\0\0\0\x07\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x9C\x40"
    "\x20\xFB",
    36);

// Who calls, "nobody", "more" or "refused".
std::string source_of(std::string_view begun) {
  const auto parsed = parse_proxy_header(as_bytes(begun));
  if (!parsed) return "refused";
  if (!*parsed) return "more";
  return (*parsed)->source ? to_text(*(*parsed)->source) : "nobody";
}

TEST(ProxyHeader, OfVersion1NamesTheCaller) {
  EXPECT_EQ(source_of("PROXY TCP4 198.51.100.7 192.0.2.1 40000 8443\r\n"), "198.51.100.7:40000");
  EXPECT_EQ(source_of("PROXY TCP6 2001:db9::7 2001:db8::1 40000 8443\r\n"), "[2001:db9::7]:40000");
  EXPECT_EQ(source_of("PROXY TCP6 ::ffff:198.51.100.7 ::ffff:192.0.2.1 40000 8443\r\n"),
            "198.51.100.7:40000");
  EXPECT_EQ(source_of("PROXY UNKNOWN\r\n"), "nobody");
  EXPECT_EQ(source_of("PROXY UNKNOWN whatever else there is\r\n"), "nobody");
}

TEST(ProxyHeader, OfVersion1IsTheLineOfItsSpecification) {
  for (const std::string_view line :
       {"PROXY\r\n", "PROXY \r\n", "PROXY TCP4\r\n", "PROXY TCP4 198.51.100.7\r\n",
        "PROXY TCP4 198.51.100.7 192.0.2.1 40000\r\n",
        "PROXY TCP4 198.51.100.7 192.0.2.1 40000 8443 \r\n",
        "PROXY TCP4 198.51.100.7 192.0.2.1 40000 8443 1\r\n",
        "PROXY TCP4  198.51.100.7 192.0.2.1 40000 8443\r\n",
        "PROXY TCP4 198.51.100.7 192.0.2.1 70000 8443\r\n",
        "PROXY TCP4 198.51.100.7 192.0.2.1 -1 8443\r\n",
        "PROXY TCP4 198.51.100.7 192.0.2.1 +1 8443\r\n",
        "PROXY TCP4 198.51.100.07 192.0.2.1 40000 8443\r\n",
        "PROXY TCP4 2001:db9::7 2001:db8::1 40000 8443\r\n",
        "PROXY TCP6 198.51.100.7 192.0.2.1 40000 8443\r\n",
        "PROXY TCP6 fe80::7%lo 2001:db8::1 40000 8443\r\n",
        "PROXY TCP4 localhost 192.0.2.1 40000 8443\r\n", "PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n",
        "proxy TCP4 198.51.100.7 192.0.2.1 40000 8443\r\n"}) {
    EXPECT_EQ(source_of(line), "refused") << line;
  }
}

TEST(ProxyHeader, OfVersion1HasAtMost107Bytes) {
  const std::string begin = "PROXY UNKNOWN ";
  EXPECT_EQ(source_of(begin + std::string(107 - begin.size() - 2, 'x') + "\r\n"), "nobody");
  EXPECT_EQ(source_of(begin + std::string(108 - begin.size() - 2, 'x') + "\r\n"), "refused");
  EXPECT_EQ(source_of(begin + std::string(106 - begin.size(), 'x')), "more");
  EXPECT_EQ(source_of(begin + std::string(107 - begin.size(), 'x')), "refused");
}

TEST(ProxyHeader, OfVersion2NamesTheCaller) {
  EXPECT_EQ(source_of(version_2('\x21', '\x11', kFour)), "198.51.100.7:40000");
  EXPECT_EQ(source_of(version_2('\x21', '\x21', kSix)), "[2001:db9::7]:40000");
  EXPECT_EQ(source_of(version_2('\x21', '\x11', kFour + std::string("\x01\0\x02h2", 5))),
            "198.51.100.7:40000")
      << "what follows the addresses is for others";
}

TEST(ProxyHeader, OfVersion2OfAProxyForItselfNamesNobody) {
  EXPECT_EQ(source_of(version_2('\x20', '\0', "")), "nobody");
  EXPECT_EQ(source_of(version_2('\x20', '\x11', kFour)), "nobody");
  EXPECT_EQ(source_of(version_2('\x21', '\0', "")), "nobody");
}

TEST(ProxyHeader, OfVersion2IsRefusedIfItIsNotOfTcpOrTooShort) {
  EXPECT_EQ(source_of(version_2('\x21', '\x12', kFour)), "refused") << "UDP";
  EXPECT_EQ(source_of(version_2('\x21', '\x31', std::string(216, 'x'))), "refused") << "UNIX";
  EXPECT_EQ(source_of(version_2('\x21', '\x11', kFour.substr(1))), "refused");
  EXPECT_EQ(source_of(version_2('\x21', '\x21', kFour)), "refused");
  EXPECT_EQ(source_of(version_2('\x11', '\x11', kFour)), "refused") << "a version that is none";
  EXPECT_EQ(source_of(version_2('\x22', '\x11', kFour)), "refused") << "no such command";
}

TEST(ProxyHeader, IsHeldToItsBytes) {
  const auto of_size = [](std::size_t size) {
    return version_2('\x21', '\x11', kFour + std::string(size - 16 - kFour.size(), '\0'));
  };
  EXPECT_EQ(source_of(of_size(kMaxProxyHeader)), "198.51.100.7:40000");
  EXPECT_EQ(source_of(of_size(kMaxProxyHeader + 1)), "refused");
  EXPECT_EQ(source_of(of_size(kMaxProxyHeader + 1).substr(0, 16)), "refused")
      << "as soon as it says so";
}

TEST(ProxyHeader, EndsWhereItSaysAndNotBefore) {
  for (const std::string& header :
       {std::string("PROXY TCP4 198.51.100.7 192.0.2.1 40000 8443\r\n"),
        std::string("PROXY UNKNOWN\r\n"), version_2('\x21', '\x11', kFour),
        version_2('\x20', '\0', "")}) {
    for (std::size_t size = 0; size < header.size(); ++size) {
      EXPECT_EQ(source_of(header.substr(0, size)), "more") << size;
    }
    for (const std::string_view behind : {"", "\x16\x03\x01", "\r\n", "PROXY "}) {
      const auto parsed = parse_proxy_header(as_bytes(header + std::string(behind)));
      ASSERT_TRUE(parsed && *parsed);
      EXPECT_EQ((*parsed)->size, header.size());
    }
  }
}

TEST(ProxyHeader, IsNotWhatOthersSendFirst) {
  for (const std::string_view bytes :
       {std::string_view("\x16\x03\x01\x02\x00", 5), std::string_view("GET / HTTP/1.1\r\n"),
        std::string_view("\x10\x0c\x00\x04MQTT", 8), std::string_view("\r\n\r\nx"),
        std::string_view("\0", 1), std::string_view("P ")}) {
    EXPECT_EQ(source_of(bytes), "refused");
  }
}

}  // namespace
}  // namespace fastness::net
