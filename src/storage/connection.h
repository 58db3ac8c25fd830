#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/result.h"
#include "storage/sql.h"

struct sqlite3;
struct sqlite3_stmt;

namespace fastness::storage {

// What Database, Statement and Transaction share: the SQLite handle, the statements that are not
// lent out, and how deep transactions are nested. Not for other folders. Lives on one executor.
class Connection {
 public:
  explicit Connection(sqlite3* handle) : handle_(handle) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] sqlite3* handle() const { return handle_; }

  // Prepares `sql` or lends a cached copy. The caller gives it back or finalises it.
  [[nodiscard]] Result<sqlite3_stmt*> borrow(Sql sql);
  void give_back(const char* sql, sqlite3_stmt* statement);

  [[nodiscard]] Result<void> script(Sql sql);

  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Result<void> commit();
  void roll_back();

 private:
  sqlite3* handle_;
  std::map<const char*, std::vector<sqlite3_stmt*>> idle_;  // keyed by the literal's address
  int depth_ = 0;
};

// The Error for a SQLite result code, in the words of the connection's last failure.
[[nodiscard]] Error sqlite_error(sqlite3* handle, int code);

}  // namespace fastness::storage
