#include "storage/migrations.h"

#include <gtest/gtest.h>

namespace fastness::storage {
namespace {

constexpr Migration kFirst{1, "CREATE TABLE thing (id INTEGER PRIMARY KEY) STRICT"};
constexpr Migration kSecond{
    2, "ALTER TABLE thing ADD COLUMN name TEXT; INSERT INTO thing VALUES (1, 'a')"};

class Migrations : public ::testing::Test {
 protected:
  Result<void> run(std::initializer_list<Migration> steps) {
    return migrate(database_, "things", std::span(steps.begin(), steps.size()));
  }

  Database database_ = Database::open_in_memory().value();
};

TEST_F(Migrations, ApplyEachStepOnce) {
  ASSERT_TRUE(run({kFirst}));
  ASSERT_TRUE(run({kFirst, kSecond}));
  ASSERT_TRUE(run({kFirst, kSecond}));

  EXPECT_EQ(database_.query<int>("SELECT id FROM thing")->size(), 1U);
}

TEST_F(Migrations, OfTwoComponentsAreCountedApart) {
  ASSERT_TRUE(run({kFirst, kSecond}));

  constexpr Migration kOther{1, "CREATE TABLE device (id INTEGER PRIMARY KEY) STRICT"};
  EXPECT_TRUE(migrate(database_, "devices", std::span(&kOther, 1)));
  EXPECT_TRUE(database_.run("INSERT INTO device VALUES (1)"));
}

TEST_F(Migrations, AnEditedStepIsRefused) {
  ASSERT_TRUE(run({kFirst}));

  const auto edited = run({{1, "CREATE TABLE thing (id INTEGER PRIMARY KEY, x) STRICT"}, kSecond});

  ASSERT_FALSE(edited);
  EXPECT_EQ(edited.error().code, Errc::corrupted);
  EXPECT_FALSE(database_.run("SELECT name FROM thing"));
}

TEST_F(Migrations, ADatabaseOfANewerReleaseIsRefused) {
  ASSERT_TRUE(run({kFirst, kSecond}));

  const auto older = run({kFirst});

  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, Errc::unavailable);
}

TEST_F(Migrations, GapsAreRefused) {
  EXPECT_EQ(run({kSecond}).error().code, Errc::invalid_argument);
  EXPECT_EQ(run({kFirst, kFirst}).error().code, Errc::invalid_argument);
}

TEST_F(Migrations, AFailingStepLeavesNothing) {
  ASSERT_FALSE(run({kFirst, {2, "CREATE TABLE half (id INTEGER); SELECT nonsense FROM nowhere"}}));

  EXPECT_TRUE(database_.query<int>("SELECT id FROM thing"));
  EXPECT_FALSE(database_.query<int>("SELECT id FROM half"));
  EXPECT_TRUE(run({kFirst, kSecond}));
}

}  // namespace
}  // namespace fastness::storage
