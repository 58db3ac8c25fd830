#include "net/endpoint.h"

#include <gtest/gtest.h>

namespace fastness::net {
namespace {

TEST(Endpoint, ReadsWhatItWrites) {
  for (const char* text : {"127.0.0.1:8883", "0.0.0.0:0", "[::1]:8443", "[::]:65535"}) {
    SCOPED_TRACE(text);
    const auto endpoint = parse_endpoint(text);
    ASSERT_TRUE(endpoint);
    EXPECT_EQ(to_text(*endpoint), text);
  }
}

TEST(Endpoint, RefusesNamesAndNonsense) {
  for (const char* text :
       {"", ":", ":8883", "localhost:8883", "127.0.0.1", "127.0.0.1:", "::1:80", "[127.0.0.1]:80",
        "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1: 80", "127.0.0.1:80x", "[::1]", "[]:80"}) {
    SCOPED_TRACE(text);
    const auto endpoint = parse_endpoint(text);
    ASSERT_FALSE(endpoint);
    EXPECT_EQ(endpoint.error().code, Errc::invalid_argument);
  }
}

TEST(Endpoint, MappedAddressIsItsIpv4Self) {
  const auto mapped = boost::asio::ip::make_address("::ffff:192.0.2.7");

  EXPECT_EQ(unmapped(mapped).to_string(), "192.0.2.7");
}

}  // namespace
}  // namespace fastness::net
