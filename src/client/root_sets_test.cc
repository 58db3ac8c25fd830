// A device's folder against a server, or whoever passes for one, that would have it trust others.
#include "client/root_sets.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "client/enrolment.h"
#include "roots/testing/test_root.h"

namespace fastness::client {
namespace {

using roots::testing::document_for;
using roots::testing::set_of;
using roots::testing::TestRoot;

constexpr Timestamp kFollowedAt{std::chrono::sys_days(std::chrono::year(2027) / 3 / 1)};

class FollowedRoots : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "fastness-roots-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    trust(first_.to_text());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void trust(const std::string& text) { std::ofstream(folder_ / "ca.crt") << text; }
  std::string trusted() {
    std::ostringstream text;
    text << std::ifstream(folder_ / "ca.crt").rdbuf();
    return text.str();
  }

  TestRoot a_ = TestRoot::make(kFollowedAt, roots::kActiveRole);
  TestRoot b_ = TestRoot::make(kFollowedAt);
  TestRoot c_ = TestRoot::make(kFollowedAt);
  TestRoot thief_ = TestRoot::make(kFollowedAt);
  roots::RootSet first_ = set_of(1, a_, b_);
  roots::RootSet second_ = set_of(2, b_, c_);
  Bytes to_second_ = document_for(second_, 1, a_, b_, kFollowedAt);
  std::filesystem::path folder_;
};

TEST_F(FollowedRoots, TheFolderFollowsOnceAndKeepsItsNumber) {
  const auto followed = follow_roots(folder_, {to_second_}, kFollowedAt);
  ASSERT_TRUE(followed);
  ASSERT_TRUE(*followed);
  EXPECT_EQ((*followed)->number, 2U);
  EXPECT_EQ(trusted(), second_.to_text());
  EXPECT_FALSE(follow_roots(folder_, {to_second_}, kFollowedAt).value()) << "nothing is new";
  EXPECT_EQ(trusted(), second_.to_text());
}

TEST_F(FollowedRoots, AFolderOfTheTimeBeforeNumbersFollowsToo) {
  trust(a_.certificate.to_pem() + b_.certificate.to_pem());
  EXPECT_TRUE(follow_roots(folder_, {to_second_}, kFollowedAt).value());
  EXPECT_EQ(trusted(), second_.to_text());
}

TEST_F(FollowedRoots, AServerThatLiesChangesNothing) {
  const Bytes stolen = document_for(set_of(2, b_, thief_), 1, thief_, b_, kFollowedAt);
  EXPECT_FALSE(follow_roots(folder_, {stolen}, kFollowedAt));
  EXPECT_FALSE(follow_roots(folder_, {Bytes(9, 9)}, kFollowedAt));
  EXPECT_EQ(trusted(), first_.to_text());

  trust(second_.to_text());
  EXPECT_FALSE(follow_roots(folder_, {to_second_}, kFollowedAt).value()) << "an old set again";
  EXPECT_EQ(trusted(), second_.to_text());
}

TEST(RootDocuments, AreReadOutOfAnAnswer) {
  const auto read = parse_root_documents(R"({"number":3,"documents":["AQI=","Aw=="]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (std::vector<Bytes>{{1, 2}, {3}}));
  EXPECT_TRUE(parse_root_documents(R"({"documents":[]})")->empty());
  for (const char* wrong : {"", "{}", "[]", R"({"documents":7})", R"({"documents":[7]})",
                            R"({"documents":["%"]})", R"({"documents":"AQI="})"}) {
    EXPECT_FALSE(parse_root_documents(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace fastness::client
