#include "http/headers.h"

#include <gtest/gtest.h>

namespace fastness::http {
namespace {

TEST(Headers, NamesCompareWithoutCase) {
  Headers headers;
  headers.add("Content-Type", "text/html");

  EXPECT_EQ(headers.find("content-TYPE"), "text/html");
  EXPECT_EQ(headers.fields()[0].name, "content-type");
  headers.set("CONTENT-TYPE", "text/plain");
  EXPECT_EQ(headers.count("content-type"), 1U);
  headers.remove("Content-type");
  EXPECT_FALSE(headers.find("content-type"));
}

TEST(Headers, AValueCannotStartAnotherField) {
  Headers headers;
  headers.set("content-disposition", "attachment; filename=\"a\r\nSet-Cookie: x=y\0\"");

  const auto value = headers.find("content-disposition").value();
  EXPECT_EQ(value.find_first_of(std::string_view("\r\n\0", 3)), std::string_view::npos);
}

TEST(Headers, FindsATokenInAnyElementOfAnyField) {
  Headers headers;
  headers.add("connection", "keep-alive, Upgrade");
  headers.add("connection", "x");

  EXPECT_TRUE(headers.has_token("Connection", "upgrade"));
  EXPECT_TRUE(headers.has_token("Connection", "X"));
  EXPECT_FALSE(headers.has_token("Connection", "upgra"));
  EXPECT_FALSE(headers.has_token("Upgrade", "websocket"));
}

TEST(Trim, TakesSpacesAndTabsOnly) {
  EXPECT_EQ(trim(" \ta b\t "), "a b");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim("\na"), "\na");
}

}  // namespace
}  // namespace fastness::http
