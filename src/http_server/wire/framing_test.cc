#include "http_server/wire/framing.h"

#include <gtest/gtest.h>

namespace fastness::http_server {
namespace {

using http::Status;

std::string header(std::string_view lines) {
  std::string text;
  for (const char c : lines) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return text + "\r\n";
}

TEST(RawHeader, AcceptsWhatClientsSend) {
  for (const char* lines :
       {"GET / HTTP/1.1\nHost: a\n", "PUT /iot/v2/devices?x=%20y HTTP/1.0\n",
        "PATCH /a HTTP/1.1\nHost: a\nX-Empty:\nX-Tab: a\tb\nX-Utf8: \xc3\xa4\n"}) {
    SCOPED_TRACE(lines);
    EXPECT_EQ(check_raw_header(header(lines)), std::nullopt);
  }
}

TEST(RawHeader, RefusesWhatParsersReadInTwoWays) {
  for (const char* lines : {"GET / HTTP/1.1\nHost: a\n folded\n",
                            "GET / HTTP/1.1\nHost: a\n\tfolded\n",
                            "GET / HTTP/1.1\nHost : a\n",
                            "GET / HTTP/1.1\n: a\n",
                            "GET / HTTP/1.1\nHost a\n",
                            "GET / HTTP/1.1\nX: a\rb\n",
                            "GET / HTTP/1.1\nX: a\x01\n",
                            "GET / HTTP/1.1\nX\x7f: a\n",
                            "GET /  HTTP/1.1\n",
                            "GET  / HTTP/1.1\n",
                            "GET / HTTP/1.1 \n",
                            " GET / HTTP/1.1\n",
                            "GET / HTTP/2.0\n",
                            "GET / http/1.1\n",
                            "GET /\n",
                            "GET\n",
                            "\n",
                            "G\tT / HTTP/1.1\n",
                            "GET http://a/ HTTP/1.1\n",
                            "GET * HTTP/1.1\n",
                            "GET a HTTP/1.1\n",
                            "GET /a#b HTTP/1.1\n",
                            "GET /\xc3\xa4 HTTP/1.1\n",
                            "CONNECT a:1 HTTP/1.1\n"}) {
    SCOPED_TRACE(lines);
    EXPECT_EQ(check_raw_header(header(lines)), Status::bad_request);
  }
}

TEST(RawHeader, RefusesBareLineFeeds) {
  EXPECT_EQ(check_raw_header("GET / HTTP/1.1\nHost: a\r\n\r\n"), Status::bad_request);
  EXPECT_EQ(check_raw_header("GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"), Status::bad_request);
  EXPECT_EQ(check_raw_header(std::string("GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", 26)),
            Status::bad_request);
}

TEST(RawHeader, HasLimitsOfItsOwn) {
  std::string fields;
  for (int i = 0; i < 100; ++i) fields += "X: y\n";
  EXPECT_EQ(check_raw_header(header("GET / HTTP/1.1\n" + fields)), std::nullopt);
  EXPECT_EQ(check_raw_header(header("GET / HTTP/1.1\n" + fields + "X: y\n")),
            Status::header_fields_too_large);

  const std::string path(8 * 1024 - 1, 'a');
  EXPECT_EQ(check_raw_header(header("GET /" + path + " HTTP/1.1\n")), std::nullopt);
  EXPECT_EQ(check_raw_header(header("GET /a" + path + " HTTP/1.1\n")), Status::uri_too_long);
}

TEST(HeaderEnd, IsTheFirstBlankLine) {
  EXPECT_EQ(find_header_end("GET / HTTP/1.1\r\n\r\nrest"), 18U);
  EXPECT_EQ(find_header_end("GET / HTTP/1.1\r\n\r"), std::nullopt);
  EXPECT_EQ(find_header_end(""), std::nullopt);
}

TEST(Fields, SayOnceWhoAndHowLong) {
  using Fields = std::vector<std::pair<const char*, const char*>>;
  const struct {
    Fields fields;
    int version;
    std::optional<Status> expected;
  } cases[] = {
      {{{"host", "a"}}, 11, std::nullopt},
      {{}, 10, std::nullopt},
      {{{"host", "a"}, {"content-length", "5"}}, 11, std::nullopt},
      {{{"host", "a"}, {"transfer-encoding", "Chunked"}}, 11, std::nullopt},
      {{}, 11, Status::bad_request},
      {{{"host", "a"}, {"host", "a"}}, 11, Status::bad_request},
      {{{"host", "a/b"}}, 11, Status::bad_request},
      {{{"host", ""}}, 11, Status::bad_request},
      {{{"host", "a"}, {"content-length", "5"}, {"content-length", "5"}}, 11, Status::bad_request},
      {{{"host", "a"}, {"content-length", "5"}, {"transfer-encoding", "chunked"}},
       11,
       Status::bad_request},
      {{{"host", "a"}, {"content-length", "+5"}}, 11, Status::bad_request},
      {{{"host", "a"}, {"content-length", "5, 5"}}, 11, Status::bad_request},
      {{{"host", "a"}, {"content-length", "-1"}}, 11, Status::bad_request},
      {{{"host", "a"}, {"content-length", "0x5"}}, 11, Status::bad_request},
      {{{"host", "a"}, {"content-length", ""}}, 11, Status::bad_request},
      {{{"host", "a"}, {"transfer-encoding", "gzip, chunked"}}, 11, Status::not_implemented},
      {{{"host", "a"}, {"transfer-encoding", "identity"}}, 11, Status::not_implemented},
      {{{"host", "a"}, {"transfer-encoding", "chunked"}}, 10, Status::bad_request},
  };
  for (const auto& c : cases) {
    http::Headers headers;
    std::string trace = std::to_string(c.version);
    for (const auto& [name, value] : c.fields) {
      headers.add(name, value);
      trace += std::string(" ") + name + "=" + value;
    }
    SCOPED_TRACE(trace);
    EXPECT_EQ(check_fields(headers, c.version), c.expected);
  }
}

TEST(Target, SplitsAtTheFirstQuestionMark) {
  http::Request request;

  ASSERT_TRUE(set_target(request, "/a%20b?x=1?2&y"));

  EXPECT_EQ(request.path, "/a%20b");
  EXPECT_EQ(request.query.find("x"), "1?2");
  EXPECT_FALSE(set_target(request, "/?%zz"));
}

}  // namespace
}  // namespace fastness::http_server
