#include "storage/connection.h"

#include <string>

#include <sqlite3.h>

namespace fastness::storage {
namespace {

Errc errc_of(int extended) {
  if (extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY ||
      extended == SQLITE_CONSTRAINT_ROWID) {
    return Errc::already_exists;
  }
  switch (extended & 0xff) {  // the primary code
    case SQLITE_CONSTRAINT:
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG:
      return Errc::invalid_argument;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::corrupted;
    case SQLITE_FULL:
      return Errc::exhausted;
    default:
      return Errc::unavailable;
  }
}

}  // namespace

Error sqlite_error(sqlite3* handle, int code) {
  const int extended = handle != nullptr ? sqlite3_extended_errcode(handle) : code;
  // SQLite's own words name tables and columns, never values.
  std::string message = "database: ";
  message += handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  return Error{errc_of(extended), std::move(message)};
}

Connection::~Connection() {
  for (const auto& [sql, statements] : idle_) {
    for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
  }
  sqlite3_close_v2(handle_);
}

Result<sqlite3_stmt*> Connection::borrow(Sql sql) {
  if (const auto cached = idle_.find(sql.text().data());
      cached != idle_.end() && !cached->second.empty()) {
    sqlite3_stmt* statement = cached->second.back();
    cached->second.pop_back();
    return statement;
  }
  sqlite3_stmt* statement = nullptr;
  const char* rest = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_, sql.text().data(), static_cast<int>(sql.text().size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, &rest);
  if (code != SQLITE_OK) return Unexpected<Error>{sqlite_error(handle_, code)};
  if (statement == nullptr || rest != sql.text().data() + sql.text().size()) {
    sqlite3_finalize(statement);
    return fail(Errc::invalid_argument, "database: exactly one SQL statement was expected");
  }
  return statement;
}

void Connection::give_back(const char* sql, sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  idle_[sql].push_back(statement);
}

Result<void> Connection::script(Sql sql) {
  const int code = sqlite3_exec(handle_, sql.text().data(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Unexpected<Error>{sqlite_error(handle_, code)};
  return {};
}

Result<void> Connection::begin() {
  // IMMEDIATE takes the write lock now, so that a transaction never fails half-way for lack of it.
  FASTNESS_RETURN_IF_ERROR(depth_ == 0 ? script("BEGIN IMMEDIATE") : script("SAVEPOINT nested"));
  ++depth_;
  return {};
}

Result<void> Connection::commit() {
  FASTNESS_RETURN_IF_ERROR(depth_ == 1 ? script("COMMIT") : script("RELEASE nested"));
  --depth_;
  return {};
}

void Connection::roll_back() {
  --depth_;
  // SQLite ends a transaction by itself after some failures (disk full, I/O): nothing is left then.
  if (sqlite3_get_autocommit(handle_) != 0) return;
  const auto undone =
      depth_ == 0 ? script("ROLLBACK") : script("ROLLBACK TO nested; RELEASE nested");
  static_cast<void>(undone);  // fails only if nothing is left to undo
}

}  // namespace fastness::storage
