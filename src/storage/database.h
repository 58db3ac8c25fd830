#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <tuple>
#include <vector>

#include "base/result.h"
#include "crypto/secret/secret_bytes.h"
#include "storage/sql.h"
#include "storage/statement.h"

namespace fastness::storage {

class AttachedSource;
class Connection;
class DatabaseCopy;
class Transaction;

// The control database: SQLite with every page encrypted and authenticated (SQLite3MultipleCiphers,
// scheme `sqlcipher`: AES-256 with HMAC-SHA512), write-ahead log, synchronous=FULL, foreign keys
// on, deleted rows overwritten. One connection; lives on one executor. Moveable while no Statement
// or Transaction of it is alive.
//
//   FASTNESS_RETURN_IF_ERROR(database.run("INSERT INTO thing VALUES (?, ?)", id, name));
//   FASTNESS_ASSIGN_OR_RETURN(auto rows, database.query<ThingId, std::string>("SELECT ... "));
//   for (const auto& [id, name] : rows) ...
//
// Parameters and columns may be of the types that Statement lists. Failures are Statement::step's.
class Database {
 public:
  static constexpr std::size_t kKeySize = 32;

  // Opens the file, or creates it readable by its owner only. `corrupted` if the key is wrong or
  // the file damaged (the two look alike), `unavailable` if the file cannot be opened.
  [[nodiscard]] static Result<Database> open(const std::filesystem::path& path,
                                             const crypto::SecretBytes& key);

  // A database that nobody else sees and that dies with this object.
  [[nodiscard]] static Result<Database> open_in_memory();

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  // A statement to bind and step by hand, for results too large to hold. Cached by its literal.
  [[nodiscard]] Result<Statement> prepare(Sql sql);

  // All rows.
  template <typename... Ts, typename... Args>
  [[nodiscard]] Result<std::vector<std::tuple<Ts...>>> query(Sql sql, const Args&... args) {
    FASTNESS_ASSIGN_OR_RETURN(Statement statement, prepare(sql));
    FASTNESS_RETURN_IF_ERROR(statement.bind(args...));
    std::vector<std::tuple<Ts...>> rows;
    for (;;) {
      FASTNESS_ASSIGN_OR_RETURN(const bool found, statement.step());
      if (!found) return rows;
      FASTNESS_ASSIGN_OR_RETURN(auto row, statement.template row<Ts...>());
      rows.push_back(std::move(row));
    }
  }

  // The first row, or nothing if there is none.
  template <typename... Ts, typename... Args>
  [[nodiscard]] Result<std::optional<std::tuple<Ts...>>> query_one(Sql sql, const Args&... args) {
    FASTNESS_ASSIGN_OR_RETURN(Statement statement, prepare(sql));
    FASTNESS_RETURN_IF_ERROR(statement.bind(args...));
    FASTNESS_ASSIGN_OR_RETURN(const bool found, statement.step());
    if (!found) return std::optional<std::tuple<Ts...>>();
    FASTNESS_ASSIGN_OR_RETURN(auto row, statement.template row<Ts...>());
    return std::optional<std::tuple<Ts...>>(std::move(row));
  }

  // Runs a statement that yields no rows. Returns how many rows it changed.
  template <typename... Args>
  Result<std::int64_t> run(Sql sql, const Args&... args) {
    FASTNESS_ASSIGN_OR_RETURN(Statement statement, prepare(sql));
    FASTNESS_RETURN_IF_ERROR(statement.bind(args...));
    FASTNESS_ASSIGN_OR_RETURN(const bool found, statement.step());
    if (found) return fail(Errc::invalid_argument, "run() was given a statement that yields rows");
    return changes();
  }

  // Runs several statements without parameters, as migrations do.
  [[nodiscard]] Result<void> run_script(Sql sql);

  // Begins a transaction, or a savepoint inside the one that is open.
  [[nodiscard]] Result<Transaction> begin();

  // Moves the write-ahead log into the file and empties it. For a clean stop.
  [[nodiscard]] Result<void> checkpoint();

  // Begins a copy in a new file, sealed under the same key. `invalid_argument` if this one is in
  // memory.
  [[nodiscard]] Result<DatabaseCopy> begin_copy(const std::filesystem::path& path);

  // Opens a copy that lies elsewhere, under the same key; it lives on an executor of its own.
  // `not_found` if there is no such file, `invalid_argument` if this one is in memory, else as
  // open().
  [[nodiscard]] Result<Database> open_copy(const std::filesystem::path& path) const;

  // Reads every page, and holds tables, indexes and foreign keys against each other. `corrupted`
  // says what was found first, `unavailable` if it was asked to stop. Takes as long as reading the
  // file.
  [[nodiscard]] Result<void> check(const std::stop_token& stop = {});

 private:
  friend class AttachedSource;
  explicit Database(std::unique_ptr<Connection> connection);
  [[nodiscard]] std::int64_t changes() const;

  std::unique_ptr<Connection> connection_;
  crypto::SecretBytes key_;  // for copies; empty in memory
};

// A copy that is made while the database is used, a piece at a time between its other work. What
// changes meanwhile is brought along, so that in the end the copy is the database as it is when the
// last step returns. Lives on the database's executor and must not outlive it; a copy that was not
// finished is a file of no use. Nothing of it is synced.
class DatabaseCopy {
 public:
  class State;

  DatabaseCopy(const DatabaseCopy&) = delete;
  DatabaseCopy& operator=(const DatabaseCopy&) = delete;
  DatabaseCopy(DatabaseCopy&&) noexcept;
  DatabaseCopy& operator=(DatabaseCopy&&) noexcept;
  ~DatabaseCopy();

  // Copies up to so many pages of 4 KiB; whether that was all. Not while a Transaction is open.
  // `exhausted` if the disk is full. After a failure, and after the last, there is no other step.
  [[nodiscard]] Result<bool> step(int pages);

 private:
  friend class Database;
  explicit DatabaseCopy(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

// All or nothing: what was written since begin() is undone unless commit() succeeds. May nest; the
// inner one must end first. Must not outlive its Database.
class [[nodiscard]] Transaction {
 public:
  Transaction(Transaction&&) noexcept = default;
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() = default;

  // On return without error everything is on the disk (for the outermost one). On failure
  // everything is undone.
  [[nodiscard]] Result<void> commit();

 private:
  friend class Database;
  struct Rollback {
    void operator()(Connection* connection) const;
  };
  explicit Transaction(Connection* connection) : open_(connection) {}

  std::unique_ptr<Connection, Rollback> open_;  // does not own: rolls back
};

}  // namespace fastness::storage
