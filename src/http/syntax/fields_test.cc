#include "http/syntax/fields.h"

#include <gtest/gtest.h>

namespace fastness::http {
namespace {

Headers with(std::string_view name, std::string_view value) {
  Headers headers;
  headers.add(name, value);
  return headers;
}

TEST(Cookie, IsFoundAmongOthers) {
  const Headers headers = with("Cookie", "a=1; __Host-session=abc=; b=2");

  EXPECT_EQ(find_cookie(headers, "__Host-session"), "abc=");
  EXPECT_EQ(find_cookie(headers, "b"), "2");
  EXPECT_FALSE(find_cookie(headers, "session"));
  EXPECT_FALSE(find_cookie(headers, "A"));
}

TEST(Cookie, PlantedTwiceCountsAsAbsent) {
  Headers headers = with("Cookie", "session=mine");
  headers.add("cookie", "session=planted");

  EXPECT_FALSE(find_cookie(headers, "session"));
  EXPECT_FALSE(find_cookie(with("cookie", "session=a; session=a"), "session"));
}

TEST(Authorization, SplitsSchemeFromCredentials) {
  const auto found = authorization(with("Authorization", "BEARER  abc.def "));

  ASSERT_TRUE(found);
  EXPECT_EQ(found->scheme, "bearer");
  EXPECT_EQ(found->credentials, "abc.def");
}

TEST(Authorization, TwoOfThemAreNone) {
  Headers headers = with("authorization", "Bearer a");
  headers.add("authorization", "Bearer b");

  EXPECT_FALSE(authorization(headers));
}

TEST(Basic, SplitsAtTheFirstColon) {
  const auto basic = parse_basic("QWxhZGRpbjpvcGVuOnNlc2FtZQ==");  // Aladdin:open:sesame

  ASSERT_TRUE(basic);
  EXPECT_EQ(basic->user, "Aladdin");
  EXPECT_EQ(basic->password, "open:sesame");
}

TEST(Basic, RefusesWhatIsNotUserAndPassword) {
  for (const char* text : {"", "!!!", "QWxhZGRpbg==", "YQA6Yg=="}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_basic(text));
  }
}

TEST(Host, ReadsNamesAddressesAndPorts) {
  const struct {
    const char* text;
    const char* name;
    std::optional<std::uint16_t> port;
  } cases[] = {{"Hub.Example", "hub.example", std::nullopt},
               {"localhost:8080", "localhost", 8080},
               {"127.0.0.1:1", "127.0.0.1", 1},
               {"[::1]", "[::1]", std::nullopt},
               {"[2001:DB8::1]:8443", "[2001:db8::1]", 8443}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto host = parse_host(c.text);
    ASSERT_TRUE(host);
    EXPECT_EQ(host->name, c.name);
    EXPECT_EQ(host->port, c.port);
  }
}

TEST(Host, RefusesWhatNoAuthorityIs) {
  for (const char* text : {"", ":80", "a b", "a/b", "user@host", "a:b", "a:", "a:70000", "[::1",
                           "::1", "[]:80", "a,b", "evil#localhost", "a\\b"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(parse_host(text));
  }
}

TEST(AcceptEncoding, HonoursNamesWeightsAndTheStar) {
  EXPECT_TRUE(accepts_encoding(with("accept-encoding", "gzip, deflate, br"), "br"));
  EXPECT_TRUE(accepts_encoding(with("accept-encoding", "BR;q=0.5"), "br"));
  EXPECT_TRUE(accepts_encoding(with("accept-encoding", "*"), "gzip"));
  EXPECT_FALSE(accepts_encoding(with("accept-encoding", "br;q=0, *"), "br"));
  EXPECT_FALSE(accepts_encoding(with("accept-encoding", "br; q=0.000"), "br"));
  EXPECT_FALSE(accepts_encoding(with("accept-encoding", "gzip"), "br"));
  EXPECT_FALSE(accepts_encoding(Headers(), "br"));
}

TEST(Etag, MatchesListsWeaklyAndTheStar) {
  EXPECT_TRUE(matches_etag(with("if-none-match", "\"a\", W/\"b\""), "\"b\""));
  EXPECT_TRUE(matches_etag(with("if-none-match", "*"), "\"b\""));
  EXPECT_FALSE(matches_etag(with("if-none-match", "b"), "\"b\""));
  EXPECT_FALSE(matches_etag(Headers(), "\"b\""));
}

TEST(SniffBody, LooksAtTheBytesOnly) {
  EXPECT_EQ(sniff_body(" \r\n"), BodyKind::empty);
  EXPECT_EQ(sniff_body("\n {\"a\":1}"), BodyKind::json);
  EXPECT_EQ(sniff_body("grant_type=client_credentials&client_id=x"), BodyKind::form);
  EXPECT_EQ(sniff_body("hello"), BodyKind::other);
}

}  // namespace
}  // namespace fastness::http
