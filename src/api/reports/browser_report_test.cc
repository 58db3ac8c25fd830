#include "api/reports/browser_report.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/world_test.h"
#include "base/fixed_limits.h"

namespace fastness::api {
namespace {

using http::Method;
using http::Status;
using ::testing::HasSubstr;
using testing::World;

constexpr const char* kReports = "/api/v1/browser-reports";
const http::Host kHere{"hub.example", 8443};

struct Said {
  std::string page = "https://hub.example:8443/things";
  std::string directive = "script-src-elem";
  std::string refused = "https://evil.example/x.js?y=z";
};

std::string report_of(const Said& said) {
  return R"({"csp-report":{"document-uri":")" + said.page + R"(","effective-directive":")" +
         said.directive + R"(","blocked-uri":")" + said.refused +
         R"x(","script-sample":"alert(1)","line-number":7}})x";
}

Errc error_of(std::string_view body) {
  const auto report = parse_browser_report(body, kHere);
  EXPECT_FALSE(report) << body;
  return report ? Errc::not_found : report.error().code;
}

TEST(ParseBrowserReport, KeepsWhatFindsTheFaultAndNothingElse) {
  const auto report = parse_browser_report(
      report_of({"https://hub.example:8443/things/1?token=abc#secret"}), kHere);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->directive, "script-src-elem");
  EXPECT_EQ(report->refused, "https://evil.example");
  EXPECT_EQ(report->page, "/things/1");

  const std::string longest(fixed_limit("browser_reports.page_bytes") - 1, 'x');
  const std::string here = "https://hub.example:8443/";
  EXPECT_EQ(parse_browser_report(report_of({here + longest}), kHere)->page, "/" + longest);
  EXPECT_EQ(parse_browser_report(report_of({here + longest + "x"}), kHere)->page, "other");
}

TEST(ParseBrowserReport, NamesWhatWasRefusedInAWordOrByItsOrigin) {
  const struct {
    const char* said;
    const char* shown;
  } cases[] = {
      {"inline", "inline"},
      {"eval", "eval"},
      {"trusted-types-sink", "trusted-types-sink"},
      {"data", "data"},
      {"chrome-extension", "chrome-extension"},
      {"wss://evil.example:9/live", "wss://evil.example:9"},
      {"https://[2001:db8::1]/x", "https://[2001:db8::1]"},
      {"https://EVIL.example", "https://evil.example"},
      {"", "other"},
      {"javascript:alert(1)", "other"},
      {"https://user:secret@evil.example/", "other"},
      {"https://evil example/", "other"},
      {"https://", "other"},
      {"some words of whoever sent it", "other"},
      {R"(https://a.example\n2026-01-01 ERROR forged)", "other"},
  };
  for (const auto& each : cases) {
    Said said;
    said.refused = each.said;
    const auto report = parse_browser_report(report_of(said), kHere);
    ASSERT_TRUE(report) << each.said;
    EXPECT_EQ(report->refused, each.shown) << each.said;
  }
}

TEST(ParseBrowserReport, APageOfAStrangeNameIsNotRepeated) {
  for (const char* path : {"/a b", "/%0a", R"(/\u0000)", "/<script>", "/caf\xc3\xa9", ""}) {
    const auto report =
        parse_browser_report(report_of({std::string("https://hub.example:8443") + path}), kHere);
    ASSERT_TRUE(report) << path;
    EXPECT_EQ(report->page, "other") << path;
  }
}

TEST(ParseBrowserReport, TakesWhatOldBrowsersCallTheDirective) {
  const auto report = parse_browser_report(
      R"({"csp-report":{"document-uri":"https://hub.example:8443/","blocked-uri":"inline",)"
      R"("violated-directive":"style-src 'self' https://x.example"}})",
      kHere);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->directive, "style-src");
}

TEST(ParseBrowserReport, RefusesWhatIsNone) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"csp-report":1})", R"({"csp-report":{}})", "null"}) {
    EXPECT_EQ(error_of(text), Errc::invalid_argument);
  }
  Said made_up;
  made_up.directive = "forged-src";
  EXPECT_EQ(error_of(report_of(made_up)), Errc::invalid_argument);
  for (const char* page : {"https://elsewhere.example/", "https://hub.example/", "about:blank", "",
                           "https://hub.example:8443@evil.example/", "hub.example:8443/"}) {
    EXPECT_EQ(error_of(report_of({page})), Errc::invalid_argument) << page;
  }
}

class BrowserReports : public ::testing::Test {
 protected:
  Status report(const std::string& body, const std::string& address = "192.0.2.1",
                const std::string& type = "application/csp-report") {
    return world_
        .ask(Method::post, kReports,
             {.body = body, .headers = {{"content-type", type}}, .address = address})
        .status;
  }
  // About a page at the host that the world's requests name.
  static std::string good() { return report_of({"https://localhost:8443/things"}); }
  std::size_t logged() {
    std::size_t count = 0;
    for (const std::string& line : world_.log().lines()) {
      if (line.find("browser_refused") != std::string::npos) ++count;
    }
    return count;
  }

  World world_;
};

TEST_F(BrowserReports, TellTheOwnerOfTheHost) {
  EXPECT_EQ(report(good()), Status::no_content);

  const auto lines = world_.log().lines();
  ASSERT_FALSE(lines.empty());
  EXPECT_THAT(lines.back(), HasSubstr("browser_refused"));
  EXPECT_THAT(lines.back(), HasSubstr("script-src-elem"));
  EXPECT_THAT(lines.back(), HasSubstr("https://evil.example"));
  EXPECT_THAT(lines.back(), HasSubstr("/things"));
  for (const char* left : {"x.js", "y=z", "alert(1)"}) {
    EXPECT_THAT(lines.back(), Not(HasSubstr(left)));
  }
}

TEST_F(BrowserReports, WhatIsNoneIsRefusedAndInNoLog) {
  EXPECT_EQ(report("{}"), Status::bad_request);
  EXPECT_EQ(report(report_of({"https://elsewhere.example/"})), Status::bad_request);
  EXPECT_EQ(report(good(), "192.0.2.1", "application/json"), Status::unsupported_media_type);
  EXPECT_EQ(logged(), 0U);
}

TEST_F(BrowserReports, AReportIsHeldToItsBytesAndItsPace) {
  std::string padded = good();
  padded.resize(fixed_limit("browser_reports.bytes"), ' ');
  EXPECT_EQ(report(padded), Status::no_content);
  EXPECT_EQ(report(padded + ' '), Status::content_too_large);

  const std::string elsewhere = "198.51.100.7";
  for (std::size_t i = 0; i < fixed_limit("browser_reports.of_network"); ++i) {
    ASSERT_EQ(report(good(), elsewhere), Status::no_content) << i;
  }
  EXPECT_EQ(report(good(), "198.51.100.8"), Status::too_many_requests);
  EXPECT_EQ(report(good(), "203.0.113.1"), Status::no_content);
  world_.clock().advance(std::chrono::seconds(10));
  EXPECT_EQ(report(good(), elsewhere), Status::no_content);
  EXPECT_EQ(report(good(), elsewhere), Status::too_many_requests);
}

TEST_F(BrowserReports, FillNoLog) {
  const std::size_t most = fixed_limit("browser_reports.logged");
  for (std::size_t i = 0; i < most + 3; ++i) {
    ASSERT_EQ(report(good(), "10.0." + std::to_string(i) + ".1"), Status::no_content);
  }
  EXPECT_EQ(logged(), most);

  world_.clock().advance(std::chrono::minutes(1));
  EXPECT_EQ(report(good()), Status::no_content);
  EXPECT_EQ(logged(), most + 1);
  EXPECT_THAT(world_.log().lines().back(), HasSubstr("left_out=3"));
}

}  // namespace
}  // namespace fastness::api
