#include "base/environment.h"

#include <gtest/gtest.h>

namespace fastness {
namespace {

TEST(Environment, EachComesBackFromItsWordAndFromItsNumber) {
  for (const Environment each :
       {Environment::production, Environment::staging, Environment::development}) {
    EXPECT_EQ(parse_environment(to_text(each)), each);
    EXPECT_EQ(environment_of(static_cast<std::uint8_t>(each)), each);
  }
}

TEST(Environment, NothingElseIsOne) {
  for (const char* word : {"", "Production", "production ", "prod", "test"}) {
    EXPECT_FALSE(parse_environment(word)) << word;
  }
  EXPECT_FALSE(environment_of(3));
  EXPECT_FALSE(environment_of(255));
}

}  // namespace
}  // namespace fastness
