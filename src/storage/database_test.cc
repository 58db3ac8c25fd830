#include "storage/database.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ids/ids.h"
#include "storage/attached_source.h"

namespace fastness::storage {
namespace {

class Directory {
 public:
  Directory() {
    std::string name = std::filesystem::temp_directory_path() / "fastness-database-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

crypto::SecretBytes key_of(std::uint8_t byte) {
  Bytes bytes(Database::kKeySize, byte);
  return crypto::SecretBytes::take(bytes);
}

std::string contents(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

Database memory() {
  auto database = Database::open_in_memory();
  EXPECT_TRUE(database);
  return std::move(database).value();
}

const DeviceId kDevice(Uuid::parse("4e8a1b7c-0a39-4a3c-9a76-2f3a4c5d6e7f").value());

TEST(Database, EveryTypeComesBackAsItWas) {
  Database database = memory();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (a ANY, b, c, d, e, f, g, h, i)"));
  const Timestamp time{std::chrono::microseconds(1'234'567)};
  const Bytes bytes{0, 1, 2};
  const SeriesId series(0xffff'ffff'ffff'fff0U);

  ASSERT_TRUE(database.run("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", kDevice, time, bytes,
                           "text", true, 1.5, series, std::optional<std::int64_t>(),
                           std::optional<std::string>("there")));
  const auto row =
      database.query_one<DeviceId, Timestamp, Bytes, std::string, bool, double, SeriesId,
                         std::optional<std::int64_t>, std::optional<std::string>>(
          "SELECT * FROM t");

  ASSERT_TRUE(row) << row.error().message;
  ASSERT_TRUE(row->has_value());
  const auto& [a, b, c, d, e, f, g, h, i] = **row;
  EXPECT_EQ(a, kDevice);
  EXPECT_EQ(b, time);
  EXPECT_EQ(c, bytes);
  EXPECT_EQ(d, "text");
  EXPECT_TRUE(e);
  EXPECT_EQ(f, 1.5);
  EXPECT_EQ(g, series);
  EXPECT_FALSE(h);
  EXPECT_EQ(i, "there");
}

TEST(Database, EmptyTextsAndBytesAreNotNull) {
  Database database = memory();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (a TEXT NOT NULL, b BLOB NOT NULL) STRICT"));

  EXPECT_TRUE(database.run("INSERT INTO t VALUES (?, ?)", std::string_view(), Bytes()));
}

TEST(Database, QuotesInParametersAreData) {
  Database database = memory();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (a TEXT) STRICT"));
  const std::string attack = "'); DROP TABLE t; --";

  ASSERT_TRUE(database.run("INSERT INTO t VALUES (?)", attack));

  const auto row = database.query_one<std::string>("SELECT a FROM t WHERE a = ?", attack);
  ASSERT_TRUE(row && row->has_value());
  EXPECT_EQ(std::get<0>(**row), attack);
}

TEST(Database, ColumnsOfAnotherTypeAreCorruption) {
  Database database = memory();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (a); INSERT INTO t VALUES (x'0102')"));

  const auto short_id = database.query<DeviceId>("SELECT a FROM t");
  const auto not_text = database.query<std::string>("SELECT a FROM t");
  const auto null = database.query<std::int64_t>("SELECT NULL FROM t");
  const auto truth = database.query<bool>("SELECT 2 FROM t");
  const auto narrow = database.query<std::int32_t>("SELECT 3000000000 FROM t");

  ASSERT_FALSE(short_id);
  EXPECT_EQ(short_id.error().code, Errc::corrupted);
  EXPECT_EQ(short_id.error().message.find("0102"), std::string::npos);
  EXPECT_FALSE(not_text);
  EXPECT_FALSE(null);
  EXPECT_FALSE(truth);
  EXPECT_FALSE(narrow);
}

TEST(Database, WrongNumbersOfParametersOrColumnsAreRefused) {
  Database database = memory();

  EXPECT_EQ(database.query<int>("SELECT ?", 1, 2).error().code, Errc::invalid_argument);
  EXPECT_EQ((database.query<int, int>("SELECT ?", 1)).error().code, Errc::invalid_argument);
  EXPECT_EQ(database.run("SELECT 1; SELECT 2").error().code, Errc::invalid_argument);
}

TEST(Database, ConstraintsHaveTheirOwnErrors) {
  Database database = memory();
  ASSERT_TRUE(database.run_script(R"(
      CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE child (id INTEGER REFERENCES parent) STRICT)"));
  ASSERT_TRUE(database.run("INSERT INTO parent VALUES (1, 'a')"));

  EXPECT_EQ(database.run("INSERT INTO parent VALUES (1, 'b')").error().code, Errc::already_exists);
  EXPECT_EQ(database.run("INSERT INTO parent VALUES (2, 'a')").error().code, Errc::already_exists);
  EXPECT_EQ(database.run("INSERT INTO parent VALUES (3, NULL)").error().code,
            Errc::invalid_argument);
  EXPECT_EQ(database.run("INSERT INTO child VALUES (9)").error().code, Errc::invalid_argument);
}

TEST(Database, OneLiteralMayBeSteppedTwiceAtOnce) {
  Database database = memory();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)"));
  const auto count_pairs = [&database](auto&& self, int depth) -> int {
    auto statement = database.prepare("SELECT a FROM t");
    EXPECT_TRUE(statement);
    Statement rows = std::move(statement).value();
    int count = 0;
    while (rows.step().value()) count += depth == 0 ? 1 : self(self, depth - 1);
    return count;
  };

  EXPECT_EQ(count_pairs(count_pairs, 1), 9);
  EXPECT_EQ(count_pairs(count_pairs, 2), 27);
}

TEST(Transaction, UndoesItselfUnlessCommitted) {
  Database database = memory();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (a)"));

  {
    auto transaction = database.begin();
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(database.run("INSERT INTO t VALUES (1)"));
  }
  EXPECT_TRUE(database.query<int>("SELECT a FROM t")->empty());

  auto transaction = database.begin();
  ASSERT_TRUE(transaction);
  ASSERT_TRUE(database.run("INSERT INTO t VALUES (2)"));
  ASSERT_TRUE(transaction.value().commit());
  EXPECT_EQ(database.query<int>("SELECT a FROM t")->size(), 1U);
}

TEST(Transaction, InnerOnesAreUndoneAlone) {
  Database database = memory();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (a)"));

  auto outer = database.begin();
  ASSERT_TRUE(outer);
  ASSERT_TRUE(database.run("INSERT INTO t VALUES (1)"));
  {
    auto inner = database.begin();
    ASSERT_TRUE(inner);
    ASSERT_TRUE(database.run("INSERT INTO t VALUES (2)"));
  }
  {
    auto inner = database.begin();
    ASSERT_TRUE(inner);
    ASSERT_TRUE(database.run("INSERT INTO t VALUES (3)"));
    ASSERT_TRUE(inner.value().commit());
  }
  ASSERT_TRUE(outer.value().commit());

  const auto rows = database.query<int>("SELECT a FROM t ORDER BY a");
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows, (std::vector<std::tuple<int>>{{1}, {3}}));
}

TEST(DatabaseFile, IsUnreadableWithoutTheKey) {
  const Directory directory;
  const auto path = directory / "control.db";
  {
    auto database = Database::open(path, key_of(1));
    ASSERT_TRUE(database) << database.error().message;
    ASSERT_TRUE(database.value().run_script("CREATE TABLE planted_name (a TEXT)"));
    ASSERT_TRUE(database.value().run("INSERT INTO planted_name VALUES ('planted-value')"));
    for (const char* file : {"control.db", "control.db-wal"}) {
      const std::string bytes = contents(directory / file);
      EXPECT_EQ(bytes.find("planted"), std::string::npos) << file;
      EXPECT_EQ(bytes.find("SQLite format"), std::string::npos) << file;
    }
  }

  auto wrong = Database::open(path, key_of(2));
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Errc::corrupted);
  EXPECT_NE(wrong.error().message.find("key is wrong"), std::string::npos);
  EXPECT_EQ(contents(path).find("planted"), std::string::npos);

  auto right = Database::open(path, key_of(1));
  ASSERT_TRUE(right);
  const auto row = right.value().query_one<std::string>("SELECT a FROM planted_name");
  ASSERT_TRUE(row && row->has_value());
  EXPECT_EQ(std::get<0>(**row), "planted-value");
}

TEST(DatabaseFile, AFlippedBitIsCorruption) {
  const Directory directory;
  const auto path = directory / "control.db";
  {
    auto database = Database::open(path, key_of(1));
    ASSERT_TRUE(database);
    ASSERT_TRUE(database.value().run_script("CREATE TABLE t (a TEXT)"));
    ASSERT_TRUE(database.value().run("INSERT INTO t VALUES (?)", std::string(20'000, 'x')));
    ASSERT_TRUE(database.value().checkpoint());
  }
  {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    constexpr std::streamoff kSomewhere = 3 * 4096 + 100;
    file.seekg(kSomewhere);
    const int byte = file.get();
    file.seekp(kSomewhere);
    file.put(static_cast<char>(byte ^ 1));
  }

  auto database = Database::open(path, key_of(1));
  ASSERT_TRUE(database);
  const auto rows = database.value().query<std::string>("SELECT a FROM t");

  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, Errc::corrupted);
}

TEST(DatabaseFile, IsItsOwnersOnly) {
  const Directory directory;
  auto database = Database::open(directory / "control.db", key_of(1));
  ASSERT_TRUE(database);
  ASSERT_TRUE(database.value().run_script("CREATE TABLE t (a)"));

  for (const char* name : {"control.db", "control.db-wal", "control.db-shm"}) {
    struct stat status {};
    ASSERT_EQ(::stat((directory / name).c_str(), &status), 0) << name;
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
  }
}

Result<int> steps_until_whole(DatabaseCopy& copy, int pages) {
  for (int steps = 1; steps < 10'000; ++steps) {
    FASTNESS_ASSIGN_OR_RETURN(const bool is_whole, copy.step(pages));
    if (is_whole) return steps;
  }
  return fail(Errc::unavailable, "it does not end");
}

std::int64_t rows_in(const std::filesystem::path& path, std::uint8_t key) {
  auto opened = Database::open(path, key_of(key));
  if (!opened) return -1;
  Database database = std::move(opened).value();
  const auto row = database.query_one<std::int64_t>("SELECT count(*) FROM t");
  return row && row->has_value() ? std::get<0>(**row) : -1;
}

TEST(DatabaseFile, ACopyIsTheDatabaseAsItIsWhenTheLastStepReturns) {
  const Directory directory;
  Database database = Database::open(directory / "control.db", key_of(1)).value();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (a TEXT)"));
  const auto add = [&] {
    return database.run("INSERT INTO t VALUES (?)", std::string(3'000, 'x')).has_value();
  };
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(add());

  DatabaseCopy copy = database.begin_copy(directory / "copy.db").value();
  for (int i = 0; i < 5; ++i) {
    const auto step = copy.step(4);
    ASSERT_TRUE(step) << step.error().message;
    ASSERT_FALSE(*step);
    ASSERT_TRUE(add());  // behind what is copied
    ASSERT_TRUE(database.run("UPDATE t SET a = 'changed' WHERE rowid = 1"));  // and before it
  }
  const auto steps = steps_until_whole(copy, 4);
  ASSERT_TRUE(steps) << steps.error().message;
  EXPECT_GT(*steps, 2);
  ASSERT_TRUE(add());

  EXPECT_EQ(copy.step(4).error().code, Errc::invalid_argument);
  EXPECT_EQ(rows_in(directory / "copy.db", 1), 55);
  Database opened = Database::open(directory / "copy.db", key_of(1)).value();
  const auto first = opened.query_one<std::string>("SELECT a FROM t WHERE rowid = 1");
  ASSERT_TRUE(first && first->has_value());
  EXPECT_EQ(std::get<0>(**first), "changed");
}

TEST(DatabaseFile, ACopyIsSealedUnderTheSameKeyAndItsOwnersOnly) {
  const Directory directory;
  Database database = Database::open(directory / "control.db", key_of(1)).value();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (planted_name TEXT)"));
  ASSERT_TRUE(database.run("INSERT INTO t VALUES ('planted-value')"));
  DatabaseCopy copy = database.begin_copy(directory / "copy.db").value();
  ASSERT_TRUE(steps_until_whole(copy, 100));

  EXPECT_EQ(contents(directory / "copy.db").find("planted"), std::string::npos);
  EXPECT_EQ(rows_in(directory / "copy.db", 2), -1);
  EXPECT_EQ(rows_in(directory / "copy.db", 1), 1);
  struct stat status {};
  ASSERT_EQ(::stat((directory / "copy.db").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(DatabaseFile, ACopyThatIsGivenUpLeavesTheDatabaseAlone) {
  const Directory directory;
  Database database = Database::open(directory / "control.db", key_of(1)).value();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (a TEXT)"));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(database.run("INSERT INTO t VALUES (?)", std::string(3'000, 'x')));
  }
  {
    DatabaseCopy copy = database.begin_copy(directory / "copy.db").value();
    ASSERT_TRUE(copy.step(2));
  }
  ASSERT_TRUE(database.run("INSERT INTO t VALUES ('more')"));
  ASSERT_TRUE(database.checkpoint());

  EXPECT_EQ(rows_in(directory / "copy.db", 1), -1);  // of no use
  EXPECT_EQ(database.begin_copy(directory / "none/copy.db").error().code, Errc::unavailable);
  EXPECT_EQ(Database::open_in_memory().value().begin_copy(directory / "x.db").error().code,
            Errc::invalid_argument);
}

TEST(DatabaseFile, ACheckFindsAChangedByteAndARowWithoutItsParent) {
  const Directory directory;
  const auto path = directory / "control.db";
  {
    Database database = Database::open(path, key_of(1)).value();
    ASSERT_TRUE(database.run_script(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p (id), a TEXT);"
        "INSERT INTO p VALUES (1)"));
    for (int i = 0; i < 20; ++i) {
      ASSERT_TRUE(database.run("INSERT INTO c VALUES (1, ?)", std::string(3'000, 'x')));
    }
    ASSERT_TRUE(database.check());
    ASSERT_TRUE(database.checkpoint());
    ASSERT_TRUE(database.run_script("PRAGMA foreign_keys = OFF; DELETE FROM p"));
    const auto checked = database.check();
    EXPECT_EQ(checked.error().code, Errc::corrupted);
    EXPECT_EQ(checked.error().message, "database: a row of c belongs to none of p");
    ASSERT_TRUE(database.run("INSERT INTO p VALUES (1)"));
    ASSERT_TRUE(database.checkpoint());
  }
  std::string bytes = contents(path);
  bytes[bytes.size() - 2'000] ^= 1;  // of the last page
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
  Database damaged = Database::open(path, key_of(1)).value();
  EXPECT_FALSE(damaged.check());
}

TEST(DatabaseFile, ACopyElsewhereOpensUnderTheSameKeyAndIsNeverMade) {
  const Directory directory;
  Database database = Database::open(directory / "control.db", key_of(1)).value();
  ASSERT_TRUE(database.run_script("CREATE TABLE t (a TEXT)"));
  {
    DatabaseCopy copy = database.begin_copy(directory / "copy.db").value();
    ASSERT_TRUE(steps_until_whole(copy, 100));
  }
  EXPECT_TRUE(database.open_copy(directory / "copy.db").value().check());
  EXPECT_EQ(database.open_copy(directory / "none.db").error().code, Errc::not_found);
  EXPECT_FALSE(std::filesystem::exists(directory / "none.db"));
  ASSERT_TRUE(Database::open(directory / "other.db", key_of(2)));
  EXPECT_EQ(database.open_copy(directory / "other.db").error().code, Errc::corrupted);
  EXPECT_EQ(Database::open_in_memory().value().open_copy(directory / "copy.db").error().code,
            Errc::invalid_argument);
}

TEST(DatabaseFile, ReadsAnotherUnderItsOwnKeyAndMakesItsTables) {
  const Directory directory;
  {
    Database source = Database::open(directory / "source.db", key_of(2)).value();
    ASSERT_TRUE(source.run_script(
        "CREATE TABLE p (id INTEGER PRIMARY KEY) STRICT; CREATE TABLE c (p REFERENCES p (id));"
        "CREATE INDEX c_by_p ON c (p); CREATE VIEW v AS SELECT * FROM c; INSERT INTO p VALUES (7);"
        "CREATE TABLE n (number INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO n VALUES (5)"));
  }
  Database database = Database::open(directory / "made.db", key_of(1)).value();
  EXPECT_EQ(AttachedSource::attach(database, directory / "source.db", key_of(1)).error().code,
            Errc::corrupted);
  EXPECT_FALSE(AttachedSource::attach(database, directory / "none.db", key_of(2)));
  EXPECT_FALSE(std::filesystem::exists(directory / "none.db"));
  {
    auto source = AttachedSource::attach(database, directory / "source.db", key_of(2));
    ASSERT_TRUE(source) << source.error().message;
    auto transaction = database.begin().value();
    const auto made = source.value().make_its_tables();
    ASSERT_TRUE(made) << made.error().message;
    ASSERT_TRUE(database.run("INSERT INTO p SELECT id FROM source.p"));
    EXPECT_FALSE(database.run("INSERT INTO c VALUES (8)")) << "it kept what refers to what";
    ASSERT_TRUE(transaction.commit());
  }
  EXPECT_FALSE(database.run("INSERT INTO p SELECT id + 1 FROM source.p"));
  const auto objects = database.query_one<std::int64_t>(
      "SELECT count(*) FROM sqlite_schema WHERE name IN ('p', 'c', 'c_by_p', 'v', 'n')");
  ASSERT_TRUE(objects && objects->has_value());
  EXPECT_EQ(std::get<0>(**objects), 5);
  EXPECT_EQ(contents(directory / "made.db").find("CREATE TABLE"), std::string::npos);
}

TEST(DatabaseFile, RefusesShortKeysAndMissingDirectories) {
  const Directory directory;

  EXPECT_EQ(Database::open(directory / "a.db", crypto::SecretBytes(16)).error().code,
            Errc::invalid_argument);
  EXPECT_EQ(Database::open(directory / "none/a.db", key_of(1)).error().code, Errc::unavailable);
}

}  // namespace
}  // namespace fastness::storage
