#include "storage/database.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/bytes.h"
#include "storage/connection.h"
#include "storage/database_key.h"

namespace fastness::storage {
namespace {

constexpr int kBusyMilliseconds = 5'000;

Result<std::unique_ptr<Connection>> connect(const std::filesystem::path& path) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &handle,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  auto connection = std::make_unique<Connection>(handle);  // closes also what failed to open
  if (code != SQLITE_OK) {
    return fail(Errc::unavailable,
                "database: cannot open " + path.string() + ": " + sqlite3_errstr(code));
  }
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return connection;
}

// SQLite would create the file readable by everybody that the umask lets; its log and index files
// take over the mode that we give it here.
Result<void> create_private(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return fail(Errc::unavailable, "database: cannot open or create " + path.string());
  }
  ::close(descriptor);
  return {};
}

Result<void> set_key(sqlite3* handle, const crypto::SecretBytes& key) {
  FASTNESS_RETURN_IF_ERROR(check_size(key));
  FASTNESS_RETURN_IF_ERROR(choose_cipher(handle));
  const crypto::SecretBytes text = spelled(key);
  const int code = sqlite3_key(handle, text.reveal().data(), static_cast<int>(text.size()));
  if (code != SQLITE_OK) return fail(Errc::unavailable, "database: the key was not accepted");
  return {};
}

Result<void> check_key(Connection& connection) {
  auto readable = connection.script("SELECT count(*) FROM sqlite_schema");
  if (!readable && readable.error().code == Errc::corrupted) {
    return fail(Errc::corrupted, "database: the key is wrong or the file is damaged");
  }
  return readable;
}

Result<void> configure(Connection& connection) {
  return connection.script(R"(
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA secure_delete = ON;
      PRAGMA foreign_keys = ON;
      PRAGMA temp_store = MEMORY;
      PRAGMA trusted_schema = OFF;
      PRAGMA cell_size_check = ON)");
}

// Ends what a connection is at when somebody asks for it.
class StopsWith {
 public:
  StopsWith(sqlite3* handle, const std::stop_token& stop) : handle_(handle) {
    constexpr int kSteps = 1'000;  // of its machine, between two looks
    sqlite3_progress_handler(
        handle, kSteps,
        [](void* token) {
          return static_cast<const std::stop_token*>(token)->stop_requested() ? 1 : 0;
        },
        const_cast<std::stop_token*>(&stop));  // NOLINT: C's way of a callback; it is only read
  }
  StopsWith(const StopsWith&) = delete;
  StopsWith& operator=(const StopsWith&) = delete;
  ~StopsWith() { sqlite3_progress_handler(handle_, 0, nullptr, nullptr); }

 private:
  sqlite3* handle_;
};

crypto::SecretBytes copy_of(const crypto::SecretBytes& key) {
  crypto::SecretBytes copy(key.size());
  std::ranges::copy(key.reveal(), copy.reveal().begin());
  return copy;
}

}  // namespace

// Two connections, and SQLite's own copying between them.
class DatabaseCopy::State {
 public:
  State(std::unique_ptr<Connection> copy, sqlite3_backup* steps)
      : copy_(std::move(copy)), steps_(steps) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { static_cast<void>(sqlite3_backup_finish(steps_)); }

  Result<bool> step(int pages) {
    if (steps_ == nullptr) return fail(Errc::invalid_argument, "database: the copy has ended");
    const int code = sqlite3_backup_step(steps_, pages);
    if (code == SQLITE_OK) return false;
    const int ended = sqlite3_backup_finish(std::exchange(steps_, nullptr));
    if (code == SQLITE_DONE && ended == SQLITE_OK) return true;
    // Said to the copy's connection; SQLite keeps no words for it.
    return Unexpected<Error>{sqlite_error(nullptr, code == SQLITE_DONE ? ended : code)};
  }

 private:
  std::unique_ptr<Connection> copy_;
  sqlite3_backup* steps_;
};

Database::Database(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::filesystem::path& path, const crypto::SecretBytes& key) {
  FASTNESS_RETURN_IF_ERROR(create_private(path));
  FASTNESS_ASSIGN_OR_RETURN(auto connection, connect(path));
  FASTNESS_RETURN_IF_ERROR(set_key(connection->handle(), key));
  FASTNESS_RETURN_IF_ERROR(check_key(*connection));
  FASTNESS_RETURN_IF_ERROR(configure(*connection));
  Database database(std::move(connection));
  database.key_ = copy_of(key);
  return database;
}

Result<Database> Database::open_in_memory() {
  FASTNESS_ASSIGN_OR_RETURN(auto connection, connect(":memory:"));
  FASTNESS_RETURN_IF_ERROR(configure(*connection));
  return Database(std::move(connection));
}

Result<Statement> Database::prepare(Sql sql) {
  FASTNESS_ASSIGN_OR_RETURN(sqlite3_stmt * statement, connection_->borrow(sql));
  return Statement(std::unique_ptr<sqlite3_stmt, Statement::Return>(
      statement, Statement::Return{connection_.get(), sql.text().data()}));
}

Result<void> Database::run_script(Sql sql) {
  return connection_->script(sql);
}

std::int64_t Database::changes() const {
  return sqlite3_changes64(connection_->handle());
}

Result<Transaction> Database::begin() {
  FASTNESS_RETURN_IF_ERROR(connection_->begin());
  return Transaction(connection_.get());
}

Result<void> Database::checkpoint() {
  return connection_->script("PRAGMA wal_checkpoint(TRUNCATE)");
}

Result<DatabaseCopy> Database::begin_copy(const std::filesystem::path& path) {
  if (key_.size() == 0) return fail(Errc::invalid_argument, "database: this one is in memory");
  FASTNESS_RETURN_IF_ERROR(create_private(path));
  FASTNESS_ASSIGN_OR_RETURN(auto copy, connect(path));
  FASTNESS_RETURN_IF_ERROR(set_key(copy->handle(), key_));
  // One that is not finished is thrown away, so it needs no journal of its own.
  FASTNESS_RETURN_IF_ERROR(copy->script("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF"));
  sqlite3_backup* steps =
      sqlite3_backup_init(copy->handle(), "main", connection_->handle(), "main");
  if (steps == nullptr) {
    return Unexpected<Error>{sqlite_error(copy->handle(), sqlite3_errcode(copy->handle()))};
  }
  return DatabaseCopy(std::make_unique<DatabaseCopy::State>(std::move(copy), steps));
}

Result<Database> Database::open_copy(const std::filesystem::path& path) const {
  if (key_.size() == 0) return fail(Errc::invalid_argument, "database: this one is in memory");
  // One that is missing must not be made.
  if (::access(path.c_str(), F_OK) != 0) {
    return fail(Errc::not_found, "database: there is no " + path.filename().string());
  }
  return open(path, key_);
}

Result<void> Database::check(const std::stop_token& stop) {
  const StopsWith stops(connection_->handle(), stop);
  FASTNESS_ASSIGN_OR_RETURN(const auto pages, query_one<std::string>("PRAGMA integrity_check(1)"));
  if (!pages || std::get<0>(*pages) != "ok") {
    return fail(Errc::corrupted, "database: " + (pages ? std::get<0>(*pages) : "no answer"));
  }
  // The row that has no such parent; its number is null in a table without numbers.
  FASTNESS_ASSIGN_OR_RETURN(const auto orphan,
                            (query_one<std::string, std::string>(
                                "SELECT \"table\", parent FROM pragma_foreign_key_check")));
  if (!orphan) return {};
  return fail(Errc::corrupted, "database: a row of " + std::get<0>(*orphan) +
                                   " belongs to none of " + std::get<1>(*orphan));
}

DatabaseCopy::DatabaseCopy(std::unique_ptr<State> state) : state_(std::move(state)) {}
DatabaseCopy::DatabaseCopy(DatabaseCopy&&) noexcept = default;
DatabaseCopy& DatabaseCopy::operator=(DatabaseCopy&&) noexcept = default;
DatabaseCopy::~DatabaseCopy() = default;

Result<bool> DatabaseCopy::step(int pages) {
  return state_->step(pages);
}

void Transaction::Rollback::operator()(Connection* connection) const {
  connection->roll_back();
}

Result<void> Transaction::commit() {
  FASTNESS_RETURN_IF_ERROR(open_->commit());
  static_cast<void>(open_.release());
  return {};
}

}  // namespace fastness::storage
