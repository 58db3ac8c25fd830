#include "http_server/assets.h"

#include <gtest/gtest.h>

namespace fastness::http_server {
namespace {

constexpr Asset kFiles[] = {
    {"/index.html", "\"i\"", "<html>", "gz", "br"},
    {"/assets/app-1a2b.js", "\"a\"", "plain", "gz", ""},
    {"/favicon.svg", "\"f\"", "<svg>", "", ""},
};

class AssetsTest : public ::testing::Test {
 protected:
  std::optional<http::Response> get(std::string path, std::string_view accept = "*/*",
                                    std::string_view encoding = "", std::string_view etag = "") {
    http::Request request;
    request.path = std::move(path);
    request.headers.set("accept", accept);
    if (!encoding.empty()) request.headers.set("accept-encoding", encoding);
    if (!etag.empty()) request.headers.set("if-none-match", etag);
    return assets_.serve(request);
  }

  Assets assets_{kFiles};
};

TEST_F(AssetsTest, ServesTheSmallestFormThatTheClientAccepts) {
  EXPECT_EQ(get("/index.html", "*/*", "gzip, br")->body, "br");
  EXPECT_EQ(get("/index.html", "*/*", "gzip")->body, "gz");
  EXPECT_EQ(get("/index.html")->body, "<html>");
  EXPECT_EQ(get("/assets/app-1a2b.js", "*/*", "br, gzip")->headers.find("content-encoding"),
            "gzip");
  EXPECT_EQ(get("/favicon.svg", "*/*", "br, gzip")->body, "<svg>");
}

TEST_F(AssetsTest, HashedNamesAreCachedForEverAndPagesAskAgain) {
  EXPECT_NE(get("/assets/app-1a2b.js")->headers.find("cache-control")->find("immutable"),
            std::string_view::npos);
  EXPECT_EQ(get("/")->headers.find("cache-control"), "no-cache");
  EXPECT_EQ(get("/")->headers.find("vary"), "accept-encoding");
}

TEST_F(AssetsTest, AKnownEtagCostsNoBody) {
  const auto response = get("/index.html", "*/*", "br", "W/\"i\"");

  EXPECT_EQ(response->status, http::Status::not_modified);
  EXPECT_TRUE(response->body.empty());
  EXPECT_EQ(response->headers.find("etag"), "\"i\"");
}

TEST_F(AssetsTest, APageOfTheConsoleIsTheIndex) {
  EXPECT_EQ(get("/things/42", "text/html,*/*;q=0.8")->body, "<html>");
  EXPECT_EQ(get("/trust", "text/html")->headers.find("content-type"), "text/html; charset=utf-8");
}

TEST_F(AssetsTest, WhatIsNoPageIsLeftToTheApi) {
  EXPECT_FALSE(get("/api/v1/things", "text/html"));
  EXPECT_FALSE(get("/iot/v2/things", "text/html"));
  EXPECT_FALSE(get("/assets/app-old.js", "text/html"));
  EXPECT_FALSE(get("/things/42", "application/json"));
  EXPECT_FALSE(get("/../index.html", "*/*"));

  http::Request post;
  post.method = http::Method::post;
  post.path = "/index.html";
  EXPECT_FALSE(assets_.serve(post));
}

TEST_F(AssetsTest, NothingIsServedButTheConsolesFiles) {
  for (const char* path :
       {"/.git/config", "/.git/HEAD", "/.env", "/index.html~", "/index.html.bak", "/assets/",
        "/assets", "/assets/app-1a2b.js.map", "/server-status", "/phpinfo.php", "/debug/pprof"}) {
    EXPECT_FALSE(get(path)) << path;
  }
}

TEST_F(AssetsTest, WithoutFilesNothingIsServed) {
  http::Request request;
  request.path = "/";
  EXPECT_FALSE(Assets().serve(request));
}

}  // namespace
}  // namespace fastness::http_server
