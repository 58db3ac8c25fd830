#include "storage/migrations.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

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

// A database in a file, as it is before and after a release that changes its tables.
class Upgrade : public ::testing::Test {
 protected:
  Upgrade() {
    std::string path = (std::filesystem::temp_directory_path() / "upgrade-XXXXXX").string();
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    folder_ = path;
  }
  ~Upgrade() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] Database open(const std::string& suffix = "") const {
    return Database::open(file(suffix), crypto::SecretBytes(Database::kKeySize)).value();
  }
  [[nodiscard]] std::filesystem::path file(const std::string& suffix = "") const {
    return (folder_ / "control.db").string() + suffix;
  }
  [[nodiscard]] bool is_there(const std::string& suffix) const {
    return std::filesystem::exists(file(suffix));
  }
  // How many of the two tables have the column that a later step adds.
  static int names_in(Database& database) {
    const auto counted = database.query_one<int>(
        "SELECT (SELECT count(*) FROM pragma_table_info('thing') WHERE name = 'name') + "
        "(SELECT count(*) FROM pragma_table_info('device') WHERE name = 'name')");
    return counted && *counted ? std::get<0>(**counted) : -1;
  }
  static Result<void> run(Database& database, const char* component,
                          std::initializer_list<Migration> steps) {
    return migrate(database, component, std::span(steps.begin(), steps.size()));
  }

 private:
  std::filesystem::path folder_;
};

constexpr Migration kDevices{1, "CREATE TABLE device (id INTEGER PRIMARY KEY) STRICT"};
constexpr Migration kMoreOfDevices{2, "ALTER TABLE device ADD COLUMN name TEXT"};

TEST_F(Upgrade, TheDatabaseIsCopiedBeforeItsTablesAreChanged) {
  Database database = open();
  ASSERT_TRUE(run(database, "things", {kFirst}));
  ASSERT_TRUE(run(database, "devices", {kDevices}));
  ASSERT_TRUE(database.run("INSERT INTO thing VALUES (7)"));
  EXPECT_FALSE(is_there(".before-migration")) << "new tables cost nobody anything";

  ASSERT_TRUE(run(database, "things", {kFirst, kSecond}));
  ASSERT_TRUE(run(database, "devices", {kDevices, kMoreOfDevices}));
  EXPECT_TRUE(finish_migrations(database).value());

  EXPECT_FALSE(is_there(".before-migration"));
  Database before = open(".before-upgrade");
  EXPECT_EQ(before.query<int>("SELECT id FROM thing")->size(), 1U);
  EXPECT_EQ(names_in(before), 0) << "it has a step of the later release";
  EXPECT_EQ(names_in(database), 2);
  ASSERT_TRUE(run(before, "things", {kFirst}));
}

TEST_F(Upgrade, AStartThatWasCutOffKeepsTheCopyOfBeforeAllSteps) {
  {
    Database database = open();
    ASSERT_TRUE(run(database, "things", {kFirst}));
    ASSERT_TRUE(run(database, "devices", {kDevices}));
    ASSERT_TRUE(run(database, "things", {kFirst, kSecond}));
  }
  Database database = open();
  ASSERT_TRUE(run(database, "things", {kFirst, kSecond}));
  ASSERT_TRUE(run(database, "devices", {kDevices, kMoreOfDevices}));
  EXPECT_TRUE(finish_migrations(database).value());

  Database before = open(".before-upgrade");
  EXPECT_EQ(names_in(before), 0);
}

TEST_F(Upgrade, NothingIsChangedIfThereCanBeNoCopy) {
  Database database = open();
  ASSERT_TRUE(run(database, "things", {kFirst}));
  // Its place is taken by what no file can replace.
  std::filesystem::create_directories(file(".before-migration.partial") / "full");

  EXPECT_FALSE(run(database, "things", {kFirst, kSecond}));

  EXPECT_EQ(names_in(database), 0);
  EXPECT_TRUE(run(database, "things", {kFirst}));
}

TEST_F(Upgrade, WithoutChangesThereIsNoCopy) {
  Database database = open();
  ASSERT_TRUE(run(database, "things", {kFirst, kSecond}));
  ASSERT_TRUE(run(database, "things", {kFirst, kSecond}));
  EXPECT_FALSE(finish_migrations(database).value());
  EXPECT_FALSE(is_there(".before-upgrade"));
}

}  // namespace
}  // namespace fastness::storage
