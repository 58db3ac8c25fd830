#include "http/syntax/query.h"

#include <gtest/gtest.h>

namespace fastness::http {
namespace {

TEST(PercentDecode, DecodesBothCasesAndLeavesTheRest) {
  EXPECT_EQ(percent_decode("a%2Fb%2fc+d").value(), "a/b/c+d");
  EXPECT_EQ(percent_decode("").value(), "");
  EXPECT_EQ(percent_decode("%25").value(), "%");
}

TEST(PercentDecode, RefusesWhatIsNotEncoding) {
  for (const char* text : {"%", "%2", "%zz", "a%2", "%%41", "%-1", "%00", "x%00y"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(percent_decode(text));
  }
}

TEST(Query, KeepsOrderAndRepeats) {
  const auto query = Query::parse("tags=a%3Db&name=x+y&tags=c&flag&&empty=");

  ASSERT_TRUE(query);
  EXPECT_EQ(query->all("tags"), (std::vector<std::string_view>{"a=b", "c"}));
  EXPECT_EQ(query->find("name"), "x y");
  EXPECT_EQ(query->find("flag"), "");
  EXPECT_EQ(query->find("empty"), "");
  EXPECT_FALSE(query->find("absent"));
  EXPECT_EQ(query->pairs().size(), 5U);
}

TEST(Query, OnlyTheFirstEqualsSignSeparates) {
  EXPECT_EQ(Query::parse("secret=a=b==").value().find("secret"), "a=b==");
}

TEST(Query, RefusesBrokenEncodingAndFloods) {
  EXPECT_EQ(Query::parse("a=%G1").error().code, Errc::invalid_argument);
  EXPECT_EQ(Query::parse("%=1").error().code, Errc::invalid_argument);

  std::string text;
  for (std::size_t i = 0; i < Query::kMaxPairs; ++i) text += "a&";
  EXPECT_TRUE(Query::parse(text));
  EXPECT_EQ(Query::parse(text + "a").error().code, Errc::exhausted);
}

}  // namespace
}  // namespace fastness::http
